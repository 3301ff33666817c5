"""Whether an element is active at a moment of a session, and in words why or why not."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from chargehand.domain.tariffs.decimals import decimal_text
from chargehand.domain.tariffs.elements import WEEKDAYS, TariffRestrictions
from chargehand.domain.tariffs.sessions import MICROSECONDS_PER_HOUR, CdrDimensionType, Span

_MIDNIGHT: Final = dt.time(0)


@dataclass(frozen=True, slots=True)
class Sample:
    """The power (kW) or current (A) of a period and where the number comes from."""

    value: Fraction
    source: str


@dataclass(frozen=True, slots=True)
class Load:
    """What a period says of power and current; ``None`` where nothing is known.

    ``low`` decides about minimums, ``high`` about maximums (OCPI 2.3.0 mod_tariffs, TariffRestrictions).
    """

    low_power: Sample | None = None
    high_power: Sample | None = None
    low_current: Sample | None = None
    high_current: Sample | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of a session at an instant: what restrictions are compared with.

    ``energy`` is kWh so far, ``elapsed`` microseconds since charging (or the reservation) began and
    ``wall`` the local time, needed only where the tariff looks at the clock.
    """

    energy: Fraction
    elapsed: Fraction | int
    load: Load
    wall: dt.datetime | None = None


_NOT_CHARGING: Final = Sample(Fraction(0), "not charging")


def read_load(span: Span) -> Load:
    """Find the power and current that decide in a period.

    A minimum looks at MIN_*, then the average, then MAX_*; a maximum the other way round. Without any
    power dimension the average follows from energy and charging time. A vehicle that only parks takes
    nothing.
    """
    kind = CdrDimensionType
    idle = kind.PARKING_TIME in span.times and len(span.times) == 1 and span.energy == 0
    average = _NOT_CHARGING if idle else _average_power(span)
    none = _NOT_CHARGING if idle else None
    return Load(
        low_power=_first(span, kind.MIN_POWER, kind.POWER, kind.MAX_POWER) or average,
        high_power=_first(span, kind.MAX_POWER, kind.POWER, kind.MIN_POWER) or average,
        low_current=_first(span, kind.MIN_CURRENT, kind.CURRENT, kind.MAX_CURRENT) or none,
        high_current=_first(span, kind.MAX_CURRENT, kind.CURRENT, kind.MIN_CURRENT) or none,
    )


def _first(span: Span, *dimensions: CdrDimensionType) -> Sample | None:
    for dimension in dimensions:
        value = span.volumes.get(dimension)
        if value is not None:
            return Sample(Fraction(value), dimension.value)
    return None


def _average_power(span: Span) -> Sample | None:
    duration = span.times.get(CdrDimensionType.TIME) or span.end - span.start
    if duration <= 0 or CdrDimensionType.ENERGY not in span.volumes:
        return None
    return Sample(span.energy * MICROSECONDS_PER_HOUR / duration, "ENERGY over time")


