"""Electronic invoices: a document as UN/CEFACT CII XML in the EN 16931 profile (Factur-X, ZUGFeRD "COMFORT")."""

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from drafthorse.models.accounting import ApplicableTradeTax
from drafthorse.models.document import Document as CrossIndustryInvoice
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration, TradeParty
from drafthorse.models.payment import PaymentTerms
from drafthorse.models.tradelines import LineItem

from chargehand.domain.billing.documents.arithmetic import NUMBERED, find_problems, tax_deviation
from chargehand.domain.billing.documents.codes import COUNTRIES, VAT_PREFIXES
from chargehand.domain.billing.documents.plain_text import clean, is_blank
from chargehand.domain.billing.documents.shapes import (
    Category,
    Document,
    DocumentLine,
    Party,
    TaxGroup,
    Unit,
)
from chargehand.kernel.money import Money, exponent_of

PROFILE: Final = "urn:cen.eu:en16931:2017"
SCHEMA: Final = "FACTUR-X_EN16931"
#: UNTDID 1001.
TYPE_CODES: Final = {"invoice": "380", "credit-note": "381"}
#: UN/ECE recommendation 20 (BR-CL-23).
UNIT_CODES: Final[dict[Unit, str]] = {"KWH": "KWH", "MIN": "MIN", "H": "HUR", "C62": "C62"}
#: VATEX code list of EN 16931 for what needs a reason and always has the same one.
REASON_CODES: Final[dict[Category, str]] = {"AE": "VATEX-EU-AE", "O": "VATEX-EU-O"}
#: Amounts have at most two decimals (BR-DEC), which is less than a few currencies have.
MOST_DECIMALS: Final = 2


class NotElectronicError(ValueError):
    """The document cannot be an electronic invoice; the message says why, in sentences."""


def find_obstacles(document: Document) -> tuple[str, ...]:
    """Say why a document that adds up still cannot be an electronic invoice; empty when it can.

    Receipts of people nobody knows by name are an example. Such documents are issued as PDF alone.
    """
    checks = (_kind, _parties, _amounts, _scope)
    return tuple(obstacle for check in checks for obstacle in check(document))


def write_xml(document: Document) -> bytes:
    """Return the document as XML, checked against the schema of the profile; the same bytes each time.

    Raises:
        NotElectronicError: it does not add up or has an obstacle.
    """
    reasons = (*find_problems(document), *find_obstacles(document))
    if reasons:
        raise NotElectronicError(" ".join(reasons))
    invoice = CrossIndustryInvoice()
    _fill_head(invoice, document)
    _fill_parties(invoice, document)
    _fill_delivery(invoice, document)
    for place, line in enumerate(document.lines, 1):
        invoice.trade.items.add(_line_item(place, line, document.currency))
    for group in document.taxes:
        invoice.trade.settlement.trade_tax.add(_tax_of(group, document.currency))
    _fill_totals(invoice, document)
    _fill_payment(invoice, document)
    written: bytes = invoice.serialize(schema=SCHEMA)
    return written


def _kind(document: Document) -> Iterator[str]:
    if document.kind not in NUMBERED:
        yield "Only invoices and credit notes are electronic invoices."


def _parties(document: Document) -> Iterator[str]:
    seller, buyer = document.seller, document.buyer
    if is_blank(seller.vat_id) and is_blank(seller.registration):
        yield "The seller has neither a VAT id nor an entry in a register (BR-CO-26)."
    has_number = not (is_blank(seller.vat_id) and is_blank(seller.tax_number))
    if not has_number and not _is_out_of_scope(document):
        yield "The seller has neither a VAT id nor a tax number (BR-S-02)."
    if buyer is None or is_blank(buyer.name):
        yield "The buyer has no name (BR-07)."
    elif not buyer.country:
        yield "The buyer has no country (BR-11)."
    for name, party in (("seller", seller), ("buyer", buyer)):
        if party is not None and party.country and party.country not in COUNTRIES:
            yield f"The country {party.country} of the {name} is no code of ISO 3166-1 (BR-CL-14)."
        if party is not None and party.vat_id and party.vat_id[:2] not in VAT_PREFIXES:
            yield f"The VAT id of the {name} does not begin with a country (BR-CO-09)."


def _amounts(document: Document) -> Iterator[str]:
    exponent = exponent_of(document.currency)
    if exponent > MOST_DECIMALS:
        yield f"Amounts in {document.currency} have {exponent} decimals, the standard allows two (BR-DEC)."
    for group in document.taxes:
        if tax_deviation(group) >= 10**exponent:
            yield f"The tax at {group.percent} % is a whole {document.currency} off its base (BR-CO-17)."


def _scope(document: Document) -> Iterator[str]:
    categories = {group.category for group in document.taxes}
    if "O" not in categories:
        return
    if len(categories) > 1:
        yield "What is outside the scope of the tax stands alone on an invoice (BR-O-11)."
    if is_blank(document.seller.registration):
        yield "Outside the scope of the tax the seller needs an entry in a register (BR-CO-26, BR-O-02)."


def _is_out_of_scope(document: Document) -> bool:
    return any(group.category == "O" for group in document.taxes)


