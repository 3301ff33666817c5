"""A tariff in plain words, in the order of a price card: kWh, minute, session, other, worked example."""

import datetime as dt
import enum
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from chargehand.domain.tariffs.decimals import decimal_text, ending_places
from chargehand.domain.tariffs.elements import (
    WEEKDAYS,
    DayOfWeek,
    PriceComponent,
    PriceLimit,
    ReservationRestrictionType,
    Tariff,
    TariffDimensionType,
    TariffElement,
    TariffRestrictions,
    TaxIncluded,
)
from chargehand.domain.tariffs.pricing import SessionPrice, price
from chargehand.domain.tariffs.sessions import CdrDimensionType, ChargingPeriod, Session
from chargehand.kernel.money import EXPONENTS

Translate = Callable[[str], str]
"""Turns an English template with named places into the reader's language (gettext)."""


def _(template: str) -> str:
    """Mark a template for the message catalogue."""
    return template


class CardSection(enum.Enum):
    """The parts of a price card in the order in which they are shown (AFIR article 5)."""

    ENERGY = "energy"
    TIME = "time"
    SESSION = "session"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CardLine:
    """One line of a price card; ``element`` is its place in the tariff, ``None`` for a limit."""

    section: CardSection
    sentence: str
    element: int | None


_UNITS = {
    TariffDimensionType.ENERGY: _("{price} per kWh"),
    TariffDimensionType.TIME: _("{price} per {unit} of charging"),
    TariffDimensionType.PARKING_TIME: _("{price} per {unit} of parking after charging"),
    TariffDimensionType.FLAT: _("{price} per session"),
}
_RESERVATIONS = {
    TariffDimensionType.TIME: _("{price} per {unit} of reservation"),
    TariffDimensionType.FLAT: _("{price} per reservation"),
}
_EXPIRED = {
    TariffDimensionType.TIME: _("{price} per {unit} of a reservation that is not used"),
    TariffDimensionType.FLAT: _("{price} for a reservation that is not used"),
}
_DAYS = {
    DayOfWeek.MONDAY: _("Monday"),
    DayOfWeek.TUESDAY: _("Tuesday"),
    DayOfWeek.WEDNESDAY: _("Wednesday"),
    DayOfWeek.THURSDAY: _("Thursday"),
    DayOfWeek.FRIDAY: _("Friday"),
    DayOfWeek.SATURDAY: _("Saturday"),
    DayOfWeek.SUNDAY: _("Sunday"),
}
_SECTIONS = {
    TariffDimensionType.ENERGY: CardSection.ENERGY,
    TariffDimensionType.TIME: CardSection.TIME,
    TariffDimensionType.PARKING_TIME: CardSection.OTHER,
    TariffDimensionType.FLAT: CardSection.SESSION,
}


def write_card(tariff: Tariff, translate: Translate = str) -> tuple[CardLine, ...]:
    """Say every price of a tariff in one line each, ordered as on a price card."""
    lines = [
        CardLine(_section(element, component), _say(tariff, element, component, translate), index)
        for index, element in enumerate(tariff.elements)
        for component in element.price_components
    ]
    for limit, template in (
        (tariff.min_price, _("A session costs at least {amount}.")),
        (tariff.max_price, _("A session costs at most {amount}.")),
    ):
        if limit is not None:
            amount = _say_limit(limit, tariff.currency, translate)
            lines.append(CardLine(CardSection.OTHER, translate(template).format(amount=amount), None))
    order = list(CardSection)
    return tuple(sorted(lines, key=lambda line: order.index(line.section)))


def _section(element: TariffElement, component: PriceComponent) -> CardSection:
    if element.restrictions.reservation is not None:
        return CardSection.OTHER
    return _SECTIONS[component.type]


def _say(tariff: Tariff, element: TariffElement, component: PriceComponent, translate: Translate) -> str:
    reservation = element.restrictions.reservation
    templates = _UNITS
    if reservation is ReservationRestrictionType.RESERVATION:
        templates = _UNITS | _RESERVATIONS
    elif reservation is ReservationRestrictionType.RESERVATION_EXPIRES:
        templates = _UNITS | _EXPIRED
    amount, unit = _unit_price(component)
    text = translate(templates[component.type]).format(
        price=say_amount(amount, tariff.currency), unit=translate(unit)
    )
    parts = [text, *_say_tax(tariff, component, translate)]
    conditions = say_restrictions(element.restrictions, translate)
    if conditions:
        parts.append(conditions)
    return ", ".join(parts) + "."


def _unit_price(component: PriceComponent) -> tuple[Fraction, str]:
    """Return the price per minute where that is a short decimal, else per hour."""
    price_per_hour = Fraction(component.price)
    places = ending_places((price_per_hour / 60).denominator)
    if places is not None and places <= 4:
        is_timed = component.type in {TariffDimensionType.TIME, TariffDimensionType.PARKING_TIME}
        return (price_per_hour / 60 if is_timed else price_per_hour), _("minute")
    return price_per_hour, _("hour")


