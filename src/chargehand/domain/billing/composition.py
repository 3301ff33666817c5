"""Putting a document together from prices: parties, lines, taxes, days, proofs; nothing is written."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from chargehand.domain.accounts.help_contacts import help_contact
from chargehand.domain.billing import prices
from chargehand.domain.billing.charge_lines import align, charge_lines, tax_groups
from chargehand.domain.billing.customers import CustomerView
from chargehand.domain.billing.documents.arithmetic import find_problems
from chargehand.domain.billing.documents.shapes import (
    Document,
    DocumentLine,
    Reference,
    SessionProof,
)
from chargehand.domain.billing.entities import EntityView
from chargehand.domain.billing.line_words import speak
from chargehand.domain.billing.models import PricedCdr
from chargehand.domain.billing.numbering import Number
from chargehand.domain.billing.receipts import receipt_keys, receipt_url
from chargehand.domain.billing.session_proofs import session_proofs
from chargehand.domain.billing.taxation import NO_TAX, find_deviation
from chargehand.kernel.errors import Refused


class Evidence(msgspec.Struct, frozen=True):
    """What documents tell of charges beside their prices, by transaction: how they were, and receipt keys.

    `help` is whom drivers may ask.
    """

    proofs: Mapping[int, SessionProof]
    keys: Mapping[int, str]
    help: str


class Draft(msgspec.Struct, frozen=True):
    """A document without its number, and what the operator should look at."""

    document: Document
    warnings: tuple[str, ...]


def gather(operator_id: int, rows: Sequence[PricedCdr]) -> Evidence:
    """Ask once for what documents of prices tell, and make the receipt keys that are not there."""
    charges = {row.transaction_id: (row.energy_wh, row.time_zone) for row in rows}
    contact = help_contact(operator_id).text
    return Evidence(session_proofs(operator_id, charges), receipt_keys(operator_id, charges), contact)


def compose_invoice(
    entity: EntityView,
    customer: CustomerView | None,
    rows: Sequence[PricedCdr],
    evidence: Evidence,
    *,
    language: str = "",
    now: datetime,
) -> Draft:
    """Return the invoice of prices of one month; without a customer it is a receipt for nobody known.

    `evidence` was gathered for these prices, and maybe others. `language` is that of the token, "" where
    nobody said; a customer's own wins, the seller's comes last.

    Raises Refused `bad-document` with what EN 16931 has against it.
    """
    language = speak(customer.details.language if customer else language or entity.details.language)
    issued_on = entity.day_of(now)
    due_on = None if customer is None else issued_on + timedelta(days=entity.details.payment_days)
    document = _fill(
        Document(
            kind="receipt" if customer is None else "invoice",
            number="",
            series="",
            issued_on=issued_on,
            tax_period=month_of(entity.day_of(rows[-1].ended_at)),
            supplied=_supplied(entity, rows),
            language=language,
            time_zone=entity.details.time_zone,
            currency=rows[0].currency,
            seller=entity.details.party,
            buyer=None if customer is None else customer.details.party,
            lines=(),
            taxes=(),
            before_minor=0,
            tax_minor=0,
            after_minor=0,
            due_minor=0,
            due_on=due_on,
            payment_text=entity.details.payment_text if customer is not None else "",
        ),
        rows,
        evidence,
    )
    return Draft(_checked(document), _warnings(entity, rows))


def compose_credit_note(
    entity: EntityView, corrected: Document, charge: PricedCdr, *, now: datetime
) -> Draft:
    """Return the credit note that takes a price off an issued document, to the same parties, in its language.

    Its tax belongs to the month in which it is issued. Raises Refused `bad-document`.
    """
    issued_on = entity.day_of(now)
    document = msgspec.structs.replace(
        corrected,
        kind="credit-note",
        number="",
        series="",
        issued_on=issued_on,
        tax_period=month_of(issued_on),
        supplied=_supplied(entity, [charge]),
        due_on=None,
        payment_text="",
        paid_minor=0,
        corrects=Reference(corrected.number, corrected.issued_on),
        notes=(),
    )
    evidence = gather(charge.operator_id, [charge])
    return Draft(_checked(_fill(document, [charge], evidence)), ())


def numbered(document: Document, number: Number) -> Document:
    """Return a document with its number."""
    return msgspec.structs.replace(document, number=number.text, series=number.series)


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _fill(document: Document, rows: Sequence[PricedCdr], evidence: Evidence) -> Document:
    """Return a document with the lines, taxes, totals and proofs of prices."""
    lines: list[DocumentLine] = []
    proofs: list[SessionProof] = []
    rounding = 0
    for row in rows:
        proof = evidence.proofs.get(row.transaction_id)
        proofs += [] if proof is None else [proof]
        found = charge_lines(
            prices.rated_of(row), language=document.language, session_ref=str(row.transaction_id)
        )
        lines += found.lines
        rounding += found.rounding_minor
    aligned = align(lines)
    before, tax = sum(line.before_minor for line in aligned), sum(line.tax_minor for line in aligned)
    key = evidence.keys[rows[0].transaction_id] if len(rows) == 1 else ""
    return msgspec.structs.replace(
        document,
        lines=aligned,
        taxes=tax_groups(aligned, reason=NO_TAX),
        before_minor=before,
        tax_minor=tax,
        after_minor=before + tax,
        rounding_minor=rounding,
        due_minor=before + tax + rounding - document.paid_minor,
        sessions=tuple(proofs),
        receipt_url=receipt_url(key) if key else "",
        help=evidence.help,
    )


def _checked(document: Document) -> Document:
    """Return a document that may be issued; its number is not known yet and stands for any."""
    problems = find_problems(msgspec.structs.replace(document, number="1"))
    if problems:
        raise Refused("bad-document", " ".join(problems))
    return document


def _supplied(entity: EntityView, rows: Sequence[PricedCdr]) -> tuple[date, date]:
    first = min(row.started_at for row in rows)
    last = max(row.ended_at for row in rows)
    return min(entity.day_of(first), entity.day_of(last)), entity.day_of(last)


def _warnings(entity: EntityView, rows: Sequence[PricedCdr]) -> tuple[str, ...]:
    """Return where a tariff's rate is not the one the country had on the day, once each."""
    found: dict[str, None] = {}
    for row in rows:
        for line in charge_lines(prices.rated_of(row), language="en", session_ref="").lines:
            percent = None if line.category == "O" else line.tax_percent
            told = find_deviation(row.country, entity.day_of(row.ended_at), percent)
            if told is not None and line.before_minor:
                found[told] = None
    return tuple(found)
