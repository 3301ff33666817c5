"""Stations that are held: their boot is answered Pending until they are accepted (B02, TC_B_30, TC_B_31)."""

from typing import Any

import pytest
from tests.conformance.bench import Bench, Station, at, got
from tests.conformance.client import VERSIONS
from tests.conformance.sequences import PLACE, TOKEN, obey, states, word
from tests.patience import wait_for

from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.charging.models import Transaction
from chargehand.domain.maintenance import profiles, sweeps
from chargehand.domain.maintenance.profiles import ProfileDetails
from chargehand.domain.maintenance.wanted import Wanted
from chargehand.domain.stations import actions, holding
from chargehand.domain.stations.commands import GetReport, GetVariables, StartCharging, Trigger, VariableAsked
from chargehand.domain.stations.models import ChargingStation, StationRequest, Variable
from chargehand.kernel import clock

pytestmark = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


def held(bench: Bench, version: str) -> Station:
    station = bench.connect(version, row=bench.make_station(approval="held"), boots=False)
    assert station.boot()["status"] == "Pending"
    return station


def status(**more: Any) -> dict[str, Any]:
    return {"evseId": 1, "connectorId": 1, "connectorStatus": "Available", "timestamp": at()} | more


def test_b_02_a_held_station_is_asked_about_itself_and_tells(bench: Bench, version: str) -> None:
    station = held(bench, version)
    variable = VariableAsked(component="AuthCtrlr", name="Enabled")
    named = {"component": {"name": "AuthCtrlr"}, "variable": {"name": "Enabled"}}
    answer = {"getVariableResult": [{"attributeStatus": "Accepted", "attributeValue": "true", **named}]}

    _, request = obey(bench, station, GetVariables(variables=[variable]), "GetVariables", answer)

    assert request.is_accepted
    wait_for(lambda: Variable.objects.filter(station_id=station.id, value="true").exists())
    asked, request = obey(bench, station, GetReport(request_id=5), "GetBaseReport", {"status": "Accepted"})
    assert request.is_accepted
    data = [{**named, "variableAttribute": [{"value": "false"}]}]
    report = {"requestId": asked["requestId"], "generatedAt": at(), "seqNo": 0, "reportData": data}
    assert station.call("NotifyReport", report) == {}
    assert Variable.objects.get(station_id=station.id, attribute="Actual").value == "false"


def test_b_02_what_a_held_station_was_triggered_for_is_taken(bench: Bench, version: str) -> None:
    station = held(bench, version)
    assert station.refuse("StatusNotification", status()) == "SecurityError"

    obey(bench, station, Trigger(message="StatusNotification"), "TriggerMessage", {"status": "Accepted"})

    assert station.call("StatusNotification", status()) == {}
    assert states(station) == {(1, 1): "Available"}


def test_b_02_nobody_charges_at_a_held_station(bench: Bench, version: str) -> None:
    station = held(bench, version)

    request = bench.answered(bench.ask(station, StartCharging(token_uid="CAFE01", remote_start_id=1, evse=1)))

    assert got(request, "state is_accepted") == ("failed", False)
    assert word(request) == "NotAccepted"
    assert station.is_silent()


def test_b_30_other_calls_of_a_held_station_are_security_errors(bench: Bench, version: str) -> None:
    station = held(bench, version)
    event = {
        "eventType": "Started",
        "timestamp": at(),
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "early"},
        "evse": PLACE,
    }

    assert station.refuse("Authorize", {"idToken": TOKEN}) == "SecurityError"
    assert station.refuse("StatusNotification", status()) == "SecurityError"
    assert station.refuse("TransactionEvent", event) == "SecurityError"
    assert station.refuse("Heartbeat", {}) == "SecurityError"
    assert station.refuse("SignCertificate", {"csr": "x"}) == "SecurityError"

    assert not Transaction.objects.filter(station_id=station.id).exists()
    assert states(station) == {}
    assert len(station.frames("TransactionEvent")) == 1


def test_b_30_a_held_station_is_not_heard_before_its_boot_either(bench: Bench, version: str) -> None:
    station = bench.connect(version, row=bench.make_station(approval="held"), boots=False)

    assert station.refuse("StatusNotification", status()) == "SecurityError"

    assert states(station) == {}


def test_b_31_an_accepted_station_boots_anew_and_goes_on(bench: Bench, version: str) -> None:
    station = held(bench, version)
    holding.accept_station(operator_id=bench.operator.pk, station_id=station.id, asked_by="test")

    asked = station.receive_call("TriggerMessage")
    assert asked == {"requestedMessage": "BootNotification"}
    station.answer({"status": "Accepted"})
    assert station.refuse("StatusNotification", status()) == "SecurityError"
    assert station.boot(reason="Triggered")["status"] == "Accepted"

    assert station.call("StatusNotification", status()) == {}
    assert states(station) == {(1, 1): "Available"}
    assert got(station.row, "approval boot_reason version") == ("accepted", "Triggered", VERSIONS[version])


def test_b_02_a_new_station_is_held_until_its_settings_stand(bench: Bench, version: str) -> None:
    operator_id = bench.operator.pk
    holding.set_policy(operator_id=operator_id, holds_new=True)
    made = actions.create_station(operator_id=operator_id, identity=f"NEW{version}", password="x" * 20)
    holding.set_policy(operator_id=operator_id, holds_new=False)
    row = ChargingStation.objects.get(pk=made.station_id)
    row.password_hash = bench.make_station().password_hash
    row.save()
    setting = Wanted(component="AuthCtrlr", name="Enabled", value="true")
    details = ProfileDetails(name="First", settings=(setting,), station_id=row.pk, is_enforced=True)
    profiles.save_profile(operator_id=operator_id, details=details, actor=SYSTEM)
    station = bench.connect(version, row=row, boots=False)
    assert station.boot()["status"] == "Pending"
    named = {"component": {"name": "AuthCtrlr"}, "variable": {"name": "Enabled"}}

    sweeps.sweep_maintenance(clock.now())
    asked = station.receive_call("GetBaseReport")
    station.answer({"status": "Accepted"})
    data = [{**named, "variableAttribute": [{"value": "false", "mutability": "ReadWrite"}]}]
    report = {"requestId": asked["requestId"], "generatedAt": at(), "seqNo": 0, "reportData": data}
    assert station.call("NotifyReport", report) == {}

    sweeps.sweep_maintenance(clock.now())
    station.receive_call("SetVariables")
    station.answer({"setVariableResult": [{"attributeStatus": "Accepted", **named}]})
    bench.follow(
        lambda: StationRequest.objects.filter(station_id=station.id, command="get-variables").exists()
    )
    station.receive_call("GetVariables")
    result = {"attributeStatus": "Accepted", "attributeValue": "true", **named}
    station.answer({"getVariableResult": [result]})
    wait_for(lambda: Variable.objects.get(station_id=station.id).value == "true")
    assert station.row.approval == "held"

    sweeps.sweep_maintenance(clock.now())
    assert station.row.approval == "accepted"
    assert station.receive_call("TriggerMessage") == {"requestedMessage": "BootNotification"}
    station.answer({"status": "Accepted"})
    assert station.boot(reason="Triggered")["status"] == "Accepted"
