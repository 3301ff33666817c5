"""What drivers object to and somebody answers, and credits that one person asks for and another grants."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import corrections, objections, second_person
from chargehand.domain.billing.objections import ObjectionView
from chargehand.domain.billing.second_person import CreditRequestView
from chargehand.interfaces.api import amounts, cdrs, deeds, paging, problems
from chargehand.interfaces.api.deeds import IdempotencyKey
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.objection_shapes import (
    CreditRequest,
    CreditRequestFilter,
    Objection,
    ObjectionAnswer,
    ObjectionFilter,
)
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.wire import Id

router = Router(tags=["Objections"])
requests_router = Router(tags=["Credit requests"])


@router.get("", response=Page[Objection])
@needs(Permission.MONEY_VIEW)
def list_objections(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[ObjectionFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """What drivers say is not right, newest first."""
    who = request.auth
    page = objections.objections(
        who.operator_id,
        state="" if wanted.state == "all" else wanted.state,
        before_id=paging.read_cursor(cursor, paging.Number),
        limit=limit,
    )
    shown = [each for each in page.objections if cdrs.is_seen(who, each.transaction_id)]
    return paging.page(request, response, shown, page.before_id)


@router.get("/{objection_id}", response=Objection)
@needs(Permission.MONEY_VIEW)
def read_objection(request: ApiRequest, objection_id: Id) -> Any:
    """What a driver says is not right."""
    return _find(request.auth, objection_id)


@router.post("/{objection_id}/answer", response=Objection)
@needs(Permission.MONEY_EDIT)
def answer_objection(
    request: ApiRequest, objection_id: Id, body: ObjectionAnswer, idempotency_key: IdempotencyKey = None
) -> Any:
    """Answer a driver; the answer stands on the receipt."""
    who = request.auth
    _find(who, objection_id)

    def settle() -> int:
        objections.settle_objection(
            operator_id=who.operator_id, objection_id=objection_id, answer=body.answer, actor=who.actor
        )
        return objection_id

    deeds.number_once(who, idempotency_key, ["answer", objection_id, body.model_dump()], settle)
    return _find(who, objection_id)


@requests_router.get("", response=Page[CreditRequest])
@needs(Permission.MONEY_VIEW)
def list_credit_requests(
    request: ApiRequest, response: HttpResponse, wanted: Query[CreditRequestFilter]
) -> dict[str, Any]:
    """Credits that wait for a second person, newest first; or that were granted or refused, the last 200."""
    who = request.auth
    found = second_person.credit_requests(who.operator_id, state=wanted.state)
    shown = [_told(each) for each in found if cdrs.is_seen(who, each.transaction_id)]
    return paging.page(request, response, shown, None)


@requests_router.post("/{request_id}/grant", response=CreditRequest)
@needs(Permission.MONEY_EDIT)
def grant_credit(request: ApiRequest, request_id: Id, idempotency_key: IdempotencyKey = None) -> Any:
    """Take back what another person asked for, with its credit note; 409 `same-person` for who asked."""
    who = request.auth

    def grant() -> None:
        asked = _request(who, request_id)
        corrections.grant_credit(operator_id=who.operator_id, request_id=request_id, actor=who.actor)
        cdrs.issue_note(who, asked.priced_id)

    return _decided(who, request_id, idempotency_key, "grant", grant)


@requests_router.post("/{request_id}/refuse", response=CreditRequest)
@needs(Permission.MONEY_EDIT)
def refuse_credit(request: ApiRequest, request_id: Id, idempotency_key: IdempotencyKey = None) -> Any:
    """Let the price stand that somebody wanted to take back."""
    who = request.auth

    def refuse() -> None:
        corrections.refuse_credit(operator_id=who.operator_id, request_id=request_id, actor=who.actor)

    return _decided(who, request_id, idempotency_key, "refuse", refuse)


def _decided(
    who: Principal, request_id: int, key: str | None, name: str, decide: Callable[[], None]
) -> dict[str, Any]:
    _request(who, request_id)

    def act() -> int:
        decide()
        return request_id

    deeds.number_once(who, key, [name, request_id], act)
    return _told(_request(who, request_id))


def _find(principal: Principal, objection_id: int) -> ObjectionView:
    found = objections.objection(principal.operator_id, objection_id)
    if found is None or not cdrs.is_seen(principal, found.transaction_id):
        raise problems.missing()
    return found


def _request(principal: Principal, request_id: int) -> CreditRequestView:
    found = second_person.credit_request(principal.operator_id, request_id)
    if found is None or not cdrs.is_seen(principal, found.transaction_id):
        raise problems.missing()
    return found


def _told(view: CreditRequestView) -> dict[str, Any]:
    return {**amounts.told(view), "amount": amounts.amount(view.minor, view.currency)}
