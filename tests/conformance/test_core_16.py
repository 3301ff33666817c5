"""Core certification sequences of OCPP 1.6: starting and stopping, control, configuration, local list, triggers."""

from typing import Any

import pytest
from tests.conformance.bench import Bench, Station, at, got, moment, text
from tests.conformance.client import VERSIONS, basic
from tests.conformance.sequences import obey, states, word
from tests.plugins.gateway import PASSWORD

from chargehand.domain.stations import passwords
from chargehand.domain.stations.commands import (
    AnyCommand,
    ClearCache,
    GetVariables,
    RawCall,
    Reset,
    SetVariables,
    StartCharging,
    StopCharging,
    Trigger,
    UnlockConnector,
    VariableAsked,
    VariableWanted,
)
from chargehand.domain.stations.models import ChargingStation, StationRequest, Variable


def words(
    bench: Bench, station: Station, command: AnyCommand, action: str, answers: list[str]
) -> dict[str, bool]:
    """Give a command once for each answer; return which answers were taken for a yes."""
    taken = {}
    for answer in answers:
        _, request = obey(bench, station, command, action, {"status": answer})
        assert (request.state, word(request)) == ("answered", answer)
        taken[answer] = bool(request.is_accepted)
    return taken


def test_001_a_cold_boot_and_the_states_that_follow(bench: Bench) -> None:
    station = bench.connect(boots=False)

    answer = station.boot(chargePointSerialNumber="S1", firmwareVersion="9")
    for connector in (0, 1, 2):
        station.report("Available", connector=connector)

    assert (set(answer), answer["status"]) == ({"status", "currentTime", "interval"}, "Accepted")
    assert answer["interval"] > 0
    assert station.is_alive()
    assert states(station) == {(1, 1): "Available", (2, 1): "Available"}
    assert got(station.row, "reported_status serial_number firmware_version") == ("Available", "S1", "9")


@pytest.mark.parametrize(
    ("case", "steps", "reason"),
    [
        ("TC_003", ["Preparing", "Authorize", "Start", "Charging"], "Local"),
        ("TC_004_1", ["Authorize", "Preparing", "Start", "Charging"], "Local"),
        ("TC_005_1", ["Preparing", "Authorize", "Start", "SuspendedEV"], "EVDisconnected"),
        ("TC_007", ["Preparing", "Start", "Charging"], "Local"),
        ("TC_032_1", ["Authorize", "Start", "Boot"], "PowerLoss"),
    ],
)
def test_003_to_032_a_charge_from_its_start_to_its_stop(
    bench: Bench, case: str, steps: list[str], reason: str
) -> None:
    bench.token("CAFE01")
    station = bench.connect()
    number = 0
    for step in steps:
        if step == "Authorize":
            assert station.call("Authorize", {"idTag": "CAFE01"}) == {"idTagInfo": {"status": "Accepted"}}
        elif step == "Start":
            answer = station.call("StartTransaction", station.start_payload(meter=100))
            assert answer["idTagInfo"] == {"status": "Accepted"}, case
            number = answer["transactionId"]
        elif step == "Boot":
            assert station.boot()["status"] == "Accepted"
        else:
            station.report(step)

    stop = station.stop(number, meter=600, idTag="CAFE01", reason=reason)
    station.report("Finishing")
    station.report("Available")

    assert stop == {"idTagInfo": {"status": "Accepted"}}
    row = station.transaction
    assert got(row, "pk state stop_reason energy_wh") == (number, "ended", reason, 500)
    assert states(station) == {(1, 1): "Available"}


def test_004_2_a_plug_that_is_taken_out_again_starts_nothing(bench: Bench) -> None:
    bench.token("CAFE01")
    station = bench.connect()

    station.report("Preparing")
    assert station.call("Authorize", {"idTag": "CAFE01"})["idTagInfo"]["status"] == "Accepted"
    station.report("Available")

    assert (station.transactions, states(station)) == ([], {(1, 1): "Available"})


