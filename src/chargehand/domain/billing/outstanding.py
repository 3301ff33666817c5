"""What is left open of invoices: payments by hand, and the day after which one is overdue."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from chargehand.domain.billing import ledger
from chargehand.domain.billing.chart import AccountKind, AccountName, Leg
from chargehand.domain.billing.entities import entity
from chargehand.domain.billing.facts import InvoiceOverdue, InvoicePaid
from chargehand.domain.billing.models import (
    Entry,
    Invoice,
    InvoicedCharge,
    InvoicePayment,
    InvoiceState,
    PricedCdr,
)
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

#: Ways in which money comes to the bank itself; `psp:<provider>` came through a payment provider.
BANK_METHODS: Final = frozenset({"bank-transfer", "direct-debit", "cash"})


def outstanding_of(row: Invoice, state: InvoiceState) -> int:
    """Return what is still to be paid of an invoice, or back for a credit note; below zero: too much was."""
    return row.total_minor - state.paid_minor - state.credited_minor


def settle_state(row: Invoice, state: InvoiceState, now: datetime) -> None:
    """Bring the word of a state in line with its amounts and write it; tell when nothing is left open."""
    was_open = state.state in {InvoiceState.State.OPEN, InvoiceState.State.OVERDUE}
    if outstanding_of(row, state) > 0:
        is_late = state.state == InvoiceState.State.OVERDUE
        state.state = InvoiceState.State.OVERDUE if is_late else InvoiceState.State.OPEN
    else:
        is_credited = state.credited_minor >= row.total_minor
        state.state = InvoiceState.State.CREDITED if is_credited else InvoiceState.State.PAID
    state.changed_at = now
    state.save(update_fields=["state", "paid_minor", "credited_minor", "changed_at"])
    if was_open and state.state == InvoiceState.State.PAID:
        journal.state(
            [
                InvoicePaid(
                    happened_at=now,
                    operator_id=row.operator_id,
                    number=row.number,
                    currency=row.currency,
                    total_minor=row.total_minor,
                    invoice_id=row.pk,
                )
            ]
        )


@transaction.atomic
def pay(
    *,
    operator_id: int,
    invoice_id: int,
    minor: int,
    method: str,
    reference: str,
    by: str,
    received_at: datetime | None = None,
) -> int:
    """Write down that money came for an invoice, or went back for a credit note; return the payment.

    The same method and reference again give the same payment. Raises Refused `unknown-invoice`,
    `bad-payment`, `overpaid`, `reference-used`.
    """
    if method not in BANK_METHODS and not (method.startswith("psp:") and 4 < len(method) <= 32):
        raise Refused("bad-payment", _("Say how the money came: bank transfer, direct debit or cash."))
    if minor <= 0 or not reference.strip() or len(reference) > 140:
        raise Refused("bad-payment", _("Give an amount above zero and a reference of up to 140 characters."))
    state = InvoiceState.objects.select_for_update().filter(operator_id=operator_id, pk=invoice_id).first()
    if state is None:
        raise Refused("unknown-invoice", _("There is no such invoice."))
    row = Invoice.objects.get(pk=invoice_id)
    known = InvoicePayment.objects.filter(operator_id=operator_id, method=method, reference=reference).first()
    if known is not None:
        if (known.invoice_id, known.minor) != (row.pk, minor):
            raise Refused("reference-used", _("This reference stands for another payment."))
        return known.pk
    if minor > outstanding_of(row, state):
        raise Refused("overpaid", _("This is more than is open. Record what is open, and return the rest."))
    now = clock.now()
    made = InvoicePayment(
        operator_id=operator_id,
        invoice=row,
        method=method,
        reference=reference,
        minor=minor,
        received_at=received_at or now,
        recorded_by=by[:255],
        recorded_at=now,
    )
    made.posting_id = _post(row, made)
    made.save(force_insert=True)
    state.paid_minor += minor
    settle_state(row, state, now)
    return made.pk


@transaction.atomic
def mark_overdue(now: datetime) -> int:
    """Mark the open invoices whose day to pay has passed at the seller's; return how many."""
    rows = InvoiceState.objects.select_for_update(of=("self",)).filter(
        state=InvoiceState.State.OPEN, due_on__isnull=False, due_on__lte=now.date()
    )
    marked = 0
    for state in rows.select_related("invoice").order_by("pk"):
        row = state.invoice
        seller = entity(row.operator_id, row.entity_id)
        if seller is None or state.due_on is None or state.due_on >= seller.day_of(now):
            continue
        state.state, state.changed_at = InvoiceState.State.OVERDUE, now
        state.save(update_fields=["state", "changed_at"])
        journal.state(
            [
                InvoiceOverdue(
                    happened_at=now,
                    operator_id=row.operator_id,
                    number=row.number,
                    currency=row.currency,
                    total_minor=row.total_minor,
                    invoice_id=row.pk,
                    due_on=state.due_on,
                )
            ]
        )
        marked += 1
    return marked


def _post(row: Invoice, payment: InvoicePayment) -> int:
    """Post a payment: the bank, or the provider, against what the accounts of the charges owe."""
    is_back = row.kind == Invoice.Kind.CREDIT_NOTE
    sign = -1 if is_back else 1
    needs = {account: sign * minor for account, minor in _needs(row.corrects or row).items()}
    legs = [
        Leg(AccountName(AccountKind.RECEIVABLE, row.currency, account), -sign * minor)
        for account, minor in allocate(payment.minor, needs).items()
    ]
    kind = AccountKind.BANK if payment.method in BANK_METHODS else AccountKind.PSP_CLEARING
    detail = payment.method.removeprefix("psp:")
    legs.append(Leg(AccountName(kind, row.currency, detail), sign * payment.minor))
    return ledger.post(
        operator_id=row.operator_id,
        key=f"payment:{payment.method}:{payment.reference}",
        kind="payout" if is_back else "payment",
        legs=legs,
        happened_at=payment.received_at,
        memo=row.number,
    )


def allocate(minor: int, needs: Mapping[str, int]) -> dict[str, int]:
    """Share an amount over accounts in their order, each up to what it needs; the rest to the first."""
    left, shares = minor, dict.fromkeys(needs, 0)
    for account, need in needs.items():
        shares[account] = min(max(need, 0), left)
        left -= shares[account]
    first = next(iter(shares))
    shares[first] += left
    return {account: share for account, share in shares.items() if share}


def _needs(invoice: Invoice) -> dict[str, int]:
    """Return what each receivable account still owes for an invoice, credits and payments considered."""
    charges = InvoicedCharge.objects.filter(invoice=invoice).order_by("pk")
    credited = set(
        PricedCdr.objects.filter(credits_id__in=charges.values("pk")).values_list("credits_id", flat=True)
    )
    needs: dict[str, int] = {}
    for charge in charges:
        owed = 0 if charge.pk in credited else charge.total_minor
        needs[charge.account] = needs.get(charge.account, 0) + owed
    notes = Invoice.objects.filter(corrects=invoice).values("pk")
    payments = InvoicePayment.objects.filter(invoice__in=[invoice.pk, *notes.values_list("pk", flat=True)])
    moved = (
        Entry.objects.filter(
            posting_id__in=payments.values("posting_id"), account__kind=AccountKind.RECEIVABLE
        )
        .values_list("account__detail")
        .annotate(minor=Sum("minor"))
    )
    for account, minor in moved:
        needs[account] = needs.get(account, 0) + minor
    return needs
