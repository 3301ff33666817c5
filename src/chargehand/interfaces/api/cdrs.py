"""What records cost: prices and credits with lines and trace, and as CDR objects of OCPI."""

from typing import Annotated, Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import (
    corrections,
    credit_notes,
    ocpi_export,
    queries,
    running,
    second_person,
)
from chargehand.domain.billing.ocpi_cdrs import IncompleteCdrError, encode
from chargehand.domain.billing.queries import PricedView
from chargehand.domain.billing.rating import RatedLine
from chargehand.domain.charging import queries as charging
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion
from chargehand.interfaces.api import amounts, deeds, paging, problems, reach
from chargehand.interfaces.api.cdr_shapes import (
    CdrFilter,
    Credit,
    OcpiCdrs,
    OcpiWindow,
    PricedCdr,
    PricedCdrDetail,
    RunningCost,
)
from chargehand.interfaces.api.deeds import IdempotencyKey
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.media import JSON, sends
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.tariff_shapes import OcpiWord
from chargehand.interfaces.api.wire import Id, write_time
from chargehand.kernel import clock

router = Router(tags=["CDRs"])
sessions_router = Router(tags=["CDRs"])

PartyId = Annotated[
    str,
    Query(
        pattern=r"^([A-Za-z0-9]{3})?$",
        description="The operator's party_id (ISO 15118); without it the one that the tariff names.",
    ),
]


