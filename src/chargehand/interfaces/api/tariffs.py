"""Tariffs: made and versioned as OCPI JSON, read in either version, tried out on sessions."""

from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import queries as stations
from chargehand.domain.tariffs import actions, report
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.actions import SavedTariff
from chargehand.domain.tariffs.boundaries import open_zone
from chargehand.domain.tariffs.elements import Tariff as TariffText
from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.ocpi_sessions import read_session
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion, read_tariff
from chargehand.domain.tariffs.pricing import price
from chargehand.domain.tariffs.views import AssignmentView, TariffView
from chargehand.interfaces.api import paging, problems, reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.media import JSON, sends
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.tariff_shapes import (
    OcpiWord,
    PriceAsked,
    PriceReport,
    Tariff,
    TariffAsked,
    TariffChange,
    TariffSaved,
    TariffVersion,
    VersionAsked,
)
from chargehand.interfaces.api.wire import Id
from chargehand.kernel.money import MoneyError

router = Router(tags=["Tariffs"])

VersionNumber = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Without it the newest one.")]


class _Exact(msgspec.Struct):
    """What of a body must keep all its digits."""

    tariff: msgspec.Raw = msgspec.Raw(b"null")
    session: msgspec.Raw = msgspec.Raw(b"null")


_EXACT: Final = msgspec.json.Decoder(_Exact)


@router.get("", response=Page[Tariff])
@needs(Permission.TARIFFS_VIEW)
def list_tariffs(
    request: ApiRequest, response: HttpResponse, cursor: Cursor = None, limit: Limit = paging.DEFAULT_PER_PAGE
) -> dict[str, Any]:
    """Tariffs by name; whoever is bound to locations sees those that count there."""
    who = request.auth
    found = tariffs.tariffs(who.operator_id)
    if who.location_ids is not None:
        seen = {each.tariff_id for each in visible_assignments(who)}
        found = [each for each in found if each.id in seen]
    after = paging.read_cursor(cursor, tuple[paging.Text, paging.Number])
    cut, following = paging.slice_after(found, lambda each: (each.name, each.id), after, limit)
    return paging.page(request, response, cut, following)


@router.post("", response={201: TariffSaved})
@needs(Permission.TARIFFS_EDIT)
def create_tariff(request: ApiRequest, response: HttpResponse, body: TariffAsked) -> Status[Any]:
    """Make a tariff with its first version."""
    who = request.auth
    reach.whole(who)
    saved = actions.create_tariff(
        operator_id=who.operator_id,
        name=body.name,
        ocpi_json=bytes(_exact(request).tariff),
        actor=who.actor,
        valid_from=body.valid_from,
    )
    response["Location"] = f"{request.path.rstrip('/')}/{saved.tariff_id}"
    return Status(201, _saved(who, saved))


@router.post("/price", response=PriceReport)
@needs(Permission.TARIFFS_VIEW)
def price_session(request: ApiRequest, body: PriceAsked) -> Any:
    """Reckon what a session would cost; nothing is written."""
    who, exact = request.auth, _exact(request)
    try:
        session = read_session(bytes(exact.session), reservation_expired=body.reservation_expired)
        return report.to_json(price(_tariff_text(who, body, exact), session, _zone(who, body.time_zone)))
    except (TariffError, MoneyError) as error:
        raise problems.Problem(422, "cannot-price", str(error)) from None


@router.get("/{tariff_id}", response=Tariff)
@needs(Permission.TARIFFS_VIEW)
def read_tariff_view(request: ApiRequest, tariff_id: Id) -> Any:
    """A tariff with the version that counts now."""
    return find_tariff(request.auth, tariff_id)


@router.patch("/{tariff_id}", response=Tariff)
@needs(Permission.TARIFFS_EDIT)
def rename_tariff(request: ApiRequest, tariff_id: Id, body: TariffChange) -> Any:
    """Call a tariff something else."""
    who = request.auth
    reach.whole(who)
    actions.rename_tariff(operator_id=who.operator_id, tariff_id=tariff_id, name=body.name, actor=who.actor)
    return find_tariff(who, tariff_id)


