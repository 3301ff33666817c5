"""What is printed of a document: every text ready, in its language, so that the template only sets it.

Signed meter records go along byte for byte, as attached files: no printed line could be verified.
"""

import textwrap
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from chargehand.domain.billing.documents.formats import (
    NO_BREAK,
    write_day,
    write_days,
    write_money,
    write_number,
    write_percent,
    write_price,
    write_span,
)
from chargehand.domain.billing.documents.plain_text import clean
from chargehand.domain.billing.documents.shapes import Document, DocumentLine, Party, SessionProof
from chargehand.domain.billing.documents.words import words_of

#: Receipts are read by drivers, who saw prices with tax; all else is read by those who book it.
WITH_TAX: Final = frozenset({"receipt"})
#: Keys are hundreds of characters without a blank; so many fit into a line.
KEY_WIDTH: Final = 120

Row = dict[str, Any]


def lay_out(document: Document) -> dict[str, Any]:
    """Return the texts of a document by their place on the page, clean and ready to be set."""
    words = words_of(document.language)
    with_tax = document.kind in WITH_TAX
    heads = ("what", "quantity", "price", "vat", "amount_after" if with_tax else "amount_before")
    return {
        "language": document.language,
        "title": _title(document, words),
        "author": clean(document.seller.name),
        "heading": words[document.kind],
        "seller": _party_lines(document.seller),
        "buyer": _party_lines(document.buyer) if document.buyer else [],
        "buyer_unknown": "" if document.buyer else words["buyer_unknown"],
        "facts": list(_facts(document, words)),
        "heads": [words[head] for head in heads],
        "rows": list(_rows(document, words, with_tax=with_tax)),
        "totals": list(_totals(document, words)),
        "payment": clean(document.payment_text),
        "notes": [clean(note) for note in (*_reasons(document), *document.notes) if clean(note)],
        "proofs_heading": words["sessions"],
        "proofs": [_proof(proof, document.language, words) for proof in document.sessions],
        "online": words["online"],
        "url": clean(document.receipt_url),
        "foot": list(_foot(document, words)),
        "page": words["page"],
    }


def write_line_price(line: DocumentLine, document: Document, *, with_tax: bool) -> str:
    """Write the price of one unit, before or with tax; "" where the line has none."""
    if line.unit_price is None:
        return ""
    price = line.unit_price * (1 + line.tax_percent / 100) if with_tax else line.unit_price
    return write_price(price, document.currency, document.language)


def write_quantity(line: DocumentLine, language: str) -> str:
    """Write how much of what: "31,2 kWh", "1 ×"."""
    if line.unit_price is None:
        return ""
    unit = words_of(language)[f"unit_{line.unit}"]
    return f"{write_number(line.quantity, language)}{NO_BREAK}{unit}"


def write_place(proof: SessionProof, language: str) -> str:
    """Write where somebody charged, as the sign on the charger says it."""
    pattern = words_of(language)["where" if proof.place else "where_no_place"]
    return clean(pattern.format(place=proof.place, station=proof.station, plug=proof.plug or "–"))


def write_meter(proof: SessionProof, language: str) -> str:
    """Write the readings from which the energy follows; "" where they are not known."""
    first, last = proof.meter_start_kwh, proof.meter_stop_kwh
    if first is None or last is None:
        return ""
    return f"{_kwh(first, language)} → {_kwh(last, language)}"


def write_energy(proof: SessionProof, language: str) -> str:
    """Write the energy of a charge with all the decimals it was measured with."""
    return _kwh(proof.energy_kwh, language)


def _kwh(value: Decimal, language: str) -> str:
    return f"{write_number(value, language)}{NO_BREAK}kWh"


def _title(document: Document, words: dict[str, str]) -> str:
    return clean(f"{words[document.kind]} {document.number}")


def _party_lines(party: Party) -> list[str]:
    city = f"{party.postal_code} {party.city}"
    return [text for text in map(clean, (party.name, *party.address, city, party.country)) if text]


