"""What every scheme counts: outages and what is excluded from them, port by port."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Final, Literal, TypeAlias

import msgspec

from chargehand.domain.health.uptime.intervals import (
    NOTHING,
    Span,
    Stretch,
    clip,
    intersect,
    subtract,
    total,
    union,
)

Scheme: TypeAlias = Literal["nevi", "united-kingdom", "california"]
Reason: TypeAlias = Literal[
    "utility-outage",
    "vandalism",
    "natural-disaster",
    "scheduled-maintenance",
    "vehicle-caused",
    "network-outage",
    "closed-hours",
]
REASONS: Final[tuple[Reason, ...]] = (
    "utility-outage",
    "vandalism",
    "natural-disaster",
    "scheduled-maintenance",
    "vehicle-caused",
    "network-outage",
    "closed-hours",
)


class Exclusion(msgspec.Struct, frozen=True):
    """A stretch that people say is not the operator's, and why."""

    since: datetime
    until: datetime
    reason: str


class Outage(msgspec.Struct, frozen=True):
    """What a port's time was lost to in a stretch: `excluded` is never more than `outage`.

    `unknown` is what of the outage was offline or unknown; `count` is how many outages began or went on.
    """

    whole: timedelta
    outage: timedelta
    excluded: timedelta
    unknown: timedelta
    count: int

    @property
    def counted(self) -> timedelta:
        """Return the outage that counts against the port."""
        return self.outage - self.excluded


def lost(spans: Iterable[Span], states: Collection[str]) -> list[Stretch]:
    """Return when a connector was in one of these states."""
    return union((span.since, span.until) for span in spans if span.state in states)


def of_port(connectors: Sequence[Sequence[Span]], states: Collection[str]) -> list[Stretch]:
    """Return when every connector of a port was in one of these states: one that serves is enough.

    A port charges one car at a time, whatever connectors it has (23 CFR 680.104).
    """
    if not connectors:
        return []
    shared = lost(connectors[0], states)
    for spans in connectors[1:]:
        shared = intersect(shared, lost(spans, states))
    return shared


def measure(
    connectors: Sequence[Sequence[Span]],
    exclusions: Iterable[Exclusion],
    within: Sequence[Stretch],
    *,
    states: Collection[str],
    reasons: Collection[str],
) -> Outage:
    """Return the outage of a port within stretches (as `union` gives): time in `states` in all its connectors.

    What overlaps exclusions of the given reasons is excluded, once, however many overlap. Time before a
    connector was in operation is not part of the whole.
    """
    idle = of_port(connectors, {"not-in-operation"})
    times = subtract(within, idle)
    outages = intersect(of_port(connectors, states), times)
    allowed = union((each.since, each.until) for each in exclusions if each.reason in reasons)
    unsure = intersect(of_port(connectors, {"offline", "unknown"}), times)
    return Outage(
        whole=total(times),
        outage=total(outages),
        excluded=total(intersect(outages, allowed)),
        unknown=total(unsure),
        count=len(outages),
    )


def in_months(outage: Sequence[Stretch], months: Iterable[Stretch]) -> list[timedelta]:
    """Return how much of the stretches lies in each month."""
    return [total(clip(outage, since, until)) for since, until in months]


def percent(part: timedelta, whole: timedelta) -> Decimal | None:
    """Return a share as a percentage between 0 and 100; None of nothing.

    Six decimals, cut off: a target that was just missed never looks met.
    """
    if whole <= NOTHING:
        return None
    share = Decimal(part // timedelta(microseconds=1)) * 100 / Decimal(whole // timedelta(microseconds=1))
    return min(Decimal(100), max(Decimal(0), share)).quantize(Decimal("0.000001"), ROUND_FLOOR)
