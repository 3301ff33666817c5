"""The timetable: what is done from time to time is planned, and can be done."""

from copy import copy
from datetime import timedelta

import pytest
from procrastinate.contrib.django import app as jobs
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging.models import Transaction
from chargehand.domain.health import debounces
from chargehand.domain.stations import commanding
from chargehand.domain.stations.events import HeartbeatSent
from chargehand.domain.stations.models import StationRequest
from chargehand.project import timetable

JOBS = ("tell_people", "look_for_proof", "sweep_stations", "sweep_charging", "look_at_gaps")
UPKEEP = ("sweep_maintenance", "keep_settings", "plan_work")


def test_every_sweep_is_planned(db: None) -> None:
    planned = {task.task.name for task in jobs.periodic_registry.periodic_tasks.values()}
    assert {f"timetable.{name}" for name in JOBS + UPKEEP} <= planned


def test_what_a_station_reports_reaches_a_person_within_a_minute() -> None:
    waits = _pause("look_after_incidents") + _pause("tell_people")
    told = {family: seconds for family, seconds in debounces.USUAL.items() if family != "connectivity"}
    assert {family: seconds + waits <= 60 for family, seconds in told.items()} == dict.fromkeys(told, True)


def _pause(name: str) -> float:
    """Seconds between two turns of a sweep, so the longest wait for it."""
    planned = {task.task.name: task for task in jobs.periodic_registry.periodic_tasks.values()}
    turns = copy(planned[f"timetable.{name}"].croniter)
    first = turns.get_next(float)
    return float(turns.get_next(float) - first)


@pytest.mark.django_db
def test_sweeps_do_their_work_when_called(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number = talk.start(at=now() - timedelta(hours=2), meter=0)
    talk.boot(now() - timedelta(hours=1))
    request_id = commanding.trigger(
        operator_id=operator.pk, station_id=talk.station_id, message="Heartbeat", asked_by="Mia"
    )
    talk.obey()
    talk.say(HeartbeatSent(), "Heartbeat")
    for name in JOBS + UPKEEP:
        getattr(timetable, name).func(timestamp=0)
    assert Transaction.objects.get(pk=number).state == "system-closed"
    assert StationRequest.objects.get(pk=request_id).seen_as == "Heartbeat"
