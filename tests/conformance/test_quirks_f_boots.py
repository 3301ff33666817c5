"""Field quirks F: stations that start, come back without a word, or forgot their settings."""

from datetime import timedelta

import pytest
from tests.conformance.bench import Bench, Station, at, got, moment
from tests.conformance.client import VERSIONS
from tests.patience import wait_for

from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.health import silent_returns
from chargehand.domain.maintenance import profiles, sweeps
from chargehand.domain.maintenance.profiles import ProfileDetails
from chargehand.domain.maintenance.wanted import Wanted
from chargehand.domain.stations.commands import Trigger
from chargehand.domain.stations.models import StationConnection, StationRequest, Variable
from chargehand.journal.runner import drain
from chargehand.kernel import clock
from chargehand.project.flows import FOLLOWERS


def test_f1_a_station_that_comes_back_without_a_boot_goes_on(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=1000)
    bench.leave(station)

    again = bench.connect(row=station.row, boots=False)
    assert again.sample({"value": "1500"}, transactionId=number) == {}
    assert again.stop(number, meter=2000) == {}

    assert got(again.transaction, "state energy_wh") == ("ended", 1000)
    assert again.row.vendor == "Acme"


LATER = timedelta(minutes=2)


def come_back(bench: Bench, version: str = "1.6", **row: str) -> Station:
    """Connect without a boot, as a station of which nothing is known but what `row` says."""
    return bench.connect(version, row=bench.make_station(**row), boots=False)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_f1_a_station_that_never_said_what_it_is_is_asked_once(bench: Bench, version: str) -> None:
    station = come_back(bench, version)
    assert silent_returns.ask_for_boots(clock.now()) == 0

    silent_returns.ask_for_boots(clock.now() + LATER)
    asked = station.receive_call("TriggerMessage")
    assert asked == {"requestedMessage": "BootNotification"}
    station.answer({"status": "Accepted"})
    station.boot(model="Two")

    request = StationRequest.objects.get(station_id=station.id)
    assert bench.answered(request).is_accepted
    assert got(station.row, "vendor model version") == ("Acme", "Two", VERSIONS[version])
    silent_returns.ask_for_boots(clock.now() + LATER)
    assert StationRequest.objects.filter(station_id=station.id).count() == 1


def test_f1_a_station_that_was_away_shortly_is_not_asked(bench: Bench) -> None:
    station = bench.connect()
    bench.leave(station)
    again = bench.connect(row=station.row, boots=False)

    silent_returns.ask_for_boots(clock.now() + LATER)

    assert not StationRequest.objects.filter(station_id=again.id).exists()


def test_f1_a_station_that_was_away_for_long_is_asked(bench: Bench) -> None:
    station = bench.connect()
    bench.leave(station)
    connections = StationConnection.objects.filter(station_id=station.id)
    connections.update(disconnected_at=moment(-120))
    again = bench.connect(row=station.row, boots=False)

    silent_returns.ask_for_boots(clock.now() + LATER)

    assert again.receive_call("TriggerMessage") == {"requestedMessage": "BootNotification"}
    again.answer({"status": "Accepted"})
    assert bench.answered(StationRequest.objects.get(station_id=again.id)).is_accepted


def test_f1_a_model_known_to_restart_when_asked_is_left_alone(bench: Bench) -> None:
    station = come_back(bench, vendor="ABB", model="Terra AC", firmware_version="1.6.6")

    silent_returns.ask_for_boots(clock.now() + LATER)

    assert not StationRequest.objects.filter(station_id=station.id).exists()


def test_f1_what_one_station_refused_is_not_asked_of_its_like(bench: Bench) -> None:
    like = {"vendor": "Shy", "model": "One", "firmware_version": "1"}
    station = come_back(bench, **like)
    silent_returns.ask_for_boots(clock.now() + LATER)
    station.receive_call("TriggerMessage")
    station.answer({"status": "NotImplemented"})
    bench.answered(StationRequest.objects.get(station_id=station.id))
    other = come_back(bench, **like)
    newer = come_back(bench, **(like | {"firmware_version": "2"}))

    silent_returns.ask_for_boots(clock.now() + LATER)

    assert not StationRequest.objects.filter(station_id=other.id).exists()
    assert StationRequest.objects.filter(station_id=newer.id, command="trigger").exists()


