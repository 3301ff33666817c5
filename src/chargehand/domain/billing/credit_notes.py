"""Credit notes: what was taken back after it was invoiced; an invoice itself is never changed."""

from datetime import datetime

import msgspec
from django.db import transaction

from chargehand.domain.billing.composition import compose_credit_note
from chargehand.domain.billing.documents.shapes import Document
from chargehand.domain.billing.entities import entity
from chargehand.domain.billing.facts import CreditNoteIssued
from chargehand.domain.billing.invoices import write_document
from chargehand.domain.billing.models import Invoice, InvoicedCharge, InvoiceState, PricedCdr
from chargehand.domain.billing.outstanding import outstanding_of, settle_state
from chargehand.journal import log as journal


@transaction.atomic
def issue_credit_note(operator_id: int, priced_id: int, *, now: datetime) -> int | None:
    """Issue the credit note of a credit and return it; the same one again when it was issued already.

    None where its price was never invoiced, so that nothing is to be corrected. Raises Refused
    `bad-document`.
    """
    credit = PricedCdr.objects.filter(
        operator_id=operator_id, pk=priced_id, kind=PricedCdr.Kind.CREDIT
    ).first()
    if credit is None:
        return None
    charged = InvoicedCharge.objects.filter(pk=credit.credits_id).select_related("invoice", "priced").first()
    if charged is None:
        return None
    # The state is the lock of an invoice: credits and payments come one after the other.
    state = InvoiceState.objects.select_for_update().get(pk=charged.invoice_id)
    known = InvoicedCharge.objects.filter(pk=credit.pk).first()
    if known is not None:
        return known.invoice_id
    return _issue(credit, charged, state, now)


def issue_note_of_price(operator_id: int, priced_id: int, *, now: datetime) -> int | None:
    """Issue the credit note of a price that was taken back, if it was invoiced; return the credit.

    None where nothing took the price back. Raises Refused `bad-document`.
    """
    credit = PricedCdr.objects.filter(operator_id=operator_id, credits_id=priced_id).first()
    if credit is None:
        return None
    issue_credit_note(operator_id, credit.pk, now=now)
    return credit.pk


def _issue(credit: PricedCdr, charged: InvoicedCharge, state: InvoiceState, now: datetime) -> int:
    corrected = charged.invoice
    seller = entity(corrected.operator_id, corrected.entity_id)
    assert seller is not None
    stored = msgspec.convert(corrected.document, type=Document, strict=False)
    draft = compose_credit_note(seller, stored, charged.priced, now=now)
    row = Invoice(
        operator_id=corrected.operator_id,
        customer_id=corrected.customer_id,
        kind=Invoice.Kind.CREDIT_NOTE,
        key=f"credit:{credit.cdr_id}",
        corrects=corrected,
    )
    write_document(draft, entity_id=seller.id, series=seller.details.credit_series, row=row, now=now)
    InvoicedCharge.objects.create(
        priced=credit,
        invoice=row,
        posting_id=credit.posting_id,
        account=credit.customer,
        total_minor=-credit.after_minor,
    )
    set_off = _set_off(row, corrected, state, now)
    journal.state(
        [
            CreditNoteIssued(
                happened_at=now,
                operator_id=row.operator_id,
                number=row.number,
                currency=row.currency,
                total_minor=row.total_minor,
                invoice_id=row.pk,
                corrects_id=corrected.pk,
                customer_id=row.customer_id,
                transaction_ids=(credit.transaction_id,),
                refund_minor=row.total_minor - set_off,
            )
        ]
    )
    return row.pk


def _set_off(row: Invoice, corrected: Invoice, state: InvoiceState, now: datetime) -> int:
    """Set a credit note off against what its invoice leaves open, and return how much that is."""
    set_off = min(max(outstanding_of(corrected, state), 0), row.total_minor)
    own = InvoiceState(
        invoice=row, operator_id=row.operator_id, credited_minor=set_off, changed_at=now, due_on=None
    )
    own.save(force_insert=True)
    settle_state(row, own, now)
    state.credited_minor += row.total_minor
    settle_state(corrected, state, now)
    return set_off
