"""Uptime of a charging port by the NEVI standard, 23 CFR 680.116(b).

Up is what is online and available for use, or in use; so a port that is offline, or of which nothing is known,
is down: only the operator's own records can prove otherwise.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from chargehand.domain.health.uptime.intervals import NOTHING
from chargehand.domain.health.uptime.schemes import Outage, percent

#: The formula's constant, in leap years as well (680.116(b)(3)).
MINUTES_OF_A_YEAR: Final = 525_600
YEAR: Final = timedelta(minutes=MINUTES_OF_A_YEAR)

#: Uptime must be greater than this (680.116(b)).
TARGET: Final = Decimal(97)

MONTHS: Final = 12

LOST: Final = frozenset({"down", "offline", "unknown"})
#: What 680.116(b)(3) takes out: utility interruptions, the vehicle's faults, scheduled maintenance, vandalism,
#: natural disasters; and hours outside the hours of operation. A lost network is the operator's own.
EXCLUDED: Final = frozenset(
    {
        "utility-outage",
        "vehicle-caused",
        "scheduled-maintenance",
        "vandalism",
        "natural-disaster",
        "closed-hours",
    }
)


def uptime(outage: timedelta, excluded: timedelta) -> Decimal:
    """Return µ = (525,600 - (T_outage - T_excluded)) / 525,600 x 100 of the last twelve months.

    T_excluded counts up to T_outage; the result lies between 0 and 100.
    """
    counted = outage - min(excluded, outage)
    return percent(YEAR - max(counted, NOTHING), YEAR) or Decimal(0)


def uptime_of(outage: Outage) -> Decimal:
    """Return the uptime of a port."""
    return uptime(outage.outage, outage.excluded)


def is_met(value: Decimal) -> bool:
    """Tell whether a port's uptime is greater than 97 %."""
    return value > TARGET
