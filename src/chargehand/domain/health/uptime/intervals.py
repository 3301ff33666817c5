"""Stretches of time: what they have in common, how long they are, when a site is open, where months begin."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

#: From its beginning to before its end; aware.
Stretch: TypeAlias = tuple[datetime, datetime]

State: TypeAlias = Literal["up", "in-use", "down", "offline", "unknown", "not-in-operation"]

NOTHING: Final = timedelta(0)


class Span(msgspec.Struct, frozen=True):
    """A stretch in which a connector was in one state, and why: `reported-fault`, `out-of-service`, a kind."""

    since: datetime
    until: datetime
    state: State
    reason: str = ""
    incident_id: int | None = None


class OpeningTime(msgspec.Struct, frozen=True):
    """A weekday (0 Monday) and the local times between which a site is open; an end not after the start is
    on the next day.
    """

    weekday: int
    opens: time
    closes: time


def union(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the time that at least one stretch covers, in order, without touching or empty stretches."""
    merged: list[Stretch] = []
    for since, until in sorted(stretches):
        if until <= since:
            continue
        if merged and since <= merged[-1][1]:
            if until > merged[-1][1]:
                merged[-1] = (merged[-1][0], until)
        else:
            merged.append((since, until))
    return merged


def intersect(some: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    """Return the time that both cover; both are in order and do not overlap themselves, as `union` gives."""
    shared: list[Stretch] = []
    one = other = 0
    while one < len(some) and other < len(others):
        since = max(some[one][0], others[other][0])
        until = min(some[one][1], others[other][1])
        if since < until:
            shared.append((since, until))
        if some[one][1] <= others[other][1]:
            one += 1
        else:
            other += 1
    return shared


def subtract(some: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    """Return the time that the first covers and the second does not; both as `union` gives."""
    left: list[Stretch] = []
    for since, until in some:
        for taken_since, taken_until in others:
            if taken_until <= since:
                continue
            if taken_since >= until:
                break
            if taken_since > since:
                left.append((since, taken_since))
            since = max(since, taken_until)  # noqa: PLW2901 -- what is left of it
        if since < until:
            left.append((since, until))
    return left


def clip(stretches: Iterable[Stretch], since: datetime, until: datetime) -> list[Stretch]:
    """Return what of the stretches lies between two moments."""
    cut = ((max(first, since), min(last, until)) for first, last in stretches)
    return [(first, last) for first, last in cut if first < last]


def total(stretches: Iterable[Stretch]) -> timedelta:
    """Return how long the stretches are together."""
    return sum((until - since for since, until in stretches), NOTHING)


def open_times(
    hours: Iterable[OpeningTime], zone: ZoneInfo, since: datetime, until: datetime
) -> list[Stretch]:
    """Return when a site is open between two moments, as local clocks say; without hours it always is.

    A day on which clocks change is an hour shorter or longer, as it is for drivers.
    """
    week = list(hours)
    if not week:
        return [(since, until)] if since < until else []
    found = []
    day = since.astimezone(zone).date() - timedelta(days=1)
    last = until.astimezone(zone).date()
    while day <= last:
        found += [_opening(day, each, zone) for each in week if each.weekday == day.weekday()]
        day += timedelta(days=1)
    return clip(union(found), since, until)


def _opening(day: date, hours: OpeningTime, zone: ZoneInfo) -> Stretch:
    end = day if hours.closes > hours.opens else day + timedelta(days=1)
    utc = ZoneInfo("UTC")
    return (
        datetime.combine(day, hours.opens, zone).astimezone(utc),
        datetime.combine(end, hours.closes, zone).astimezone(utc),
    )


def month_start(year: int, month: int, zone: ZoneInfo) -> datetime:
    """Return when a month begins at a place, in UTC; months count on: 13 is January of the year after."""
    years, rest = divmod(month - 1, 12)
    return datetime(year + years, rest + 1, 1, tzinfo=zone).astimezone(ZoneInfo("UTC"))


def months(year: int, month: int, count: int, zone: ZoneInfo) -> list[Stretch]:
    """Return the `count` months up to and including this one, oldest first."""
    starts = [month_start(year, month - count + 1 + place, zone) for place in range(count + 1)]
    return list(pairwise(starts))