@pytest.mark.parametrize(("case", "steps"), [("TC_010", ["Preparing"]), ("TC_011_1", [])])
def test_010_and_011_a_remote_start_leads_to_a_transaction_and_a_remote_stop_ends_it(
    bench: Bench, case: str, steps: list[str]
) -> None:
    bench.token("CAFE01")
    station = bench.connect()
    for step in steps:
        station.report(step)
    start = StartCharging(token_uid="CAFE01", remote_start_id=7, evse=1)

    sent, request = obey(bench, station, start, "RemoteStartTransaction", {"status": "Accepted"})
    assert (sent, request.is_accepted) == ({"idTag": "CAFE01", "connectorId": 1}, True), case
    assert station.call("Authorize", {"idTag": "CAFE01"})["idTagInfo"]["status"] == "Accepted"
    number = station.start(minutes=-1)

    stop = StopCharging(transaction_id=number, ref=str(number))
    assert words(bench, station, stop, "RemoteStopTransaction", ["Rejected", "Accepted"]) == {
        "Rejected": False,
        "Accepted": True,
    }
    assert station.transaction.state == "open"
    station.stop(number, minutes=0, reason="Remote")
    assert got(station.transaction, "state stop_reason") == ("ended", "Remote")


def test_011_2_and_026_a_remote_start_may_be_refused_or_come_to_nothing(bench: Bench) -> None:
    station = bench.connect()
    start = StartCharging(token_uid="CAFE01", remote_start_id=8, evse=1)

    assert words(bench, station, start, "RemoteStartTransaction", ["Rejected", "Accepted"]) == {
        "Rejected": False,
        "Accepted": True,
    }
    station.report("Preparing")
    station.report("Available")

    assert station.transactions == []


@pytest.mark.parametrize("is_stopped_first", [True, False])
@pytest.mark.parametrize(("kind", "reason"), [("Hard", "HardReset"), ("Soft", "SoftReset")])
def test_013_and_014_a_reset_ends_the_charge_before_the_boot_or_after_it(
    bench: Bench, kind: str, reason: str, *, is_stopped_first: bool
) -> None:
    station = bench.connect()
    number = station.start()
    command = Reset(is_immediate=kind == "Hard")

    sent, request = obey(bench, station, command, "Reset", {"status": "Accepted"})
    assert (sent, request.is_accepted) == ({"type": kind}, True)
    if is_stopped_first:
        assert station.stop(number, reason=reason) == {}
    again = bench.connect(row=station.row)
    if not is_stopped_first:
        assert again.stop(number, reason=reason) == {}

    assert got(again.transaction, "pk state stop_reason") == (number, "ended", reason)


def test_017_to_031_a_connector_is_unlocked_or_not(bench: Bench) -> None:
    station = bench.connect()
    number = station.start()
    answers = ["Unlocked", "UnlockFailed", "NotSupported"]

    taken = words(bench, station, UnlockConnector(evse=1), "UnlockConnector", answers)
    assert station.stop(number, reason="UnlockCommand") == {}

    assert taken == {"Unlocked": True, "UnlockFailed": False, "NotSupported": False}
    assert got(station.transaction, "state stop_reason") == ("ended", "UnlockCommand")


def test_019_settings_are_read_and_unknown_ones_are_told(bench: Bench) -> None:
    station = bench.connect()
    keys = [
        {"key": "MeterValueSampleInterval", "readonly": False, "value": "60"},
        {"key": "NumberOfConnectors", "readonly": True, "value": "2"},
        {"key": "AuthorizationKey", "readonly": False},
        {"key": "WebSocketPingInterval", "readonly": 0, "value": 54},
    ]

    sent, request = obey(bench, station, GetVariables(), "GetConfiguration", {"configurationKey": keys})
    assert (sent, request.is_accepted) == ({}, True)
    named = GetVariables(variables=[VariableAsked(name="Nonsense")])
    sent, request = obey(bench, station, named, "GetConfiguration", {"unknownKey": ["Nonsense"]})

    assert sent == {"key": ["Nonsense"]}
    assert request.answer is not None
    assert request.answer["detail"] == {"unknownKey": ["Nonsense"]}
    rows = Variable.objects.filter(station_id=station.id).order_by("name")
    assert [got(row, "name value is_readonly") for row in rows] == [
        ("AuthorizationKey", None, False),
        ("MeterValueSampleInterval", "60", False),
        ("NumberOfConnectors", "2", True),
        ("WebSocketPingInterval", "54", False),
    ]


