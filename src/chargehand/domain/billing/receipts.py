"""Receipt keys: the unguessable address under which a driver sees a charge, and what is there to see."""

import base64
import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Final, Literal

import msgspec
from django.conf import settings
from django.db import connection

from chargehand.domain.billing.models import (
    Invoice,
    InvoicedCharge,
    PricedCdr,
    PriceReview,
    ReceiptKey,
    WaivedCdr,
)
from chargehand.domain.charging import queries as charging
from chargehand.kernel import clock

#: Two may come at once: the first one's key stands.
_MAKE: Final = """
INSERT INTO billing_receipt_key (transaction_id, operator_id, key, made_at) VALUES (%s, %s, %s, %s)
ON CONFLICT DO NOTHING RETURNING key
"""

_MAKE_MANY: Final = """
INSERT INTO billing_receipt_key (transaction_id, operator_id, key, made_at)
SELECT id, %s, key, %s FROM unnest(%s::bigint[], %s::text[]) AS wanted (id, key)
ON CONFLICT DO NOTHING RETURNING transaction_id, key
"""

State = Literal["running", "computing", "in-review", "not-billed", "priced"]


class ReceiptView(msgspec.Struct, frozen=True, kw_only=True):
    """A charge under its key.

    `state` is running, computing (the record or its price is still to come), in-review (a person looks at
    it), not-billed (waived), or priced: then `priced_id` is the price, and `invoice_id` the document with it
    (None: a monthly invoice will have it, or nothing was owed); `credit_note_id` is the latest correction.
    """

    key: str
    operator_id: int
    transaction_id: int
    state: State
    started_at: datetime
    ended_at: datetime | None
    priced_id: int | None = None
    invoice_id: int | None = None
    credit_note_id: int | None = None


def receipt_key(operator_id: int, transaction_id: int) -> str:
    """Return the key of a charge, made when it is asked for first: 128 random bits in 22 characters."""
    known = ReceiptKey.objects.filter(pk=transaction_id, operator_id=operator_id).first()
    if known is not None:
        return known.key
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, [transaction_id, operator_id, _new_key(), clock.now()])
        made = cursor.fetchone()
    if made is not None:
        return str(made[0])
    return ReceiptKey.objects.get(pk=transaction_id, operator_id=operator_id).key


def receipt_keys(operator_id: int, transaction_ids: Collection[int]) -> dict[int, str]:
    """Return the keys of charges, made where there were none."""
    known = _keys(operator_id, transaction_ids)
    missing = sorted(set(transaction_ids) - set(known))
    if not missing:
        return known
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_MANY, [operator_id, clock.now(), missing, [_new_key() for _ in missing]])
        known |= dict(cursor.fetchall())
    late = [each for each in missing if each not in known]
    return known | _keys(operator_id, late) if late else known


def _keys(operator_id: int, transaction_ids: Collection[int]) -> dict[int, str]:
    rows = ReceiptKey.objects.filter(operator_id=operator_id, pk__in=transaction_ids)
    return dict(rows.values_list("pk", "key"))


def receipt_url(key: str) -> str:
    """Return the public address of a receipt."""
    return f"{settings.CONFIGURATION.public_url.rstrip('/')}/r/{key}"


def receipt_by_token(token: str) -> ReceiptView | None:
    """Return the charge that a receipt key stands for; None for a key that nobody was given."""
    row = ReceiptKey.objects.filter(key=token).first() if len(token) == 22 and token.isascii() else None
    found = None if row is None else charging.transaction(row.operator_id, row.pk)
    if row is None or found is None:
        return None
    priced = _standing(row.pk)
    notes = Invoice.objects.filter(
        charges__priced__transaction_id=row.pk, kind=Invoice.Kind.CREDIT_NOTE, operator_id=row.operator_id
    ).order_by("-pk")
    on = None if priced is None else InvoicedCharge.objects.filter(pk=priced.pk).first()
    return ReceiptView(
        key=row.key,
        operator_id=row.operator_id,
        transaction_id=row.pk,
        state=_state(row.pk, priced, is_open=found.transaction.ended_at is None),
        started_at=found.transaction.started_at,
        ended_at=found.transaction.ended_at,
        priced_id=None if priced is None else priced.pk,
        invoice_id=None if on is None else on.invoice_id,
        credit_note_id=notes.values_list("pk", flat=True).first(),
    )


def _new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")


def _standing(transaction_id: int) -> PricedCdr | None:
    rows = PricedCdr.objects.filter(transaction_id=transaction_id)
    credited = rows.filter(kind=PricedCdr.Kind.CREDIT).values("credits_id")
    return rows.filter(kind=PricedCdr.Kind.CHARGE).exclude(pk__in=credited).order_by("-pk").first()


def _state(transaction_id: int, priced: PricedCdr | None, *, is_open: bool) -> State:
    if is_open:
        return "running"
    if priced is not None:
        return "priced"
    if PriceReview.objects.filter(transaction_id=transaction_id, state=PriceReview.State.OPEN).exists():
        return "in-review"
    return "not-billed" if WaivedCdr.objects.filter(transaction_id=transaction_id).exists() else "computing"
