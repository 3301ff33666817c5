"""Warnings to whoever writes a tariff: what drivers or partners will read otherwise than meant."""

import datetime as dt
import enum
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from chargehand.domain.tariffs.conditions import Load, Moment, Sample
from chargehand.domain.tariffs.elements import (
    WEEKDAYS,
    PriceComponent,
    Tariff,
    TariffDimensionType,
    TariffRestrictions,
    TaxIncluded,
)
from chargehand.domain.tariffs.plans import Offer, Plan, choose, make_plan

_MONDAY: Final = dt.date(2024, 1, 1)
_MOST_MOMENTS: Final = 20_000


class CautionKind(enum.Enum):
    """What a warning is about."""

    STEP_SIZE = "step_size"
    OVERNIGHT_WEEKDAYS = "overnight_weekdays"
    GAP = "gap"
    NEVER_REACHED = "never_reached"
    TAX_UNKNOWN = "tax_unknown"
    RESERVATION_COMPONENT = "reservation_component"


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning in one sentence; ``element`` counts from zero, ``None`` for the whole tariff."""

    kind: CautionKind
    sentence: str
    element: int | None = None


def find_cautions(tariff: Tariff) -> tuple[Caution, ...]:
    """Return the warnings of a tariff, element by element and then for the whole."""
    found: list[Caution] = []
    for index, element in enumerate(tariff.elements):
        found.extend(_about_window(index, element.restrictions))
        for component in element.price_components:
            found.extend(_about_component(index, component, element.restrictions, tariff))
    found.extend(_about_reach(make_plan(tariff)))
    return tuple(found)


def _about_component(
    index: int, component: PriceComponent, restrictions: TariffRestrictions, tariff: Tariff
) -> Iterator[Caution]:
    kind = component.type
    if kind is not TariffDimensionType.FLAT and component.step_size != 1:
        unit = "Wh" if kind is TariffDimensionType.ENERGY else "seconds"
        yield Caution(
            CautionKind.STEP_SIZE,
            f"{kind.value} is billed in blocks of {component.step_size} {unit}, "
            "which drivers find hard to follow; 1 bills what was used.",
            index,
        )
    if component.vat is None and component.price and tariff.tax_included is TaxIncluded.YES:
        yield Caution(
            CautionKind.TAX_UNKNOWN,
            f"{kind.value} includes taxes but names no rate, so the amount before taxes is unknown.",
            index,
        )
    is_reservation = restrictions.reservation is not None
    if is_reservation and kind in {TariffDimensionType.ENERGY, TariffDimensionType.PARKING_TIME}:
        yield Caution(
            CautionKind.RESERVATION_COMPONENT,
            f"A reservation is priced by FLAT and TIME only; {kind.value} has no effect.",
            index,
        )


def _about_window(index: int, r: TariffRestrictions) -> Iterator[Caution]:
    midnight = dt.time(0)
    if r.start_time is None or r.end_time is None or r.end_time == midnight or not r.day_of_week:
        return
    if r.end_time <= r.start_time and len(set(r.day_of_week)) < len(WEEKDAYS):
        days = ", ".join(day.value for day in r.day_of_week)
        yield Caution(
            CautionKind.OVERNIGHT_WEEKDAYS,
            f"The window {r.start_time:%H:%M}-{r.end_time:%H:%M} passes midnight, but the days are those of "
            f"the clock: the hours before {r.end_time:%H:%M} count on {days}, not on the morning after.",
            index,
        )


def _about_reach(plan: Plan) -> Iterator[Caution]:
    """Try the plan at a moment of every kind; say which offers never come up and where there is no price."""
    groups = [plan.charging, plan.reserved, plan.expired]
    moments = list(itertools.islice(_moments(plan), _MOST_MOMENTS + 1))
    if len(moments) > _MOST_MOMENTS:
        return
    reached: set[Offer] = set()
    offers: set[Offer] = set()
    for group in groups:
        for dimension, choices in group.items():
            offers.update(choices)
            gap: Moment | None = None
            for moment in moments:
                offer = choose(choices, moment)
                if offer is not None:
                    reached.add(offer)
                elif gap is None:
                    gap = moment
            is_flat = dimension is TariffDimensionType.FLAT
            if gap is not None and choices and group is plan.charging and not is_flat:
                yield Caution(
                    CautionKind.GAP,
                    f"{dimension.value} has a price at some times but none {_where(gap, choices)}, "
                    "where it is free.",
                )
    for offer in sorted(offers - reached, key=lambda offer: offer.element):
        yield Caution(
            CautionKind.NEVER_REACHED,
            f"The {offer.component.type.value} price is never used, because an earlier element always "
            "applies or its own restrictions exclude each other.",
            offer.element,
        )


def _where(gap: Moment, choices: list[Offer]) -> str:
    looks_at_clock = any(offer.condition.looks_at_clock for offer in choices)
    restrictions = [offer.condition.restrictions for offer in choices]
    words: list[str] = []
    if looks_at_clock and gap.wall is not None:
        words.append(f"on {WEEKDAYS[gap.wall.weekday()].value}")
        if any(r.start_date is not None or r.end_date is not None for r in restrictions):
            words.append(f"{gap.wall:%Y-%m-%d}")
        words.append(f"at {gap.wall:%H:%M}")
    if any(r.min_kwh is not None or r.max_kwh is not None for r in restrictions):
        words.append(f"after {gap.energy} kWh")
    if any(r.min_duration is not None or r.max_duration is not None for r in restrictions):
        words.append(f"after {gap.elapsed // 1_000_000} seconds")
    if any(r.min_power is not None or r.max_power is not None for r in restrictions):
        power = gap.load.low_power
        words.append(f"at {power.value if power else 0} kW")
    if any(r.min_current is not None or r.max_current is not None for r in restrictions):
        current = gap.load.low_current
        words.append(f"at {current.value if current else 0} A")
    return " ".join(words)


def _moments(plan: Plan) -> Iterator[Moment]:
    """Yield moments at and between all bounds of a plan, over a week and around its dates."""
    r = [condition.restrictions for condition in plan.conditions]
    powers = {Fraction(b) for x in r for b in (x.min_power, x.max_power) if b is not None}
    currents = {Fraction(b) for x in r for b in (x.min_current, x.max_current) if b is not None}
    dates = {b for x in r for b in (x.start_date, x.end_date) if b is not None and 2 <= b.year <= 9990}
    start = min(dates) - dt.timedelta(days=7) if dates else _MONDAY
    days = {start + dt.timedelta(days=n) for n in range(7)}
    days |= {date + dt.timedelta(days=n) for date in dates for n in range(7)}
    times = {dt.time(0), *plan.clock_times}
    for energy, elapsed, power, current, day, time in itertools.product(
        (Fraction(0), *plan.energy_bounds),
        (0, *plan.duration_bounds),
        (Fraction(0), *sorted(powers)),
        (Fraction(0), *sorted(currents)),
        sorted(days),
        sorted(times),
    ):
        watts, amperes = Sample(power, "example"), Sample(current, "example")
        yield Moment(energy, elapsed, Load(watts, watts, amperes, amperes), dt.datetime.combine(day, time))
