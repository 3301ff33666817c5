"""Commands as calls of a version, and what answers mean."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from chargehand.domain.stations.commands import (
    AnyCommand,
    ClearTariffs,
    GetVariables,
    Monitor,
    SetDefaultTariff,
    SetMonitors,
    SetVariables,
    ShowCost,
    ShowPrice,
    VariableAsked,
    VariableWanted,
)
from chargehand.interfaces.gateway import orders
from chargehand.protocols.ocpp.faults import Violation
from chargehand.protocols.ocpp.versions import Version

MONITORS = SetMonitors(monitors=[Monitor(component="RCD", name="Tripped", type="Delta", value=1, severity=2)])


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_monitors_are_one_checked_call(version: Version) -> None:
    [(action, request)] = orders.plan(version, MONITORS).calls

    assert action == "SetVariableMonitoring"
    assert msgspec.json.decode(msgspec.json.encode(request))["setMonitoringData"] == [
        {
            "value": 1.0,
            "type": "Delta",
            "severity": 2,
            "component": {"name": "RCD"},
            "variable": {"name": "Tripped"},
        }
    ]


@pytest.mark.parametrize("count", [1, 10, 23])
def test_many_variables_are_several_calls_of_ten(count: int) -> None:
    wanted = [VariableWanted(component="C", name=f"V{number}", value="1") for number in range(count)]
    asked = [VariableAsked(component="C", name=each.name) for each in wanted]

    for command in (SetVariables(variables=wanted), GetVariables(variables=asked)):
        calls = orders.plan("ocpp2.0.1", command).calls
        sent = [next(iter(msgspec.to_builtins(request).values())) for _, request in calls]
        assert [len(part) for part in sent[:-1]] == [10] * (len(sent) - 1)
        assert [item["variable"]["name"] for part in sent for item in part] == [each.name for each in wanted]


def test_a_station_gets_as_many_items_in_a_call_as_it_takes() -> None:
    wanted = [VariableWanted(component="C", name=f"V{number}", value="1") for number in range(5)]
    limits = {"SetVariables": 2, "SetVariableMonitoring": 1}

    def sizes(command: SetVariables | SetMonitors) -> list[int]:
        calls = orders.plan("ocpp2.0.1", command, limits).calls
        return [len(next(iter(msgspec.to_builtins(request).values()))) for _, request in calls]

    assert sizes(SetVariables(variables=wanted)) == [2, 2, 1]
    assert sizes(SetMonitors(monitors=[*MONITORS.monitors, *MONITORS.monitors])) == [1, 1]


def test_a_station_of_1_6_has_no_monitors() -> None:
    with pytest.raises(orders.Unsupported):
        orders.plan("ocpp1.6", MONITORS)


def test_one_refused_monitor_is_no_yes() -> None:
    result = {"component": {"name": "RCD"}, "variable": {"name": "Tripped"}, "type": "Delta", "severity": 2}
    body = {"setMonitoringResult": [result | {"status": "Accepted"}, result | {"status": "UnknownVariable"}]}

    answer = orders.read_answer("ocpp2.0.1", "SetVariableMonitoring", msgspec.json.encode(body))

    assert (answer.is_accepted, answer.word) == (False, "UnknownVariable")
    assert answer.detail == body


COST = ShowCost(
    transaction_id=7,
    ref="T-7",
    cost=Decimal("3.57"),
    is_final=False,
    as_of=datetime(2026, 1, 15, 8, tzinfo=UTC),
    register_wh=Decimal("6000.4"),
    kwh_price=Decimal("0.595"),
)
TARIFF = SetDefaultTariff(tariff={"tariffId": "1", "currency": "EUR"}, evse=2)


def _calls(version: Version, command: AnyCommand) -> list[tuple[str, Any]]:
    calls = orders.plan(version, command).calls
    return [(action, msgspec.json.decode(msgspec.json.encode(request))) for action, request in calls]


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_a_cost_is_told_under_the_stations_name_for_the_charge(version: Version) -> None:
    assert _calls(version, COST) == [("CostUpdated", {"totalCost": 3.57, "transactionId": "T-7"})]


def test_a_cost_is_a_message_of_the_application_note_in_1_6() -> None:
    [(action, running)] = _calls("ocpp1.6", COST)
    final = msgspec.structs.replace(COST, is_final=True, text="6.00 kWh: 3.57")
    [(_, ended)] = _calls("ocpp1.6", final)
    [(_, price)] = _calls("ocpp1.6", ShowPrice(token_uid="CAFE01", text="0.50 per kWh."))
    assert (action, running["vendorId"]) == ("DataTransfer", "org.openchargealliance.costmsg")
    assert [each["messageId"] for each in (running, ended, price)] == [
        *("RunningCost", "FinalCost"),
        "SetUserPrice",
    ]
    assert msgspec.json.decode(running["data"]) == {
        "transactionId": 7,
        "cost": 3.57,
        "timestamp": "2026-01-15T08:00:00.000Z",
        "meterValue": 6000,
        "state": "Charging",
        "chargingPrice": {"kWhPrice": 0.595},
    }
    assert msgspec.json.decode(ended["data"]) == {
        "transactionId": 7,
        "cost": 3.57,
        "priceText": "6.00 kWh: 3.57",
    }
    assert msgspec.json.decode(price["data"]) == {"idToken": "CAFE01", "priceText": "0.50 per kWh."}


def test_tariffs_are_for_stations_of_2_1_alone() -> None:
    assert _calls("ocpp2.1", TARIFF) == [
        ("SetDefaultTariff", {"evseId": 2, "tariff": {"tariffId": "1", "currency": "EUR"}})
    ]
    assert _calls("ocpp2.1", ClearTariffs(tariff_ids=["1"])) == [("ClearTariffs", {"tariffIds": ["1"]})]
    with pytest.raises(Violation, match="no call to a station"):
        orders.plan("ocpp2.0.1", TARIFF)
    with pytest.raises(orders.Unsupported):
        orders.plan("ocpp1.6", TARIFF)


def test_a_tariff_that_is_not_cleared_is_no_yes() -> None:
    body = {"clearTariffsResult": [{"status": "Accepted"}, {"status": "NoTariff", "tariffId": "1"}]}
    found = orders.read_answer("ocpp2.1", "ClearTariffs", msgspec.json.encode(body))
    assert (found.is_accepted, found.word) == (False, "NoTariff")
