"""Invoices: each price is on exactly one, at once or with the others of its month."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec
import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from chargehand.domain.billing.composition import Draft, compose_invoice, gather, month_of, numbered
from chargehand.domain.billing.customers import (
    CustomerView,
    customer,
    customer_of_account,
    payers_of_accounts,
)
from chargehand.domain.billing.entities import EntityView, default_entity, entity
from chargehand.domain.billing.facts import InvoiceIssued
from chargehand.domain.billing.models import (
    Customer,
    Invoice,
    InvoicedCharge,
    InvoiceState,
    PricedCdr,
)
from chargehand.domain.billing.numbering import take_number
from chargehand.journal import log as journal
from chargehand.kernel.errors import Refused
from chargehand.kernel.jsontext import json_text

#: A price that its follower has not billed after so long is billed by the clock.
GRACE: Final = timedelta(minutes=15)

#: Local hour of the first day of a month from which the month before is billed; late records come till then.
MONTH_CLOSES_AT: Final = 3

log = structlog.get_logger(__name__)


class Bill(msgspec.Struct, frozen=True):
    """An invoice about to be issued: by whom, to whom, for which charges; `key` says why, once."""

    seller: EntityView
    buyer: CustomerView | None
    charges: tuple[PricedCdr, ...]
    draft: Draft
    key: str


def issue_invoice(operator_id: int, priced_id: int, *, now: datetime) -> int | None:
    """Issue the invoice of a price and return it; the same one again when it was issued already.

    None where there is none to issue now: the customer is billed by the month, nothing is owed, or a credit
    took the price back. Raises Refused `bad-document`.
    """
    return issue_invoices(operator_id, [priced_id], now=now).get(priced_id)


@transaction.atomic
def issue_invoices(operator_id: int, priced_ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """Issue an invoice for each of some prices, all or none, and return them by price.

    Prices for which there is none to issue now are left out (see `issue_invoice`). Raises Refused
    `bad-document`.
    """
    rows = _lock(operator_id, priced_ids)
    missing = set(priced_ids) - {row.pk for row in rows}
    found: dict[int, int] = {}
    if missing:
        known = InvoicedCharge.objects.filter(pk__in=missing, priced__operator_id=operator_id)
        found = dict(known.values_list("pk", "invoice_id"))
    payers = payers_of_accounts(operator_id, {row.customer for row in rows})
    due = [row for row in rows if not _is_monthly(payers[row.customer].customer)]
    if not due:
        return found
    evidence = gather(operator_id, due)
    sellers: dict[int | None, EntityView] = {}
    bills = []
    for row in due:
        payer = payers[row.customer]
        seller = _known_seller(operator_id, payer.customer, sellers)
        draft = compose_invoice(seller, payer.customer, [row], evidence, language=payer.language, now=now)
        bills.append(Bill(seller, payer.customer, (row,), draft, f"cdr:{row.cdr_id}"))
    made = _issue(bills, now)
    return found | {row.pk: invoice.pk for row, invoice in zip(due, made, strict=True)}


@transaction.atomic
def issue_month(operator_id: int, customer_id: int, *, now: datetime) -> list[int]:
    """Issue what a customer owes for the months that are over, one invoice for each month and currency.

    Once for each month: what is priced after that is billed with the next one, under its own month. Returns
    the new invoices. Raises Refused `unknown-customer`, `bad-document`.
    """
    buyer = customer(operator_id, customer_id)
    if buyer is None:
        raise Refused("unknown-customer", "There is no such customer.")
    seller = _seller(operator_id, buyer)
    billed = last_month(seller, now)
    owners: dict[tuple[int, str], int | None] = {}
    rows = unbilled(operator_id, ended_before=start_of(seller, month_after(billed)))
    due = [
        priced_id
        for account, priced_id in rows.values_list("customer", "pk")
        if _owner(operator_id, account, owners) == customer_id
    ]
    groups: dict[tuple[date, str], list[PricedCdr]] = {}
    for row in _lock(operator_id, due):
        groups.setdefault((month_of(seller.day_of(row.ended_at))[0], row.currency), []).append(row)
    bills = []
    for (month, currency), charges in sorted(groups.items(), key=lambda item: item[0]):
        key = f"month:{customer_id}:{billed:%Y-%m}:{month:%Y-%m}:{currency}"
        if not Invoice.objects.filter(operator_id=operator_id, key=key).exists():
            charges.sort(key=lambda row: (row.ended_at, row.pk))
            draft = compose_invoice(seller, buyer, charges, gather(operator_id, charges), now=now)
            bills.append(Bill(seller, buyer, tuple(charges), draft, key))
    return [invoice.pk for invoice in _issue(bills, now)]


def bill_what_is_due(now: datetime) -> int:
    """Issue the invoices of closed months, and those that no follower issued in time; return how many.

    What cannot be issued is logged and left; the check of the books tells of it until it is settled.
    """
    made = 0
    older = unbilled(None, priced_before=now - GRACE)
    waiting = list(older.values_list("operator_id", "customer", "pk"))
    owners: dict[tuple[int, str], int | None] = {}
    months: dict[tuple[int, int], None] = {}
    for operator_id, account, priced_id in waiting:
        owner = _owner(operator_id, account, owners)
        if owner is not None and Customer.objects.filter(pk=owner, mode=Customer.Mode.MONTHLY).exists():
            months[operator_id, owner] = None
        else:
            made += _tried(operator_id, partial(issue_invoice, operator_id, priced_id, now=now))
    for operator_id, owner in months:
        if _is_closed(operator_id, owner, now):
            made += _tried(operator_id, partial(issue_month, operator_id, owner, now=now))
    return made


def unbilled(
    operator_id: int | None,
    *,
    ended_before: datetime | None = None,
    priced_before: datetime | None = None,
) -> QuerySet[PricedCdr]:
    """Return prices that stand, for which something is owed, and that are on no invoice; of all operators
    for None.
    """
    rows = PricedCdr.objects.filter(kind=PricedCdr.Kind.CHARGE).exclude(before_minor=0, after_minor=0)
    if operator_id is not None:
        rows = rows.filter(operator_id=operator_id)
    if ended_before is not None:
        rows = rows.filter(ended_at__lt=ended_before)
    if priced_before is not None:
        rows = rows.filter(priced_at__lt=priced_before)
    return rows.filter(
        ~Exists(InvoicedCharge.objects.filter(pk=OuterRef("pk"))),
        ~Exists(PricedCdr.objects.filter(credits_id=OuterRef("pk"))),
    ).order_by("pk")


def last_month(seller: EntityView, now: datetime) -> date:
    """Return the first day of the month before the one that it is at the seller's."""
    return month_of(month_of(seller.day_of(now))[0] - timedelta(days=1))[0]


