"""What a receipt key shows on paper: the charge alone in the reader's language, and what was issued for it."""

from datetime import date, datetime

import msgspec

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.help_contacts import help_contact
from chargehand.domain.billing import prices
from chargehand.domain.billing.charge_lines import align, charge_lines, tax_groups
from chargehand.domain.billing.documents.shapes import Document, Party, SessionProof
from chargehand.domain.billing.entities import EntityView, entities
from chargehand.domain.billing.models import Invoice, InvoiceState, PricedCdr
from chargehand.domain.billing.receipts import ReceiptView, receipt_url
from chargehand.domain.billing.session_proofs import session_proof
from chargehand.domain.billing.taxation import NO_TAX
from chargehand.domain.charging import queries as charging


class ReceiptDocuments(msgspec.Struct, frozen=True, kw_only=True):
    """The papers of a priced charge.

    `shown` is the charge alone, in the language asked for, and names no buyer. `issued` is the receipt or
    invoice as it was issued, None while there is none or if it has other charges too, which are nobody's
    business under this key. `number` is that of the document that has the charge, "" while there is none;
    `correction` is the latest credit note; `is_settled` says that nothing is left to pay.
    """

    shown: Document
    issued: Document | None
    number: str
    correction: Document | None
    is_settled: bool


def receipt_documents(view: ReceiptView, language: str) -> ReceiptDocuments | None:
    """Return the papers of a charge; None while it has no price."""
    if view.priced_id is None:
        return None
    row = PricedCdr.objects.get(operator_id=view.operator_id, pk=view.priced_id)
    stored = _stored(view, view.invoice_id)
    issued = None if stored is None else _read(stored)
    is_alone = issued is not None and {line.session_ref for line in issued.lines} == {str(row.transaction_id)}
    correction = _stored(view, view.credit_note_id)
    standing = None if stored is None else InvoiceState.objects.filter(pk=stored.pk).first()
    return ReceiptDocuments(
        shown=_shown(view, row, language, issued if is_alone else None, standing),
        issued=issued if is_alone else None,
        number="" if stored is None else stored.number,
        correction=None if correction is None else _read(correction),
        is_settled=not row.after_minor or (standing is not None and standing.state == "paid"),
    )


def receipt_proof(view: ReceiptView, time_zone: str) -> SessionProof | None:
    """Return what is known of an ended charge that has no price."""
    detail = charging.transaction(view.operator_id, view.transaction_id)
    energy = None if detail is None else detail.transaction.energy_wh
    if energy is None:
        return None
    return session_proof(view.operator_id, view.transaction_id, energy_wh=energy, time_zone=time_zone)


def _stored(view: ReceiptView, invoice_id: int | None) -> Invoice | None:
    return Invoice.objects.filter(operator_id=view.operator_id, pk=invoice_id).first() if invoice_id else None


def _read(row: Invoice) -> Document:
    return msgspec.convert(row.document, type=Document)


def _shown(
    view: ReceiptView,
    row: PricedCdr,
    language: str,
    issued: Document | None,
    standing: InvoiceState | None,
) -> Document:
    found = charge_lines(prices.rated_of(row), language=language, session_ref=str(row.transaction_id))
    lines = align(found.lines)
    before, tax = sum(line.before_minor for line in lines), sum(line.tax_minor for line in lines)
    proof = session_proof(
        row.operator_id, row.transaction_id, energy_wh=row.energy_wh, time_zone=row.time_zone
    )
    seller = _seller(view.operator_id)
    zone = row.time_zone if seller is None else seller.details.time_zone
    paid = 0 if issued is None or standing is None else standing.paid_minor
    day = _day(row.priced_at, seller)
    supplied = _day(row.started_at, seller), _day(row.ended_at, seller)
    return Document(
        kind="receipt",
        number="" if issued is None else issued.number,
        series="" if issued is None else issued.series,
        issued_on=day if issued is None else issued.issued_on,
        tax_period=(supplied[1], supplied[1]) if issued is None else issued.tax_period,
        supplied=supplied,
        language=language,
        time_zone=zone,
        currency=row.currency,
        seller=issued.seller if issued is not None else _party(view.operator_id, seller),
        buyer=None,
        lines=lines,
        taxes=tax_groups(lines, reason=NO_TAX),
        before_minor=before,
        tax_minor=tax,
        after_minor=before + tax,
        rounding_minor=found.rounding_minor,
        paid_minor=paid,
        due_minor=before + tax + found.rounding_minor - paid,
        sessions=() if proof is None else (proof,),
        receipt_url=receipt_url(view.key),
        help=help_contact(view.operator_id).text,
    )


def _seller(operator_id: int) -> EntityView | None:
    return next(iter(entities(operator_id)), None)


def _party(operator_id: int, seller: EntityView | None) -> Party:
    if seller is not None:
        return seller.details.party
    home = accounts.operator(operator_id)
    return Party(name="" if home is None else home.name, country="" if home is None else home.country)


def _day(moment: datetime, seller: EntityView | None) -> date:
    return moment.date() if seller is None else seller.day_of(moment)
