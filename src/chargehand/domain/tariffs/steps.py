"""Step sizes: billing in blocks, once per session and kind of volume."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from chargehand.domain.tariffs.elements import TariffDimensionType
from chargehand.domain.tariffs.plans import Offer

MICROSECONDS: Final = 1_000_000
# Where times are rough they count in whole seconds; no meter tells millionths of a Wh.
_SLACK_MICROSECONDS: Final = 500_000
_SLACK_KWH: Final = Fraction(1, 10**9)


@dataclass(slots=True)
class Charge:
    """What one offer bills: kWh, microseconds or a count, and what the step size added to it."""

    offer: Offer
    volume: Fraction | int = 0
    added: Fraction | int = 0


@dataclass(slots=True)
class Ledger:
    """The charges of a session in order of first use, and which came last in each kind."""

    charges: dict[Offer, Charge] = field(default_factory=dict)
    last: dict[tuple[TariffDimensionType, bool], Charge] = field(default_factory=dict)

    def book(self, offer: Offer, volume: Fraction | int) -> None:
        """Add a volume to the charge of an offer."""
        charge = self.charges.get(offer)
        if charge is None:
            charge = self.charges[offer] = Charge(offer)
        if volume:
            charge.volume += volume
            self.last[(offer.component.type, offer.reserves)] = charge

    def apply_steps(self, *, is_rough: bool) -> None:
        """Round up the billed volumes by the step size of the component used last.

        OCPI 2.3.0 mod_cdrs, step_size: once per session for ENERGY and once for TIME and PARKING_TIME
        together, where only the total parking time is rounded if any was billed. What rounding adds
        goes to the last component. Reservation time is rounded by itself. What fractions of a second,
        four decimals of an hour (``is_rough``) and sums of floats are off by begins no new step.
        """
        energy, time = TariffDimensionType.ENERGY, TariffDimensionType.TIME
        parking = TariffDimensionType.PARKING_TIME
        slack = _SLACK_MICROSECONDS if is_rough else 0
        self._round_up(energy, reserves=False, unit=Fraction(1, 1000), slack=_SLACK_KWH)
        last = parking if (parking, False) in self.last else time
        self._round_up(last, reserves=False, unit=MICROSECONDS, slack=slack)
        self._round_up(time, reserves=True, unit=MICROSECONDS, slack=slack)

    def _round_up(
        self, dimension: TariffDimensionType, *, reserves: bool, unit: Fraction | int, slack: Fraction | int
    ) -> None:
        last = self.last.get((dimension, reserves))
        if last is None or last.offer.component.step_size <= 0:
            return
        total = sum(
            charge.volume
            for offer, charge in self.charges.items()
            if offer.component.type is dimension and offer.reserves is reserves
        )
        step = last.offer.component.step_size * unit
        last.added = max(-((slack - total) // step) * step - total, -last.volume)