def month_after(month: date) -> date:
    """Return the first day of the month after one."""
    return month_of(month)[1] + timedelta(days=1)


def start_of(seller: EntityView, day: date) -> datetime:
    """Return the moment at which a day begins at the seller's."""
    return datetime(day.year, day.month, day.day, tzinfo=seller.zone)


def write_document(draft: Draft, *, entity_id: int, series: str, row: Invoice, now: datetime) -> Invoice:
    """Give a document its number and write it down, last in its transaction."""
    number_document(draft, entity_id=entity_id, series=series, row=row, now=now)
    row.save(force_insert=True)
    return row


def number_document(draft: Draft, *, entity_id: int, series: str, row: Invoice, now: datetime) -> None:
    """Give a document its number and fill its row, which is to be written in this transaction."""
    document = draft.document
    number = take_number(entity_id=entity_id, series=series, year=document.issued_on.year)
    row.entity_id, row.series, row.sequence, row.number = (
        entity_id,
        number.series,
        number.sequence,
        number.text,
    )
    row.issued_on, (row.period_from, row.period_to) = document.issued_on, document.tax_period
    row.currency, row.before_minor, row.tax_minor = (
        document.currency,
        document.before_minor,
        document.tax_minor,
    )
    row.rounding_minor = document.rounding_minor
    row.total_minor = document.after_minor + document.rounding_minor
    row.warnings, row.issued_at = list(draft.warnings), now
    row.document = _stored(numbered(document, number))


