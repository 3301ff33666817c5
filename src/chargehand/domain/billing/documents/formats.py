"""Numbers, money, days and times as a language writes them; formatting only, never arithmetic on money."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chargehand.kernel.money import Money, exponent_of

NO_BREAK: Final = "\N{NO-BREAK SPACE}"
NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
MINUS: Final = "\N{MINUS SIGN}"
SYMBOLS: Final = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "PLN": "zł"}
#: Unit prices have at most so many decimals on paper; the XML has them all.
MOST_DECIMALS: Final = 6
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Habits(msgspec.Struct, frozen=True):
    """How a language writes: decimal mark, group mark, digits from which it groups, days, where symbols go.

    A symbol stands first if `is_symbol_first`, with `symbol_gap` between; a code of letters has a blank.
    """

    decimal: str
    group: str
    grouped_from: int
    day: str
    is_symbol_first: bool
    symbol_gap: str = NO_BREAK


_HABITS: Final = {
    "en": Habits(".", ",", 4, "{d} {name} {y}", True, ""),
    "de": Habits(",", ".", 4, "{d:02d}.{m:02d}.{y}", False),
    "fr": Habits(",", NARROW, 4, "{d:02d}/{m:02d}/{y}", False),
    "nl": Habits(",", ".", 4, "{d:02d}-{m:02d}-{y}", True),
    "es": Habits(",", ".", 5, "{d:02d}/{m:02d}/{y}", False),
}


def write_number(value: Decimal, language: str, places: int | None = None) -> str:
    """Write a number, rounded half up to `places`, or as it is without trailing zeros."""
    habits = _HABITS.get(language, _HABITS["en"])
    text = format(value if places is None else value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), "f")
    if places is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    is_negative = text.startswith("-")
    whole, _point, rest = text.lstrip("-").partition(".")
    if len(whole) >= habits.grouped_from:
        whole = f"{int(whole):,}".replace(",", habits.group)
    number = f"{whole}{habits.decimal}{rest}" if rest else whole
    return f"{MINUS}{number}" if is_negative and number.strip("0.,") else number


def write_money(minor: int, currency: str, language: str) -> str:
    """Write minor units with all decimals of the currency: "€18.41", "18,41 €", "¥250", "KWD 1.250"."""
    return _with_symbol(Money(minor, currency).amount, currency, language, exponent_of(currency))


def write_price(value: Decimal, currency: str, language: str) -> str:
    """Write a unit price of major units with the decimals it has: no fewer than money, at most six."""
    rounded = value.quantize(Decimal(1).scaleb(-MOST_DECIMALS), ROUND_HALF_UP).normalize()
    places = max(exponent_of(currency), -int(rounded.as_tuple().exponent))
    return _with_symbol(value, currency, language, places)


def _with_symbol(value: Decimal, currency: str, language: str, places: int) -> str:
    symbol = SYMBOLS.get(currency, currency)
    number = write_number(abs(value), language, places)
    habits = _HABITS.get(language, _HABITS["en"])
    gap = NO_BREAK if symbol.isalpha() else habits.symbol_gap
    text = f"{symbol}{gap}{number}" if habits.is_symbol_first else f"{number}{NO_BREAK}{symbol}"
    return f"{MINUS}{text}" if value < 0 and number.strip("0.,") else text


def write_percent(percent: Decimal, language: str) -> str:
    """Write a rate: "19 %", "5,5 %"."""
    return f"{write_number(percent, language)}{NO_BREAK}%"


def write_day(day: date, language: str) -> str:
    """Write a day: "5 Mar 2026", "05.03.2026"."""
    pattern = _HABITS.get(language, _HABITS["en"]).day
    return pattern.format(d=day.day, m=day.month, y=day.year, name=_MONTHS[day.month - 1])


def write_days(first: date, last: date, language: str) -> str:
    """Write a period whose days both count; one day stands alone."""
    written = write_day(first, language)
    return written if first == last else f"{written} – {write_day(last, language)}"


def write_moment(moment: datetime, time_zone: str, language: str) -> str:
    """Write a time as the clock of a zone shows it, with the zone's abbreviation."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{write_day(local.date(), language)}, {local:%H:%M}{NO_BREAK}{local.tzname()}"


def write_span(began: datetime, ended: datetime, time_zone: str, language: str) -> str:
    """Write from when to when; the day and the zone stand once if they are the same."""
    zone = ZoneInfo(time_zone)
    first, last = began.astimezone(zone), ended.astimezone(zone)
    if (first.date(), first.tzname()) != (last.date(), last.tzname()):
        return f"{write_moment(began, time_zone, language)} – {write_moment(ended, time_zone, language)}"
    return f"{write_day(first.date(), language)}, {first:%H:%M}–{last:%H:%M}{NO_BREAK}{last.tzname()}"
