"""Exact numbers written as decimals."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

DIGITS: Final = 12
"""Digits after the point for a number without an end, such as a third."""


def decimal_text(value: Fraction | int) -> str:
    """Write a number as a plain decimal: exactly where it ends, else half-up to twelve digits."""
    if value.denominator == 1:
        return str(value.numerator)
    places = ending_places(value.denominator)
    places = DIGITS if places is None else places
    return _point(_scale(value, places), places)


def share_texts(values: Sequence[Fraction | int]) -> list[str]:
    """Write numbers so that the texts add up to the text of their sum.

    Numbers that end are exact as long as all do; among others each text is off by less than one unit
    of its last digit, because what rounding takes from one line it gives to the next.
    """
    places = [ending_places(value.denominator) for value in values]
    if all(place is not None for place in places):
        return [decimal_text(value) for value in values]
    total = sum(values, Fraction(0))
    digits = max(DIGITS, *(place or 0 for place in (*places, ending_places(total.denominator))))
    running, written, texts = Fraction(0), 0, []
    for value in values:
        running += value
        upto = _scale(running, digits)
        texts.append(_point(upto - written, digits))
        written = upto
    return texts


def ending_places(denominator: int) -> int | None:
    """Return the digits after the point that a fraction needs, ``None`` where it never ends."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def _scale(value: Fraction | int, places: int) -> int:
    """Return the value in units of the last place, half-up."""
    power: int = 10**places
    whole, rest = divmod(abs(value.numerator) * power, value.denominator)
    magnitude = whole + 1 if 2 * rest >= value.denominator else whole
    return -magnitude if value.numerator < 0 else magnitude


def _point(scaled: int, places: int) -> str:
    if not places:
        return str(scaled)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    whole, part = digits[:-places], digits[-places:].rstrip("0")
    return ("-" if scaled < 0 else "") + whole + ("." + part if part else "")