@router.get("/{tariff_id}/versions", response=Page[TariffVersion])
@needs(Permission.TARIFFS_VIEW)
def list_tariff_versions(
    request: ApiRequest,
    response: HttpResponse,
    tariff_id: Id,
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Versions of a tariff, newest first."""
    find_tariff(request.auth, tariff_id)
    found = tariffs.versions(request.auth.operator_id, tariff_id)
    after = paging.read_cursor(cursor, int)
    cut, following = paging.slice_after(found, lambda each: -each.number, after, limit)
    return paging.page(request, response, cut, following)


@router.post("/{tariff_id}/versions", response={200: TariffSaved, 201: TariffSaved})
@needs(Permission.TARIFFS_EDIT)
def add_tariff_version(request: ApiRequest, tariff_id: Id, body: VersionAsked) -> Status[Any]:
    """Give a tariff a new version; 200: the newest one says the same already."""
    who = request.auth
    reach.whole(who)
    saved = actions.add_version(
        operator_id=who.operator_id,
        tariff_id=tariff_id,
        ocpi_json=bytes(_exact(request).tariff),
        actor=who.actor,
        valid_from=body.valid_from,
    )
    return Status(201 if saved.is_new else 200, _saved(who, saved))


@router.get("/{tariff_id}/ocpi")
@sends(JSON)
@needs(Permission.TARIFFS_VIEW)
def read_ocpi_tariff(
    request: ApiRequest, tariff_id: Id, version: OcpiWord = "2.2.1", number: VersionNumber = None
) -> HttpResponse:
    """A version of a tariff as the Tariff object of OCPI. 422 where that OCPI version cannot say it."""
    who = request.auth
    find_tariff(who, tariff_id)
    versions = tariffs.versions(who.operator_id, tariff_id)
    wanted = next((each for each in versions if number in {None, each.number}), None)
    if wanted is None:
        raise problems.missing()
    try:
        text = tariffs.version_json(who.operator_id, wanted.id, OcpiVersion(version))
    except TariffError as error:
        raise problems.Problem(422, "not-in-this-version", str(error)) from None
    return HttpResponse(text or b"null", content_type=JSON)


def find_tariff(principal: Principal, tariff_id: int) -> TariffView:
    """The tariff with this id. Raises Problem `not-found`."""
    found = tariffs.tariff(principal.operator_id, tariff_id)
    is_seen = principal.location_ids is None or visible_assignments(principal, tariff_id=tariff_id)
    if found is None or not is_seen:
        raise problems.missing()
    return found


def visible_assignments(principal: Principal, **wanted: Any) -> list[AssignmentView]:
    """Assignments at the caller's sites and everywhere, newest first."""
    found = tariffs.assignments(principal.operator_id, **wanted)
    if principal.location_ids is None:
        return found
    site_of: dict[int, int | None] = {}
    for each in found:
        if each.station_id is not None and each.station_id not in site_of:
            station = stations.station(principal.operator_id, each.station_id)
            site_of[each.station_id] = None if station is None else station.location_id
    return [
        each
        for each in found
        if (each.location_id is None and each.station_id is None)
        or reach.is_visible(principal, site_of.get(each.station_id or 0, each.location_id))
    ]


def _exact(request: HttpRequest) -> _Exact:
    """Read numbers as they were written; the body was checked to be JSON already."""
    return _EXACT.decode(request.body)


def _tariff_text(principal: Principal, body: PriceAsked, exact: _Exact) -> TariffText:
    if body.tariff_id is None:
        return read_tariff(bytes(exact.tariff))
    current = find_tariff(principal, body.tariff_id).current
    if current is None:
        raise TariffError("This tariff has no version that counts now.")
    return current.tariff


def _zone(principal: Principal, name: str) -> ZoneInfo:
    home = accounts.operator(principal.operator_id)
    return open_zone(name or (home.time_zone if home else "UTC"))


def _saved(principal: Principal, saved: SavedTariff) -> dict[str, Any]:
    cautions = [
        {"kind": each.kind.value, "sentence": each.sentence, "element": each.element}
        for each in saved.cautions
    ]
    return {
        "tariff": find_tariff(principal, saved.tariff_id),
        "version_id": saved.version_id,
        "is_new": saved.is_new,
        "cautions": cautions,
    }
