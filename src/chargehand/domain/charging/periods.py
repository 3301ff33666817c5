"""Charging periods of a transaction in OCPI's dimensions: energy, time of charging, time of parking.

Parking is time in which the vehicle asks for no power (OCPI CdrDimensionType PARKING_TIME). Where the charger or
the grid holds the power back, it is neither charging nor parking, so that nobody is billed for it.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from chargehand.domain.charging.energy import Register

#: Less than this on average is not charging but standing by, W.
LEAST_W: Final = Decimal(100)

#: A period of charging is cut after so long, so that energy stays close to the time it was taken.
LONGEST_CHARGING: Final = timedelta(minutes=15)

#: Charging states of OCPP 2.x, and statuses of 1.6, in which energy flows.
FLOWING: Final = frozenset({"Charging"})

#: Those in which the charger gives no energy although the vehicle may want it.
HELD: Final = frozenset({"SuspendedEVSE"})


class Dimension(msgspec.Struct, frozen=True):
    """A volume: ENERGY in kWh, TIME and PARKING_TIME in hours (OCPI 2.2.1 CdrDimensionType).

    As JSON the volume is a text, so that it stays exact.
    """

    type: str
    volume: Decimal


class ChargingPeriod(msgspec.Struct, frozen=True):
    """A stretch that begins at `start_date_time` and ends where the next one begins (OCPI ChargingPeriod)."""

    start_date_time: datetime
    dimensions: tuple[Dimension, ...]


class StateChange(msgspec.Struct, frozen=True):
    """From `at` on the transaction is in a charging state."""

    at: datetime
    state: str


class _Stretch(msgspec.Struct):
    start: datetime
    end: datetime
    wh: Decimal | None
    is_charging: bool
    is_held: bool = False

    @property
    def time_dimension(self) -> str:
        """What its time counts as; "" where the charger held the energy back."""
        return "TIME" if self.is_charging else "" if self.is_held else "PARKING_TIME"


def find_periods(
    *,
    started_at: datetime,
    ended_at: datetime,
    track: Sequence[Register],
    states: Sequence[StateChange],
) -> list[ChargingPeriod]:
    """Return the periods from start to end; their energies add up to the end of `track` exactly.

    `track` is the energy taken up to each moment, Wh, empty where it is unknown. Time counts as parking where
    no energy flowed: by the meter where it was read, else by the states. Where the charger held it back, the
    period has its energy alone.
    """
    if ended_at <= started_at:
        wh = track[-1].wh if track else None
        return [_period(_Stretch(started_at, started_at, wh, is_charging=True))]
    inside = {at for at in (*(p.at for p in track), *(s.at for s in states)) if started_at < at < ended_at}
    marks = [started_at, *sorted(inside), ended_at]
    ordered = sorted(states, key=lambda change: change.at)
    moments = [change.at for change in ordered]
    stretches = []
    for start, end in itertools.pairwise(marks):
        number = bisect_right(moments, start)
        state = ordered[number - 1].state if number else None
        is_charging = state is None or state in FLOWING
        stretches.append(_Stretch(start, end, None, is_charging=is_charging, is_held=state in HELD))
    for before, after in itertools.pairwise(track):
        first, last = bisect_left(marks, before.at), bisect_right(marks, after.at) - 1
        _share(stretches[first:last], before, after, has_states=bool(states))
    if track:
        _add_ends(stretches, track)
    return [_period(stretch) for stretch in _join(stretches)]


def _share(between: list[_Stretch], before: Register, after: Register, *, has_states: bool) -> None:
    """Share the energy between two registers over the stretches between them, to those where it flowed."""
    if not between:
        return
    wh = after.wh - before.wh
    if not _is_charging(wh, after.at - before.at):
        for each in between:
            each.is_charging = False
    elif not any(each.is_charging for each in between) or not has_states:
        for each in between:
            each.is_charging = True
    takers = [each for each in between if each.is_charging] or between
    lengths = [(each.end - each.start) // timedelta(microseconds=1) for each in takers]
    rest = wh
    for each, length in zip(takers[:-1], lengths[:-1], strict=True):
        each.wh = (wh * length / sum(lengths)).quantize(Decimal("0.000001"))
        rest -= each.wh
    takers[-1].wh = rest


def _is_charging(wh: Decimal, duration: timedelta) -> bool:
    seconds = Decimal(duration // timedelta(microseconds=1)) / 1_000_000
    return wh > 0 and (seconds == 0 or wh * 3600 / seconds >= LEAST_W)


def _add_ends(stretches: list[_Stretch], track: Sequence[Register]) -> None:
    """Give energies that fell between no two marks to the stretch they stand at, and zero to the others."""
    shared = sum((each.wh for each in stretches if each.wh is not None), Decimal(0))
    for each in stretches:
        each.wh = each.wh if each.wh is not None else Decimal(0)
    stretches[-1].wh = (stretches[-1].wh or Decimal(0)) + track[-1].wh - shared


def _join(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Join neighbours of one kind, cutting charging into quarters of an hour."""
    joined: list[_Stretch] = []
    for each in stretches:
        last = joined[-1] if joined else None
        is_same = last is not None and last.time_dimension == each.time_dimension
        if (
            last is not None
            and is_same
            and (not each.is_charging or each.end - last.start <= LONGEST_CHARGING)
        ):
            last.end = each.end
            last.wh = None if last.wh is None or each.wh is None else last.wh + each.wh
        else:
            joined.append(each)
    return joined


def _period(stretch: _Stretch) -> ChargingPeriod:
    microseconds = (stretch.end - stretch.start) // timedelta(microseconds=1)
    hours = (Decimal(microseconds) / 3_600_000_000).quantize(Decimal("0.000001"))
    dimensions = [Dimension(stretch.time_dimension, hours)] if stretch.time_dimension else []
    if stretch.wh or not dimensions:
        dimensions.insert(0, Dimension("ENERGY", (stretch.wh or Decimal(0)) / 1000))
    return ChargingPeriod(stretch.start, tuple(dimensions))
