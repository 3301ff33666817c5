"""Drift is shown and mended, and a station that refuses is left in peace."""

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.maintenance.yard import PAT, Yard
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.maintenance import drift, followers, profiles
from chargehand.domain.maintenance.models import SettingAttempt
from chargehand.domain.maintenance.profiles import ProfileDetails
from chargehand.domain.maintenance.wanted import Wanted
from chargehand.domain.stations import command_cards
from chargehand.domain.stations.commands import GetReport, GetVariables, SetVariables
from chargehand.domain.stations.events import Booted, VariableReported, VariablesReported
from chargehand.domain.stations.facts import RequestAnswered, StationBooted
from chargehand.domain.stations.models import Variable
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

HEARTBEAT = Wanted(name="HeartbeatInterval", value="300")
SAMPLES = Wanted(name="MeterValueSampleInterval", value="60")


def _save(yard: Yard, *settings: Wanted, **more: Any) -> int:
    details = ProfileDetails(**{"name": "All", "settings": settings, **more})
    return profiles.save_profile(operator_id=yard.operator_id, details=details, actor=PAT)


def _report(talk: Talk, **values: str) -> None:
    said = [VariableReported(component="OCPP16", name=name, value=value) for name, value in values.items()]
    talk.say(VariablesReported(said))


def _states(yard: Yard) -> dict[str, str]:
    [found] = drift.drift(yard.operator_id, station_ids=[yard.station_id])
    return {each.wanted.name: each.state for each in found.comparisons}


def _apply(yard: Yard, **more: Any) -> Any:
    return drift.apply_settings(operator_id=yard.operator_id, station_id=yard.station_id, actor=PAT, **more)


def _answer(yard: Yard, request_id: Any, *words: str) -> None:
    """Let the station answer each setting with a word."""
    detail: dict[str, Any] = {"status": words[0]}
    if len(words) > 1:
        detail = {"answers": [{"status": word} for word in words]}
    worst = next((word for word in words if word != "Accepted"), "Accepted")
    assert isinstance(yard.talk.obey(worst, **detail), SetVariables)
    card = command_cards.request(yard.operator_id, request_id)
    assert card is not None
    fact = RequestAnswered(
        happened_at=clock.now(),
        operator_id=yard.operator_id,
        station_id=yard.station_id,
        request_id=str(request_id),
        command="set-variables",
        is_accepted=bool(card.is_accepted),
        word=worst,
    )
    followers.keep_settings([fact, fact])


def test_drift_is_shown_and_what_differs_is_written_once(yard: Yard) -> None:
    _save(yard, HEARTBEAT, SAMPLES)
    _report(yard.talk, HeartbeatInterval="900", MeterValueSampleInterval="60")
    assert _states(yard) == {"HeartbeatInterval": "differs", "MeterValueSampleInterval": "same"}
    request_id = _apply(yard)
    assert _apply(yard) is None
    _answer(yard, request_id, "Accepted")
    _report(yard.talk, HeartbeatInterval="300")
    assert _states(yard) == {"HeartbeatInterval": "same", "MeterValueSampleInterval": "same"}
    [found] = drift.drift(yard.operator_id)
    assert found.drifted == ()


def test_each_setting_of_several_has_its_own_answer(yard: Yard) -> None:
    _save(yard, HEARTBEAT, SAMPLES)
    _report(yard.talk, HeartbeatInterval="900", MeterValueSampleInterval="15")
    _answer(yard, _apply(yard), "Accepted", "Rejected")
    assert _states(yard) == {"HeartbeatInterval": "differs", "MeterValueSampleInterval": "refused"}


def test_a_station_of_2_answers_by_name(yard: Yard) -> None:
    talk = yard.station("S2", version=201)
    wanted = Wanted(name="Interval", component="HeartbeatCtrlr", value="300")
    _save(yard, wanted)
    talk.say(VariablesReported([VariableReported(component="HeartbeatCtrlr", name="Interval", value="900")]))
    request_id = drift.apply_settings(operator_id=yard.operator_id, station_id=talk.station_id, actor=PAT)
    named = {"component": {"name": "heartbeatctrlr"}, "variable": {"name": "Interval"}}
    talk.obey("Rejected", setVariableResult=[{**named, "attributeStatus": "Rejected"}])
    assert request_id is not None
    drift.note_answer(operator_id=yard.operator_id, request_id=request_id)
    [found] = drift.drift(yard.operator_id, station_ids=[talk.station_id])
    assert [each.state for each in found.comparisons] == ["refused"]


def test_a_station_that_refuses_is_not_asked_again_unless_a_person_insists(yard: Yard) -> None:
    _save(yard, HEARTBEAT, is_enforced=True)
    _report(yard.talk, HeartbeatInterval="900")
    _answer(yard, _apply(yard), "Rejected")
    for days in range(5):
        assert drift.enforce(yard.operator_id, clock.now() + timedelta(hours=days)) == 0
    assert yard.talk.take() is None
    assert _apply(yard, tries_refused=True) is not None


