"""Money as whole minor units of an ISO 4217 currency, with every rounding named.

An amount is an ``int`` of minor units (cents, yen, fils) plus a currency code; the exponent of
the currency comes from ISO 4217, never from a constant 100. Arithmetic is exact. The only way
to lose a fraction is to name a :class:`Rounding`.
"""

from __future__ import annotations

import decimal
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

# ISO 4217 list one: currencies whose minor unit is not the hundredth.
_UNUSUAL_EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
_HUNDREDTHS: Final[str] = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK "
    "PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
)

EXPONENTS: Final[dict[str, int]] = {**dict.fromkeys(_HUNDREDTHS.split(), 2), **_UNUSUAL_EXPONENTS}
"""Digits after the decimal point by alphabetic currency code (ISO 4217 list one, money only)."""


class MoneyError(ValueError):
    """The reason an amount of money cannot be what was asked for, as one sentence."""


class UnknownCurrencyError(MoneyError):
    """The code is not a currency of ISO 4217."""


class CurrencyMismatchError(MoneyError):
    """Two currencies met in one sum or comparison."""


class InexactAmountError(MoneyError):
    """The amount has a fraction of a minor unit and no rounding was named."""


class Rounding(enum.Enum):
    """How a fraction of a minor unit is dropped; ties and directions are as seen from zero."""

    HALF_UP = "half_up"
    """The nearest; a tie goes away from zero. What an invoice does."""
    HALF_EVEN = "half_even"
    """The nearest; a tie goes to the even unit."""
    UP = "up"
    """Away from zero."""
    DOWN = "down"
    """Towards zero."""


def exponent_of(currency: str) -> int:
    """Return the digits after the decimal point of a currency: 2 for EUR, 0 for JPY, 3 for KWD.

    Raises:
        UnknownCurrencyError: the code is not in ISO 4217.
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrencyError(f"{currency!r} is not a currency of ISO 4217.") from None


def round_to_int(value: Fraction, rounding: Rounding) -> int:
    """Round an exact number to a whole one by the named rule."""
    whole, rest = divmod(abs(value.numerator), value.denominator)
    twice = 2 * rest
    if rounding is Rounding.HALF_UP:
        away = twice >= value.denominator
    elif rounding is Rounding.HALF_EVEN:
        away = twice > value.denominator or (twice == value.denominator and whole % 2 == 1)
    else:
        away = rounding is Rounding.UP and rest != 0
    magnitude = whole + 1 if away else whole
    return -magnitude if value.numerator < 0 else magnitude


def to_fraction(amount: Decimal | Fraction | int | str) -> Fraction:
    """Return the exact value of an amount.

    Raises:
        MoneyError: it is a float, not finite, or text that is no decimal number.
    """
    if isinstance(amount, float):
        raise MoneyError("A float cannot hold money exactly; give a Decimal, a Fraction or text.")
    if isinstance(amount, str):
        try:
            amount = Decimal(amount)
        except decimal.InvalidOperation:
            raise MoneyError(f"{amount!r} is not a decimal number.") from None
    if isinstance(amount, Decimal) and not amount.is_finite():
        raise MoneyError(f"{amount} is not an amount of money.")
    return Fraction(amount)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: ``minor`` whole minor units of ``currency`` (ISO 4217 alphabetic code).

    ``Money(1250, "EUR")`` is 12.50 euro, ``Money(1250, "JPY")`` is 1250 yen and
    ``Money(1250, "KWD")`` is 1.250 dinar.

    Raises:
        UnknownCurrencyError: the code is not in ISO 4217.
        MoneyError: ``minor`` is not an int.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent_of(self.currency)
        if type(self.minor) is not int:
            raise MoneyError(f"Minor units are whole numbers, not {self.minor!r}.")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Return nothing of a currency."""
        return cls(0, currency)

    @classmethod
    def of(
        cls,
        amount: Decimal | Fraction | int | str,
        currency: str,
        rounding: Rounding | None = None,
    ) -> Money:
        """Make money from major units: ``Money.of("19.99", "EUR").minor == 1999``.

        Raises:
            InexactAmountError: there is a fraction of a minor unit and no rounding is named.
            MoneyError: the amount is a float or not a finite number.
        """
        scaled = to_fraction(amount) * 10 ** exponent_of(currency)
        if scaled.denominator == 1:
            return cls(scaled.numerator, currency)
        if rounding is None:
            raise InexactAmountError(f"{amount} {currency} has a fraction of a minor unit.")
        return cls(round_to_int(scaled, rounding), currency)

    @property
    def exponent(self) -> int:
        """Digits after the decimal point."""
        return EXPONENTS[self.currency]

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with exactly the currency's digits."""
        sign = 1 if self.minor < 0 else 0
        digits = tuple(int(digit) for digit in str(abs(self.minor)))
        return Decimal((sign, digits, -self.exponent))

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._minor_of(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._minor_of(other), self.currency)

    def __mul__(self, count: int) -> Money:
        if type(count) is not int:
            raise MoneyError("Money is multiplied by whole numbers only; use times() for a share.")
        return Money(self.minor * count, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._minor_of(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._minor_of(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._minor_of(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._minor_of(other)

    def times(self, share: Decimal | Fraction | int | str, rounding: Rounding) -> Money:
        """Multiply by an exact number (a tax rate, a share) and round by the named rule."""
        return Money(round_to_int(self.minor * to_fraction(share), rounding), self.currency)

    def round_to_step(self, step: Money, rounding: Rounding) -> Money:
        """Round to a multiple of ``step``, as cash rounding does (0.05 CHF).

        Raises:
            CurrencyMismatchError: the step is in another currency.
            MoneyError: the step is not above zero.
        """
        size = self._minor_of(step)
        if size <= 0:
            raise MoneyError("A rounding step is above zero.")
        return Money(round_to_int(Fraction(self.minor, size), rounding) * size, self.currency)

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Share the amount out by weights so that the parts add up to it to the minor unit.

        What the division leaves over goes, one minor unit each, to the parts with the largest
        remainders; among equals to the first.

        Raises:
            MoneyError: a weight is negative or all are zero.
        """
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise MoneyError("Weights are not negative and at least one is above zero.")
        magnitude = abs(self.minor)
        parts = [magnitude * weight // total for weight in weights]
        remainders = [magnitude * weight % total for weight in weights]
        order = sorted(range(len(parts)), key=lambda index: -remainders[index])
        for index in order[: magnitude - sum(parts)]:
            parts[index] += 1
        sign = -1 if self.minor < 0 else 1
        return tuple(Money(sign * part, self.currency) for part in parts)

    def _minor_of(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise MoneyError(f"{other!r} is not money.")
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} cannot be mixed.")
        return other.minor


def add_up(amounts: Iterable[Money], currency: str) -> Money:
    """Add amounts of one currency; nothing adds up to zero of it.

    Raises:
        CurrencyMismatchError: an amount is in another currency.
    """
    total = Money.zero(currency)
    for amount in amounts:
        total += amount
    return total
