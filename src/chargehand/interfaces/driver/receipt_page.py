"""A receipt as its page shows it: lines with tax as the driver saw the prices, what is paid, and the meter."""

from typing import Any

from chargehand.domain.billing.documents.en16931 import find_obstacles
from chargehand.domain.billing.documents.formats import (
    NO_BREAK,
    write_day,
    write_money,
    write_percent,
    write_span,
)
from chargehand.domain.billing.documents.shapes import Document, DocumentLine, Party, SessionProof
from chargehand.domain.billing.documents.sheet import (
    write_energy,
    write_line_price,
    write_meter,
    write_place,
    write_quantity,
)
from chargehand.domain.billing.receipt_documents import ReceiptDocuments
from chargehand.interfaces.driver.words import page_words


def receipt_context(papers: ReceiptDocuments, language: str) -> dict[str, Any]:
    """Return the texts of a receipt, ready in the language of `papers.shown`."""
    shown, words = papers.shown, page_words(language)
    return {
        "lines": [_line(line, shown) for line in shown.lines],
        "rounding": _money(shown.rounding_minor, shown) if shown.rounding_minor else "",
        "total_label": _total_label(shown, words),
        "total": _money(shown.after_minor + shown.rounding_minor, shown),
        "taxes": [
            (
                words["vat_at" if group.percent else "no_vat"].format(
                    percent=write_percent(group.percent, language), base=_money(group.base_minor, shown)
                ),
                _money(group.tax_minor, shown),
            )
            for group in shown.taxes
        ],
        "sentences": _sentences(papers, words),
        "correction": _correction(papers, words, language),
        "has_xml": papers.issued is not None and not find_obstacles(papers.issued),
        "pdf_label": words["invoice_pdf" if papers.issued and papers.issued.kind == "invoice" else "pdf"],
        "seller": _party(shown.seller, words),
    }


def proof_context(proof: SessionProof, language: str) -> dict[str, Any]:
    """Return what is told of a charge itself: where, when, and by which readings."""
    return {
        "place": write_place(proof, language),
        # A country alone tells nobody the way.
        "address": proof.address if len(proof.address) > 2 else "",
        "span": write_span(proof.started_at, proof.ended_at, proof.time_zone, language),
        "energy": write_energy(proof, language),
        "meter": write_meter(proof, language),
        "token": proof.token_label if any(map(str.isalnum, proof.token_label)) else "",
        "signed": proof.signed,
        "say": page_words(language)["say"].format(station=proof.station, session=proof.session),
    }


def _line(line: DocumentLine, shown: Document) -> dict[str, str]:
    price = write_line_price(line, shown, with_tax=True)
    quantity = write_quantity(line, shown.language)
    # A count of one is no measure: "1 × €1.00" says no more than the price.
    measure = f"{quantity.removesuffix(f'{NO_BREAK}×')} × {price}" if price else ""
    return {"text": line.text, "measure": measure, "amount": _money(line.after_minor, shown)}


def _money(minor: int, shown: Document) -> str:
    return write_money(minor, shown.currency, shown.language)


def _total_label(shown: Document, words: dict[str, str]) -> str:
    rates = {group.percent for group in shown.taxes}
    if not any(rates):
        return words["total_untaxed"]
    if len(rates) > 1:
        return words["total_mixed"]
    return words["total_incl"].format(percent=write_percent(rates.pop(), shown.language))


def _sentences(papers: ReceiptDocuments, words: dict[str, str]) -> list[str]:
    """Say what became of the money: free, paid, on which document, or still to pay."""
    shown = papers.shown
    if not shown.after_minor + shown.rounding_minor:
        return [words["state_free"]]
    if not papers.number:
        return [words["state_pending"]]
    told = [words["state_invoice"].format(number=papers.number)]
    if papers.is_settled:
        return [*told, words["state_settled"]]
    if papers.issued is not None and shown.due_minor > 0:
        told.append(words["state_due"].format(amount=_money(shown.due_minor, shown)))
    return told


def _correction(papers: ReceiptDocuments, words: dict[str, str], language: str) -> str:
    note = papers.correction
    if note is None:
        return ""
    return words["corrected"].format(number=note.number, day=write_day(note.issued_on, language))


def _party(party: Party, words: dict[str, str]) -> list[str]:
    numbers = ((words["vat_id"], party.vat_id), (words["tax_number"], party.tax_number))
    told = (
        party.name,
        *party.address,
        f"{party.postal_code} {party.city}".strip(),
        *(f"{label} {number}" for label, number in numbers if number),
    )
    return [text for text in told if text]
