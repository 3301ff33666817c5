"""What must hold in every document before it is issued: the sums and rules of EN 16931, in plain Python.

The schematron of the standard says the same of the XML; here it is asked of the document itself, so that a
wrong one is refused and never takes a number. Rule names (BR-CO-10 ...) are those of EN 16931-1.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from chargehand.domain.billing.documents.plain_text import is_blank
from chargehand.domain.billing.documents.shapes import Category, Document, TaxGroup
from chargehand.kernel.money import exponent_of

WITHOUT_TAX: Final[frozenset[Category]] = frozenset({"Z", "E", "AE", "O"})
#: These need a reason why there is no tax (BR-E-10, BR-AE-10, BR-O-10); S and Z must have none.
WITH_REASON: Final[frozenset[Category]] = frozenset({"E", "AE", "O"})
NUMBERED: Final = frozenset({"invoice", "credit-note"})


def find_problems(document: Document) -> tuple[str, ...]:
    """Say what is wrong with a document, a sentence each with the rule; empty when it may be issued.

    The tax of a rate may differ from base x rate by less than a unit of the currency, as the standard has it
    (BR-CO-17, BR-S-09), or by less than two minor units for each line where that is more: the totals of a charge
    before and after taxes are rounded each by itself, and then shared over its rates.
    """
    checks = (_lines, _groups, _totals, _days, _heads)
    return tuple(problem for check in checks for problem in check(document))


def tax_deviation(group: TaxGroup) -> Fraction:
    """Return by how many minor units the tax of a group differs from base x rate; never below zero."""
    return abs(group.tax_minor - group.base_minor * Fraction(group.percent) / 100)


def _lines(document: Document) -> Iterator[str]:
    if not document.lines:
        yield "There is no line (BR-16)."
    for place, line in enumerate(document.lines, 1):
        if is_blank(line.text):
            yield f"Line {place} has no text (BR-25)."
        if line.after_minor != line.before_minor + line.tax_minor:
            yield f"Line {place}: {line.before_minor} and tax {line.tax_minor} are not {line.after_minor}."
        if line.unit_price is not None and line.unit_price < 0:
            yield f"Line {place} has a price below zero (BR-27)."
        if not (line.quantity.is_finite() and line.tax_percent.is_finite()):
            yield f"Line {place} has a number without a value."
        yield from _rate_of(f"Line {place}", line.category, line.tax_percent, line.tax_minor)


def _rate_of(name: str, category: Category, percent: object, tax_minor: int) -> Iterator[str]:
    is_zero = percent == 0
    if category == "S" and is_zero:
        yield f"{name} is taxed at the standard rate, which is not 0 % (BR-S-05)."
    if category in WITHOUT_TAX and not is_zero:
        yield f"{name} has a rate, but category {category} has none (BR-{category}-05)."
    if category in WITHOUT_TAX and tax_minor:
        yield f"{name} has a tax, but category {category} has none (BR-{category}-09)."


def _groups(document: Document) -> Iterator[str]:
    if not document.taxes:
        yield "The tax is not broken down by rate (BR-CO-18)."
    counts = Counter((group.category, group.percent) for group in document.taxes)
    for (category, percent), count in counts.items():
        if count > 1:
            yield f"Tax category {category} at {percent} % is there {count} times (BR-{category}-01)."
    for line in document.lines:
        if (line.category, line.tax_percent) not in counts:
            yield f"No tax group has category {line.category} at {line.tax_percent} % (BR-{line.category}-01)."
    for group in document.taxes:
        yield from _group(document, group)


def _group(document: Document, group: TaxGroup) -> Iterator[str]:
    name = f"Tax category {group.category} at {group.percent} %"
    own = [
        line
        for line in document.lines
        if (line.category, line.tax_percent) == (group.category, group.percent)
    ]
    if not own:
        yield f"{name} has no line (BR-{group.category}-01)."
    yield from _equal(f"{name}: base", group.base_minor, (line.before_minor for line in own), "08")
    yield from _equal(f"{name}: tax", group.tax_minor, (line.tax_minor for line in own), "09")
    yield from _rate_of(name, group.category, group.percent, group.tax_minor)
    if group.category in WITH_REASON and is_blank(group.reason):
        yield f"{name} says no reason why there is no tax (BR-{group.category}-10)."
    if group.category not in WITH_REASON and not is_blank(group.reason):
        yield f"{name} gives a reason for having no tax (BR-{group.category}-10)."
    allowed = max(10 ** exponent_of(document.currency), 2 * len(own))
    if group.category == "S" and tax_deviation(group) >= allowed:
        yield f"{name}: {group.tax_minor} is not that share of {group.base_minor} (BR-CO-17)."


def _equal(name: str, told: int, parts: Iterable[int], rule: str) -> Iterator[str]:
    total = sum(parts)
    if told != total:
        yield f"{name} is {told}, but the lines add up to {total} (rule {rule} of the category)."


def _totals(document: Document) -> Iterator[str]:
    lines = sum(line.before_minor for line in document.lines)
    if document.before_minor != lines:
        yield f"Total before tax is {document.before_minor}, the lines make {lines} (BR-CO-10, BR-CO-13)."
    taxes = sum(group.tax_minor for group in document.taxes)
    if document.tax_minor != taxes:
        yield f"Total tax is {document.tax_minor}, the rates make {taxes} (BR-CO-14)."
    after = document.before_minor + document.tax_minor
    if document.after_minor != after:
        yield f"Total with tax is {document.after_minor}, before and tax make {after} (BR-CO-15)."
    due = document.after_minor - document.paid_minor + document.rounding_minor
    if document.due_minor != due:
        yield f"Due is {document.due_minor}, total less paid plus rounding is {due} (BR-CO-16)."
    is_silent = document.due_on is None and is_blank(document.payment_text)
    if document.kind == "invoice" and document.due_minor > 0 and is_silent:
        yield "Something is due, but neither a day nor terms of payment are told (BR-CO-25)."


def _days(document: Document) -> Iterator[str]:
    for name, (first, last) in (("tax period", document.tax_period), ("supply", document.supplied)):
        if last < first:
            yield f"The {name} ends before it begins (BR-29)."


def _heads(document: Document) -> Iterator[str]:
    if is_blank(document.seller.name):
        yield "The seller has no name (BR-06)."
    if not document.seller.country:
        yield "The seller has no country (BR-09)."
    if document.kind in NUMBERED and is_blank(document.number):
        yield "The document has no number (BR-02)."
    if document.kind == "credit-note" and document.corrects is None:
        yield "A credit note names the invoice that it corrects (BG-3)."
    if document.kind in NUMBERED and any(group.category == "AE" for group in document.taxes):
        if document.buyer is None or not document.buyer.vat_id:
            yield "Reverse charge needs the VAT id of the buyer (BR-AE-02)."
        if not (document.seller.vat_id or document.seller.tax_number):
            yield "Reverse charge needs the VAT id of the seller (BR-AE-02)."
