"""Reports of uptime in words: schemes, states, reasons, figures, and why each scheme counts the unknown so."""

from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.health.causes import CAUSES, cause_of
from chargehand.domain.health.exclusions import REASON_WORDS
from chargehand.domain.health.uptime.attempts import LEAST_FOR_PERCENT
from chargehand.domain.health.uptime.schemes import Scheme
from chargehand.domain.health.uptime_report import Interval, PortFigure

SCHEME_WORDS: Final[dict[Scheme, Promise]] = {
    "nevi": gettext_lazy("NEVI (23 CFR 680.116)"),
    "united-kingdom": gettext_lazy("United Kingdom (SI 2023/1168)"),
    "california": gettext_lazy("California (AB 2061)"),
}
#: How a scheme counts time of which nothing is known.
UNKNOWN_WORDS: Final[dict[Scheme, Promise]] = {
    "nevi": gettext_lazy(
        "Time offline or unknown counts as an outage: up is only what is online and available, or in use."
    ),
    "united-kingdom": gettext_lazy(
        "Time offline or unknown cannot be measured and counts as reliable, as the regulations say; its share"
        " stands beside the figure."
    ),
    "california": gettext_lazy(
        "Time offline or unknown counts as down, unless it is excluded with evidence of a network outage."
    ),
}
PERIOD_WORDS: Final[dict[Scheme, Promise]] = {
    "nevi": gettext_lazy("the twelve months up to the end of this one; a year is always 525,600 minutes"),
    "united-kingdom": gettext_lazy("the calendar year; rapid charge points of 50 kW and more"),
    "california": gettext_lazy("the twelve months up to the end of this one"),
}
_STATES: Final[dict[str, Promise]] = {
    "offline": gettext_lazy("Not connected"),
    "unknown": gettext_lazy("Nothing known"),
    "reported-fault": gettext_lazy("Reports a fault"),
    "out-of-service": gettext_lazy("Out of service"),
}


def write_percent(value: Decimal | None, places: int = 2) -> str:
    """Write a percentage, cut off, not rounded: 96.999 is not 97."""
    if value is None:
        return "–"
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_FLOOR)} %"


def write_share(good: int, whole: int) -> str:
    """Write "93.1 % (188 of 202)"; below 20 only the counts, of none a dash."""
    counts = _("%(good)d of %(whole)d") % {"good": good, "whole": whole}
    if not whole:
        return "–"
    if whole < LEAST_FOR_PERCENT:
        return counts
    return f"{Decimal(good) * 100 / whole:.1f} % ({counts})"


def write_minutes(value: timedelta) -> str:
    """Write a duration in whole minutes, as the schemes count."""
    return str(round(value / timedelta(minutes=1)))


def name_port(figure: PortFigure) -> str:
    """Return "charger 4107, plug A", or "plugs A and B" where one port has both."""
    port = figure.port
    charger = _("charger %s") % (port.name or port.identity)
    letters = _(" and ").join(port.letters)
    word = _("plug %s") if len(port.letters) == 1 else _("plugs %s")
    return f"{charger}, {word % letters}"


def why_lost(interval: Interval) -> str:
    """Return why a port was lost, in words."""
    word = _STATES.get(interval.reason or interval.state)
    if word is not None:
        return str(word)
    return str(cause_of(interval.reason).title) if interval.reason in CAUSES else interval.reason


def why_excluded(interval: Interval) -> str:
    """Return why an interval does not count, "" where it does."""
    if interval.exclusion is not None:
        return str(REASON_WORDS[interval.exclusion.reason])
    return str(REASON_WORDS["closed-hours"]) if interval.is_closed else ""