@router.get("", response=Page[PricedCdr])
@needs(Permission.MONEY_VIEW)
def list_cdrs(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[CdrFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Prices and credits, newest first."""
    who = request.auth
    page = queries.priced_cdrs(
        who.operator_id,
        transaction_id=wanted.session_id,
        before_id=paging.read_cursor(cursor, paging.Number),
        limit=limit,
    )
    shown = [_told(each) for each in page.priced if is_seen(who, each.transaction_id)]
    return paging.page(request, response, shown, page.before_id)


@router.get("/ocpi", response=OcpiCdrs)
@needs(Permission.MONEY_VIEW)
def export_ocpi_cdrs(
    request: ApiRequest,
    window: Query[OcpiWindow],
    version: OcpiWord = "2.2.1",
    party_id: PartyId = "",
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> HttpResponse:
    """CDRs and credit CDRs in the order they were written, paged as OCPI does: `offset`, `X-Total-Count`, `Link`."""
    who = request.auth
    page = ocpi_export.ocpi_cdrs(
        who.operator_id,
        OcpiVersion(version),
        party_id=party_id,
        date_from=window.date_from,
        date_to=window.date_to,
        location_ids=who.location_ids,
        offset=window.offset,
        limit=limit,
    )
    message = (
        "Success" if not page.left_out else "Some CDRs are left out: fields that OCPI demands are not known."
    )
    body = {
        "data": page.cdrs,
        "status_code": 1000,
        "status_message": message,
        "timestamp": write_time(clock.now().replace(microsecond=0)),
        "left_out": page.left_out,
    }
    answer = HttpResponse(encode(body), content_type=JSON)
    answer["X-Total-Count"], answer["X-Limit"] = str(page.total), str(limit)
    following = window.offset + limit
    if following < page.total:
        given = request.GET.copy()
        given["offset"], given["limit"] = str(following), str(limit)
        answer["Link"] = f'<{request.build_absolute_uri(request.path)}?{given.urlencode()}>; rel="next"'
    return answer


@router.get("/{cdr_id}", response=PricedCdrDetail)
@needs(Permission.MONEY_VIEW)
def read_priced_cdr(request: ApiRequest, cdr_id: Id) -> dict[str, Any]:
    """A price or a credit with its lines, taxes and trace."""
    return _detail(_find(request.auth, cdr_id))


@router.get("/{cdr_id}/ocpi")
@sends(JSON)
@needs(Permission.MONEY_VIEW)
def read_ocpi_cdr(
    request: ApiRequest, cdr_id: Id, version: OcpiWord = "2.2.1", party_id: PartyId = ""
) -> HttpResponse:
    """A price or a credit as the CDR object of OCPI. 422 `ocpi-incomplete` names the fields nobody has told."""
    _find(request.auth, cdr_id)
    try:
        found = ocpi_export.ocpi_cdr(
            request.auth.operator_id, cdr_id, OcpiVersion(version), party_id=party_id
        )
    except IncompleteCdrError as error:
        sentence = _("OCPI demands what is not known: %s.") % ", ".join(error.missing)
        more = {"missing": list(error.missing)}
        raise problems.Problem(422, "ocpi-incomplete", sentence, more=more) from None
    if found is None:
        raise problems.missing()
    return HttpResponse(encode(found), content_type=JSON)


@router.post("/{cdr_id}/credit", response={201: PricedCdrDetail})
@needs(Permission.MONEY_EDIT)
def credit_cdr(
    request: ApiRequest, cdr_id: Id, body: Credit, idempotency_key: IdempotencyKey = None
) -> Status[Any]:
    """Take a price back and bill nothing for its record; where it was invoiced, a credit note follows."""
    who = request.auth
    _find(who, cdr_id)
    credit_id = deeds.number_once(
        who, idempotency_key, ["credit", cdr_id, body.model_dump()], lambda: take_back(who, cdr_id, body.note)
    )
    return Status(201, _detail(_find(who, credit_id)))


@router.post("/{cdr_id}/credit-request", response={201: Id})
@needs(Permission.MONEY_EDIT)
def request_credit(
    request: ApiRequest, cdr_id: Id, body: Credit, idempotency_key: IdempotencyKey = None
) -> Status[int]:
    """Ask that a second person takes a price back, where `credit` says `second-person`; the number of the request."""
    who = request.auth
    _find(who, cdr_id)
    asked = ["credit-request", cdr_id, body.model_dump()]
    return Status(201, deeds.number_once(who, idempotency_key, asked, lambda: _ask(who, cdr_id, body.note)))


@sessions_router.get("/{session_id}/cost", response=RunningCost)
@needs(Permission.MONEY_VIEW)
def read_cost(request: ApiRequest, session_id: Id) -> dict[str, Any]:
    """What a session costs so far, or cost. 404 where nobody knows: no tariff, no energy, or a person must decide."""
    who = request.auth
    reach.session(who, session_id)
    found = running.running_cost(who.operator_id, session_id)
    if found is None:
        raise problems.missing(_("What this session costs is not known."))
    return {**amounts.told(found), "lines": _lines(found.lines, found.currency)}


def is_seen(principal: Principal, session_id: int) -> bool:
    """Whether a session is at a site that the caller may see."""
    if principal.location_ids is None:
        return True
    detail = charging.transaction(principal.operator_id, session_id)
    return detail is not None and reach.is_visible(principal, detail.transaction.location_id)


def _ask(principal: Principal, cdr_id: int, note: str) -> int:
    return second_person.ask_for_credit(
        operator_id=principal.operator_id, priced_id=cdr_id, actor=principal.actor, note=note
    )


def take_back(principal: Principal, cdr_id: int, note: str) -> int:
    """Credit a price, with the credit note that belongs to it, and return the credit. Raises Refused."""
    who = principal.operator_id
    corrections.credit_charge(operator_id=who, priced_id=cdr_id, actor=principal.actor, note=note)
    return issue_note(principal, cdr_id)


def issue_note(principal: Principal, cdr_id: int) -> int:
    """Issue the credit note of a price that was taken back a moment ago, if it was invoiced; return the credit."""
    credit = credit_notes.issue_note_of_price(principal.operator_id, cdr_id, now=clock.now())
    if credit is None:
        raise problems.missing()
    return credit


def _find(principal: Principal, cdr_id: int) -> PricedView:
    found = queries.priced_cdr(principal.operator_id, cdr_id)
    if found is None or not is_seen(principal, found.transaction_id):
        raise problems.missing()
    return found


def _told(view: PricedView) -> dict[str, Any]:
    return {**amounts.told(view.rated), **amounts.told(view)}


def _detail(view: PricedView) -> dict[str, Any]:
    code = view.rated.currency
    taxes = [
        {"percent": share.percent, "minor": amounts.amount(share.minor, code)} for share in view.rated.taxes
    ]
    return {**_told(view), "lines": _lines(view.rated.lines, code), "taxes": taxes}


def _lines(lines: tuple[RatedLine, ...], currency: str) -> list[dict[str, Any]]:
    return [amounts.told(line, currency) for line in lines]
