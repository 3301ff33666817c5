"""Questions about tariffs: which there are, what they said when, and which one counts for a charge."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from chargehand.domain.tariffs import canonical, precedence
from chargehand.domain.tariffs.models import Tariff, TariffAssignment, TariffVersion
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion
from chargehand.domain.tariffs.precedence import Candidate
from chargehand.domain.tariffs.views import (
    AssignmentView,
    Beginning,
    Place,
    TariffChoice,
    TariffVersionView,
    TariffView,
)
from chargehand.kernel import clock

#: Countries in which a price without a rate leaves the tax open (OCPI 2.3.0 mod_tariffs, examples).
_TAX_OPEN = frozenset({"US", "CA"})

_NEWEST = """
SELECT wanted.tariff_id, wanted.at, newest.id
FROM unnest(%s::bigint[], %s::timestamptz[]) AS wanted (tariff_id, at)
CROSS JOIN LATERAL (
    SELECT id FROM tariffs_version WHERE tariff_id = wanted.tariff_id AND valid_from <= wanted.at
    ORDER BY valid_from DESC, number DESC LIMIT 1
) AS newest
"""


def tariffs(operator_id: int) -> list[TariffView]:
    """Return the tariffs of an operator by name."""
    rows = Tariff.objects.filter(operator_id=operator_id).order_by("name", "pk")
    now = clock.now()
    return [_tariff_view(row, now) for row in rows]


def tariff(operator_id: int, tariff_id: int) -> TariffView | None:
    """Return a tariff."""
    row = Tariff.objects.filter(operator_id=operator_id, pk=tariff_id).first()
    return None if row is None else _tariff_view(row, clock.now())


def versions(operator_id: int, tariff_id: int) -> list[TariffVersionView]:
    """Return all versions of a tariff, newest first."""
    rows = _versions(operator_id).filter(tariff_id=tariff_id)
    return [_version_view(row) for row in rows.order_by("-number")]


def version(operator_id: int, version_id: int) -> TariffVersionView | None:
    """Return a version of a tariff."""
    row = _versions(operator_id).filter(pk=version_id).first()
    return None if row is None else _version_view(row)


def versions_named(operator_id: int, version_ids: Collection[int]) -> dict[int, TariffVersionView]:
    """Return versions of an operator's tariffs by their ids."""
    return {row.pk: _version_view(row) for row in _versions(operator_id).filter(pk__in=version_ids)}


def version_json(operator_id: int, version_id: int, ocpi_version: OcpiVersion) -> bytes | None:
    """Return a version as the JSON of an OCPI version; None where there is no such version.

    Raises TariffError where that OCPI version cannot say it.
    """
    row = _versions(operator_id).filter(pk=version_id).first()
    if row is None:
        return None
    return canonical.convert(row.text, ocpi_version, is_tax_open=row.tariff.country in _TAX_OPEN)


def assignments(
    operator_id: int, *, tariff_id: int | None = None, at: datetime | None = None
) -> list[AssignmentView]:
    """Return assignments, newest first: of one tariff or all, those that count `at` a time or all."""
    rows = _assignments(operator_id)
    if tariff_id is not None:
        rows = rows.filter(tariff_id=tariff_id)
    if at is not None:
        rows = rows.filter(_covers(at))
    return [_assignment_view(row) for row in rows.order_by("-pk")]


def has_assignments(operator_id: int) -> bool:
    """Whether an operator has ever put a price on anything."""
    return TariffAssignment.objects.filter(operator_id=operator_id).exists()


def tariff_for(
    operator_id: int, place: Place, *, token_group: str = "", at: datetime
) -> TariffVersionView | None:
    """Return the version that prices a charge begun at a place and time; None where none does."""
    return choose_tariff(operator_id, place, token_group=token_group, at=at).version


def choose_tariff(operator_id: int, place: Place, *, token_group: str = "", at: datetime) -> TariffChoice:
    """Choose the version that prices a charge begun at a place and time, and say why.

    The most specific assignment wins (`precedence.order`). One whose tariff says nothing at that time is
    passed over.
    """
    return choose_tariffs(operator_id, [Beginning(place, token_group, at)])[0]


def choose_tariffs(operator_id: int, beginnings: Sequence[Beginning]) -> list[TariffChoice]:
    """Choose as `choose_tariff` does for many charges, in three questions for all of them."""
    rows = list(_assignments(operator_id).filter(_near([each.place for each in beginnings])))
    candidates = [[row for row in rows if _counts(row, each)] for each in beginnings]
    wanted = {
        (row.tariff_id, each.at) for each, found in zip(beginnings, candidates, strict=True) for row in found
    }
    versions = _newest(operator_id, wanted)
    return [_choose(found, versions, each.at) for each, found in zip(beginnings, candidates, strict=True)]


def _newest(
    operator_id: int, wanted: Collection[tuple[int, datetime]]
) -> dict[tuple[int, datetime], TariffVersion]:
    """Return the newest versions of tariffs at times."""
    if not wanted:
        return {}
    tariff_ids, times = zip(*wanted, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [list(tariff_ids), list(times)])
        found = {(tariff_id, at): version_id for tariff_id, at, version_id in cursor.fetchall()}
    rows = {row.pk: row for row in _versions(operator_id).filter(pk__in=set(found.values()))}
    return {key: rows[version_id] for key, version_id in found.items() if version_id in rows}


