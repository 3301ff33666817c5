"""The prices of a week by the clock: hour by hour, and as the windows in which a price stays the same."""

from __future__ import annotations

import datetime as dt
import operator
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.tariffs.conditions import Load, Moment
from chargehand.domain.tariffs.elements import Tariff, TariffDimensionType
from chargehand.domain.tariffs.plans import Offer, Plan, choose, make_plan
from chargehand.domain.tariffs.wording import say_amount
from chargehand.interfaces.console.tariffs.forms import WEEKDAYS

#: Shades of the table, from the lowest price to the highest.
STEPS: Final = 5
_TITLES: Final = {
    TariffDimensionType.ENERGY: gettext_lazy("Price per kWh"),
    TariffDimensionType.TIME: gettext_lazy("Price per hour of charging"),
    TariffDimensionType.PARKING_TIME: gettext_lazy("Price per hour of parking"),
    TariffDimensionType.FLAT: gettext_lazy("Price per session"),
}


class Stretch(NamedTuple):
    """A stretch of a day with one price; None: there is no price, so it is free."""

    start: dt.time
    end: dt.time
    price: Decimal | None


class Cell(NamedTuple):
    """An hour: what stands in it, its shade (0: none, 1 to 5), and the whole in words."""

    text: str
    shade: int
    words: str


class Window(NamedTuple):
    """Days and hours in words with their price."""

    days: str
    hours: str
    price: str


class WeekTable(NamedTuple):
    """One kind of price over a week."""

    title: str
    days: list[tuple[str, list[Cell]]]
    windows: list[Window]
    is_flat: bool


def tables(tariff: Tariff, monday: dt.date) -> list[WeekTable]:
    """The week of `monday` at the start of a charge: of energy, and of what else depends on the clock."""
    plan = make_plan(tariff)
    found = []
    for kind in _TITLES:
        offers = plan.charging.get(kind, [])
        if kind is TariffDimensionType.ENERGY or any(each.condition.looks_at_clock for each in offers):
            week = [_day(plan, offers, monday + dt.timedelta(days=number)) for number in range(7)]
            found.append(_table(str(_TITLES[kind]), tariff.currency, week))
    return [each for each in found if each.windows]


def depends_on_more(tariff: Tariff) -> bool:
    """Whether prices change while a car charges, which no table of the clock can show."""
    plan = make_plan(tariff)
    return bool(plan.energy_bounds or plan.duration_bounds or plan.looks_at_load)


def _day(plan: Plan, offers: list[Offer], day: dt.date) -> list[Stretch]:
    marks = sorted({dt.time(0), *plan.clock_times})
    found: list[Stretch] = []
    for at, start in enumerate(marks):
        moment = Moment(Fraction(0), 0, Load(), dt.datetime.combine(day, start))
        offer = choose(offers, moment)
        price = None if offer is None else offer.component.price
        end = marks[at + 1] if at + 1 < len(marks) else dt.time(0)
        if found and found[-1].price == price:
            found[-1] = found[-1]._replace(end=end)
        else:
            found.append(Stretch(start, end, price))
    return found


def _table(title: str, currency: str, week: list[list[Stretch]]) -> WeekTable:
    prices = sorted({each.price for day in week for each in day if each.price is not None})
    if not prices:
        return WeekTable(title, [], [], is_flat=True)
    rows = []
    for number, day in enumerate(week):
        rows.append((str(WEEKDAYS[number][1]), [_cell(day, hour, prices, currency) for hour in range(24)]))
    is_flat = len({each.price for day in week for each in day}) == 1
    return WeekTable(title, rows, _windows(week, currency), is_flat)


def _cell(day: list[Stretch], hour: int, prices: list[Decimal], currency: str) -> Cell:
    start, end = dt.time(hour), hour + 1
    inside = [each for each in day if each.start.hour < end and (each.end > start or each.end == dt.time(0))]
    dearest = max((each.price for each in inside if each.price is not None), default=None)
    if dearest is None:
        return Cell("0", 0, _say(inside, currency))
    spread = prices[-1] - prices[0]
    shade = 1 + round((dearest - prices[0]) / spread * (STEPS - 1)) if spread else 2
    text = say_amount(dearest, currency).removesuffix(f" {currency}") + ("*" if len(inside) > 1 else "")
    return Cell(text, shade, _say(inside, currency))


def _say(stretches: list[Stretch], currency: str) -> str:
    return ", ".join(f"{_hours(each)} {_price(each, currency)}" for each in stretches)


def _hours(each: Stretch) -> str:
    return f"{each.start:%H:%M}–{'24:00' if each.end == dt.time(0) else format(each.end, '%H:%M')}"


def _price(each: Stretch, currency: str) -> str:
    return _("free") if each.price is None else say_amount(each.price, currency)


def _windows(week: list[list[Stretch]], currency: str) -> list[Window]:
    found = []
    for stretches, days in groupby(enumerate(week), key=operator.itemgetter(1)):
        numbers = [number for number, _stretches in days]
        names = [str(WEEKDAYS[number][1]) for number in (numbers[0], numbers[-1])]
        words = names[0] if len(numbers) == 1 else f"{names[0]}–{names[1]}"
        found += [Window(words, _hours(each), _price(each, currency)) for each in stretches]
    return found
