"""Setting stations up: asked for what they lack, once, and never against their will."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health import provisioning
from chargehand.domain.health.models import StationWish
from chargehand.domain.health.provisioning import provision_stations
from chargehand.domain.stations import commands, requests, sightings
from chargehand.domain.stations.commands import (
    AnyCommand,
    GetReport,
    GetVariables,
    SetMonitors,
    SetVariables,
)
from chargehand.domain.stations.events import Booted, VariableReported, VariablesReported
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = {"MeterValuesSampledData": "Energy.Active.Import.Register", "MeterValueSampleInterval": "900"}


class Obedient:
    """A station that is asked, round by round: `refuses` tells of a value whether it is refused."""

    def __init__(self, talk: Talk, settings: dict[str, str], component: str = "OCPP16") -> None:
        self.talk = talk
        self.settings = settings
        self.component = component
        self.asked: list[AnyCommand] = []
        self.refuses: Any = lambda _value: False
        self.parts: list[VariableReported] = []
        self.now = clock.now() + timedelta(minutes=2)

    def go_round(self) -> AnyCommand | None:
        """Let a round pass; answer what is asked, and return it."""
        self.now += timedelta(seconds=20)
        provision_stations(self.now)
        taken = self.talk.take()
        if taken is None:
            return None
        self.asked.append(taken.command)
        self._answer(taken.id, taken.command)
        return taken.command

    def rounds(self, most: int = 20) -> list[AnyCommand]:
        """Let rounds pass until nothing is asked twice in a row; return what was asked."""
        idle = 0
        for _ in range(most):
            idle = idle + 1 if self.go_round() is None else 0
            if idle == 3:
                break
        return self.asked

    def _answer(self, request_id: Any, command: AnyCommand) -> None:
        match command:
            case GetVariables():
                self._report()
                requests.answer(request_id, _yes())
            case SetVariables():
                wanted = command.variables[0]
                is_refused = self.refuses(wanted.value)
                if not is_refused:
                    self.settings[wanted.name] = wanted.value
                word = "Rejected" if is_refused else "Accepted"
                answer = commands.Answer(is_accepted=not is_refused, word=word)
                requests.answer(request_id, answer)
                self._report()
                sightings.look(since=clock.now() - timedelta(minutes=5))
            case GetReport():
                refusal = commands.Answer(is_accepted=False, word="NotSupported")
                requests.answer(request_id, _yes() if self.parts else refusal)
                self.talk.say(VariablesReported(self.parts), "NotifyReport")
                sightings.look(since=clock.now() - timedelta(minutes=5))
            case SetMonitors():
                results = [
                    {
                        "component": {
                            "name": each.component,
                            "evse": {"id": each.evse, "connectorId": each.connector},
                        },
                        "variable": {"name": each.name},
                        "type": each.type,
                        "status": "Accepted" if each.component == "RCD" else "UnknownComponent",
                    }
                    for each in command.monitors
                ]
                answer = commands.Answer(
                    is_accepted=False, word="UnknownComponent", detail={"setMonitoringResult": results}
                )
                requests.answer(request_id, answer)

    def _report(self) -> None:
        told = [
            VariableReported(component=self.component, name=name, value=value, is_readonly=False)
            for name, value in self.settings.items()
        ]
        self.talk.say(VariablesReported(told), "GetConfigurationResponse")


def _yes() -> commands.Answer:
    return commands.Answer(is_accepted=True, word="Accepted")


def written(asked: list[AnyCommand]) -> list[tuple[str, str]]:
    return [
        (command.variables[0].name, command.variables[0].value)
        for command in asked
        if isinstance(command, SetVariables)
    ]


@pytest.fixture
def talk(operator: Operator) -> Talk:
    talk = Talk(operator.pk, "4107")
    talk.boot()
    return talk


def test_a_station_is_asked_for_what_it_lacks_and_never_again(talk: Talk) -> None:
    station = Obedient(talk, dict(KEYS))

    asked = station.rounds()

    assert isinstance(asked[0], GetVariables)
    assert [name for name, _ in written(asked)] == ["MeterValuesSampledData", "MeterValueSampleInterval"]
    measurands = station.settings["MeterValuesSampledData"].split(",")
    assert measurands[0] == "Energy.Active.Import.Register"
    assert {"Power.Active.Import", "Current.Import", "Voltage", "Temperature"} <= set(measurands)
    assert station.settings["MeterValueSampleInterval"] == "60"
    assert StationWish.objects.get(name="all").state == "set"
    assert StationWish.objects.get(name="measurands").state == "set"
    count = len(asked)
    assert len(station.rounds()) == count


def test_a_station_that_knows_no_temperature_gets_a_smaller_list(talk: Talk) -> None:
    station = Obedient(talk, dict(KEYS))
    station.refuses = lambda value: "Temperature" in value or "SoC" in value or "Offered" in value

    station.rounds()

    kept = station.settings["MeterValuesSampledData"]
    assert kept == "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"


def test_a_station_that_refuses_everything_is_asked_no_more(talk: Talk) -> None:
    station = Obedient(talk, dict(KEYS))
    station.refuses = lambda _value: True

    asked = station.rounds(40)

    assert station.settings == KEYS
    assert len(written(asked)) == 6
    assert StationWish.objects.get(name="measurands").state == "refused"
    assert StationWish.objects.get(name="all").state == "set"
    count = len(asked)
    assert len(station.rounds()) == count


def test_a_station_that_restarts_when_it_is_asked_is_left_alone(talk: Talk) -> None:
    talk.boot(clock.now() - timedelta(minutes=3))
    provision_stations(clock.now())
    assert isinstance(talk.obey(), GetVariables)
    talk.boot()

    later = clock.now() + timedelta(minutes=3)
    provision_stations(later)
    provision_stations(later + timedelta(minutes=1))

    assert StationWish.objects.get(name="all").word == "Restarted"
    assert talk.take() is None


def test_a_station_that_charges_is_not_disturbed(talk: Talk) -> None:
    talk.start(at=clock.now())

    provision_stations(clock.now() + timedelta(minutes=5))

    assert talk.take() is None


def test_an_operator_may_forbid_it(talk: Talk) -> None:
    provisioning.set_policy(
        operator_id=talk.operator_id,
        sets_measurands=False,
        sets_monitors=False,
        sample_interval_s=60,
        now=clock.now(),
    )
    station = Obedient(talk, dict(KEYS))

    assert written(station.rounds()) == []


def test_a_new_firmware_is_asked_again(talk: Talk) -> None:
    station = Obedient(talk, dict(KEYS))
    station.refuses = lambda _value: True
    count = len(station.rounds(40))

    talk.say(Booted(vendor="V", model="M", firmware_version="2.0"), "BootNotification")
    station.now = clock.now() + timedelta(minutes=2)
    station.refuses = lambda _value: False

    assert len(station.rounds()) > count
    assert station.settings["MeterValueSampleInterval"] == "60"


def test_monitors_are_set_where_the_station_can_and_refusals_are_remembered(operator: Operator) -> None:
    talk = Talk(operator.pk, "4109", 201)
    talk.boot()
    settings = {"TxUpdatedMeasurands": "Energy.Active.Import.Register", "TxUpdatedInterval": "30"}
    station = Obedient(talk, settings, "SampledDataCtrlr")

    asked = station.rounds(40)

    monitors = [each for command in asked if isinstance(command, SetMonitors) for each in command.monitors]
    assert len(monitors) == len(set(monitors)) > 20
    assert StationWish.objects.get(name="RCD.Tripped Delta").state == "set"
    assert StationWish.objects.get(name="FloodSensor.Active Delta").state == "refused"
    assert len([command for command in asked if isinstance(command, GetReport)]) == 1
    assert settings["TxUpdatedInterval"] == "30"
    assert "Temperature" not in settings["TxUpdatedMeasurands"]
    count = len(asked)
    assert len(station.rounds()) == count


def test_monitors_are_set_at_each_plug_that_has_the_sensor(operator: Operator) -> None:
    talk = Talk(operator.pk, "4109", 201)
    talk.boot()
    settings = {"TxUpdatedMeasurands": "Energy.Active.Import.Register", "TxUpdatedInterval": "30"}
    station = Obedient(talk, settings, "SampledDataCtrlr")
    watched = [("RCD", "Tripped", 1, 0), ("RCD", "Tripped", 2, 0), ("Connector", "Temperature", 1, 1)]
    station.parts = [
        VariableReported(component=component, name=name, evse=evse, connector=connector, value="0")
        for component, name, evse, connector in watched
    ] + [
        VariableReported(
            component="DataLink",
            name="SignalStrength",
            value="-80",
            characteristics={"supportsMonitoring": False},
        ),
        *(VariableReported(component="TxCtrlr", name=f"Setting{number}", value="1") for number in range(20)),
    ]

    asked = station.rounds(40)

    monitors = [each for command in asked if isinstance(command, SetMonitors) for each in command.monitors]
    assert {(each.component, each.name, each.evse, each.connector) for each in monitors} == set(watched)
    assert StationWish.objects.get(name="RCD.Tripped at 2 Delta").state == "set"
    assert StationWish.objects.get(name="Connector.Temperature at 1.1 Periodic").state == "refused"
