"""The register of invoices and credit notes: listed, read, with what was paid, and what is not billed yet."""

from datetime import date, datetime
from typing import Final

import msgspec
from django.db.models import Q, QuerySet

from chargehand.domain.billing import invoices as issuing
from chargehand.domain.billing.customers import customer_of_account
from chargehand.domain.billing.documents.shapes import Document
from chargehand.domain.billing.models import Invoice, InvoicedCharge, InvoicePayment, InvoiceState
from chargehand.domain.billing.outstanding import outstanding_of

MOST_PER_PAGE: Final = 500


class InvoiceView(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice (`kind` invoice) or credit note (credit-note, `corrects_id` names the invoice); minor units.

    `state` is open, overdue, paid or credited; `open_minor` is still to be paid, or back for a credit note.
    `buyer` "": nobody known by name. `warnings` are for the operator, not for the buyer.
    """

    id: int
    kind: str
    number: str
    customer_id: int | None
    buyer: str
    issued_on: date
    period: tuple[date, date]
    currency: str
    before_minor: int
    tax_minor: int
    rounding_minor: int
    total_minor: int
    paid_minor: int
    credited_minor: int
    open_minor: int
    state: str
    due_on: date | None
    corrects_id: int | None
    warnings: tuple[str, ...]
    issued_at: datetime


class InvoicePage(msgspec.Struct, frozen=True):
    """Invoices and credit notes, newest first; `before_id` asks for the page after this one."""

    invoices: tuple[InvoiceView, ...]
    before_id: int | None


class ChargeView(msgspec.Struct, frozen=True, kw_only=True):
    """A charge on an invoice or credit note, and the posting by which the ledger says the same."""

    priced_id: int
    transaction_id: int
    cdr_id: int
    posting_id: int | None
    total_minor: int


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came for an invoice, or went back for a credit note."""

    id: int
    posting_id: int
    method: str
    reference: str
    minor: int
    received_at: datetime
    recorded_by: str


class InvoiceDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice, whole; `credit_notes` are the ids of those that correct it."""

    invoice: InvoiceView
    document: Document
    charges: tuple[ChargeView, ...]
    payments: tuple[PaymentView, ...]
    credit_notes: tuple[int, ...]


class UnbilledView(msgspec.Struct, frozen=True, kw_only=True):
    """A price on no invoice yet: `is_monthly` waits for the end of the month, others for their follower."""

    priced_id: int
    transaction_id: int
    customer_id: int | None
    customer: str
    is_monthly: bool
    ended_at: datetime
    currency: str
    after_minor: int


class UnbilledPage(msgspec.Struct, frozen=True):
    """Prices on no invoice, newest first; `before_id` asks for the page after this one."""

    unbilled: tuple[UnbilledView, ...]
    before_id: int | None


def invoices(
    operator_id: int,
    *,
    kind: str = "",
    state: str = "",
    customer_id: int | None = None,
    text: str = "",
    since: date | None = None,
    until: date | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> InvoicePage:
    """Return a page of invoices and credit notes, of a kind, in a state, of a customer.

    `since` and `until` are days of issue, both included; `text` is part of a number or of the buyer's name.
    """
    rows = Invoice.objects.filter(operator_id=operator_id)
    wanted = {
        "kind": kind or None,
        "standing__state": state or None,
        "customer_id": customer_id,
        "issued_on__gte": since,
        "issued_on__lte": until,
        "pk__lt": before_id,
    }
    rows = rows.filter(Q(**{name: value for name, value in wanted.items() if value is not None}))
    if text.strip():
        named = Q(number__icontains=text.strip()) | Q(document__buyer__name__icontains=text.strip())
        rows = rows.filter(named)
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows.select_related("standing").order_by("-pk")[: limit + 1])
    views = tuple(_view(row) for row in found[:limit])
    return InvoicePage(views, views[-1].id if len(found) > limit else None)


def invoice(operator_id: int, invoice_id: int) -> InvoiceDetail | None:
    """Return an invoice or a credit note with its document, charges and payments."""
    row = _rows(operator_id).filter(pk=invoice_id).first()
    if row is None:
        return None
    charges = InvoicedCharge.objects.filter(invoice=row).select_related("priced").order_by("pk")
    payments = InvoicePayment.objects.filter(invoice=row).order_by("pk")
    notes = Invoice.objects.filter(corrects=row).order_by("pk").values_list("pk", flat=True)
    return InvoiceDetail(
        invoice=_view(row),
        document=msgspec.convert(row.document, type=Document, strict=False),
        charges=tuple(_charge_view(charge) for charge in charges),
        payments=tuple(_payment_view(payment) for payment in payments),
        credit_notes=tuple(notes),
    )


def invoice_document(operator_id: int, invoice_id: int) -> Document | None:
    """Return the document of an invoice or a credit note."""
    found = Invoice.objects.filter(operator_id=operator_id, pk=invoice_id).values_list("document", flat=True)
    stored = found.first()
    return None if stored is None else msgspec.convert(stored, type=Document, strict=False)


def invoices_of_charge(operator_id: int, transaction_id: int) -> list[InvoiceView]:
    """Return the invoices and credit notes of a charge, oldest first."""
    rows = _rows(operator_id).filter(charges__priced__transaction_id=transaction_id)
    return [_view(row) for row in rows.order_by("pk")]


def unbilled(operator_id: int, *, before_id: int | None = None, limit: int = 50) -> UnbilledPage:
    """Return a page of prices for which something is owed and that are on no invoice yet."""
    rows = issuing.unbilled(operator_id)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows.order_by("-pk")[: limit + 1])
    views = []
    for row in found[:limit]:
        buyer = customer_of_account(operator_id, row.customer)
        views.append(
            UnbilledView(
                priced_id=row.pk,
                transaction_id=row.transaction_id,
                customer_id=None if buyer is None else buyer.id,
                customer="" if buyer is None else buyer.details.party.name,
                is_monthly=buyer is not None and buyer.details.mode == "monthly",
                ended_at=row.ended_at,
                currency=row.currency,
                after_minor=row.after_minor,
            )
        )
    return UnbilledPage(tuple(views), views[-1].priced_id if len(found) > limit else None)


def _rows(operator_id: int) -> QuerySet[Invoice]:
    return Invoice.objects.filter(operator_id=operator_id).select_related("standing")


def _view(row: Invoice) -> InvoiceView:
    standing: InvoiceState = row.standing
    buyer = row.document.get("buyer") or {}
    return InvoiceView(
        id=row.pk,
        kind=row.kind,
        number=row.number,
        customer_id=row.customer_id,
        buyer=buyer.get("name", ""),
        issued_on=row.issued_on,
        period=(row.period_from, row.period_to),
        currency=row.currency,
        before_minor=row.before_minor,
        tax_minor=row.tax_minor,
        rounding_minor=row.rounding_minor,
        total_minor=row.total_minor,
        paid_minor=standing.paid_minor,
        credited_minor=standing.credited_minor,
        open_minor=max(outstanding_of(row, standing), 0),
        state=standing.state,
        due_on=standing.due_on,
        corrects_id=row.corrects_id,
        warnings=tuple(row.warnings),
        issued_at=row.issued_at,
    )


def _charge_view(row: InvoicedCharge) -> ChargeView:
    return ChargeView(
        priced_id=row.pk,
        transaction_id=row.priced.transaction_id,
        cdr_id=row.priced.cdr_id,
        posting_id=row.posting_id,
        total_minor=row.total_minor,
    )


def _payment_view(row: InvoicePayment) -> PaymentView:
    return PaymentView(
        id=row.pk,
        posting_id=row.posting_id,
        method=row.method,
        reference=row.reference,
        minor=row.minor,
        received_at=row.received_at,
        recorded_by=row.recorded_by,
    )
