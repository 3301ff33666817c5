"""Minimum and maximum prices of a session, applied as lines of their own."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from chargehand.domain.tariffs.elements import PriceLimit
from chargehand.domain.tariffs.taxes import Amounts

MIN_PRICE: Final = "MIN_PRICE"
MAX_PRICE: Final = "MAX_PRICE"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a limit adds to (or, negative, takes from) a total before and after taxes."""

    type: str
    amounts: Amounts


def adjust(
    total: Amounts, limit: PriceLimit | None, kind: str, tax_factor: Fraction | None
) -> Adjustment | None:
    """Return what a limit changes, ``None`` where it changes nothing.

    Each side of a limit binds its own side of the total (OCPI 2.3.0 mod_tariffs, notes on min_price and
    max_price). A limit that gives one side only moves the other in proportion, so that the tax share
    stays what it was. A total of nothing has no tax share: then the other side follows from
    ``tax_factor``, the tariff's ratio of after to before taxes, and is unknown where that is ``None``.
    """
    if limit is None:
        return None
    before = _bind(total[0], limit.before_taxes, kind)
    after = _bind(total[1], limit.after_taxes, kind)
    if limit.after_taxes is None and limit.before_taxes is not None:
        after = _follow(total[1], total[0], before, tax_factor)
    elif limit.before_taxes is None and limit.after_taxes is not None:
        before = _follow(total[0], total[1], after, 1 / tax_factor if tax_factor else None)
    if (before, after) == total:
        return None
    return Adjustment(kind, (_difference(before, total[0]), _difference(after, total[1])))


def _bind(amount: Fraction | None, bound: Decimal | None, kind: str) -> Fraction | None:
    if amount is None or bound is None:
        return amount
    exact = Fraction(bound)
    return max(amount, exact) if kind == MIN_PRICE else min(amount, exact)


def _follow(
    amount: Fraction | None, old: Fraction | None, new: Fraction | None, factor: Fraction | None
) -> Fraction | None:
    if amount is None or old is None or new is None or new == old:
        return amount
    if old:
        return amount * new / old
    return None if factor is None else new * factor


def _difference(new: Fraction | None, old: Fraction | None) -> Fraction | None:
    return None if new is None or old is None else new - old