def test_a_station_that_says_yes_and_forgets_is_left_after_three_times(yard: Yard) -> None:
    _save(yard, HEARTBEAT, is_enforced=True)
    _report(yard.talk, HeartbeatInterval="900")
    asked = 0
    for _ in range(6):
        request_id = _apply(yard)
        if request_id is not None:
            asked += 1
            _answer(yard, request_id, "Accepted")
        SettingAttempt.objects.update(asked_at=clock.now() - timedelta(days=2))
    assert asked == 3
    assert _states(yard) == {"HeartbeatInterval": "gave-up"}


def test_a_station_that_never_told_its_settings_is_asked_for_them(yard: Yard) -> None:
    _save(yard, HEARTBEAT)
    assert _states(yard) == {"HeartbeatInterval": "unread"}
    _apply(yard)
    assert isinstance(yard.talk.obey(), GetReport)
    assert not SettingAttempt.objects.exists()


def test_enforced_settings_are_written_after_a_restart_and_others_are_not(yard: Yard) -> None:
    _save(yard, HEARTBEAT, is_enforced=True)
    _save(yard, SAMPLES, name="Wish")
    _report(yard.talk, HeartbeatInterval="900", MeterValueSampleInterval="15")
    boot = StationBooted(
        happened_at=clock.now(),
        operator_id=yard.operator_id,
        station_id=yard.station_id,
        reason="",
        firmware_version="1.2",
        is_hardware_changed=False,
    )
    followers.keep_settings([boot, boot])
    command = yard.talk.obey()
    assert isinstance(command, SetVariables)
    assert [each.name for each in command.variables] == ["HeartbeatInterval"]
    assert yard.talk.take() is None


def test_what_needs_a_restart_waits_for_it(yard: Yard) -> None:
    _save(yard, HEARTBEAT)
    _report(yard.talk, HeartbeatInterval="900")
    _answer(yard, _apply(yard), "RebootRequired")
    assert _states(yard) == {"HeartbeatInterval": "restart"}
    drift.note_boot(operator_id=yard.operator_id, station_id=yard.station_id, at=clock.now())
    assert _states(yard) == {"HeartbeatInterval": "differs"}


def test_old_reports_are_read_anew_once_a_day(yard: Yard) -> None:
    _save(yard, HEARTBEAT, is_enforced=True)
    _report(yard.talk, HeartbeatInterval="300")
    assert drift.enforce_everywhere(clock.now()) == 0
    Variable.objects.update(reported_at=clock.now() - timedelta(days=2))
    for _ in range(2):
        drift.enforce_everywhere(clock.now())
    assert isinstance(yard.talk.obey(), GetVariables)
    assert yard.talk.take() is None


def test_new_firmware_gives_a_refused_setting_another_chance(yard: Yard) -> None:
    _save(yard, HEARTBEAT)
    _report(yard.talk, HeartbeatInterval="900")
    _answer(yard, _apply(yard), "NotSupported")
    yard.talk.say(Booted(vendor="V", model="M", firmware_version="2.0"), "BootNotification")
    assert _states(yard) == {"HeartbeatInterval": "differs"}


def test_operators_do_not_see_each_others_wishes(yard: Yard, other_operator: Operator) -> None:
    profile_id = _save(yard, HEARTBEAT)
    assert drift.drift(other_operator.pk) == []
    assert profiles.profiles(other_operator.pk) == []
    with pytest.raises(Refused):
        profiles.delete_profile(operator_id=other_operator.pk, profile_id=profile_id, actor=PAT)
    with pytest.raises(Refused):
        drift.apply_settings(operator_id=other_operator.pk, station_id=yard.station_id, actor=PAT)
    profiles.delete_profile(operator_id=yard.operator_id, profile_id=profile_id, actor=PAT)
    assert drift.drift(yard.operator_id) == []


@pytest.mark.parametrize(
    ("wanted", "more", "code"),
    [
        ((), {}, "no-settings"),
        ((HEARTBEAT, Wanted(name="heartbeatINTERVAL", value="1")), {}, "twice"),
        ((Wanted(name="AuthorizationKey", value="x"),), {}, "use-rotate-password"),
        ((Wanted(name="", value="x"),), {}, "bad-setting"),
        ((HEARTBEAT,), {"name": " "}, "bad-name"),
        ((HEARTBEAT,), {"location_id": 10**9}, "no-such-location"),
        ((HEARTBEAT,), {"station_id": 10**9}, "no-such-station"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(
    yard: Yard, wanted: tuple[Wanted, ...], more: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused, check=lambda refused: refused.code == code):
        _save(yard, *wanted, **more)
