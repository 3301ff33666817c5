"""Core certification sequences of OCPP 2.0.1 and 2.1: security, provisioning, authorisation (A, B, C)."""

from typing import Any

import pytest
from tests.conformance.bench import Bench, Station, at, got, moment
from tests.conformance.client import VERSIONS, basic
from tests.conformance.sequences import PLACE, obey, report, states, word
from tests.patience import wait_for
from tests.plugins.gateway import PASSWORD

from chargehand.domain.stations import passwords
from chargehand.domain.stations.commands import (
    ClearCache,
    GetReport,
    GetVariables,
    RawCall,
    Reset,
    SetVariables,
    VariableAsked,
    VariableWanted,
)
from chargehand.domain.stations.models import (
    ChargingStation,
    StationRequest,
    Variable,
)

pytestmark = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


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
    report(station, "Available", evse=0, connector=0)
    for connector in (1, 2):
        report(station, "Available", connector=connector)

    assert station.row.reported_status == "Available"
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
    wait_for(lambda: rows.count() == 2)
    assert [got(row, "component evse name attribute value") for row in rows] == [
        ("OCPPCommCtrlr", 0, "HeartbeatInterval", "Actual", "300"),
        ("EVSE", 1, "Power", "MaxSet", "11000"),
    ]


def test_b_08_no_call_has_more_items_than_the_station_takes(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    limit = VariableAsked(component="DeviceDataCtrlr", name="ItemsPerMessage", instance="GetVariables")
    request = bench.ask(station, GetVariables(variables=[limit]))
    [asked] = station.receive_call("GetVariables")["getVariableData"]
    told = asked | {"attributeStatus": "Accepted", "attributeValue": "2"}
    station.answer({"getVariableResult": [told]})
    assert bench.answered(request).is_accepted
    wait_for(lambda: Variable.objects.filter(station_id=station.id).exists())

    many = [VariableAsked(component="C", name=f"V{number}") for number in range(3)]
    request = bench.ask(station, GetVariables(variables=many))
    for size in (2, 1):
        data = station.receive_call("GetVariables")["getVariableData"]
        assert len(data) == size
        results = [item | {"attributeStatus": "Accepted", "attributeValue": "1"} for item in data]
        station.answer({"getVariableResult": results})
    assert bench.answered(request).is_accepted


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