def _stored(document: object) -> Any:
    return msgspec.json.decode(json_text(document))


def _issue(bills: Sequence[Bill], now: datetime) -> list[Invoice]:
    """Number and write invoices in their order."""
    rows = [_numbered_row(bill, now) for bill in bills]
    made = Invoice.objects.bulk_create(rows)
    pairs = list(zip(bills, made, strict=True))
    InvoicedCharge.objects.bulk_create(
        InvoicedCharge(
            priced=priced,
            invoice=row,
            posting_id=priced.posting_id,
            account=priced.customer,
            total_minor=priced.after_minor,
        )
        for bill, row in pairs
        for priced in bill.charges
    )
    InvoiceState.objects.bulk_create(
        InvoiceState(
            invoice=row, operator_id=row.operator_id, due_on=bill.draft.document.due_on, changed_at=now
        )
        for bill, row in pairs
    )
    journal.state([_issued(bill, row, now) for bill, row in pairs])
    return made


def _numbered_row(bill: Bill, now: datetime) -> Invoice:
    row = Invoice(
        operator_id=bill.seller.operator_id,
        customer_id=None if bill.buyer is None else bill.buyer.id,
        kind=Invoice.Kind.INVOICE,
        key=bill.key,
    )
    series = bill.seller.details.invoice_series
    number_document(bill.draft, entity_id=bill.seller.id, series=series, row=row, now=now)
    return row


def _issued(bill: Bill, row: Invoice, now: datetime) -> InvoiceIssued:
    return InvoiceIssued(
        happened_at=now,
        operator_id=row.operator_id,
        number=row.number,
        currency=row.currency,
        total_minor=row.total_minor,
        invoice_id=row.pk,
        customer_id=row.customer_id,
        transaction_ids=tuple(priced.transaction_id for priced in bill.charges),
    )


def _lock(operator_id: int, priced_ids: Collection[int]) -> list[PricedCdr]:
    """Lock prices and return those that are still to be billed.

    A credit refers to the row of its price, so that it waits for this lock, or this for it.
    """
    wanted = sorted(priced_ids)
    rows = PricedCdr.objects.filter(operator_id=operator_id, pk__in=wanted).order_by("pk")
    list(rows.select_for_update().values_list("pk"))
    return list(unbilled(operator_id).filter(Q(pk__in=wanted)))


def _seller(operator_id: int, buyer: CustomerView | None) -> EntityView:
    found = None
    if buyer is not None and buyer.details.entity_id is not None:
        found = entity(operator_id, buyer.details.entity_id)
    return found or default_entity(operator_id)


def _known_seller(
    operator_id: int, buyer: CustomerView | None, known: dict[int | None, EntityView]
) -> EntityView:
    key = None if buyer is None else buyer.details.entity_id
    if key not in known:
        known[key] = _seller(operator_id, buyer)
    return known[key]


def _is_monthly(buyer: CustomerView | None) -> bool:
    return buyer is not None and buyer.details.mode == "monthly"


def _owner(operator_id: int, account: str, known: dict[tuple[int, str], int | None]) -> int | None:
    if (operator_id, account) not in known:
        found = customer_of_account(operator_id, account)
        known[operator_id, account] = None if found is None else found.id
    return known[operator_id, account]


def _is_closed(operator_id: int, customer_id: int, now: datetime) -> bool:
    """Tell whether the last month is over for long enough at the seller's of a customer."""
    local = now.astimezone(_seller(operator_id, customer(operator_id, customer_id)).zone)
    return local.day > 1 or local.hour >= MONTH_CLOSES_AT


def _tried(operator_id: int, issue: Callable[[], list[int] | int | None]) -> int:
    """Return how many documents were issued; a failure is logged and does not hold up the others."""
    try:
        made = issue()
    except Exception:
        log.exception("invoice_not_issued", operator=operator_id)
        return 0
    return len(made) if isinstance(made, list) else int(made is not None)
