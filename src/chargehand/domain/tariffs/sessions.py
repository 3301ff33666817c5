"""A session as pricing sees it: charging periods with their volumes, in order of time."""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final

from chargehand.domain.tariffs.elements import TariffError


class CdrDimensionType(enum.Enum):
    """What a volume of a charging period measures (OCPI CdrDimensionType, 2.2.1 and 2.3.0)."""

    CURRENT = "CURRENT"
    ENERGY = "ENERGY"
    ENERGY_EXPORT = "ENERGY_EXPORT"
    ENERGY_IMPORT = "ENERGY_IMPORT"
    MAX_CURRENT = "MAX_CURRENT"
    MIN_CURRENT = "MIN_CURRENT"
    MAX_POWER = "MAX_POWER"
    MIN_POWER = "MIN_POWER"
    PARKING_TIME = "PARKING_TIME"
    POWER = "POWER"
    RESERVATION_TIME = "RESERVATION_TIME"
    STATE_OF_CHARGE = "STATE_OF_CHARGE"
    TIME = "TIME"


Volumes = Mapping[CdrDimensionType, Decimal | Fraction]

TIME_DIMENSIONS: Final = (
    CdrDimensionType.TIME,
    CdrDimensionType.PARKING_TIME,
    CdrDimensionType.RESERVATION_TIME,
)
# Averages that are negative while a vehicle feeds the grid (OCPI 2.2.1 mod_cdrs, CdrDimensionType).
_TWO_WAY: Final = frozenset({CdrDimensionType.CURRENT, CdrDimensionType.POWER})
LONGEST_SESSION: Final = dt.timedelta(days=366)
MICROSECONDS_PER_HOUR: Final = 3_600_000_000
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECONDS: Final = 1_000_000
_MICROSECOND: Final = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ChargingPeriod:
    """A stretch in which nothing that matters to the price changed.

    Volumes are kWh for energy, hours for times, A summed over phases for currents and kW for power.
    The period ends where the next one starts; the last one ends with the session.
    """

    start: dt.datetime
    volumes: Volumes


@dataclass(frozen=True, slots=True)
class Session:
    """What is priced: a session, running or ended, or a reservation.

    ``end`` is ``None`` while it runs. ``reservation_expired`` says that the driver reserved and never
    came. ``country`` is the ISO 3166 alpha-3 code of the location where it is known.
    """

    start: dt.datetime
    end: dt.datetime | None
    periods: tuple[ChargingPeriod, ...]
    reservation_expired: bool = False
    currency: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A charging period on the time axis: microseconds since 1970, exact volumes.

    ``times`` holds the billable microseconds per time dimension; ``end`` equals ``start`` where the
    period has no length. ``notes`` tell what was read otherwise than it was written. ``is_rough`` says
    that the times are no whole seconds, so that their last digits mean nothing.
    """

    start: int
    end: int
    energy: Fraction
    times: Mapping[CdrDimensionType, Fraction | int]
    volumes: Volumes
    notes: tuple[str, ...] = field(default=())
    is_rough: bool = False

    @property
    def is_reservation(self) -> bool:
        """Whether the station was only reserved in this period."""
        return CdrDimensionType.RESERVATION_TIME in self.times and len(self.times) == 1 and not self.energy


def to_microseconds(moment: dt.datetime) -> int:
    """Return microseconds since 1970 of an aware time."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(moment: int) -> dt.datetime:
    """Return the aware UTC time of microseconds since 1970."""
    return _EPOCH + dt.timedelta(microseconds=moment)


def lay_out(session: Session) -> list[Span]:
    """Put the periods on the time axis in order and check them.

    Hours are taken from the timestamps where they agree with the volume within its own digits, since
    OCPI's numbers carry four decimals only. A volume that clearly says otherwise counts as written:
    the vehicle may have charged for a part of the period only. Without an end there is the volume
    alone, read in whole seconds.

    Raises:
        TariffError: an end before a start, a naive time, a volume that is negative or not finite.
    """
    periods = sorted(session.periods, key=lambda period: period.start)
    start = to_microseconds(session.start)
    end = None if session.end is None else to_microseconds(session.end)
    if end is not None and end < start:
        raise TariffError("The session ends before it starts.")
    if periods and to_microseconds(periods[0].start) < start:
        raise TariffError("A charging period starts before the session.")
    limit = start + LONGEST_SESSION // _MICROSECOND
    spans: list[Span] = []
    for index, period in enumerate(periods):
        first = to_microseconds(period.start)
        last = to_microseconds(periods[index + 1].start) if index + 1 < len(periods) else end
        if last is not None and last < first:
            raise TariffError(f"The session ends before charging period {index + 1} starts.")
        if (last or first) > limit:
            raise TariffError("The session lasts longer than a year.")
        spans.append(_measure(period.volumes, first, last, index + 1))
    return spans


def _measure(volumes: Volumes, start: int, end: int | None, number: int) -> Span:
    for dimension, volume in volumes.items():
        if isinstance(volume, Decimal) and not volume.is_finite():
            raise TariffError(f"{dimension.value} of charging period {number} is not a number.")
        if volume < 0 and dimension not in _TWO_WAY:
            raise TariffError(f"{dimension.value} of charging period {number} is negative.")
    present = _time_dimensions(volumes)
    elapsed = None if end is None else end - start
    times: dict[CdrDimensionType, Fraction | int] = {}
    notes: list[str] = []
    for dimension in present:
        times[dimension], agrees = _read_time(volumes[dimension], elapsed, is_alone=len(present) == 1)
        if not agrees:
            notes.append(
                f"{dimension.value} of charging period {number} differs from its timestamps "
                "and counts as written."
            )
    if end is None:
        end = start + int(sum(times.values()))
    energy = volumes.get(CdrDimensionType.ENERGY)
    exact = Fraction(0) if energy is None else Fraction(energy)
    is_rough = any(time % _MICROSECONDS for time in (start, end, *times.values()))
    return Span(start, end, exact, times, volumes, tuple(notes), is_rough)


def _time_dimensions(volumes: Volumes) -> list[CdrDimensionType]:
    """Return the times of a period, without those that a foreign record lists with nothing in them."""
    present = [dimension for dimension in TIME_DIMENSIONS if dimension in volumes]
    return [dimension for dimension in present if volumes[dimension]] or present


def _read_time(
    volume: Decimal | Fraction, elapsed: int | None, *, is_alone: bool
) -> tuple[Fraction | int, bool]:
    """Return billable microseconds, and whether volume and timestamps agree.

    Several times within one period share its length, so that each counts as written.
    """
    exact = Fraction(volume) * MICROSECONDS_PER_HOUR
    if elapsed is None:
        return round(exact / _MICROSECONDS) * _MICROSECONDS, True
    if not is_alone:
        return exact, True
    if abs(exact - elapsed) <= _tolerance(volume):
        return elapsed, True
    return exact, False


def _tolerance(volume: Decimal | Fraction) -> int:
    """Return how far a volume in hours may be off by its own rounding, in microseconds."""
    decimals = 4
    if isinstance(volume, Decimal):
        exponent = volume.as_tuple().exponent
        decimals = min(4, max(2, -exponent)) if isinstance(exponent, int) else 4
    last_digit: int = MICROSECONDS_PER_HOUR // 10**decimals
    return max(_MICROSECONDS, last_digit)
