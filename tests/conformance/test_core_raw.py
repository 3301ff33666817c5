"""Certification sequences of OCPP 2.x that operators go through with raw calls: network profile, custom report."""

from typing import Any

import pytest
from tests.conformance.bench import Bench, Station, at, got
from tests.conformance.client import VERSIONS, basic
from tests.conformance.sequences import obey, word
from tests.plugins.gateway import PASSWORD

from chargehand.domain.stations import actions
from chargehand.domain.stations.commands import RawCall, Reset, SetVariables, VariableWanted
from chargehand.domain.stations.models import Variable

pytestmark = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


def shake(bench: Bench, station: Station, version: str, headers: list[str]) -> tuple[Station, int]:
    again = Station(bench.csms.port, station.row, version)
    bench.watch(again)
    return again, again.shake_hands(f"/{again.identity}", VERSIONS[version], headers).status


def test_a_19_after_the_profile_was_raised_only_the_higher_one_is_let_in(bench: Bench, version: str) -> None:
    row = bench.make_station(security_profile=0)
    station = bench.connect(version, row=row)
    data: dict[str, Any] = {
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "wss://csms.example/ocpp",
        "messageTimeout": 30,
        "securityProfile": 1,
        "ocppInterface": "Wired0",
        "ocppVersion": "OCPP20",
    }
    profile = {"configurationSlot": 1, "connectionData": data}
    command = RawCall(action="SetNetworkProfile", payload=profile)
    sent, request = obey(bench, station, command, "SetNetworkProfile", {"status": "Accepted"})
    assert sent == profile
    assert request.is_accepted
    name = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "NetworkConfigurationPriority"}}
    wanted = VariableWanted(component="OCPPCommCtrlr", name="NetworkConfigurationPriority", value="1,0")
    answer = {"setVariableResult": [{"attributeStatus": "RebootRequired", **name}]}
    _, request = obey(bench, station, SetVariables(variables=[wanted]), "SetVariables", answer)
    assert word(request) == "RebootRequired"
    actions.set_security_profile(operator_id=bench.operator.pk, station_id=row.pk, security_profile=1)
    _, request = obey(bench, station, Reset(), "Reset", {"status": "Accepted"})
    assert request.is_accepted
    bench.leave(station)

    refused, status = shake(bench, station, version, [])
    assert status == 401
    refused.close()
    again, status = shake(bench, station, version, [basic(row.identity, PASSWORD)])

    assert status == 101
    assert again.boot(reason="RemoteReset")["status"] == "Accepted"
    assert got(again.row, "security_profile boot_reason") == (1, "RemoteReset")


@pytest.mark.parametrize("status", ["Accepted", "EmptyResultSet"])
def test_b_18_a_custom_report_is_asked_for_by_criteria(bench: Bench, version: str, status: str) -> None:
    station = bench.connect(version)
    payload = {
        "requestId": 77,
        "componentCriteria": ["Problem"],
        "componentVariable": [{"component": {"name": "EVSE", "evse": {"id": 1}}}],
    }
    command = RawCall(action="GetReport", payload=payload)

    sent, request = obey(bench, station, command, "GetReport", {"status": status})

    assert sent == payload
    assert (request.state, word(request)) == ("answered", status)
    if status == "Accepted":
        named = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Problem"}}
        report = {"requestId": 77, "generatedAt": at(), "seqNo": 0}
        part = report | {"reportData": [{**named, "variableAttribute": [{"value": "true"}]}]}
        assert station.call("NotifyReport", part) == {}
    found = [got(row, "component evse name value") for row in Variable.objects.filter(station_id=station.id)]
    assert found == ([("EVSE", 1, "Problem", "true")] if status == "Accepted" else [])
