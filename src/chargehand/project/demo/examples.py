"""Something to look at in a demonstration: the receipt of a charge that has been priced."""

from __future__ import annotations

from chargehand.domain.accounts import founding
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.billing import queries as billing
from chargehand.domain.billing import receipts
from chargehand.project.demo import seeding


def receipt_address() -> str | None:
    """Return the public address of the newest priced charge's receipt; None while nothing is priced."""
    operator = accounts.operator_by_slug(founding.slug_of(seeding.OPERATOR))
    if operator is None:
        return None
    priced = billing.priced_cdrs(operator.id, limit=1).priced
    return (
        receipts.receipt_url(receipts.receipt_key(operator.id, priced[0].transaction_id)) if priced else None
    )
