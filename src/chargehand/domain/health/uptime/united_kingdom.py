"""Reliability of a network of rapid charge points, Public Charge Point Regulations 2023 (SI 2023/1168) reg. 7.

The states are those of OCPI 2.2.1: INOPERATIVE and OUTOFORDER are not reliable. UNKNOWN, which OCPI has for a
charge point that is offline, cannot be measured and counts as reliable by the regulation; how much of the time
that was is therefore said beside the figure. Only opening hours count.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from chargehand.domain.health.uptime.intervals import NOTHING
from chargehand.domain.health.uptime.schemes import Outage, percent

TARGET: Final = Decimal(99)

#: Rapid: at least 50 kW.
LEAST_POWER_W: Final = 50_000

LOST: Final = frozenset({"down"})
#: The regulation knows no excuses; the hours in which a charge point is closed are no part of the whole.
EXCLUDED: Final[frozenset[str]] = frozenset()


def reliability(points: Iterable[Outage]) -> Decimal | None:
    """Return the share of all open time of all charge points in which they were not out of order; None: none."""
    known = list(points)
    whole = sum((each.whole for each in known), NOTHING)
    bad = sum((each.counted for each in known), NOTHING)
    return percent(whole - bad, whole)


def unmeasured(points: Iterable[Outage]) -> Decimal | None:
    """Return which share of the open time nothing was known of, and yet counts as reliable."""
    known = list(points)
    whole = sum((each.whole for each in known), NOTHING)
    return percent(sum((each.unknown for each in known), NOTHING), whole)


def is_met(value: Decimal) -> bool:
    """Tell whether a network is 99 % reliable."""
    return value >= TARGET
