"""Which of several assignments of tariffs wins: the most specific one, said in words."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.utils.translation import gettext as _


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An assignment that covers the place, the token group and the time in question."""

    id: int
    tariff_id: int
    tariff_name: str
    location_name: str
    station_name: str
    evse: int | None
    connector: int | None
    token_group: str
    priority: int
    valid_from: datetime


def order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates, the winning one first.

    One for a token group goes before one for everybody, then the narrower place, the higher priority, the
    later start, and at last the newer one.
    """
    return sorted(candidates, key=_rank, reverse=True)


def _rank(each: Candidate) -> tuple[bool, int, int, datetime, int]:
    return bool(each.token_group), _narrowness(each), each.priority, each.valid_from, each.id


def _narrowness(each: Candidate) -> int:
    if each.connector is not None:
        return 4
    if each.evse is not None:
        return 3
    return 2 if each.station_name else 1 if each.location_name else 0


def describe(each: Candidate) -> str:
    """Say where and for whom an assignment counts."""
    where = _("everywhere")
    if each.connector is not None:
        where = _("plug %(connector)s of EVSE %(evse)s at charger %(station)s") % _names(each)
    elif each.evse is not None:
        where = _("EVSE %(evse)s of charger %(station)s") % _names(each)
    elif each.station_name:
        where = _("charger %(station)s") % _names(each)
    elif each.location_name:
        where = _("location %(location)s") % _names(each)
    if not each.token_group:
        return where
    return _("%(where)s, for token group %(group)s") % {"where": where, "group": each.token_group}


def explain(winner: Candidate, loser: Candidate) -> str:
    """Say why one assignment goes before another."""
    names = {"loser": loser.tariff_name, "where": describe(loser)}
    if bool(winner.token_group) != bool(loser.token_group):
        return _("%(loser)s (%(where)s) does not: a price for the token's group goes first.") % names
    if _narrowness(winner) != _narrowness(loser):
        return _("%(loser)s (%(where)s) does not: it covers more than this place.") % names
    if winner.priority != loser.priority:
        return _("%(loser)s (%(where)s) does not: its priority is lower.") % names
    if winner.valid_from != loser.valid_from:
        return _("%(loser)s (%(where)s) does not: it was to count from an earlier time.") % names
    return _("%(loser)s (%(where)s) does not: it was assigned before.") % names


def _names(each: Candidate) -> dict[str, object]:
    return {
        "evse": each.evse,
        "connector": each.connector,
        "station": each.station_name,
        "location": each.location_name,
    }