def _facts(document: Document, words: dict[str, str]) -> Iterator[tuple[str, str]]:
    language = document.language
    if document.number:
        yield words["number"], clean(document.number)
    yield words["issued_on"], write_day(document.issued_on, language)
    yield words["supplied"], write_days(*document.supplied, language)
    if document.corrects is not None:
        day = write_day(document.corrects.issued_on, language)
        yield words["corrects"], clean(f"{document.corrects.number} {words['of']} {day}")
    if document.due_on is not None and document.due_minor > 0:
        yield words["due_on"], write_day(document.due_on, language)
    if document.buyer is not None and document.buyer.vat_id:
        yield words["buyer_vat_id"], clean(document.buyer.vat_id)


def _rows(document: Document, words: dict[str, str], *, with_tax: bool) -> Iterator[Row]:
    """Yield the lines; where a document has several charges, each begins with a row that says which."""
    proofs = {proof.session: proof for proof in document.sessions}
    current = ""
    for line in document.lines:
        if len(proofs) > 1 and line.session_ref != current and line.session_ref in proofs:
            current = line.session_ref
            yield {"head": _session_head(proofs[current], document.language, words)}
        amount = line.after_minor if with_tax else line.before_minor
        yield {
            "text": clean(line.text),
            "note": clean(line.note),
            "quantity": write_quantity(line, document.language),
            "price": write_line_price(line, document, with_tax=with_tax),
            "tax": write_percent(line.tax_percent, document.language),
            "amount": write_money(amount, document.currency, document.language),
        }


def _session_head(proof: SessionProof, language: str, words: dict[str, str]) -> str:
    parts = (
        words["session"].format(number=proof.session),
        write_span(proof.started_at, proof.ended_at, proof.time_zone, language),
        write_place(proof, language),
        proof.token_label,
    )
    return clean(" · ".join(part for part in parts if part))


def _totals(document: Document, words: dict[str, str]) -> Iterator[Row]:
    def money(minor: int) -> str:
        return write_money(minor, document.currency, document.language)

    yield {"label": words["total_before"], "amount": money(document.before_minor), "strong": False}
    for group in document.taxes:
        pattern = words["vat_at" if group.percent else "no_vat"]
        percent = write_percent(group.percent, document.language)
        label = pattern.format(percent=percent, base=money(group.base_minor))
        yield {"label": label, "amount": money(group.tax_minor), "strong": False}
    yield {"label": words["total"], "amount": money(document.after_minor), "strong": True}
    if document.rounding_minor:
        yield {"label": words["rounding"], "amount": money(document.rounding_minor), "strong": False}
    if document.paid_minor:
        yield {"label": words["paid"], "amount": money(-document.paid_minor), "strong": False}
    name = {"credit-note": "due_back", "statement-host": "payout"}.get(document.kind, "due")
    yield {"label": words[name], "amount": money(document.due_minor), "strong": True}


def _reasons(document: Document) -> tuple[str, ...]:
    return tuple(dict.fromkeys(group.reason for group in document.taxes if group.reason))


def _proof(proof: SessionProof, language: str, words: dict[str, str]) -> Row:
    facts = [
        (words["energy"], write_energy(proof, language)),
        (words["meter"], write_meter(proof, language)),
        (words["token"], clean(proof.token_label)),
    ]
    return {
        "head": clean(words["session"].format(number=proof.session)),
        "when": write_span(proof.started_at, proof.ended_at, proof.time_zone, language),
        "where": write_place(proof, language),
        "address": clean(proof.address),
        "facts": [fact for fact in facts if fact[1]],
        "signed_label": words["signed"],
        "key_label": words["public_key"],
        "file_label": words["attached"],
        "unsigned": "" if proof.signed else words["unsigned"],
        "signed": [
            {
                "format": clean(each.format),
                "key": textwrap.wrap(clean(each.public_key), KEY_WIDTH),
                "verdict": clean(each.verdict),
                "file": f"session-{clean(proof.session)}-{place}.txt",
                "data": each.data,
            }
            for place, each in enumerate(proof.signed, 1)
        ],
    }


def _foot(document: Document, words: dict[str, str]) -> Iterator[str]:
    if document.help:
        yield clean(f"{words['help']}: {document.help}")
    seller = document.seller
    yield ", ".join(_party_lines(seller))
    told = (
        (words["vat_id"], seller.vat_id),
        (words["tax_number"], seller.tax_number),
        ("", seller.registration),
        ("", seller.email),
    )
    yield " · ".join(clean(f"{label} {value}") for label, value in told if value)
