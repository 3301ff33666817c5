"""Stored evidence as lines of telemetry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health import export, telemetry
from chargehand.domain.stations import commanding
from chargehand.domain.stations.events import AuthorizationAsked, Noticed, SeveralNoticed, StatusReported
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talk(operator: Operator) -> Talk:
    talk = Talk(operator.pk, "4107")
    talk.boot()
    return talk


def test_commands_answered_and_tokens_shown_are_told_without_names(talk: Talk) -> None:
    talk.say(AuthorizationAsked("CAFE01"), "Authorize")
    commanding.reset(operator_id=talk.operator_id, station_id=talk.station_id, asked_by="Ada")
    talk.obey()
    begun = clock.now()
    number = talk.start(token="CAFE01", at=begun)
    talk.meter(number, begun + timedelta(minutes=1), register=1500, power=11_000)
    talk.stop(number, at=begun + timedelta(minutes=2), meter=2000)

    told = list(export.telemetry(talk.operator_id))

    by_kind = {type(line).__name__: line for line in told}
    assert [type(line).__name__ for line in told] == [
        "Described", "Connected", "Booted", "Authorized", "Commanded", "Started", "Metered", "Stopped",
    ]  # fmt: skip
    authorized, started, stopped = by_kind["Authorized"], by_kind["Started"], by_kind["Stopped"]
    assert isinstance(authorized, telemetry.Authorized)
    assert isinstance(started, telemetry.Started)
    assert isinstance(stopped, telemetry.Stopped)
    assert authorized.token == started.token
    assert authorized.token not in {None, "CAFE01"}
    assert (started.evse, started.meter_wh, stopped.meter_wh) == (1, 1000.0, 2000.0)
    command = by_kind["Commanded"]
    assert isinstance(command, telemetry.Commanded)
    assert (command.action, command.outcome) == ("Reset", "Accepted")
    metered = by_kind["Metered"]
    assert isinstance(metered, telemetry.Metered)
    assert metered.transaction == number
    assert {(each.measurand, each.value, each.unit) for each in metered.samples} == {
        ("Energy.Active.Import.Register", 1500.0, "Wh"),
        ("Power.Active.Import", 11_000.0, "W"),
    }


def test_what_a_monitor_tells_keeps_its_component_and_value(operator: Operator) -> None:
    talk = Talk(operator.pk, "4109", 201)
    detail = {"actualValue": "17.5", "trigger": "Alerting", "techCode": "X1", "severity": 3, "cleared": False}
    notice = Noticed(kind="monitor", name="RCD.LeakageCurrent", evse=1, connector=1, detail=detail)
    talk.say(SeveralNoticed([notice]), "NotifyEvent")

    line = list(export.telemetry(operator.pk))[-1]

    assert isinstance(line, telemetry.Monitored)
    assert (line.component, line.variable, line.value) == ("RCD", "LeakageCurrent", 17.5)
    assert (line.tech_code, line.severity, line.cleared, line.place) == ("X1", 3, False, 1)


def test_a_message_of_days_ago_says_nothing_of_the_clock(talk: Talk) -> None:
    ago = clock.now() - timedelta(days=3)
    talk.say(StatusReported(1, 1, "Available", time=ago), "StatusNotification")
    unset = datetime(1970, 1, 2, tzinfo=UTC)
    talk.say(StatusReported(2, 1, "Available", time=unset), "StatusNotification")

    late, wrong = list(export.telemetry(talk.operator_id))[-2:]

    assert (late.t, late.received) == (ago, None)
    assert wrong.t == unset
    assert wrong.received is not None