class Condition:
    """The restrictions of one element, made ready for comparing."""

    __slots__ = (
        "_clock_end",
        "_clock_start",
        "_days",
        "_durations",
        "_energies",
        "_first_day",
        "_last_day",
        "_load",
        "is_empty",
        "looks_at_clock",
        "looks_at_load",
        "restrictions",
    )

    def __init__(self, restrictions: TariffRestrictions) -> None:
        self.restrictions = r = restrictions
        self._clock_start = _minutes(r.start_time) if r.start_time is not None else None
        self._clock_end = (_minutes(r.end_time) or 1440) if r.end_time is not None else None
        self._first_day, self._last_day = r.start_date, r.end_date
        self._days = frozenset(WEEKDAYS.index(day) for day in r.day_of_week)
        self._energies = (_exact(r.min_kwh), _exact(r.max_kwh))
        self._durations = (_microseconds(r.min_duration), _microseconds(r.max_duration))
        self._load = (_exact(r.min_power), _exact(r.max_power), _exact(r.min_current), _exact(r.max_current))
        self.looks_at_clock = bool(
            r.start_time is not None
            or r.end_time is not None
            or r.start_date is not None
            or r.end_date is not None
            or r.day_of_week
        )
        self.looks_at_load = any(bound is not None for bound in self._load)
        amounts = (*self._energies, *self._durations)
        self.is_empty = not (
            self.looks_at_clock or self.looks_at_load or any(bound is not None for bound in amounts)
        )

    @property
    def clock_times(self) -> set[dt.time]:
        """Wall clock times at which this condition may change."""
        r = self.restrictions
        times = {time for time in (r.start_time, r.end_time) if time is not None}
        if len(times) == 1 or r.start_date is not None or r.end_date is not None or r.day_of_week:
            times.add(_MIDNIGHT)
        return times

    @property
    def energy_bounds(self) -> set[Fraction]:
        """Energies in kWh at which this condition may change."""
        return {bound for bound in self._energies if bound is not None}

    @property
    def duration_bounds(self) -> set[int]:
        """Microseconds since the start at which this condition may change."""
        return {bound for bound in self._durations if bound is not None}

    def holds(self, moment: Moment) -> bool:
        """Tell whether all restrictions hold at a moment."""
        if self.is_empty:
            return True
        least, most = self._energies
        shortest, longest = self._durations
        return (
            (least is None or moment.energy >= least)
            and (most is None or moment.energy < most)
            and (shortest is None or moment.elapsed >= shortest)
            and (longest is None or moment.elapsed < longest)
            and (not self.looks_at_clock or self._clock_holds(moment.wall))
            and (not self.looks_at_load or self._load_holds(moment.load))
        )

    def _clock_holds(self, wall: dt.datetime | None) -> bool:
        if wall is None:
            return False
        day = wall.date()
        return (
            (self._first_day is None or day >= self._first_day)
            and (self._last_day is None or day < self._last_day)
            and (not self._days or day.weekday() in self._days)
            and self._time_of_day_holds(wall.hour * 60 + wall.minute)
        )

    def _time_of_day_holds(self, minute: int) -> bool:
        start, end = self._clock_start, self._clock_end
        if start is None:
            return end is None or minute < end
        if end is None:
            return minute >= start
        if end <= start:
            return minute >= start or minute < end
        return start <= minute < end

    def _load_holds(self, load: Load) -> bool:
        least_power, most_power, least_current, most_current = self._load
        return (
            _is_at_least(load.low_power, least_power)
            and _is_below(load.high_power, most_power)
            and _is_at_least(load.low_current, least_current)
            and _is_below(load.high_current, most_current)
        )

    def describe(self, moment: Moment) -> str:
        """Say in words what each restriction asked for and what the session had."""
        r = self.restrictions
        words = [
            *_clock_words(r, moment.wall),
            *_amount_words("energy so far", "kWh", moment.energy, r.min_kwh, r.max_kwh),
            *_amount_words(
                "time so far", "s", Fraction(moment.elapsed, 1_000_000), r.min_duration, r.max_duration
            ),
            *_sample_words("power", "kW", moment.load.low_power, "at least", r.min_power),
            *_sample_words("power", "kW", moment.load.high_power, "below", r.max_power),
            *_sample_words("current", "A", moment.load.low_current, "at least", r.min_current),
            *_sample_words("current", "A", moment.load.high_current, "below", r.max_current),
        ]
        return "; ".join(words)


def _clock_words(r: TariffRestrictions, wall: dt.datetime | None) -> list[str]:
    if wall is None:
        return []
    asked: list[str] = []
    if r.start_time is not None:
        asked.append(f"from {r.start_time:%H:%M}")
    if r.end_time is not None:
        asked.append(f"until {r.end_time:%H:%M}")
    if r.day_of_week:
        asked.append("on " + ", ".join(day.value for day in r.day_of_week))
    if r.start_date is not None:
        asked.append(f"from {r.start_date}")
    if r.end_date is not None:
        asked.append(f"before {r.end_date}")
    if not asked:
        return []
    return [f"asks {' '.join(asked)}, local time {WEEKDAYS[wall.weekday()].value} {wall:%Y-%m-%d %H:%M:%S}"]


def _amount_words(
    name: str, unit: str, actual: Fraction, least: Decimal | int | None, most: Decimal | int | None
) -> list[str]:
    if least is None and most is None:
        return []
    asked = [f"at least {least} {unit}"] if least is not None else []
    if most is not None:
        asked.append(f"below {most} {unit}")
    return [f"asks {name} {' and '.join(asked)}, had {decimal_text(actual)} {unit}"]


def _sample_words(
    name: str, unit: str, sample: Sample | None, relation: str, bound: Decimal | None
) -> list[str]:
    if bound is None:
        return []
    had = (
        "none was reported"
        if sample is None
        else f"had {decimal_text(sample.value)} {unit} ({sample.source})"
    )
    return [f"asks {name} {relation} {bound} {unit}, {had}"]


def _is_at_least(sample: Sample | None, bound: Fraction | None) -> bool:
    return bound is None or (sample is not None and sample.value >= bound)


def _is_below(sample: Sample | None, bound: Fraction | None) -> bool:
    return bound is None or (sample is not None and sample.value < bound)


def _minutes(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def _exact(bound: Decimal | None) -> Fraction | None:
    return None if bound is None else Fraction(bound)


def _microseconds(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * 1_000_000
