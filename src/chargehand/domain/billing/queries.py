"""Questions about prices: what a charge costs and why, by which tariff, and what waits for a person.

What the ledger can be asked stands in `statements`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from chargehand.domain.billing import prices
from chargehand.domain.billing.gates import Policy
from chargehand.domain.billing.models import PricedCdr, PriceReview, TariffSnapshot, WaivedCdr
from chargehand.domain.billing.rating import Rated

MOST_PER_PAGE: Final = 500


class PricedView(msgspec.Struct, frozen=True, kw_only=True):
    """The price of a record, or a credit (`credits_id` names what it takes back); money as in `Rated`.

    `credited_by` is the credit that takes this price back, None while it stands; `customer` is who owes.
    """

    id: int
    kind: str
    transaction_id: int
    cdr_id: int
    credits_id: int | None
    credited_by: int | None
    version_id: int
    posting_id: int | None
    customer: str
    time_zone: str
    country: str
    started_at: datetime
    ended_at: datetime
    energy_wh: Decimal
    rated: Rated
    priced_at: datetime
    decided_by: str


class PricedPage(msgspec.Struct, frozen=True):
    """Prices and credits, newest first; `before_id` asks for the page after this one."""

    priced: tuple[PricedView, ...]
    before_id: int | None


class WaivedView(msgspec.Struct, frozen=True, kw_only=True):
    """A record that is not billed: `reason` is tiny, no-tariffs or by-person."""

    cdr_id: int
    transaction_id: int
    reason: str
    note: str
    decided_by: str
    waived_at: datetime


class PriceReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """A record that waits, or waited, for a decision; kinds and suggestions as in `gates.Problem`.

    `resolution` is "" while it waits, then priced, waived or superseded.
    """

    id: int
    transaction_id: int
    cdr_id: int
    kind: str
    sentence: str
    evidence: dict[str, Any]
    suggestion: str
    state: str
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    resolution: str
    note: str


class PriceReviewPage(msgspec.Struct, frozen=True):
    """Reviews, newest first; `before_id` asks for the page after this one."""

    reviews: tuple[PriceReviewView, ...]
    before_id: int | None


class FixedTariffView(msgspec.Struct, frozen=True, kw_only=True):
    """The tariff of a charge as fixed at its start; `sentences` say why this one, `version_id` None: none."""

    transaction_id: int
    version_id: int | None
    token_group: str
    time_zone: str
    country: str
    sentences: tuple[str, ...]
    fixed_at: datetime


def priced_cdrs(
    operator_id: int, *, transaction_id: int | None = None, before_id: int | None = None, limit: int = 50
) -> PricedPage:
    """Return a page of prices and credits, of one charge or all."""
    rows = PricedCdr.objects.filter(operator_id=operator_id)
    if transaction_id is not None:
        rows = rows.filter(transaction_id=transaction_id)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows.order_by("-pk")[: limit + 1])
    views = tuple(_priced_view(row) for row in found[:limit])
    return PricedPage(views, views[-1].id if len(found) > limit else None)


def priced_cdr(operator_id: int, priced_id: int) -> PricedView | None:
    """Return a price or a credit."""
    row = PricedCdr.objects.filter(operator_id=operator_id, pk=priced_id).first()
    return None if row is None else _priced_view(row)


def standing_price(operator_id: int, transaction_id: int) -> PricedView | None:
    """Return the price of a charge that no credit has taken back; None where there is none."""
    rows = PricedCdr.objects.filter(operator_id=operator_id, transaction_id=transaction_id)
    row = rows.filter(kind=PricedCdr.Kind.CHARGE).order_by("-pk").first()
    view = None if row is None else _priced_view(row)
    return view if view is not None and view.credited_by is None else None


def waived_cdrs(operator_id: int, transaction_id: int) -> list[WaivedView]:
    """Return the records of a charge that are not billed, oldest first."""
    rows = WaivedCdr.objects.filter(operator_id=operator_id, transaction_id=transaction_id)
    return [
        WaivedView(
            cdr_id=row.cdr_id,
            transaction_id=row.transaction_id,
            reason=row.reason,
            note=row.note,
            decided_by=row.decided_by,
            waived_at=row.waived_at,
        )
        for row in rows.order_by("pk")
    ]


def price_reviews(
    operator_id: int,
    *,
    state: str = "open",
    transaction_id: int | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> PriceReviewPage:
    """Return a page of reviews; `state` is open, resolved or "" for both."""
    wanted = {"state": state or None, "transaction_id": transaction_id, "pk__lt": before_id}
    rows = PriceReview.objects.filter(
        operator_id=operator_id, **{name: value for name, value in wanted.items() if value is not None}
    )
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows.order_by("-pk")[: limit + 1])
    views = tuple(_review_view(row) for row in found[:limit])
    return PriceReviewPage(views, views[-1].id if len(found) > limit else None)


def price_review(operator_id: int, review_id: int) -> PriceReviewView | None:
    """Return a review."""
    row = PriceReview.objects.filter(operator_id=operator_id, pk=review_id).first()
    return None if row is None else _review_view(row)


def fixed_tariff(operator_id: int, transaction_id: int) -> FixedTariffView | None:
    """Return the tariff of a charge; None before it was fixed."""
    row = TariffSnapshot.objects.filter(operator_id=operator_id, pk=transaction_id).first()
    if row is None:
        return None
    return FixedTariffView(
        transaction_id=row.pk,
        version_id=row.version_id,
        token_group=row.token_group,
        time_zone=row.time_zone,
        country=row.country,
        sentences=tuple(row.sentences),
        fixed_at=row.fixed_at,
    )


def policy(operator_id: int) -> Policy:
    """Return what an operator does not bill."""
    return prices.policy(operator_id)


def _priced_view(row: PricedCdr) -> PricedView:
    credit = PricedCdr.objects.filter(credits_id=row.pk).values_list("pk", flat=True).first()
    return PricedView(
        id=row.pk,
        kind=row.kind,
        transaction_id=row.transaction_id,
        cdr_id=row.cdr_id,
        credits_id=row.credits_id,
        credited_by=credit,
        version_id=row.version_id,
        posting_id=row.posting_id,
        customer=row.customer,
        time_zone=row.time_zone,
        country=row.country,
        started_at=row.started_at,
        ended_at=row.ended_at,
        energy_wh=row.energy_wh,
        rated=prices.rated_of(row),
        priced_at=row.priced_at,
        decided_by=row.decided_by,
    )


def _review_view(row: PriceReview) -> PriceReviewView:
    return PriceReviewView(
        id=row.pk,
        transaction_id=row.transaction_id,
        cdr_id=row.cdr_id,
        kind=row.kind,
        sentence=row.sentence,
        evidence=row.evidence,
        suggestion=row.suggestion,
        state=row.state,
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        resolution=row.resolution,
        note=row.note,
    )
