"""What of a price is a site host's: pure, rounded once, the remainder to the operator."""

from decimal import Decimal
from fractions import Fraction

import msgspec

from chargehand.kernel.money import Rounding, exponent_of, round_to_int


class ShareTerms(msgspec.Struct, frozen=True, kw_only=True):
    """A host's terms: percent of what is left before taxes after the fee, and major units a kWh.

    The fee is one figure for each charge: percent of the amount after taxes, and major units.
    """

    percent: Decimal = Decimal(0)
    per_kwh: Decimal = Decimal(0)
    fee_percent: Decimal = Decimal(0)
    fee_fixed: Decimal = Decimal(0)


class Share(msgspec.Struct, frozen=True):
    """Fee and share in minor units."""

    fee_minor: int
    share_minor: int


def share_of(
    terms: ShareTerms, *, currency: str, before_minor: int, after_minor: int, energy_wh: Decimal
) -> Share:
    """Return a host's share of a price that is not below zero.

    The fee is rounded half-up and not above the price before taxes; the share is rounded down, so that the
    fraction of a minor unit stays with the operator.
    """
    scale = 10 ** exponent_of(currency)
    fee = Fraction(terms.fee_percent) / 100 * after_minor + Fraction(terms.fee_fixed) * scale
    fee_minor = min(round_to_int(fee, Rounding.HALF_UP), before_minor)
    part = Fraction(terms.percent) / 100 * (before_minor - fee_minor)
    energy = Fraction(terms.per_kwh) * Fraction(energy_wh) / 1000 * scale
    return Share(fee_minor, round_to_int(part + energy, Rounding.DOWN))