def say_amount(amount: Fraction | Decimal, currency: str) -> str:
    """Write an amount with at least the currency's digits: ``0.50 EUR``, ``0.395 EUR``, ``40 JPY``."""
    whole, _point, part = decimal_text(Fraction(amount)).partition(".")
    part = part.ljust(EXPONENTS[currency], "0")
    return f"{whole}.{part} {currency}" if part else f"{whole} {currency}"


def _say_tax(tariff: Tariff, component: PriceComponent, translate: Translate) -> list[str]:
    if component.vat is None:
        if tariff.tax_included is TaxIncluded.YES:
            return [translate(_("taxes included"))]
        return []
    included = tariff.tax_included is TaxIncluded.YES
    template = _("including {rate} % VAT") if included else _("plus {rate} % VAT")
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
        return []
    return [translate(template).format(rate=decimal_text(Fraction(component.vat)))]


def _say_limit(limit: PriceLimit, currency: str, translate: Translate) -> str:
    if limit.after_taxes is None:
        assert limit.before_taxes is not None
        return translate(_("{amount} before taxes")).format(amount=say_amount(limit.before_taxes, currency))
    return say_amount(limit.after_taxes, currency)


def say_restrictions(restrictions: TariffRestrictions, translate: Translate = str) -> str:
    """Say when an element applies; empty where it always does."""
    words = [*_say_clock(restrictions, translate)]
    r = restrictions
    for least, most, unit, about in (
        (r.min_kwh, r.max_kwh, "kWh", _("of the session")),
        (_minutes(r.min_duration), _minutes(r.max_duration), _("minutes"), _("of the session")),
        (r.min_power, r.max_power, "kW", _("of charging power")),
        (r.min_current, r.max_current, "A", _("of charging current")),
    ):
        if least is None and most is None:
            continue
        template = _("from {least} to below {most} {unit} {about}")
        if most is None:
            template = _("from {least} {unit} {about} on")
        elif least is None:
            template = _("below {most} {unit} {about}")
        words.append(
            translate(template).format(least=least, most=most, unit=translate(unit), about=translate(about))
        )
    return ", ".join(words)


def _minutes(seconds: int | None) -> str | None:
    return None if seconds is None else decimal_text(Fraction(seconds, 60))


def _say_clock(r: TariffRestrictions, translate: Translate) -> list[str]:
    words: list[str] = []
    if r.day_of_week:
        words.append(_say_days(r.day_of_week, translate))
    if r.start_time is not None or r.end_time is not None:
        start = r.start_time or dt.time(0)
        end = r.end_time or dt.time(0)
        until = f"{end:%H:%M}" if end != dt.time(0) else "24:00"
        words.append(translate(_("from {start} to {until}")).format(start=f"{start:%H:%M}", until=until))
    if r.start_date is not None:
        words.append(translate(_("starting {date}")).format(date=r.start_date.isoformat()))
    if r.end_date is not None:
        words.append(translate(_("before {date}")).format(date=r.end_date.isoformat()))
    return words


def _say_days(days: tuple[DayOfWeek, ...], translate: Translate) -> str:
    indexes = sorted({WEEKDAYS.index(day) for day in days})
    names = [translate(_DAYS[WEEKDAYS[index]]) for index in indexes]
    if len(indexes) > 2 and indexes[-1] - indexes[0] == len(indexes) - 1:
        return translate(_("{first} to {last}")).format(first=names[0], last=names[-1])
    if len(names) == 1:
        return names[0]
    return translate(_("{some} and {last}")).format(some=", ".join(names[:-1]), last=names[-1])


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example: the sentence and the price behind it."""

    sentence: str
    price: SessionPrice


def work_example(
    tariff: Tariff,
    zone: ZoneInfo,
    *,
    start: dt.datetime,
    energy: Decimal,
    minutes: int,
    translate: Translate = str,
) -> Example:
    """Price a session of so many kWh in so many minutes at even power and say what it costs.

    Raises:
        TariffError: the tariff does not cover ``start`` or an amount is negative.
    """
    volumes: dict[CdrDimensionType, Decimal | Fraction] = {
        CdrDimensionType.ENERGY: energy,
        CdrDimensionType.TIME: Fraction(minutes, 60),
    }
    session = Session(start, start + dt.timedelta(minutes=minutes), (ChargingPeriod(start, volumes),))
    found = price(tariff, session, zone)
    local = start.astimezone(zone)
    total = found.rounded_after_taxes
    ending = ""
    if total is None:
        total = found.rounded_before_taxes
        ending = " " + translate(_("before taxes"))
    sentence = translate(_("{energy} kWh in {minutes} minutes on {day} at {time} costs {total}{ending}."))
    return Example(
        sentence.format(
            energy=decimal_text(Fraction(energy)),
            minutes=minutes,
            day=translate(_DAYS[WEEKDAYS[local.weekday()]]),
            time=f"{local:%H:%M}",
            total=total,
            ending=ending,
        ),
        found,
    )
