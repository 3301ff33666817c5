"""Worked examples: what a charge costs by a tariff, part by part, with the reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.tariffs.decimals import decimal_text
from chargehand.domain.tariffs.elements import Tariff, TariffError
from chargehand.domain.tariffs.pricing import PriceLine, SessionPrice, price
from chargehand.domain.tariffs.sessions import CdrDimensionType, ChargingPeriod, Session
from chargehand.domain.tariffs.trace import TraceEntry, TraceNote
from chargehand.domain.tariffs.wording import say_amount
from chargehand.kernel.money import Money

_DAYS: Final = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
_PARTS: Final = {
    "ENERGY": (gettext_lazy("Energy"), "kWh"),
    "TIME": (gettext_lazy("Charging time"), "h"),
    "PARKING_TIME": (gettext_lazy("Parking after charging"), "h"),
    "FLAT": (gettext_lazy("Fee for the session"), ""),
    "RESERVATION_TIME": (gettext_lazy("Reservation"), "h"),
    "MIN_PRICE": (gettext_lazy("Up to the least a session costs"), ""),
    "MAX_PRICE": (gettext_lazy("Down to the most a session costs"), ""),
}


class Charge(NamedTuple):
    """A charge to work out: kWh, minutes charging, minutes parked, weekday from 0, time of day."""

    energy: Decimal
    minutes: Decimal
    parked: Decimal
    day: int
    at: dt.time


#: Charges that most networks know, by which two versions of a tariff are compared.
USUAL: Final = (
    Charge(Decimal(20), Decimal(150), Decimal(0), 1, dt.time(10)),
    Charge(Decimal(40), Decimal(35), Decimal(0), 5, dt.time(18)),
    Charge(Decimal(30), Decimal(240), Decimal(480), 0, dt.time(20)),
)


def read_charge(said: Mapping[str, Any]) -> Charge:
    """The charge that an ExampleForm says, in cleaned values."""
    return Charge(said["energy"], said["minutes"], said["parked"] or Decimal(0), said["day"], said["at"])


def default_texts(zone: str) -> dict[str, str]:
    """The example that a form begins with: 20 kWh in 40 minutes on a Saturday at 18:00."""
    return {"energy": "20", "minutes": "40", "parked": "0", "day": "5", "at": "18:00", "zone": zone}


def work_out(tariff: Tariff, charge: Charge, zone: ZoneInfo, today: dt.date) -> SessionPrice:
    """Price a charge on its weekday, the first from `today` on that the tariff covers.

    Raises TariffError where the tariff cannot price it.
    """
    if tariff.start_date_time is not None:
        today = max(today, tariff.start_date_time.astimezone(zone).date() + dt.timedelta(days=1))
    day = today + dt.timedelta(days=(charge.day - today.weekday()) % 7)
    start = dt.datetime.combine(day, charge.at, zone).astimezone(dt.UTC)
    unplugged = start + _minutes(charge.minutes)
    kind = CdrDimensionType
    periods = [
        ChargingPeriod(start, {kind.ENERGY: charge.energy, kind.TIME: Fraction(charge.minutes) / 60}),
    ]
    if charge.parked:
        periods.append(ChargingPeriod(unplugged, {kind.PARKING_TIME: Fraction(charge.parked) / 60}))
    return price(tariff, Session(start, unplugged + _minutes(charge.parked), tuple(periods)), zone)


def explain(tariff: Tariff, charge: Charge, zone: ZoneInfo, today: dt.date) -> dict[str, Any]:
    """What a page shows of an example: sentence, lines, reasons; or only why there is none."""
    try:
        found = work_out(tariff, charge, zone, today)
    except TariffError as error:
        return {"problem": str(error)}
    return {
        "sentence": _("%(charge)s costs %(total)s.") % {"charge": say_charge(charge), "total": total(found)},
        "lines": [_line(each, found) for each in found.lines],
        "reasons": [_reason(each, zone) for each in found.trace],
    }


def compare(old: Tariff, new: Tariff, charges: tuple[Charge, ...], zone: ZoneInfo, today: dt.date) -> Any:
    """Rows of usual charges by two tariffs: the charge in words, before, after, and the difference."""
    rows = []
    for charge in dict.fromkeys(charges):
        before, after = _try(old, charge, zone, today), _try(new, charge, zone, today)
        rows.append(
            {
                "charge": say_charge(charge),
                "before": "–" if before is None else total(before),
                "after": "–" if after is None else total(after),
                "change": _change(before, after),
            }
        )
    return rows


def say_charge(charge: Charge) -> str:
    """A charge in words: "20 kWh in 40 minutes on Saturday at 18:00"."""
    said = {
        "energy": decimal_text(Fraction(charge.energy)),
        "minutes": decimal_text(Fraction(charge.minutes)),
        "parked": decimal_text(Fraction(charge.parked)),
        "day": _DAYS[charge.day],
        "time": f"{charge.at:%H:%M}",
    }
    if not charge.parked:
        return _("%(energy)s kWh in %(minutes)s minutes on %(day)s at %(time)s") % said
    return (
        _("%(energy)s kWh in %(minutes)s minutes, then %(parked)s minutes parked, on %(day)s at %(time)s")
        % said
    )


def total(found: SessionPrice) -> str:
    """The total with taxes, or before them where they are open."""
    after = found.rounded_after_taxes
    if after is not None:
        return str(after)
    return _("%s before taxes") % found.rounded_before_taxes


def _try(tariff: Tariff, charge: Charge, zone: ZoneInfo, today: dt.date) -> SessionPrice | None:
    try:
        return work_out(tariff, charge, zone, today)
    except TariffError:
        return None


def _change(before: SessionPrice | None, after: SessionPrice | None) -> str:
    pair = [None if each is None else each.rounded_after_taxes for each in (before, after)]
    if pair[0] is None or pair[1] is None or pair[0].currency != pair[1].currency:
        return "–"
    difference = pair[1] - pair[0]
    if not difference.minor:
        return _("the same")
    return f"+{difference}" if difference.minor > 0 else str(difference).replace("-", "−")


def _line(line: PriceLine, found: SessionPrice) -> dict[str, str]:
    word, unit = _PARTS[line.type]
    amount = line.before_taxes if line.after_taxes is None else line.after_taxes
    return {
        "what": str(word),
        "volume": f"{_short(line.volume)} {unit}" if unit else "",
        "price": "" if line.price is None else say_amount(line.price, found.currency),
        "amount": "–" if amount is None else str(Money.of(amount, found.currency, found.rounding)),
        "number": "" if line.element is None else _("price %d") % (line.element + 1),
    }


def _reason(entry: TraceEntry | TraceNote, zone: ZoneInfo) -> str:
    if isinstance(entry, TraceNote):
        return entry.sentence
    word, _unit = _PARTS[entry.type]
    said = [f"{entry.since.astimezone(zone):%H:%M}–{entry.until.astimezone(zone):%H:%M} {word}:"]
    for offer in entry.offers:
        words = {"number": offer.element + 1, "why": offer.condition.describe(entry.moment)}
        if offer is entry.offer:
            always = _("price %(number)d holds, it has no conditions.")
            said.append((_("price %(number)d holds (%(why)s).") if words["why"] else always) % words)
            break
        said.append(_("price %(number)d does not (%(why)s).") % words)
    else:
        said.append(_("no price holds, so it is free."))
    return " ".join(said)


def _short(number: Fraction) -> str:
    return decimal_text(Fraction(round(number * 1000), 1000))


def _minutes(number: Decimal) -> dt.timedelta:
    return dt.timedelta(seconds=round(number * 60))
