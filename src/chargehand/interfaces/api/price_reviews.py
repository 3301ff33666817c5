"""Records that must not be priced before a person has looked at them."""

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import actions, queries
from chargehand.domain.billing.queries import PriceReviewView
from chargehand.interfaces.api import cdrs, deeds, paging, problems
from chargehand.interfaces.api.cdr_shapes import PriceReview, ReviewFilter, ReviewPriced, ReviewWaived
from chargehand.interfaces.api.deeds import IdempotencyKey
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.wire import Id

router = Router(tags=["Price reviews"])


@router.get("", response=Page[PriceReview])
@needs(Permission.MONEY_VIEW)
def list_price_reviews(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[ReviewFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Reviews, newest first."""
    who = request.auth
    page = queries.price_reviews(
        who.operator_id,
        state="" if wanted.state == "all" else wanted.state,
        transaction_id=wanted.session_id,
        before_id=paging.read_cursor(cursor, paging.Number),
        limit=limit,
    )
    shown = [each for each in page.reviews if cdrs.is_seen(who, each.transaction_id)]
    return paging.page(request, response, shown, page.before_id)


@router.get("/{review_id}", response=PriceReview)
@needs(Permission.MONEY_VIEW)
def read_price_review(request: ApiRequest, review_id: Id) -> Any:
    """A review."""
    return _find(request.auth, review_id)


@router.post("/{review_id}/price", response=PriceReview)
@needs(Permission.MONEY_EDIT)
def price_review(
    request: ApiRequest, review_id: Id, body: ReviewPriced, idempotency_key: IdempotencyKey = None
) -> Any:
    """Price a record in spite of what was found; 422 where its energy is not known."""
    who = request.auth
    _find(who, review_id)

    def decide() -> int:
        actions.price_review(
            operator_id=who.operator_id,
            review_id=review_id,
            actor=who.actor,
            note=body.note,
            version_id=body.tariff_version_id,
        )
        return review_id

    deeds.number_once(who, idempotency_key, ["price", review_id, body.model_dump()], decide)
    return _find(who, review_id)


@router.post("/{review_id}/waive", response=PriceReview)
@needs(Permission.MONEY_EDIT)
def waive_review(
    request: ApiRequest, review_id: Id, body: ReviewWaived, idempotency_key: IdempotencyKey = None
) -> Any:
    """Bill nothing for a record."""
    who = request.auth
    _find(who, review_id)

    def decide() -> int:
        actions.waive_review(
            operator_id=who.operator_id, review_id=review_id, actor=who.actor, note=body.note
        )
        return review_id

    deeds.number_once(who, idempotency_key, ["waive", review_id, body.model_dump()], decide)
    return _find(who, review_id)


def _find(principal: Principal, review_id: int) -> PriceReviewView:
    found = queries.price_review(principal.operator_id, review_id)
    if found is None or not cdrs.is_seen(principal, found.transaction_id):
        raise problems.missing()
    return found
