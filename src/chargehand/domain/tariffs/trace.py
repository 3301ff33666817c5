"""The account of a price: which element matched each part of a session, and why."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from chargehand.domain.tariffs.conditions import Moment
from chargehand.domain.tariffs.decimals import decimal_text
from chargehand.domain.tariffs.plans import Offer
from chargehand.domain.tariffs.sessions import MICROSECONDS_PER_HOUR, from_microseconds


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """One decision: a volume between two instants and the offer chosen for it.

    ``type`` is ENERGY, TIME, PARKING_TIME, RESERVATION_TIME or FLAT; ``volume`` is in kWh, microseconds or a
    count; ``offer`` is ``None`` where nothing matched and the volume is free.
    """

    type: str
    start: Fraction | int
    end: Fraction | int
    volume: Fraction | int
    offer: Offer | None
    moment: Moment
    offers: tuple[Offer, ...]

    @property
    def since(self) -> dt.datetime:
        """When the part begins."""
        return from_microseconds(int(self.start))

    @property
    def until(self) -> dt.datetime:
        """When the part ends."""
        return from_microseconds(int(self.end))

    def explain(self) -> str:
        """Say in one paragraph which element matched, which did not, and what decided."""
        sentences: list[str] = []
        for offer in self.offers:
            words = offer.condition.describe(self.moment)
            if offer is self.offer:
                sentences.append(f"Element {offer.element} applies: {words or 'no restrictions'}.")
                break
            sentences.append(f"Element {offer.element} does not: {words}.")
        else:
            sentences.append(f"No element prices {self.type} here, so it is free.")
        return " ".join(sentences)

    def to_json(self) -> dict[str, object]:
        """Return the entry as JSON values; the volume is kWh, hours or a count as a decimal string."""
        is_time = self.type.endswith("TIME")
        volume = Fraction(self.volume, MICROSECONDS_PER_HOUR) if is_time else self.volume
        return {
            "from": _utc(self.since),
            "until": _utc(self.until),
            "type": self.type,
            "volume": decimal_text(volume),
            "element": None if self.offer is None else self.offer.element,
            "why": self.explain(),
        }


@dataclass(frozen=True, slots=True)
class TraceNote:
    """A remark that concerns the whole price: a step size, a limit, a volume read otherwise."""

    sentence: str

    def to_json(self) -> dict[str, object]:
        """Return the note as JSON values."""
        return {"note": self.sentence}


def _utc(moment: dt.datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
