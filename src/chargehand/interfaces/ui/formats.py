"""Write energy, power, money, durations and ages for people; formatting only, never arithmetic on money."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import formats
from django.utils.translation import gettext as _

from chargehand.kernel.money import Money, exponent_of

NO_BREAK = "\N{NO-BREAK SPACE}"
DASH = "–"
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "PLN": "zł", "CHF": "CHF"}
JUST_NOW = 2


def write_number(value: Decimal, places: int) -> str:
    """Write a number in the reader's language, rounded half up; Django's own formatting would cut it off."""
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return formats.number_format(rounded, decimal_pos=places, use_l10n=True, force_grouping=True)


def write_energy(watt_hours: float | Decimal | None, places: int = 1) -> str:
    """Write Wh as kWh ("23.4 kWh"); no meter value is a dash, never 0."""
    if watt_hours is None:
        return DASH
    return f"{write_number(Decimal(str(watt_hours)) / 1000, places)}{NO_BREAK}kWh"


def write_power(watts: float | Decimal | None, places: int | None = None) -> str:
    """Write W as kW, from 10 MW on as MW; whole numbers from 100 kW on unless `places` says otherwise."""
    if watts is None:
        return DASH
    kilowatts = Decimal(str(watts)) / 1000
    if abs(kilowatts) >= 10_000:
        return f"{write_number(kilowatts / 1000, 1 if places is None else places)}{NO_BREAK}MW"
    if places is None:
        places = 0 if abs(kilowatts) >= 100 or kilowatts == kilowatts.to_integral_value() else 1
    return f"{write_number(kilowatts, places)}{NO_BREAK}kW"


def write_money(amount: Money | None, *, code: bool = False) -> str:
    """Write minor units with the currency's own number of decimals ("€13.81", "¥250", "KWD 1.250").

    The sign stands first, the symbol before the number as the console's tables have it in every language.
    """
    if amount is None:
        return DASH
    exponent = exponent_of(amount.currency)
    value = Decimal(amount.minor).scaleb(-exponent)
    number = write_number(abs(value), exponent)
    sign = "−" if value < 0 else ""
    symbol = amount.currency if code else SYMBOLS.get(amount.currency, amount.currency)
    gap = NO_BREAK if symbol.isalpha() else ""
    return f"{sign}{symbol}{gap}{number}"


def write_duration(value: timedelta | float | None) -> str:
    """Write seconds or a timedelta as people say it: "48 s", "12 min", "2 h 05 min", "3 d 4 h"."""
    if value is None:
        return DASH
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
    sign, seconds = ("−", -seconds) if seconds < 0 else ("", seconds)
    if seconds < 60:
        text = _("%(n)d s") % {"n": seconds}
    elif seconds < 3600:
        text = _("%(n)d min") % {"n": seconds // 60}
    elif seconds < 86_400:
        text = _("%(h)d h %(m)02d min") % {"h": seconds // 3600, "m": seconds % 3600 // 60}
    else:
        text = _("%(d)d d %(h)d h") % {"d": seconds // 86_400, "h": seconds % 86_400 // 3600}
    return sign + text.replace(" ", NO_BREAK)


def write_clock(value: timedelta | float | None) -> str:
    """Write a running time as a clock, minutes and seconds or hours and minutes apart: "0:24", "1:02:09"."""
    if value is None:
        return DASH
    seconds = max(0, int(value.total_seconds() if isinstance(value, timedelta) else value))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def write_age(seconds: float) -> str:
    """Write how long ago something was: "now", "12 s ago", "4 min ago", "3 h ago", "2 d ago"."""
    whole = int(seconds)
    if whole < JUST_NOW:
        return _("now")
    if whole < 60:
        return _("%(n)d s ago") % {"n": whole}
    if whole < 3600:
        return _("%(n)d min ago") % {"n": whole // 60}
    if whole < 86_400:
        return _("%(n)d h ago") % {"n": whole // 3600}
    return _("%(n)d d ago") % {"n": whole // 86_400}


def machine_time(value: datetime) -> str:
    """Write an aware time for <time datetime>, UTC to the second ("2026-01-31T14:02:10Z")."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
