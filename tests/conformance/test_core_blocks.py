"""Core certification sequences of OCPP 2.0.1 and 2.1, block by block: answers, and the database afterwards."""

from typing import Any

import pytest
from tests.conformance.bench import Bench, Station, at, got, moment
from tests.conformance.client import VERSIONS, basic
from tests.plugins.gateway import PASSWORD

from chargehand.domain.charging.models import SignedReading, TransactionEvent
from chargehand.domain.stations import passwords
from chargehand.domain.stations.commands import (
    AnyCommand,
    ChangeAvailability,
    ClearCache,
    GetReport,
    GetTransactionStatus,
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
from chargehand.domain.stations.models import (
    ChargingStation,
    Connector,
    StationRequest,
    Variable,
)

pytestmark = pytest.mark.parametrize("version", ["2.0.1", "2.1"])
TOKEN = {"idToken": "CAFE01", "type": "ISO14443"}
PLACE = {"id": 1, "connectorId": 1}


def value(minutes: float, number: float, context: str = "Sample.Periodic", **more: Any) -> dict[str, Any]:
    return {"timestamp": at(minutes), "sampledValue": [{"value": number, "context": context} | more]}


def obey(
    bench: Bench, station: Station, command: AnyCommand, action: str, answer: dict[str, Any]
) -> tuple[dict[str, Any], StationRequest]:
    """Queue a command, answer its call, and return the call's payload and the request afterwards."""
    request = bench.ask(station, command)
    payload = station.receive_call(action)
    station.answer(answer)
    return payload, bench.answered(request)


def word(request: StationRequest) -> str:
    assert request.answer is not None
    return str(request.answer["word"])


def states(station: Station) -> dict[tuple[int, int], str]:
    rows = Connector.objects.filter(station_id=station.id)
    return {(row.evse, row.connector): row.status for row in rows}


def report(station: Station, state: str, evse: int = 1, connector: int = 1) -> None:
    payload = {"evseId": evse, "connectorId": connector, "connectorStatus": state, "timestamp": at()}
    assert station.call("StatusNotification", payload) == {}


# A Security


@pytest.mark.parametrize(
    ("case", "user", "password", "status"),
    [
        ("TC_A_01", None, PASSWORD, 101),
        ("TC_A_02", "somebody-else", PASSWORD, 401),
        ("TC_A_03", None, "not-the-password", 401),
    ],
)
def test_a_basic_authentication(
    bench: Bench, version: str, case: str, user: str | None, password: str, status: int
) -> None:
    row = bench.make_station()
    station = Station(bench.csms.port, row, version)
    bench.watch(station)

    header = basic(user or row.identity, password)
    answer = station.shake_hands(f"/{row.identity}", VERSIONS[version], [header])

    assert answer.status == status, case
    if status == 101:
        assert station.boot()["status"] == "Accepted"
    row.refresh_from_db()
    assert (row.booted_at is not None) == (status == 101)


def try_password(bench: Bench, row: ChargingStation, version: str, password: str) -> int:
    client = bench.knock()
    header = basic(row.identity, password)
    return client.shake_hands(f"/{row.identity}", VERSIONS[version], [header]).status


@pytest.mark.parametrize(("case", "status"), [("TC_A_09", "Accepted"), ("TC_A_10", "Rejected")])
def test_a_a_password_that_is_changed_over_ocpp(bench: Bench, version: str, case: str, status: str) -> None:
    station = bench.connect(version)
    passwords.rotate_password(operator_id=bench.operator.pk, station_id=station.id, asked_by="test")
    (data,) = station.receive_call("SetVariables")["setVariableData"]
    new = data["attributeValue"]
    named = {name: data[name] for name in ("component", "variable")}
    assert named == {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}

    station.answer({"setVariableResult": [named | {"attributeStatus": status}]})
    bench.follow(lambda: ChargingStation.objects.get(pk=station.id).next_password_hash == "")

    is_new = case == "TC_A_09"
    row = station.row
    assert try_password(bench, row, version, new) == (101 if is_new else 401)
    assert try_password(bench, row, version, PASSWORD) == (401 if is_new else 101)
    assert new not in str(StationRequest.objects.filter(station_id=station.id).values_list("body", flat=True))


# B Provisioning


def test_b_01_a_cold_boot_and_the_states_that_follow(bench: Bench, version: str) -> None:
    station = bench.connect(version, boots=False)

    answer = station.boot(
        "Acme", "Two", serialNumber="S1", firmwareVersion="9", modem={"iccid": "I", "imsi": "M"}
    )
    for connector in (1, 2):
        report(station, "Available", connector=connector)

    assert set(answer) == {"status", "currentTime", "interval"}
    names = "vendor model serial_number firmware_version iccid imsi boot_reason"
    assert got(station.row, names) == ("Acme", "Two", "S1", "9", "I", "M", "PowerUp")
    assert states(station) == {(1, 1): "Available", (1, 2): "Available"}


def test_b_06_and_07_variables_are_read(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    asked = [
        VariableAsked(component="OCPPCommCtrlr", name="HeartbeatInterval"),
        VariableAsked(component="EVSE", evse=1, name="Power", attribute="MaxSet"),
    ]
    request = bench.ask(station, GetVariables(variables=asked))
    first, second = station.receive_call("GetVariables")["getVariableData"]
    assert second["component"] == {"name": "EVSE", "evse": {"id": 1}}
    assert second["attributeType"] == "MaxSet"

    station.answer(
        {
            "getVariableResult": [
                second | {"attributeStatus": "Accepted", "attributeValue": "11000"},
                first | {"attributeStatus": "Accepted", "attributeValue": "300"},
            ]
        }
    )

    assert bench.answered(request).is_accepted
    rows = Variable.objects.filter(station_id=station.id).order_by("name")
    assert [got(row, "component evse name attribute value") for row in rows] == [
        ("OCPPCommCtrlr", 0, "HeartbeatInterval", "Actual", "300"),
        ("EVSE", 1, "Power", "MaxSet", "11000"),
    ]


@pytest.mark.parametrize(
    ("statuses", "is_accepted", "told"),
    [
        (["Accepted"], True, "Accepted"),
        (["RebootRequired"], True, "RebootRequired"),
        (["Accepted", "Rejected"], False, "Rejected"),
        (["UnknownVariable", "Accepted"], False, "UnknownVariable"),
    ],
)
def test_b_09_and_10_variables_are_written(
    bench: Bench, version: str, statuses: list[str], *, is_accepted: bool, told: str
) -> None:
    station = bench.connect(version)
    wanted = [
        VariableWanted(component="OCPPCommCtrlr", name=f"V{index}", value=str(index))
        for index in range(len(statuses))
    ]
    request = bench.ask(station, SetVariables(variables=wanted))
    data = station.receive_call("SetVariables")["setVariableData"]
    assert [item["attributeValue"] for item in data] == [str(index) for index in range(len(statuses))]

    results = [
        {"component": item["component"], "variable": item["variable"], "attributeStatus": status}
        for item, status in zip(data, statuses, strict=True)
    ]
    station.answer({"setVariableResult": results})

    request = bench.answered(request)
    assert got(request, "state is_accepted") == ("answered", is_accepted)
    assert word(request) == told


@pytest.mark.parametrize("base", ["ConfigurationInventory", "FullInventory", "SummaryInventory"])
def test_b_12_to_14_a_report_of_several_parts_is_merged(bench: Bench, version: str, base: Any) -> None:
    station = bench.connect(version)
    command = GetReport(request_id=5, base=base)
    payload, request = obey(bench, station, command, "GetBaseReport", {"status": "Accepted"})

    for seq in range(3):
        item = {
            "component": {"name": "Part"},
            "variable": {"name": f"V{seq}"},
            "variableAttribute": [{"value": "x", "mutability": "ReadWrite"}],
            "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False},
        }
        part = {"requestId": 5, "generatedAt": at(), "seqNo": seq, "tbc": seq < 2, "reportData": [item]}
        assert station.call("NotifyReport", part) == {}

    assert payload == {"requestId": 5, "reportBase": base}
    assert request.is_accepted
    assert Variable.objects.filter(station_id=station.id, component="Part", is_readonly=False).count() == 3


@pytest.mark.parametrize(
    ("case", "command", "sent", "answer", "reason"),
    [
        ("TC_B_20", Reset(), {"type": "OnIdle"}, "Accepted", ""),
        ("TC_B_21", Reset(), {"type": "OnIdle"}, "Scheduled", "EVDisconnected"),
        ("TC_B_22", Reset(is_immediate=True), {"type": "Immediate"}, "Accepted", "ImmediateReset"),
        ("TC_B_25", Reset(evse=1), {"type": "OnIdle", "evseId": 1}, "Accepted", ""),
        ("TC_B_26", Reset(evse=1), {"type": "OnIdle", "evseId": 1}, "Scheduled", "EVDisconnected"),
        (
            "TC_B_27",
            Reset(is_immediate=True, evse=1),
            {"type": "Immediate", "evseId": 1},
            "Accepted",
            "ImmediateReset",
        ),
    ],
)
def test_b_20_to_27_resets(
    bench: Bench, version: str, case: str, command: Reset, sent: dict[str, Any], answer: str, reason: str
) -> None:
    station = bench.connect(version)
    if reason:
        station.tell("Started", "Authorized", 0, evse=PLACE)
    payload, request = obey(bench, station, command, "Reset", {"status": answer})
    assert (payload, request.is_accepted, word(request)) == (sent, True, answer), case
    if reason:
        assert station.transaction.state == "open"
        trigger = "ResetCommand" if reason == "ImmediateReset" else "EVDeparted"
        station.tell("Ended", trigger, 1, info={"stoppedReason": reason})
        assert got(station.transaction, "state stop_reason") == ("ended", reason)
    if command.evse is None:
        again = bench.connect(version, station.row, boots=False)
        assert again.boot(reason="RemoteReset")["status"] == "Accepted"
        assert again.row.boot_reason == "RemoteReset"
        seen = StationRequest.objects.filter(pk=request.pk).exclude(seen_at=None)
        assert bench.follow(seen.first)


@pytest.mark.parametrize("status", ["Accepted", "Rejected", "Failed"])
def test_b_42_and_44_a_network_profile_is_sent_whole(bench: Bench, version: str, status: str) -> None:
    station = bench.connect(version)
    before = station.row.security_profile
    data = {
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "wss://csms.example/ocpp",
        "messageTimeout": 30,
        "securityProfile": 2,
        "ocppInterface": "Wired0",
    }
    if version == "2.0.1":
        data["ocppVersion"] = "OCPP20"
    sent = {"configurationSlot": 1, "connectionData": data}
    command = RawCall(action="SetNetworkProfile", payload=sent)

    payload, request = obey(bench, station, command, "SetNetworkProfile", {"status": status})

    assert payload == sent
    assert request.is_accepted == (status == "Accepted")
    assert station.row.security_profile == before


# C Authorization


@pytest.mark.parametrize(
    ("case", "standing", "status"),
    [
        ("TC_C_02", None, "Unknown"),
        ("TC_C_06", {"status": "blocked"}, "Blocked"),
        ("TC_C_07", {"valid_until": moment(-1)}, "Expired"),
        ("TC_C_08", {"valid_until": moment(600)}, "Accepted"),
        ("TC_C_39", {"group_uid": "GROUP"}, "Accepted"),
    ],
)
def test_c_authorize_and_the_start_that_follows(
    bench: Bench, version: str, case: str, standing: dict[str, Any] | None, status: str
) -> None:
    if standing is not None:
        bench.token(case, **standing)
    station = bench.connect(version)
    token = {"idToken": case, "type": "ISO14443"}

    asked = station.call("Authorize", {"idToken": token})["idTokenInfo"]
    started = station.tell("Started", "Authorized", 0, evse=PLACE, idToken=token)["idTokenInfo"]

    assert asked == started
    assert asked["status"] == status
    assert ("cacheExpiryDateTime" in asked) == ("valid_until" in (standing or {}))
    if case == "TC_C_39":
        assert asked["groupIdToken"]["idToken"] == "GROUP"
    assert got(station.transaction, "token_uid authorization") == (case, status)


@pytest.mark.parametrize(("status", "is_accepted"), [("Accepted", True), ("Rejected", False)])
def test_c_37_and_38_the_cache_is_cleared(
    bench: Bench, version: str, status: str, *, is_accepted: bool
) -> None:
    station = bench.connect(version)

    payload, request = obey(bench, station, ClearCache(), "ClearCache", {"status": status})

    assert payload == {}
    assert got(request, "state is_accepted") == ("answered", is_accepted)


def test_c_20_a_token_from_the_stations_cache_is_judged_again(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    answer = station.tell(
        "Started", "Authorized", 0, evse=PLACE, idToken={"idToken": "GONE", "type": "Central"}
    )

    assert answer["idTokenInfo"]["status"] == "Unknown"
    assert station.transaction.authorization == "Unknown"


# E Transactions: kind, trigger, and what else an event carries.

Step = tuple[str, str, dict[str, Any]]
CHARGING = {"info": {"chargingState": "Charging"}}
CONNECTED = {"info": {"chargingState": "EVConnected"}}
SUSPENDED = {"info": {"chargingState": "SuspendedEV"}}
SUSPENDED_HERE = {"info": {"chargingState": "SuspendedEVSE"}}
HERE = {"evse": PLACE}
KNOWN = {"idToken": TOKEN}
CASES: dict[str, list[Step]] = {
    "TC_E_01": [
        ("Started", "ChargingStateChanged", HERE | KNOWN | SUSPENDED_HERE),
        ("Updated", "ChargingStateChanged", CHARGING),
        ("Ended", "StopAuthorized", {"info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_02": [
        ("Started", "ChargingStateChanged", HERE | KNOWN | CHARGING),
        ("Ended", "StopAuthorized", {"info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_03": [
        ("Started", "CablePluggedIn", HERE | CONNECTED),
        ("Updated", "Authorized", KNOWN),
        ("Updated", "ChargingStateChanged", CHARGING),
        ("Ended", "EVDeparted", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
    "TC_E_04": [
        ("Started", "Authorized", KNOWN),
        ("Updated", "CablePluggedIn", HERE | CONNECTED),
        ("Updated", "ChargingStateChanged", CHARGING),
        ("Ended", "StopAuthorized", {"info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_07": [
        ("Started", "Authorized", HERE | KNOWN),
        ("Ended", "StopAuthorized", {"idToken": TOKEN, "info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_08": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Updated", "StopAuthorized", KNOWN),
        ("Ended", "ChargingStateChanged", {"info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_09": [
        ("Started", "CablePluggedIn", HERE | CONNECTED),
        ("Ended", "EVDeparted", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
    "TC_E_10": [
        ("Started", "Authorized", KNOWN),
        ("Ended", "EVConnectTimeout", {"info": {"stoppedReason": "Timeout"}}),
    ],
    "TC_E_12": [
        ("Started", "EVDetected", HERE),
        ("Updated", "Authorized", KNOWN),
        ("Ended", "EVDeparted", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
    "TC_E_15": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Ended", "StopAuthorized", {"idToken": TOKEN, "info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_17": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Updated", "EVCommunicationLost", {"info": {"chargingState": "Idle"}}),
        ("Ended", "EVCommunicationLost", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
    "TC_E_22": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Updated", "ChargingStateChanged", SUSPENDED),
        ("Ended", "ChargingStateChanged", {"info": {"stoppedReason": "StoppedByEV"}}),
    ],
    "TC_E_26": [
        ("Started", "Authorized", HERE | KNOWN | CHARGING),
        ("Updated", "EVCommunicationLost", {"info": {"chargingState": "Idle"}}),
        ("Updated", "CablePluggedIn", CONNECTED),
        ("Updated", "ChargingStateChanged", CHARGING),
        ("Ended", "StopAuthorized", {"info": {"stoppedReason": "Local"}}),
    ],
    "TC_E_38": [
        ("Started", "Authorized", HERE | KNOWN | SUSPENDED),
        ("Updated", "ChargingStateChanged", CHARGING),
        ("Ended", "EVDeparted", {"info": {"stoppedReason": "EVDisconnected"}}),
    ],
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_e_sequences_of_transaction_events(bench: Bench, version: str, case: str) -> None:
    bench.token("CAFE01")
    station = bench.connect(version)
    steps = CASES[case]
    for seq, (kind, trigger, more) in enumerate(steps):
        minutes = seq - 20
        answer = station.tell(
            kind, trigger, seq, minutes=minutes, meterValue=[value(minutes, seq * 100)], **more
        )
        if "idToken" in more:
            assert answer["idTokenInfo"]["status"] == "Accepted"
        else:
            assert answer == {}
        if kind != "Ended":
            expected = more.get("info", {}).get("chargingState")
            assert expected is None or station.transaction.charging_state == expected

    row = station.transaction
    final = steps[-1][2]["info"]["stoppedReason"]
    assert got(row, "state stop_reason last_seq") == ("ended", final, len(steps) - 1)
    assert row.energy_wh == (len(steps) - 1) * 100
    assert row.evse == (None if case == "TC_E_10" else 1)
    assert row.token_uid == ("" if case == "TC_E_09" else "CAFE01")
    events = TransactionEvent.objects.filter(transaction_id=row.pk).order_by("seq")
    assert [(event.kind, event.trigger) for event in events] == [
        (kind.lower(), trigger) for kind, trigger, _ in steps
    ]


def test_e_16_an_unknown_token_is_deauthorised_by_the_station(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    stranger = {"idToken": "STRANGER", "type": "ISO14443"}

    answer = station.tell("Started", "Authorized", 0, evse=PLACE, idToken=stranger)
    assert answer["idTokenInfo"]["status"] == "Unknown"
    assert station.tell("Ended", "Deauthorized", 1, info={"stoppedReason": "DeAuthorized"}) == {}

    assert got(station.transaction, "state stop_reason authorization") == ("ended", "DeAuthorized", "Unknown")


def test_e_53_seq_no_begins_anew_with_each_transaction(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    for ref in ("one", "two"):
        station.tell("Started", "Authorized", 0, ref=ref, minutes=-10, evse=PLACE, meterValue=[value(-10, 0)])
        station.tell("Ended", "EVDeparted", 1, ref=ref, minutes=-5, meterValue=[value(-5, 10)])

    assert [got(row, "state energy_wh") for row in station.transactions] == [("ended", 10)] * 2


def test_e_21_a_transaction_is_stopped_from_here(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    station.tell("Started", "Authorized", 0, evse=PLACE)
    row = station.transaction
    command = StopCharging(transaction_id=row.pk, ref=row.station_ref or "")

    payload, request = obey(bench, station, command, "RequestStopTransaction", {"status": "Accepted"})
    station.tell("Ended", "RemoteStop", 1, info={"stoppedReason": "Remote"})

    assert payload == {"transactionId": row.station_ref}
    assert request.is_accepted
    assert got(station.transaction, "state stop_reason") == ("ended", "Remote")


@pytest.mark.parametrize(
    ("case", "ref", "answer"),
    [
        ("TC_E_29", "t", {"ongoingIndicator": True, "messagesInQueue": True}),
        ("TC_E_30", "t", {"ongoingIndicator": True, "messagesInQueue": False}),
        ("TC_E_31", "t", {"ongoingIndicator": False, "messagesInQueue": True}),
        ("TC_E_33", None, {"messagesInQueue": True}),
        ("TC_E_34", None, {"messagesInQueue": False}),
    ],
)
def test_e_29_to_34_a_station_is_asked_about_a_transaction(
    bench: Bench, version: str, case: str, ref: str | None, answer: dict[str, bool]
) -> None:
    station = bench.connect(version)
    station.tell("Started", "Authorized", 0, ref="t", evse=PLACE)

    payload, request = obey(bench, station, GetTransactionStatus(ref=ref), "GetTransactionStatus", answer)

    assert payload == ({"transactionId": "t"} if ref else {})
    assert request.answer is not None
    assert request.answer["detail"] == answer, case
    assert station.transaction.state == "open"


# F Remote control


@pytest.mark.parametrize("case", ["TC_F_01", "TC_F_02", "TC_F_03"])
def test_f_remote_starts_are_matched_by_their_number(bench: Bench, version: str, case: str) -> None:
    bench.token("CAFE01")
    station = bench.connect(version)
    command = StartCharging(token_uid="CAFE01", remote_start_id=4242, evse=1, token_kind="ISO14443")
    if case == "TC_F_01":
        station.tell("Started", "CablePluggedIn", 0, evse=PLACE)

    answer = {"status": "Accepted"}
    payload, request = obey(bench, station, command, "RequestStartTransaction", answer)
    if case == "TC_F_02":
        asked = station.call("Authorize", {"idToken": TOKEN})
        assert asked["idTokenInfo"]["status"] == "Accepted"
    kind, seq = ("Updated", 1) if case == "TC_F_01" else ("Started", 0)
    told = station.tell(kind, "RemoteStart", seq, evse=PLACE, idToken=TOKEN, info={"remoteStartId": 4242})

    assert payload == {"idToken": TOKEN, "remoteStartId": 4242, "evseId": 1}
    assert request.is_accepted
    assert told["idTokenInfo"]["status"] == "Accepted"
    assert got(station.transaction, "remote_start_id token_uid") == (4242, "CAFE01")


def test_f_04_a_remote_start_without_a_cable_times_out(bench: Bench, version: str) -> None:
    bench.token("CAFE01")
    station = bench.connect(version)
    command = StartCharging(token_uid="CAFE01", remote_start_id=4343, evse=1)
    obey(bench, station, command, "RequestStartTransaction", {"status": "Accepted"})

    station.tell("Started", "RemoteStart", 0, evse=PLACE, idToken=TOKEN, info={"remoteStartId": 4343})
    station.tell("Ended", "EVConnectTimeout", 1, info={"stoppedReason": "Timeout"})

    assert got(station.transaction, "state stop_reason remote_start_id") == ("ended", "Timeout", 4343)


@pytest.mark.parametrize(
    ("status", "is_accepted"),
    [
        ("Unlocked", True),
        ("UnlockFailed", False),
        ("OngoingAuthorizedTransaction", False),
        ("UnknownConnector", False),
    ],
)
def test_f_06_a_connector_is_unlocked(bench: Bench, version: str, status: str, *, is_accepted: bool) -> None:
    station = bench.connect(version)
    command = UnlockConnector(evse=1, connector=2)

    payload, request = obey(bench, station, command, "UnlockConnector", {"status": status})

    assert payload == {"evseId": 1, "connectorId": 2}
    assert (request.is_accepted, word(request)) == (is_accepted, status)


@pytest.mark.parametrize(
    ("case", "command", "sent"),
    [
        ("TC_F_11", Trigger(message="MeterValues", evse=1), {"evse": {"id": 1}}),
        ("TC_F_12", Trigger(message="MeterValues"), {}),
        ("TC_F_13", Trigger(message="TransactionEvent", evse=1), {"evse": {"id": 1}}),
        ("TC_F_15", Trigger(message="LogStatusNotification"), {}),
        ("TC_F_18", Trigger(message="FirmwareStatusNotification"), {}),
        ("TC_F_20", Trigger(message="Heartbeat"), {}),
        ("TC_F_23", Trigger(message="StatusNotification", evse=1, connector=1), {"evse": PLACE}),
    ],
)
def test_f_11_to_24_triggered_messages_are_answered(
    bench: Bench, version: str, case: str, command: Trigger, sent: dict[str, Any]
) -> None:
    station = bench.connect(version)

    payload, request = obey(bench, station, command, "TriggerMessage", {"status": "Accepted"})
    if command.message == "MeterValues":
        assert station.call("MeterValues", {"evseId": 1, "meterValue": [value(0, 5, "Trigger")]}) == {}
    elif command.message == "TransactionEvent":
        assert station.tell("Started", "Trigger", 0, evse=PLACE) == {}
    elif command.message == "StatusNotification":
        report(station, "Occupied")
    elif command.message == "Heartbeat":
        assert station.is_alive()
    else:
        assert station.call(command.message, {"status": "Idle"}) == {}

    assert payload == {"requestedMessage": command.message} | sent, case
    assert request.is_accepted
    assert len(station.frames(command.message)) == 1


def test_f_27_a_trigger_that_is_not_implemented_is_a_no(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    command = Trigger(message="LogStatusNotification")

    _, request = obey(bench, station, command, "TriggerMessage", {"status": "NotImplemented"})

    assert (request.is_accepted, word(request)) == (False, "NotImplemented")


# G Availability


@pytest.mark.parametrize("is_operative", [True, False])
@pytest.mark.parametrize(
    ("cases", "place", "sent"),
    [
        ("TC_G_03/04/11", {"evse": 1}, {"evse": {"id": 1}}),
        ("TC_G_05/06/14", {}, {}),
        ("TC_G_07/08/17", {"evse": 1, "connector": 1}, {"evse": PLACE}),
    ],
)
@pytest.mark.parametrize("status", ["Accepted", "Scheduled"])
def test_g_03_to_17_availability_is_changed_and_reported(
    bench: Bench,
    version: str,
    cases: str,
    place: dict[str, int],
    sent: dict[str, Any],
    status: str,
    *,
    is_operative: bool,
) -> None:
    station = bench.connect(version)
    report(station, "Available")
    command = ChangeAvailability(is_operative=is_operative, **place)

    payload, request = obey(bench, station, command, "ChangeAvailability", {"status": status})
    state = "Available" if is_operative else "Unavailable"
    report(station, state)

    kind = "Operative" if is_operative else "Inoperative"
    assert payload == {"operationalStatus": kind} | sent, cases
    assert (request.is_accepted, word(request)) == (True, status)
    assert states(station) == {(1, 1): state}


def test_g_20_a_lock_failure_is_kept(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    data = {
        "eventId": 1,
        "timestamp": at(),
        "trigger": "Delta",
        "actualValue": "true",
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": "ConnectorPlugRetentionLock", "evse": PLACE},
        "variable": {"name": "Problem"},
    }

    assert station.call("NotifyEvent", {"generatedAt": at(), "seqNo": 0, "eventData": [data]}) == {}

    (event,) = station.events
    assert got(event, "kind name evse connector") == ("monitor", "ConnectorPlugRetentionLock.Problem", 1, 1)


# J Meter values


def test_j_01_clock_aligned_values_without_a_transaction(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    for evse in (1, 2):
        payload = {"evseId": evse, "meterValue": [value(-1, 100 * evse, "Sample.Clock")]}
        assert station.call("MeterValues", payload) == {}

    assert [got(row, "evse transaction_id") for row in station.readings] == [(1, None), (2, None)]


@pytest.mark.parametrize(
    ("case", "trigger", "context"),
    [("TC_J_02", "MeterValueClock", "Sample.Clock"), ("TC_J_09", "MeterValuePeriodic", "Sample.Periodic")],
)
def test_j_02_and_09_values_in_a_transaction(
    bench: Bench, version: str, case: str, trigger: str, context: str
) -> None:
    station = bench.connect(version)
    station.tell("Started", "Authorized", 0, evse=PLACE)

    assert station.tell("Updated", trigger, 1, meterValue=[value(-5, 42, context)]) == {}

    ((series, number),) = station.samples
    assert (series.context, int(number)) == (context, 42), case
    assert station.readings[0].transaction_id == station.transaction.pk


def test_j_03_07_08_and_10_values_at_the_beginning_and_the_end(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    station.tell("Started", "Authorized", 0, minutes=-20, meterValue=[value(-20, 100, "Transaction.Begin")])
    values = [value(-15, 300, "Sample.Clock"), value(-5, 900, "Transaction.End")]
    station.tell("Ended", "EVDeparted", 1, minutes=-5, evse=PLACE, meterValue=values)

    assert got(station.transaction, "evse energy_wh") == (1, 800)
    assert len(station.readings) == 3


@pytest.mark.parametrize(("case", "context"), [("TC_J_04", "Sample.Clock"), ("TC_J_11", "Transaction.Begin")])
def test_j_04_and_11_signed_values_are_kept(bench: Bench, version: str, case: str, context: str) -> None:
    station = bench.connect(version)
    mark = {
        "signedMeterData": "U0lHTkVE",
        "signingMethod": "ECDSA-secp256r1-SHA256",
        "encodingMethod": "OCMF",
        "publicKey": "S0VZ",
    }

    station.tell(
        "Started",
        "SignedDataReceived",
        0,
        evse=PLACE,
        meterValue=[value(-5, 7, context, signedMeterValue=mark)],
    )

    (signed,) = SignedReading.objects.filter(station_id=station.id)
    assert got(signed, "signed_data public_key context") == ("U0lHTkVE", "S0VZ", context), case
    assert signed.transaction_id == station.transaction.pk
