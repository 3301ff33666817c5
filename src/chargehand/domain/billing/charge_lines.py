"""From the lines of a price to those of a document: units, prices before taxes, tax groups, rounding."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec

from chargehand.domain.billing.documents.shapes import DocumentLine, TaxGroup, Unit
from chargehand.domain.billing.line_words import word
from chargehand.domain.billing.rating import Rated, RatedLine, share_out
from chargehand.domain.billing.taxation import Tax, tax_of_supply
from chargehand.kernel.money import Rounding, round_to_int

#: Types whose volume is hours; documents tell minutes.
_TIMES: Final = frozenset({"TIME", "PARKING_TIME", "RESERVATION_TIME"})
_QUANTITY: Final = Decimal("0.0001")
_PRICE: Final = Decimal("0.0000000001")


class ChargeLines(msgspec.Struct, frozen=True):
    """The lines of a charge, and what must be added to their sum so that it is what the charge costs.

    There is such a rounding only where limits before and after taxes together mean a tax that no rate gives.
    """

    lines: tuple[DocumentLine, ...]
    rounding_minor: int


class _Part(msgspec.Struct, frozen=True):
    """A line with its rate settled; `percent` None: the tariff names none."""

    line: RatedLine
    percent: Decimal | None
    before_minor: int
    tax_minor: int


def charge_lines(rated: Rated, *, language: str, session_ref: str, note: str = "") -> ChargeLines:
    """Return the lines of a price; lines and rounding together are exactly `rated.after_minor`.

    A line that a minimum or maximum price makes has no rate of its own: it is shared over the rates of the
    others by their amounts, with the tax of each.
    """
    parts: list[_Part] = []
    rounding = 0
    limits = [line for line in rated.lines if line.element is None]
    own = [_own(line) for line in rated.lines if line.element is not None]
    main = max((p for p in own if p.percent is not None), key=lambda p: abs(p.before_minor), default=None)
    for part in own:
        is_nothing = part.percent is None and not part.before_minor and main is not None
        parts.append(_Part(part.line, main.percent, 0, 0) if is_nothing and main is not None else part)
    for line in limits:
        shared, rest = _share_limit(line, own)
        parts += shared
        rounding += rest
    is_all_untaxed = all(part.percent is None for part in parts)
    lines = tuple(
        _document_line(part, tax_of_supply(part.percent, is_all_untaxed=is_all_untaxed), language)
        for part in parts
    )
    named = tuple(msgspec.structs.replace(line, session_ref=session_ref, note=note) for line in lines)
    return ChargeLines(named, rounding)


def tax_groups(lines: Iterable[DocumentLine], *, reason: str = "") -> tuple[TaxGroup, ...]:
    """Return base and tax by category and rate, highest rate first; `reason` is for those without tax."""
    sums: dict[tuple[str, Decimal], list[DocumentLine]] = {}
    for line in lines:
        sums.setdefault((line.category, line.tax_percent), []).append(line)
    return tuple(
        TaxGroup(
            category=own[0].category,
            percent=percent,
            base_minor=sum(line.before_minor for line in own),
            tax_minor=sum(line.tax_minor for line in own),
            reason=reason if own[0].category in {"O", "E", "AE"} else "",
        )
        for (_, percent), own in sorted(sums.items(), key=lambda item: (-item[0][1], item[0][0]))
    )


def align(lines: Sequence[DocumentLine]) -> tuple[DocumentLine, ...]:
    """Return lines of several charges as one document needs them: beside any other tax, O is rated zero."""
    if {line.category for line in lines} <= {"O"}:
        return tuple(lines)
    return tuple(
        msgspec.structs.replace(line, category="Z") if line.category == "O" else line for line in lines
    )


def _own(line: RatedLine) -> _Part:
    """Settle the rate of a line; one that the tariff calls untaxed (OCPI 2.3.0 N/A) has none."""
    percent = None if line.tax_percent is None else Decimal(line.tax_percent)
    is_untaxed = line.before_taxes == line.after_taxes and line.before_minor != 0
    return _Part(
        line,
        None if is_untaxed and percent else percent,
        line.before_minor,
        line.tax_minor,
    )


def _share_limit(line: RatedLine, own: Sequence[_Part]) -> tuple[list[_Part], int]:
    weights: dict[Decimal | None, int] = {}
    for part in own:
        if part.before_minor:
            weights[part.percent] = weights.get(part.percent, 0) + abs(part.before_minor)
    if not weights:
        weights = {None: 1}
    total = sum(weights.values())
    befores = share_out(line.before_minor, [Fraction(line.before_minor * w, total) for w in weights.values()])
    exact = [before * Fraction(percent or 0) / 100 for percent, before in zip(weights, befores, strict=True)]
    told = round_to_int(sum(exact, Fraction(0)), Rounding.HALF_UP)
    taxable = sum(1 for percent in weights if percent)
    is_near = taxable > 0 and abs(line.tax_minor - told) <= taxable
    tax = line.tax_minor if is_near else told
    taxes = _share_tax(tax, exact, [bool(percent) for percent in weights])
    parts = [
        _Part(line, percent, before, minor)
        for percent, before, minor in zip(weights, befores, taxes, strict=True)
        if before or minor
    ]
    return parts, line.tax_minor - tax


def _share_tax(tax: int, exact: Sequence[Fraction], is_taxed: Sequence[bool]) -> list[int]:
    """Share a tax over rates, nothing of it to those of zero."""
    shares = iter(share_out(tax, [value for value, taxed in zip(exact, is_taxed, strict=True) if taxed]))
    return [next(shares) if taxed else 0 for taxed in is_taxed]


def _document_line(part: _Part, tax: Tax, language: str) -> DocumentLine:
    quantity, unit, unit_price = _measure(part.line)
    return DocumentLine(
        text=word(part.line.type, language),
        quantity=quantity,
        unit=unit,
        unit_price=unit_price,
        before_minor=part.before_minor,
        tax_percent=tax.percent,
        tax_minor=part.tax_minor,
        after_minor=part.before_minor + part.tax_minor,
        category=tax.category,
    )


def _measure(line: RatedLine) -> tuple[Decimal, Unit, Decimal | None]:
    """Return quantity, unit and the exact price of a unit before taxes."""
    price = _price_before_taxes(line)
    if line.element is None:
        return Decimal(1), "C62", None
    volume = Fraction(line.volume)
    if line.type == "ENERGY":
        return _decimal(volume, _QUANTITY), "KWH", None if price is None else _decimal(price, _PRICE)
    if line.type in _TIMES:
        per_minute = None if price is None else _decimal(price / 60, _PRICE)
        return _decimal(volume * 60, _QUANTITY), "MIN", per_minute
    return _decimal(volume, _QUANTITY), "C62", None if price is None else _decimal(price, _PRICE)


def _price_before_taxes(line: RatedLine) -> Fraction | None:
    """Return the price of a kWh, hour or piece before taxes, whichever way the tariff told it."""
    if line.price is None:
        return None
    price, volume, before = Fraction(line.price), Fraction(line.volume), Fraction(line.before_taxes)
    without = price / (1 + Fraction(line.tax_percent or 0) / 100)
    return min((price, without), key=lambda each: abs(each * volume - before))


def _decimal(value: Fraction, step: Decimal) -> Decimal:
    """Return a number as a decimal, half-up to the step, without needless zeros."""
    scaled = round_to_int(value / Fraction(step), Rounding.HALF_UP)
    found = (scaled * step).normalize()
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found
