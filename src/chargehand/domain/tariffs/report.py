"""A priced session as JSON values, for the command line, the API and the console alike."""

from collections.abc import Callable, Sequence
from fractions import Fraction

from chargehand.domain.tariffs.decimals import decimal_text, share_texts
from chargehand.domain.tariffs.pricing import PriceLine, SessionPrice
from chargehand.kernel.money import Money


def to_json(found: SessionPrice) -> dict[str, object]:
    """Return currency, totals, rounded totals, lines and trace; amounts are exact decimal strings.

    The texts of the lines add up to the text of the total. ``None`` stands where the tariff can't tell.
    """
    return {
        "currency": found.currency,
        "before_taxes": _text(found.before_taxes),
        "after_taxes": _text(found.after_taxes),
        "rounded": {
            "before_taxes": _rounded(found.rounded_before_taxes),
            "after_taxes": _rounded(found.rounded_after_taxes),
        },
        "lines": lines_to_json(found),
        "trace": [entry.to_json() for entry in found.trace],
    }


def lines_to_json(found: SessionPrice) -> list[dict[str, object]]:
    """Return the lines alone, as `to_json` has them."""
    befores = _texts(found.lines, lambda line: line.before_taxes)
    afters = _texts(found.lines, lambda line: line.after_taxes)
    return [
        _line(line, before, after) for line, before, after in zip(found.lines, befores, afters, strict=True)
    ]


def _line(line: PriceLine, before: str | None, after: str | None) -> dict[str, object]:
    return {
        "type": line.type,
        "volume": decimal_text(line.volume),
        "price": None if line.price is None else f"{line.price:f}",
        "before_taxes": before,
        "tax_percent": None if line.tax_percent is None else f"{line.tax_percent:f}",
        "after_taxes": after,
        "element": line.element,
    }


def _texts(lines: Sequence[PriceLine], amount_of: Callable[[PriceLine], Fraction | None]) -> list[str | None]:
    amounts = [amount_of(line) for line in lines]
    known = [amount for amount in amounts if amount is not None]
    if len(known) == len(amounts):
        return list(share_texts(known))
    return [_text(amount) for amount in amounts]


def _text(amount: Fraction | None) -> str | None:
    return None if amount is None else decimal_text(amount)


def _rounded(money: Money | None) -> str | None:
    return None if money is None else f"{money.amount:f}"