def _fill_head(invoice: CrossIndustryInvoice, document: Document) -> None:
    invoice.context.guideline_parameter.id = PROFILE
    invoice.header.id = clean(document.number)
    invoice.header.type_code = TYPE_CODES[document.kind]
    invoice.header.issue_date_time = _day(document.issued_on)
    for note in document.notes:
        if not is_blank(note):
            invoice.header.notes.add(IncludedNote(content=clean(note)))


def _fill_parties(invoice: CrossIndustryInvoice, document: Document) -> None:
    agreement = invoice.trade.agreement
    with_tax = not _is_out_of_scope(document)
    _fill_party(agreement.seller, document.seller, with_tax=with_tax)
    if document.buyer is not None:
        _fill_party(agreement.buyer, document.buyer, with_tax=with_tax)


def _fill_party(target: TradeParty, party: Party, *, with_tax: bool) -> None:
    target.name = clean(party.name)
    if not is_blank(party.registration):
        target.legal_organization.id = clean(party.registration)
    lines = [clean(line) for line in party.address if clean(line)]
    lines = [*lines[:2], ", ".join(lines[2:])] if len(lines) > 3 else lines
    for name, line in zip(("line_one", "line_two", "line_three"), lines, strict=False):
        setattr(target.address, name, line)
    target.address.postcode = clean(party.postal_code)
    target.address.city_name = clean(party.city)
    target.address.country_id = party.country
    if not is_blank(party.email):
        target.electronic_address.uri_ID = ("EM", clean(party.email))
    numbers = (("VA", party.vat_id), ("FC", party.tax_number))
    for scheme, number in numbers if with_tax else ():
        if not is_blank(number):
            target.tax_registrations.add(TaxRegistration(id=(scheme, clean(number))))


def _fill_delivery(invoice: CrossIndustryInvoice, document: Document) -> None:
    first, last = document.supplied
    settlement = invoice.trade.settlement
    invoice.trade.delivery.event.occurrence = _day(last)
    if first != last:
        settlement.period.start, settlement.period.end = _day(first), _day(last)
    if document.corrects is not None:
        settlement.invoice_referenced_document.issuer_assigned_id = clean(document.corrects.number)
        settlement.invoice_referenced_document.issue_date_time = _day(document.corrects.issued_on)


def _line_item(place: int, line: DocumentLine, currency: str) -> LineItem:
    """Write a line; one without a price of its own, a limit, is its amount once, taken off if below zero."""
    item = LineItem()
    item.document.line_id = str(place)
    if not is_blank(line.note):
        item.document.notes.add(IncludedNote(content=clean(line.note)))
    item.product.name = clean(line.text)
    quantity, price = line.quantity, line.unit_price
    if price is None:
        quantity = Decimal(-1 if line.before_minor < 0 else 1)
        price = abs(Money(line.before_minor, currency)).amount
    item.agreement.net.amount = _number(price)
    item.delivery.billed_quantity = (_number(quantity), UNIT_CODES[line.unit])
    tax = item.settlement.trade_tax
    tax.type_code, tax.category_code = "VAT", line.category
    if line.category != "O":
        tax.rate_applicable_percent = _number(line.tax_percent)
    item.settlement.monetary_summation.total_amount = _amount(line.before_minor, currency)
    return item


def _tax_of(group: TaxGroup, currency: str) -> ApplicableTradeTax:
    tax = ApplicableTradeTax()
    tax.calculated_amount = _amount(group.tax_minor, currency)
    tax.type_code = "VAT"
    tax.basis_amount = _amount(group.base_minor, currency)
    tax.category_code = group.category
    if group.reason:
        tax.exemption_reason = clean(group.reason)
    if group.category in REASON_CODES:
        tax.exemption_reason_code = REASON_CODES[group.category]
    if group.category != "O":
        tax.rate_applicable_percent = _number(group.percent)
    return tax


def _fill_totals(invoice: CrossIndustryInvoice, document: Document) -> None:
    settlement, currency = invoice.trade.settlement, document.currency
    settlement.currency_code = currency
    total = settlement.monetary_summation
    total.line_total = total.tax_basis_total = _amount(document.before_minor, currency)
    total.tax_total = (_amount(document.tax_minor, currency), currency)
    total.grand_total = _amount(document.after_minor, currency)
    if document.rounding_minor:
        total.rounding_amount = _amount(document.rounding_minor, currency)
    if document.paid_minor:
        total.prepaid_total = _amount(document.paid_minor, currency)
    total.due_amount = _amount(document.due_minor, currency)


def _fill_payment(invoice: CrossIndustryInvoice, document: Document) -> None:
    is_silent = is_blank(document.payment_text)
    if is_silent and document.due_on is None:
        return
    terms = PaymentTerms()
    if not is_silent:
        terms.description = clean(document.payment_text)
    if document.due_on is not None:
        terms.due = _day(document.due_on)
    invoice.trade.settlement.terms.add(terms)


def _day(day: date) -> datetime:
    return datetime.combine(day, time())


def _amount(minor: int, currency: str) -> Decimal:
    return Money(minor, currency).amount


def _number(value: Decimal) -> str:
    """Write without an exponent and without blank decimals: 7, 0.5, 20."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
