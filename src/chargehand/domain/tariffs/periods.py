"""Splitting of charging periods at every instant, energy or duration where a restriction changes."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from chargehand.domain.tariffs.boundaries import wall_instants
from chargehand.domain.tariffs.conditions import Load, Moment, read_load
from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.plans import Plan
from chargehand.domain.tariffs.sessions import CdrDimensionType, Span, from_microseconds

MOST_PARTS: Final = 20_000
_NO_LOAD: Final = Load()
_DAY: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a charging period in which one set of elements is active.

    The part is ``ticks`` of ``length``: microseconds, or any measure where a period has no length.
    ``moment`` is the state of the session at its start; ``start`` and ``end`` are microseconds since
    1970.
    """

    span: Span
    ticks: Fraction | int
    length: int
    moment: Moment
    start: Fraction | int
    end: Fraction | int

    @property
    def energy(self) -> Fraction:
        """The kWh of the part."""
        if self.ticks == self.length:
            return self.span.energy
        return self.span.energy * Fraction(self.ticks, self.length)

    def time(self, dimension: CdrDimensionType) -> Fraction | int:
        """Return the microseconds of a time dimension that fall into the part."""
        time = self.span.times[dimension]
        if time == self.length:
            return self.ticks
        return time if self.ticks == self.length else time * Fraction(self.ticks, self.length)


@dataclass(frozen=True, slots=True)
class _Base:
    """What is the same for all pieces of a period."""

    energy: Fraction
    origin: int
    load: Load
    zone: ZoneInfo | None


def split(spans: list[Span], plan: Plan, zone: ZoneInfo) -> Iterator[Piece]:
    """Yield the pieces of a session in order.

    Within a period energy is taken to flow evenly, so a bound in kWh falls at the matching part of the
    period. Durations count from the start of charging, or of the reservation for what is reserved.

    Raises:
        TariffError: the tariff would cut the session into more parts than any real one does.
    """
    if not spans:
        return
    begun = next((span.start for span in spans if not span.is_reservation), spans[0].start)
    walls: list[int] = []
    if plan.looks_at_clock:
        days = (spans[-1].end - spans[0].start) // _DAY + 2
        _limit(days * len(plan.clock_times))
        walls = wall_instants(zone, spans[0].start, spans[-1].end, plan.clock_times)
    _limit(len(walls) + len(plan.energy_bounds) + 2 * len(plan.duration_bounds))
    energy = Fraction(0)
    for span in spans:
        origin = spans[0].start if span.is_reservation else begun
        load = read_load(span) if plan.looks_at_load else _NO_LOAD
        base = _Base(energy, origin, load, zone if plan.looks_at_clock else None)
        instants = [wall for wall in walls if span.start < wall < span.end]
        bounds = (origin + bound for bound in plan.duration_bounds)
        instants.extend(bound for bound in bounds if span.start < bound < span.end)
        yield from _pieces(span, _cuts(span, instants, energy, plan.energy_bounds), base)
        energy += span.energy


def _limit(parts: int) -> None:
    if parts > MOST_PARTS:
        raise TariffError(f"The tariff would cut the session into more than {MOST_PARTS} parts.")


def _cuts(
    span: Span, instants: list[int], energy: Fraction, bounds: tuple[Fraction, ...]
) -> list[Fraction | int]:
    """Return the inner cutting places of a period in ticks from its start, in order."""
    length = span.end - span.start or 1
    cuts: set[Fraction | int] = {instant - span.start for instant in instants}
    if span.energy:
        top = energy + span.energy
        cuts.update((bound - energy) / span.energy * length for bound in bounds if energy < bound < top)
    return sorted(cuts)


def _pieces(span: Span, cuts: list[Fraction | int], base: _Base) -> Iterator[Piece]:
    length = span.end - span.start or 1
    instant = span.end == span.start
    low: Fraction | int = 0
    for high in (*cuts, length):
        start = span.start if instant else span.start + low
        energy = base.energy + span.energy * Fraction(low, length) if low else base.energy
        moment = Moment(energy, start - base.origin, base.load, _wall(base.zone, start))
        yield Piece(span, high - low, length, moment, start, span.start if instant else span.start + high)
        low = high


def _wall(zone: ZoneInfo | None, instant: Fraction | int) -> dt.datetime | None:
    return None if zone is None else from_microseconds(int(instant)).astimezone(zone)