def test_021_and_040_a_setting_is_written_or_not(bench: Bench) -> None:
    station = bench.connect()
    command = SetVariables(variables=[VariableWanted(name="MeterValueSampleInterval", value="60")])

    sent, _ = obey(bench, station, command, "ChangeConfiguration", {"status": "Accepted"})
    answers = ["RebootRequired", "NotSupported", "Rejected"]
    taken = words(bench, station, command, "ChangeConfiguration", answers)

    assert sent == {"key": "MeterValueSampleInterval", "value": "60"}
    assert taken == {"RebootRequired": True, "NotSupported": False, "Rejected": False}


def test_023_tokens_that_may_not_charge_are_told_so(bench: Bench) -> None:
    until = moment(600)
    bench.token("TC-BLOCKED", status="blocked")
    bench.token("TC-EXPIRED", valid_until=moment(-1))
    bench.token("TC-GOOD", valid_until=until, group_uid="TC-GROUP")
    station = bench.connect()

    infos = {
        name: station.call("Authorize", {"idTag": f"TC-{name}"})["idTagInfo"]
        for name in ("UNKNOWN", "EXPIRED", "BLOCKED", "GOOD")
    }

    assert {name: info["status"] for name, info in infos.items()} == {
        "UNKNOWN": "Invalid",
        "EXPIRED": "Expired",
        "BLOCKED": "Blocked",
        "GOOD": "Accepted",
    }
    assert infos["GOOD"]["parentIdTag"] == "TC-GROUP"
    assert infos["GOOD"]["expiryDate"][:19] == text(until)[:19]
    assert station.transactions == []


def test_024_a_lock_that_fails_is_a_fault_with_its_code(bench: Bench) -> None:
    station = bench.connect()

    station.report("Faulted", errorCode="ConnectorLockFailure")

    assert got(station.connector(), "status error_code") == ("Faulted", "ConnectorLockFailure")


def test_037_and_039_what_was_queued_offline_is_taken_after_the_reconnect(bench: Bench) -> None:
    bench.token("CAFE01")
    before = bench.connect()
    station = bench.connect(row=before.row)
    times = [moment(minutes) for minutes in (-90, -60, -30)]

    payload = station.start_payload(meter=100, timestamp=text(times[0]))
    answer = station.call("StartTransaction", payload)
    number = answer["transactionId"]
    sample = {"timestamp": text(times[1]), "sampledValue": [{"value": "400"}]}
    assert (
        station.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [sample]}) == {}
    )
    assert station.stop(number, meter=700, timestamp=text(times[2])) == {}
    late = station.call("StartTransaction", station.start_payload("NOBODY", minutes=-20))
    assert station.stop(late["transactionId"], reason="DeAuthorized") == {}

    assert (answer["idTagInfo"]["status"], late["idTagInfo"]["status"]) == ("Accepted", "Invalid")
    first, second = station.transactions
    assert got(first, "pk state energy_wh started_at ended_at") == (number, "ended", 600, times[0], times[2])
    assert [reading.measured_at for reading in station.readings] == [times[1]]
    assert got(second, "pk state stop_reason") == (late["transactionId"], "ended", "DeAuthorized")


