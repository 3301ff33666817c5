"""The system repairs by itself, step by step, and never where a guard rail stands against it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from tests.domain.health.incident_making import charge, find, look, make_site, make_talk, set_policy, take
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.health import actions, recovery
from chargehand.domain.health.models import Incident, RecoveryStep
from chargehand.domain.health.neighbours import neighbour
from chargehand.domain.stations.models import ChargingStation, StationRequest
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(operator: Operator) -> Talk:
    set_policy(operator)
    return make_talk(operator, "4107", make_site(operator))


def _fault(talk: Talk, evse: int = 1) -> Incident:
    """A plug that has said for a while that it is faulted."""
    at = now() - timedelta(minutes=10)
    talk.status("Faulted", error="InternalError", evse=evse, at=at)
    return take(find([talk], "reported-fault", evse=evse, at=at))[-1]


def _steps() -> list[tuple[str, str]]:
    return list(RecoveryStep.objects.order_by("id").values_list("step", "state"))


def _outcomes() -> list[tuple[str, str]]:
    rows = StatedFact.objects.filter(name="health.RecoveryStepped").order_by("id")
    return [(body["step"], body["outcome"]) for body in rows.values_list("body", flat=True)]


def _obey(talk: Talk, word: str = "Accepted", *, is_seen: bool = True) -> Any:
    """Take what is asked, answer it, and let it be seen to have worked."""
    command = talk.obey(word)
    if is_seen:
        StationRequest.objects.filter(seen_at=None, is_accepted=True).update(
            seen_at=clock.now(), seen_as="it happened"
        )
    look()
    return command


def test_the_ladder_goes_from_asking_to_blocking(talk: Talk) -> None:
    row = _fault(talk)
    look()
    tags = [_obey(talk).__struct_config__.tag for _ in range(4)]
    blocked = talk.obey()
    assert tags == ["get-variables", "trigger", "reset", "reset"]
    assert (blocked.__struct_config__.tag, getattr(blocked, "evse", None)) == ("availability", 1)
    assert _steps() == [
        ("probe", "failed"),
        ("trigger", "failed"),
        ("soft-reset", "failed"),
        ("hard-reset", "failed"),
        ("block", "asked"),
    ]
    StationRequest.objects.update(see_by=clock.now() - timedelta(minutes=10))
    look()
    assert _outcomes()[-2:] == [("block", "asked"), ("block", "worked")]
    row.refresh_from_db()
    assert row.state == "open"
    assert talk.take() is None


def test_a_restart_that_helps_ends_the_ladder(talk: Talk) -> None:
    row = _fault(talk)
    look()
    _obey(talk)
    _obey(talk)
    reset = talk.obey()
    assert getattr(reset, "is_immediate", None) is False
    StationRequest.objects.filter(command="reset").update(seen_at=clock.now(), seen_as="boot")
    talk.status("Available")
    look()
    assert _steps()[-1] == ("soft-reset", "worked")
    row.refresh_from_db()
    assert row.state == "watching"
    assert talk.take() is None


def test_a_station_that_refuses_or_keeps_silent_comes_to_the_next_step(talk: Talk) -> None:
    _fault(talk)
    look()
    _obey(talk, "Rejected", is_seen=False)
    StationRequest.objects.filter(command="trigger").update(state="expired")
    look()
    assert _steps()[:3] == [("probe", "refused"), ("trigger", "failed"), ("soft-reset", "asked")]


def test_the_next_step_waits_for_a_pause(operator: Operator, talk: Talk) -> None:
    set_policy(operator, pause_s=60)
    _fault(talk)
    look()
    _obey(talk, "Rejected", is_seen=False)
    assert _steps() == [("probe", "refused")]
    look(clock.now() + timedelta(seconds=61))
    assert _steps()[-1] == ("trigger", "asked")


def test_nothing_is_restarted_while_somebody_charges(talk: Talk) -> None:
    number = talk.start(at=now() - timedelta(minutes=5), evse=2)
    row = _fault(talk)
    look()
    _obey(talk)
    _obey(talk)
    assert talk.take() is None
    row.refresh_from_db()
    assert row.recovery_note == "Somebody is charging."
    talk.stop(number, at=now(), meter=9000)
    look()
    assert _steps()[-1] == ("soft-reset", "asked")


@pytest.mark.parametrize("kind", ["contactor-welded", "ground-fault", "cable-cut", "isolation-decline"])
def test_where_danger_is_near_the_plug_is_blocked_and_nothing_else(
    operator: Operator, talk: Talk, kind: str
) -> None:
    set_policy(operator, is_enabled=False, steps=[])
    [row] = take(find([talk], kind))
    assert row.state == "open"
    command = talk.obey()
    assert (command.__struct_config__.tag, getattr(command, "is_operative", None)) == ("availability", False)
    talk.status("Unavailable")
    StationRequest.objects.update(seen_at=clock.now(), seen_as="Unavailable")
    look()
    look()
    assert _steps() == [("block", "worked")]
    assert talk.take() is None


def test_a_dangerous_plug_is_blocked_once_its_station_can_be_reached(talk: Talk) -> None:
    talk.disconnect()
    take(find([talk], "contactor-welded"))
    StationRequest.objects.update(state="expired")
    look()
    assert _steps() == [("block", "failed")]
    talk.connect()
    look(clock.now() + timedelta(seconds=1))
    assert _steps() == [("block", "asked")]
    command = talk.obey()
    assert command.__struct_config__.tag == "availability"


def test_a_dangerous_plug_that_nobody_knows_is_tried_again_without_end_or_harm(talk: Talk) -> None:
    [row] = take(find([talk], "contactor-welded", evse=7))
    assert _steps() == [("block", "refused")]
    for minute in (1, 5, 30):
        look(clock.now() + timedelta(minutes=minute))
    row.refresh_from_db()
    assert (_steps(), row.state) == ([("block", "refused")], "open")
    assert not StationRequest.objects.exists()


def test_after_three_restarts_a_day_the_plug_is_blocked_instead(talk: Talk) -> None:
    row = _fault(talk)
    for number, step in enumerate(("soft-reset", "hard-reset", "soft-reset")):
        RecoveryStep.objects.create(
            incident=row, run=0, station_id=talk.station_id, evse=number, step=step, asked_at=clock.now()
        )
    look()
    _obey(talk)
    _obey(talk)
    assert _steps()[-3:] == [("soft-reset", "withheld"), ("hard-reset", "withheld"), ("block", "asked")]
    assert ("soft-reset", "withheld") in _outcomes()


def test_models_that_cannot_bear_a_step_are_spared_it(talk: Talk) -> None:
    ChargingStation.objects.update(vendor="ABB", model="Terra AC W22", firmware_version="1.8.21")
    _fault(talk)
    look()
    assert _steps() == [("probe", "withheld"), ("trigger", "withheld"), ("soft-reset", "asked")]
    assert "1.8.21" in RecoveryStep.objects.earliest("id").sentence


def test_the_system_stands_back_where_a_person_looks_after_it(operator: Operator, talk: Talk) -> None:
    row = _fault(talk)
    actions.acknowledge(operator_id=operator.pk, incident_id=row.pk, actor=SYSTEM)
    look()
    assert _steps() == []
    row.refresh_from_db()
    assert row.recovery_note == "Chargehand looks after it."


def test_the_system_acts_only_in_its_hours(operator: Operator, talk: Talk) -> None:
    hour = (clock.now() + timedelta(hours=5)).hour
    set_policy(operator, from_hour=hour, until_hour=(hour + 1) % 24)
    _fault(talk)
    look()
    assert _steps() == []


def test_failing_starts_go_on_to_the_next_step_only_when_another_start_fails(talk: Talk) -> None:
    take(find([talk], "failed-starts", at=clock.now() - timedelta(hours=2)))
    look()
    for _ in range(3):
        _obey(talk)
    assert _steps()[-1] == ("soft-reset", "worked")
    look()
    assert talk.take() is None
    charge(talk, start=now() - timedelta(minutes=30), wh=0, minutes=1)
    look()
    assert _steps()[-1] == ("hard-reset", "asked")


def test_a_crash_between_row_and_request_leaves_neither(talk: Talk) -> None:
    row = _fault(talk)

    with transaction.atomic():
        recovery.advance(row.operator_id, row.pk, clock.now())
        assert _steps() == [("probe", "asked")]
        transaction.set_rollback(True)
    assert _steps() == []
    assert not StationRequest.objects.exists()
    for _ in range(3):
        recovery.advance(row.operator_id, row.pk, clock.now())
    assert _steps() == [("probe", "asked")]
    assert StationRequest.objects.count() == 1


def test_a_block_points_drivers_to_the_nearest_free_plug(operator: Operator, talk: Talk) -> None:
    set_policy(operator, steps=["block"])
    _fault(talk)
    look()
    step = RecoveryStep.objects.get(step="block")
    assert step.detail["neighbour"]["letter"] == "B"


def test_the_neighbour_is_free_fits_and_is_near(operator: Operator) -> None:
    home = make_site(operator, "Harbour", (53.54, 9.99))
    near, far = make_site(operator, "Fish market", (53.545, 9.99)), make_site(operator, "Away", (53.70, 9.99))
    here, there, away = (make_talk(operator, n, s) for n, s in (("1", home), ("2", near), ("3", far)))
    del away
    found = neighbour(operator.pk, here.station_id, 1)
    assert found is not None
    assert (found.identity, found.letter, found.distance_km) == ("1", "B", 0)
    here.start(at=now(), evse=2)
    found = neighbour(operator.pk, here.station_id, 1)
    assert found is not None
    assert (found.identity, found.letter) == ("2", "A")
    assert 0.5 < found.distance_km < 0.6
    there.disconnect()
    assert neighbour(operator.pk, here.station_id, 1) is None
    assert neighbour(operator.pk, here.station_id, 1, within_km=30) is not None