def _choose(
    rows: Sequence[TariffAssignment], versions: Mapping[tuple[int, datetime], TariffVersion], at: datetime
) -> TariffChoice:
    ordered = precedence.order([_candidate(row) for row in rows])
    said: list[str] = []
    for index, each in enumerate(ordered):
        row = versions.get((each.tariff_id, at))
        if row is None or not _is_in_force(row, at):
            said.append(_("%(tariff)s is passed over: it has no prices for that time.") % _named(each))
            continue
        found = _version_view(row)
        reason = _("%(tariff)s, version %(number)s, counts: it is assigned to %(where)s.")
        first = reason % {**_named(each), "number": found.number, "where": precedence.describe(each)}
        others = [precedence.explain(each, other) for other in ordered[index + 1 :]]
        return TariffChoice(found, each.id, (first, *said, *others))
    said.append(_("No tariff is assigned to this place at that time."))
    return TariffChoice(None, None, tuple(said))


def _named(each: Candidate) -> dict[str, str]:
    return {"tariff": each.tariff_name}


def _covers(at: datetime) -> Q:
    return Q(valid_from__lte=at) & (Q(valid_until__isnull=True) | Q(valid_until__gt=at))


def _near(places: Collection[Place]) -> Q:
    """Match assignments to some places, and to all that they lie in."""
    everywhere = Q(location__isnull=True, station__isnull=True)
    locations = {place.location_id for place in places if place.location_id is not None}
    stations = {place.station_id for place in places if place.station_id is not None}
    return everywhere | Q(location_id__in=locations) | Q(station_id__in=stations)


def _counts(row: TariffAssignment, beginning: Beginning) -> bool:
    """Tell whether an assignment covers a time, a token group, and a place or what that lies in."""
    place, at = beginning.place, beginning.at
    if at < row.valid_from or (row.valid_until is not None and at >= row.valid_until):
        return False
    if row.token_group not in {"", beginning.token_group}:
        return False
    if row.location_id is None and row.station_id is None:
        return True
    if row.location_id is not None and row.location_id == place.location_id:
        return True
    is_plug = row.evse in {None, place.evse} and row.connector in {None, place.connector}
    return row.station_id is not None and row.station_id == place.station_id and is_plug


def _version_at(operator_id: int, tariff_id: int, at: datetime) -> TariffVersionView | None:
    """Return the newest version that counts at a time and whose own OCPI dates include it."""
    row = _newest(operator_id, [(tariff_id, at)]).get((tariff_id, at))
    return None if row is None or not _is_in_force(row, at) else _version_view(row)


def _is_in_force(row: TariffVersion, at: datetime) -> bool:
    """Tell whether a version's own OCPI dates include a time."""
    return not (row.starts_at and at < row.starts_at) and not (row.ends_at and at >= row.ends_at)


def _versions(operator_id: int) -> QuerySet[TariffVersion]:
    return TariffVersion.objects.filter(tariff__operator_id=operator_id).select_related("tariff")


def _assignments(operator_id: int) -> QuerySet[TariffAssignment]:
    rows = TariffAssignment.objects.filter(operator_id=operator_id)
    return rows.select_related("tariff", "location", "station")


def _tariff_view(row: Tariff, now: datetime) -> TariffView:
    return TariffView(
        id=row.pk,
        ocpi_id=row.ocpi_id,
        name=row.name,
        currency=row.currency,
        country=row.country,
        created_at=row.created_at,
        version_count=row.versions.count(),
        current=_version_at(row.operator_id, row.pk, now),
    )


def _version_view(row: TariffVersion) -> TariffVersionView:
    return TariffVersionView(
        id=row.pk,
        tariff_id=row.tariff_id,
        ocpi_id=row.tariff.ocpi_id,
        name=row.tariff.name,
        number=row.number,
        currency=row.tariff.currency,
        country=row.tariff.country,
        ocpi_version=row.ocpi_version,
        text=row.text,
        digest=row.digest,
        valid_from=row.valid_from,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _candidate(row: TariffAssignment) -> Candidate:
    return Candidate(
        id=row.pk,
        tariff_id=row.tariff_id,
        tariff_name=row.tariff.name,
        location_name=row.location.name if row.location else "",
        station_name=(row.station.name or row.station.identity) if row.station else "",
        evse=row.evse,
        connector=row.connector,
        token_group=row.token_group,
        priority=row.priority,
        valid_from=row.valid_from,
    )


def _assignment_view(row: TariffAssignment) -> AssignmentView:
    return AssignmentView(
        id=row.pk,
        tariff_id=row.tariff_id,
        tariff_name=row.tariff.name,
        location_id=row.location_id,
        station_id=row.station_id,
        evse=row.evse,
        connector=row.connector,
        token_group=row.token_group,
        priority=row.priority,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        created_by=row.created_by,
        words=precedence.describe(_candidate(row)),
    )
