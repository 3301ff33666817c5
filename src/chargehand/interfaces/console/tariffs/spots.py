"""Places with a price, in words people use: everywhere, a site, a charger, plug A; and why one price wins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.queries import StationView
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.views import AssignmentView, Place
from chargehand.interfaces.console import station as station_page


def say(principal: Principal, each: AssignmentView) -> str:
    """Where and for whom an assignment counts."""
    where = Place(
        location_id=each.location_id,
        station_id=each.station_id,
        evse=each.evse,
        connector=each.connector,
    )
    return say_place(principal, where, each.token_group)


def say_place(principal: Principal, place: Place, token_group: str = "") -> str:
    """A place in words; what lies outside the person's sites is not named."""
    where = _("everywhere")
    if place.station_id is not None:
        station = stations.station(principal.operator_id, place.station_id)
        where = _("a charger") if station is None else _say_charger(station, place)
    elif place.location_id is not None:
        site = stations.location(principal.operator_id, place.location_id)
        where = _("the site %s") % site.name if site else _("a site")
    if not token_group:
        return where
    return _("%(where)s, for the token group %(group)s") % {"where": where, "group": token_group}


def _say_charger(station: StationView, place: Place) -> str:
    name = _("charger %s") % (station.name or station.identity)
    if place.evse is None:
        return name
    letters = [
        letter
        for letter, plug in station_page.lettered(station)
        if plug.evse == place.evse and place.connector in {None, plug.connector}
    ]
    if not letters:
        return _("%(charger)s, a plug it no longer tells of") % {"charger": name}
    return _("%(charger)s, plug %(letter)s") % {"charger": name, "letter": ", ".join(letters)}


def whole_place(principal: Principal, place: Place) -> Place:
    """The place with the site its charger stands at, by which prices of the site count there too."""
    if place.station_id is None:
        return place
    station = stations.station(principal.operator_id, place.station_id)
    return Place(
        location_id=station.location_id if station else None,
        station_id=place.station_id,
        evse=place.evse,
        connector=place.connector,
    )


def explain(principal: Principal, place: Place, token_group: str, at: datetime) -> dict[str, Any]:
    """Which price counts at a place: tariff, and sentences why, the decisive one first."""
    whole = whole_place(principal, place)
    choice = tariffs.choose_tariff(principal.operator_id, whole, token_group=token_group, at=at)
    there = [
        each
        for each in tariffs.assignments(principal.operator_id, at=at)
        if _covers(each, whole) and each.token_group in {"", token_group}
    ]
    winner = next((each for each in there if each.id == choice.assignment_id), None)
    if winner is None or choice.version is None:
        sentences = [_("No price counts there, so charging is free.")]
        sentences += [_("%s has no version for that time.") % each.tariff_name for each in there]
        return {"version": None, "sentences": sentences}
    first = _("%(tariff)s, version %(number)d, because it is set for %(where)s.") % {
        "tariff": winner.tariff_name,
        "number": choice.version.number,
        "where": say(principal, winner),
    }
    others = [_why_not(principal, winner, each) for each in there if each.id != winner.id]
    return {"version": choice.version, "sentences": [first, *others]}


def _covers(each: AssignmentView, place: Place) -> bool:
    if each.station_id is not None:
        return (
            each.station_id == place.station_id
            and each.evse in {None, place.evse}
            and each.connector in {None, place.connector}
        )
    return each.location_id in {None, place.location_id}


def _why_not(principal: Principal, winner: AssignmentView, loser: AssignmentView) -> str:
    names = {"loser": loser.tariff_name, "where": say(principal, loser)}
    if _rank(loser) > _rank(winner):
        return _("%(loser)s (%(where)s) does not: it has no version for that time.") % names
    if bool(winner.token_group) != bool(loser.token_group):
        return _("%(loser)s (%(where)s) does not: a price for the token's group goes first.") % names
    if narrowness(winner) != narrowness(loser):
        return _("%(loser)s (%(where)s) does not: it covers more than this place.") % names
    if winner.priority != loser.priority:
        return _("%(loser)s (%(where)s) does not: its priority is lower.") % names
    return _("%(loser)s (%(where)s) does not: a later price took its place.") % names


def _rank(each: AssignmentView) -> tuple[bool, int, int, datetime, int]:
    return bool(each.token_group), narrowness(each), each.priority, each.valid_from, each.id


def narrowness(each: AssignmentView) -> int:
    """How narrow a place is: 0 everywhere, 1 a site, 2 a charger, 3 a plug, 4 one cable of it."""
    if each.connector is not None:
        return 4
    if each.evse is not None:
        return 3
    return 2 if each.station_id is not None else 1 if each.location_id is not None else 0
