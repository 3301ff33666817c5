"""Uptime and successful charge attempts in California (AB 2061, AB 126; Energy Commission staff report 2023).

Only events outside the operator's control are excluded: the grid, Wi-Fi or cellular networks, vandalism and
disasters. A port that is offline without such a reason is down, and so is one of which nothing is known.
"""

from decimal import Decimal
from typing import Final

from chargehand.domain.health.uptime.schemes import Outage, percent

TARGET: Final = Decimal(97)
#: From 2026 on nine of ten charge attempts must succeed.
ATTEMPTS_TARGET: Final = Decimal(90)

LOST: Final = frozenset({"down", "offline", "unknown"})
EXCLUDED: Final = frozenset({"utility-outage", "network-outage", "vandalism", "natural-disaster"})


def uptime_of(outage: Outage) -> Decimal | None:
    """Return the share of the time in operation in which a port was up; None: it was not in operation.

    What is excluded counts as up; hours in which the site is closed are no part of the whole.
    """
    return percent(outage.whole - outage.counted, outage.whole)


def is_met(value: Decimal) -> bool:
    """Tell whether a port was up for 97 % of its time."""
    return value >= TARGET


def success_is_met(good: int, attempts: int) -> bool | None:
    """Tell whether 90 % of charge attempts succeeded; None: there was none."""
    return None if attempts == 0 else Decimal(good) * 100 >= ATTEMPTS_TARGET * attempts