def test_042_and_043_a_local_list_is_asked_for_and_sent(bench: Bench) -> None:
    station = bench.connect()
    asked = RawCall(action="GetLocalListVersion", payload={})
    for version in (-1, 0):
        _, request = obey(bench, station, asked, "GetLocalListVersion", {"listVersion": version})
        assert request.answer is not None
        assert request.answer["detail"] == {"listVersion": version}
    entries = [{"idTag": "CAFE01", "idTagInfo": {"status": "Accepted", "parentIdTag": "GROUP"}}]
    whole = {"listVersion": 1, "updateType": "Full", "localAuthorizationList": entries}
    command = RawCall(action="SendLocalList", payload=whole)

    answers = ["NotSupported", "Failed", "VersionMismatch", "Accepted"]
    taken = words(bench, station, command, "SendLocalList", answers)
    assert [answer for answer, is_yes in taken.items() if is_yes] == ["Accepted"]
    change = {"listVersion": 2, "updateType": "Differential", "localAuthorizationList": [{"idTag": "CAFE01"}]}
    command = RawCall(action="SendLocalList", payload=change)
    sent, request = obey(bench, station, command, "SendLocalList", {"status": "Accepted"})
    assert (sent, request.is_accepted) == (change, True)


def test_054_and_055_triggered_messages_are_answered(bench: Bench) -> None:
    station = bench.connect()
    told: dict[str, Any] = {
        "MeterValues": {
            "connectorId": 1,
            "meterValue": [{"timestamp": at(), "sampledValue": [{"value": "5", "context": "Trigger"}]}],
        },
        "StatusNotification": {"connectorId": 1, "status": "Charging", "errorCode": "NoError"},
        "DiagnosticsStatusNotification": {"status": "Idle"},
        "FirmwareStatusNotification": {"status": "Idle"},
        "Heartbeat": {},
    }

    for message, payload in told.items():
        connector = {"connectorId": 1} if "connectorId" in payload else {}
        command = Trigger(message=message, evse=1 if connector else None)
        sent, request = obey(bench, station, command, "TriggerMessage", {"status": "Accepted"})
        assert (sent, request.is_accepted) == ({"requestedMessage": message} | connector, True)
        assert station.call(message, payload).keys() == ({"currentTime"} if message == "Heartbeat" else set())
    taken = words(
        bench, station, Trigger(message="MeterValues"), "TriggerMessage", ["Rejected", "NotImplemented"]
    )

    assert not any(taken.values())
    assert states(station) == {(1, 1): "Charging"}
    assert [series.context for series, _ in station.samples] == ["Trigger"]


def test_061_the_cache_is_cleared(bench: Bench) -> None:
    station = bench.connect()

    taken = words(bench, station, ClearCache(), "ClearCache", ["Accepted", "Rejected"])

    assert taken == {"Accepted": True, "Rejected": False}


@pytest.mark.parametrize("status", ["Accepted", "Rejected"])
def test_073_a_password_is_changed_as_hex_and_holds_once_it_is_accepted(bench: Bench, status: str) -> None:
    station = bench.connect()
    passwords.rotate_password(operator_id=bench.operator.pk, station_id=station.id, asked_by="test")
    sent = station.receive_call("ChangeConfiguration")
    key = bytes.fromhex(sent["value"])
    assert sent["key"] == "AuthorizationKey"
    assert 16 <= len(key) <= 20

    station.answer({"status": status})
    bench.follow(lambda: ChargingStation.objects.get(pk=station.id).next_password_hash == "")

    def shake(password: str | bytes) -> int:
        header = basic(station.identity, password)
        return bench.knock().shake_hands(f"/{station.identity}", VERSIONS["1.6"], [header]).status

    is_new = status == "Accepted"
    assert [shake(key), shake(sent["value"])] == [101 if is_new else 401] * 2
    assert shake(PASSWORD) == (401 if is_new else 101)
    stored = StationRequest.objects.filter(station_id=station.id).values_list("body", flat=True)
    assert sent["value"] not in str(stored)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_security_events_are_all_kept_also_those_nobody_knows(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    for kind in ("InvalidCentralSystemCertificate", "VendorNoticedSomething"):
        told = {"type": kind, "timestamp": at(-1), "techInfo": "x" * 400}
        assert station.call("SecurityEventNotification", told) == {}
        assert station.call("SecurityEventNotification", told) == {}

    assert [got(event, "kind name") for event in station.events] == [
        ("security", "InvalidCentralSystemCertificate"),
        ("security", "VendorNoticedSomething"),
    ]
    assert {event.detail["techInfo"] for event in station.events} == {"x" * 400}
