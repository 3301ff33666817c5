"""Whether the fault of an incident still shows, and whether real charges prove that it is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from chargehand.domain.charging import attempts
from chargehand.domain.charging.attempts import Attempt, Place
from chargehand.domain.health import incidents
from chargehand.domain.health.models import Incident
from chargehand.domain.health.treatments import treatment_of
from chargehand.domain.stations.plates import Plate, PlugPlate, cleared_at, plates

#: A connection that came and went must hold so long to count as steady.
STEADY: Final = timedelta(minutes=30)

#: A firmware is cleared by so many good charges in a row at this share of its stations.
COHORT_CHARGES: Final = 5
COHORT_SHARE: Final = 0.8

_STUCK: Final = frozenset({"Preparing", "Finishing", "SuspendedEVSE", "Occupied", "Reserved"})


def shows(row: Incident, now: datetime) -> bool | None:
    """Tell whether the fault shows now; None where nothing but hands, or the next driver, can tell."""
    places = incidents.places_of(row)
    known = plates(row.operator_id, [station_id for station_id, _evse in places])
    match treatment_of(row.kind).sign:
        case "link":
            return any(
                _is_silent(row, known[station_id], now) for station_id, _evse in places if station_id in known
            )
        case "status":
            return any(_is_faulted(row, known[place[0]], place[1]) for place in places if place[0] in known)
        case "attempts":
            return _fails(row, places, known, now)
        case _:
            return None


def over_since(row: Incident) -> datetime:
    """Return since when the fault of an incident no longer shows, as far as stations told."""
    places = incidents.places_of(row)
    known = plates(row.operator_id, [station_id for station_id, _evse in places])
    sign = treatment_of(row.kind).sign
    times: list[datetime | None] = [row.last_seen_at]
    for station_id, evse in places:
        plate = known.get(station_id)
        if plate is not None and sign == "link":
            times.append(plate.connected_at)
        elif plate is not None and sign == "status":
            bad = _STUCK if row.kind == "stuck-state" else {"Faulted"}
            times.append(cleared_at(station_id, evse, bad=bad, since=row.last_seen_at))
    return max(time for time in times if time is not None)


def proof(row: Incident, now: datetime) -> Attempt | None:
    """Return the real charge that completes the proof that the fault is over; None as long as there is none.

    Each station concerned needs one since the fault was seen last, with no failed attempt after it; a
    firmware needs several in a row at most of its stations.
    """
    if treatment_of(row.kind).sign == "hands":
        return None
    is_cohort = row.scope == "cohort"
    needed = COHORT_CHARGES if is_cohort else 1
    tried = _tried(row, incidents.places_of(row), now)
    proofs = [_streak(each, needed) for each in tried.values()]
    found = [each for each in proofs if each is not None]
    quorum = ceil(len(proofs) * COHORT_SHARE) if is_cohort else len(proofs)
    if not proofs or len(found) < quorum:
        return None
    return max(found, key=lambda attempt: attempt.ended_at or attempt.at)


def _streak(tried: Sequence[Attempt], needed: int) -> Attempt | None:
    """Return the last good charge if it ends a row of so many."""
    last = tried[-needed:]
    if len(last) < needed or any(each.outcome == "failed" for each in last):
        return None
    return last[-1]


def _tried(row: Incident, places: Sequence[Place], now: datetime) -> dict[Place, list[Attempt]]:
    """Return by place how attempts went since the fault was seen last, oldest first."""
    found = attempts.attempts(row.operator_id, places, since=row.last_seen_at, until=now)
    decisive = [each for each in found if each.outcome in {"good", "failed"}]
    return {
        (station_id, evse): [
            each
            for each in decisive
            if each.station_id == station_id and (evse == 0 or each.evse in {None, 0, evse})
        ]
        for station_id, evse in places
    }


def failures_since(row: Incident, since: datetime, now: datetime) -> int:
    """Return how many attempts failed in a row at an incident's places, up to the last one."""
    tried = attempts.attempts(row.operator_id, incidents.places_of(row), since=since, until=now)
    count = 0
    for each in tried:
        if each.outcome in {"good", "failed"}:
            count = count + 1 if each.outcome == "failed" else 0
    return count


def _is_silent(row: Incident, plate: Plate, now: datetime) -> bool:
    if not plate.is_connected:
        return True
    if row.kind == "flapping-connectivity":
        return plate.connected_at is None or now - plate.connected_at < STEADY
    if row.state == Incident.State.WATCHING:
        return False
    heard = plate.last_received_at
    return heard is None or max(heard, plate.connected_at or heard) <= row.last_seen_at


def _is_faulted(row: Incident, plate: Plate, evse: int) -> bool:
    if evse == 0 and plate.reported_status == "Faulted":
        return True
    for plug in _plugs(plate, evse):
        if plug.status == "Faulted":
            return True
        if (
            row.kind == "stuck-state"
            and plug.status in _STUCK
            and (plug.status_received_at or row.began_at) <= row.last_seen_at
        ):
            return True
    return False


def _fails(row: Incident, places: Sequence[Place], known: dict[int, Plate], now: datetime) -> bool | None:
    if any(_is_faulted(row, known[place[0]], place[1]) for place in places if place[0] in known):
        return True
    lasts = [tried[-1].outcome if tried else "" for tried in _tried(row, places, now).values()]
    if row.scope == "cohort":
        return None
    if "failed" in lasts:
        return True
    return False if lasts and set(lasts) == {"good"} else None


def _plugs(plate: Plate, evse: int) -> list[PlugPlate]:
    return [plug for plug in plate.plugs if evse in {0, plug.evse}]
