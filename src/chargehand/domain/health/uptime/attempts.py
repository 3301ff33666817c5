"""Attempts to charge as visits: whether drivers got a charge, and whether at the first try.

A visit is all that one token tries at one site with at most 15 minutes between tries; tries without a token are
one visit at one plug. What cannot be judged (still going on, token refused, no record) counts neither way.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

import msgspec

GAP: Final = timedelta(minutes=15)

#: Below this many, percentages say less than they seem to.
LEAST_FOR_PERCENT: Final = 20


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """A try to charge; `site` is the location, or None at a station that stands nowhere.

    `is_good` None: it cannot be judged. `has_charge`: a transaction began; `has_energy`: energy flowed.
    """

    station_id: int
    evse: int
    site: int | None
    token: str
    at: datetime
    ended_at: datetime | None = None
    is_good: bool | None = None
    has_charge: bool = False
    has_energy: bool = False


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Tries and visits of which the outcome is known, and how far the tries came.

    `attempts` ≥ `started` ≥ `energised` ≥ `good`; `first_good` of `visits` had a charge at the first try,
    `visits_good` had one at all.
    """

    attempts: int = 0
    started: int = 0
    energised: int = 0
    good: int = 0
    visits: int = 0
    visits_good: int = 0
    first_good: int = 0


#: Who tries where.
_Visitor: TypeAlias = tuple[str, int, int]


def visits(tries: Iterable[Try]) -> list[list[Try]]:
    """Return tries by visit, in order of time; a pause counts from the end of the try before."""
    found: list[list[Try]] = []
    last: dict[_Visitor, list[Try]] = {}
    for each in sorted(tries, key=lambda one: one.at):
        visit = last.get(_visitor(each))
        if visit is not None and each.at - (visit[-1].ended_at or visit[-1].at) <= GAP:
            visit.append(each)
        else:
            last[_visitor(each)] = visit = [each]
            found.append(visit)
    return found


def _visitor(each: Try) -> _Visitor:
    if not each.token:
        return "", each.station_id, each.evse
    if each.site is None:
        return each.token.casefold(), each.station_id, -1
    return each.token.casefold(), -1, each.site


def count(visits: Iterable[list[Try]]) -> Counts:
    """Count the visits and their tries; a visit whose first judged try was good is a first-try success."""
    judged = [[each for each in visit if each.is_good is not None] for visit in visits]
    known = [visit for visit in judged if visit]
    tries = [each for visit in known for each in visit]
    return Counts(
        attempts=len(tries),
        started=sum(each.has_charge for each in tries),
        energised=sum(each.has_energy for each in tries),
        good=sum(each.is_good is True for each in tries),
        visits=len(known),
        visits_good=sum(any(each.is_good for each in visit) for visit in known),
        first_good=sum(visit[0].is_good is True for visit in known),
    )


def add(some: Counts, other: Counts) -> Counts:
    """Return the sums of both."""
    names = Counts.__struct_fields__
    return Counts(**{name: getattr(some, name) + getattr(other, name) for name in names})