def test_f1_a_model_that_went_away_when_asked_is_not_asked_again(bench: Bench) -> None:
    station = come_back(bench, vendor="Jumpy", model="One")
    silent_returns.ask_for_boots(clock.now() + LATER)
    station.receive_call("TriggerMessage")
    station.answer({"status": "Accepted"})
    bench.answered(StationRequest.objects.get(station_id=station.id))
    bench.leave(station)
    again = bench.connect(row=station.row, boots=False)

    silent_returns.ask_for_boots(clock.now() + LATER)

    assert StationRequest.objects.filter(station_id=again.id).count() == 1


def test_f2_nothing_is_asked_before_the_boot_is_answered(bench: Bench) -> None:
    station = bench.connect(boots=False)
    request = bench.ask(station, Trigger(message="StatusNotification"))

    station.boot()
    station.receive_call("TriggerMessage")
    station.answer({"status": "Accepted"})

    assert bench.answered(request).is_accepted
    sent = station.frames("TriggerMessage")[0]
    assert sent.id > station.frames("BootNotification")[0].id


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_f3_a_status_and_a_heartbeat_before_the_boot_are_taken(bench: Bench, version: str) -> None:
    station = bench.connect(version, boots=False)

    if version == "1.6":
        station.report("Available")
    else:
        payload = {"evseId": 1, "connectorId": 1, "connectorStatus": "Available", "timestamp": at()}
        assert station.call("StatusNotification", payload) == {}
    assert station.is_alive()

    assert station.connector().status == "Available"


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_f4_a_station_is_asked_nothing_by_the_gateway_itself(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    assert station.is_silent(0.6)

    assert [frame for frame in station.messages if not frame.is_from_station] == []


def wants(bench: Bench, station: Station, wanted: Wanted) -> None:
    details = ProfileDetails(name="Wanted", settings=(wanted,), station_id=station.id, is_enforced=True)
    profiles.save_profile(operator_id=bench.operator.pk, details=details, actor=SYSTEM)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_f5_settings_lost_at_a_restart_are_read_and_set_again(bench: Bench, version: str) -> None:
    is_16 = version == "1.6"
    name, component = ("LocalPreAuthorize", "") if is_16 else ("LocalPreAuthorize", "AuthCtrlr")
    station = bench.connect(version, vendor="Forgetful")
    wants(bench, station, Wanted(name=name, value="true", component=component))
    Variable.objects.create(
        station_id=station.id,
        component=component or "OCPP16",
        name=name,
        value="true",
        reported_at=moment(-60),
    )

    station.boot(vendor="Forgetful")
    named = {"component": {"name": "AuthCtrlr"}, "variable": {"name": name}}
    if is_16:
        bench.follow(lambda: StationRequest.objects.filter(station_id=station.id).exists())
        assert station.receive_call("GetConfiguration") == {"key": [name]}
        lost = {"configurationKey": [{"key": name, "readonly": False, "value": "false"}]}
    else:
        bench.follow(lambda: StationRequest.objects.filter(station_id=station.id).exists())
        assert station.receive_call("GetVariables") == {"getVariableData": [named]}
        lost = {"getVariableResult": [{"attributeStatus": "Accepted", "attributeValue": "false", **named}]}
    station.answer(lost)
    wait_for(lambda: Variable.objects.get(station_id=station.id).value == "false")

    sweeps.sweep_maintenance(clock.now())

    if is_16:
        assert station.receive_call("ChangeConfiguration") == {"key": name, "value": "true"}
        station.answer({"status": "Accepted"})
    else:
        asked = station.receive_call("SetVariables")
        assert asked == {"setVariableData": [{"attributeValue": "true", **named}]}
        station.answer({"setVariableResult": [{"attributeStatus": "Accepted", **named}]})
    request = StationRequest.objects.get(station_id=station.id, command="set-variables")
    assert got(bench.answered(request), "is_accepted asked_by") == (True, SYSTEM.name)


def test_f5_a_model_that_restarts_when_it_is_read_is_not_read(bench: Bench) -> None:
    station = bench.connect(vendor="StarCharge")
    wants(bench, station, Wanted(name="LocalPreAuthorize", value="true"))
    Variable.objects.create(
        station_id=station.id,
        component="OCPP16",
        name="LocalPreAuthorize",
        value="true",
        reported_at=moment(-60),
    )

    station.boot(vendor="StarCharge")

    wait_for(lambda: drain(FOLLOWERS) == 0)
    assert not StationRequest.objects.filter(station_id=station.id).exists()
