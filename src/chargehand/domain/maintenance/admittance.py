"""Stations that are held until they are set up: accepted once all that enforced profiles want of them stands."""

from datetime import datetime

from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.maintenance import drift
from chargehand.domain.stations import holding
from chargehand.kernel.errors import Refused


def admit_stations(now: datetime) -> int:
    """Go on setting up held stations, and accept those that are as wanted; return how many were accepted.

    One of which nothing is enforced waits for a person.
    """
    accepted = 0
    for operator_id, station_id in holding.held_stations():
        drift.enforce(operator_id, now, station_ids=[station_id])
        found = drift.drift(operator_id, station_ids=[station_id])
        enforced = [one.state for each in found for one in each.comparisons if one.is_enforced]
        if enforced and set(enforced) == {"same"}:
            accepted += _accept(operator_id, station_id)
    return accepted


def _accept(operator_id: int, station_id: int) -> bool:
    try:
        holding.accept_station(operator_id=operator_id, station_id=station_id, asked_by=SYSTEM.name)
    except Refused:  # a person was faster
        return False
    return True
