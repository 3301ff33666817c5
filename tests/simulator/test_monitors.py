"""Monitors of a simulated 2.x station: set, told of, reported and cleared as 2.0.1 N01 to N08 have it."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.simulator.csms import Csms

from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.outlet import DC_150
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]
PLUG = {"name": "Connector", "evse": {"id": 1, "connectorId": 1}}
TEMPERATURE = {"component": PLUG, "variable": {"name": "Temperature"}}
SIGNAL = {"component": {"name": "DataLink"}, "variable": {"name": "SignalStrength"}}
TRIPPED = {
    "component": {"name": "CableBreakawaySensor", "evse": {"id": 1}},
    "variable": {"name": "Tripped"},
}


async def booted(csms: Csms, version: str = "2.0.1", **options: Any) -> SimulatedStation:
    station = SimulatedStation("4107", csms.url, version, "secret", **options)
    await station.connect()
    assert await station.boot() == "Accepted"
    return station


async def set_monitors(csms: Csms, *wanted: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await csms.ask("4107", "SetVariableMonitoring", {"setMonitoringData": list(wanted)})
    found: list[dict[str, Any]] = answer["setMonitoringResult"]
    return found


def custom(csms: Csms) -> list[dict[str, Any]]:
    """Return the events that monitors of the CSMS gave."""
    events = [event for each in csms.said("NotifyEvent") for event in each["eventData"]]
    return [each for each in events if each["eventNotificationType"] == "CustomMonitor"]


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_a_threshold_alerts_when_it_is_passed_and_clears_when_it_is_not(tell: Tell, version: str) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms, version)
        [told] = await set_monitors(csms, SIGNAL | {"type": "LowerThreshold", "value": -100, "severity": 5})
        assert told["status"] == "Accepted"
        station.station.rssi_dbm = -110.0
        await station.advance(60)
        station.station.rssi_dbm = -80.0
        await station.advance(60)
        events = custom(csms)
        assert [(each["trigger"], each["actualValue"], each.get("cleared", False)) for each in events] == [
            ("Alerting", "-110", False),
            ("Alerting", "-80", True),
        ]
        assert {each["variableMonitoringId"] for each in events} == {told["id"]}
        await station.close()

    tell(story)


def test_a_delta_tells_of_numbers_that_moved_far_and_of_every_change_of_others(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        await set_monitors(
            csms,
            SIGNAL | {"type": "Delta", "value": 10, "severity": 6},
            TRIPPED | {"type": "Delta", "value": 1, "severity": 0},
        )
        station.station.rssi_dbm = -85.0
        await station.advance(30)
        assert custom(csms) == []
        station.station.rssi_dbm = -95.0
        await station.advance(30)
        await station.break_down(1, ErrorReport("OtherError", "CX026", "The cable is gone"))
        await station.recover(1)
        assert [(each["component"]["name"], each["actualValue"]) for each in custom(csms)] == [
            ("DataLink", "-95"),
            ("CableBreakawaySensor", "true"),
            ("CableBreakawaySensor", "false"),
        ]
        await station.close()

    tell(story)


def test_a_periodic_monitor_tells_every_so_often_and_only_in_transactions_if_so_asked(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms, rating=DC_150)
        await set_monitors(
            csms,
            TEMPERATURE | {"type": "Periodic", "value": 60, "severity": 8, "transaction": True},
            {"component": {"name": "AirCoolingSystem"}, "variable": {"name": "FanSpeed"}}
            | {"type": "PeriodicClockAligned", "value": 300, "severity": 8},
        )
        await station.advance(301)
        assert [each["component"]["name"] for each in custom(csms)] == ["AirCoolingSystem"]
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        await station.advance(301)
        warm = [each for each in custom(csms) if each["component"] == PLUG]
        assert len(warm) == 5
        assert {each["transactionId"] for each in warm} == {station.transactions[0].id}
        await station.close()

    tell(story)


def test_what_cannot_be_watched_is_answered_by_its_reason(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        period = {"type": "Periodic", "value": 60, "severity": 8}
        answers = await set_monitors(
            csms,
            TEMPERATURE | period,
            TEMPERATURE | period,
            TEMPERATURE | period | {"value": 0, "severity": 7},
            TRIPPED | {"type": "UpperThreshold", "value": 1, "severity": 5},
            {"component": {"name": "TxCtrlr"}, "variable": {"name": "EVConnectionTimeOut"}} | period,
            {"component": {"name": "Teapot"}, "variable": {"name": "Temperature"}} | period,
            {"component": PLUG, "variable": {"name": "Mood"}} | period,
            TEMPERATURE | period | {"id": 99},
        )
        assert [each["status"] for each in answers] == [
            "Accepted",
            "Duplicate",
            "Rejected",
            "UnsupportedMonitorType",
            "Rejected",
            "UnknownComponent",
            "UnknownVariable",
            "Rejected",
        ]
        number = answers[0]["id"]
        [changed] = await set_monitors(csms, TEMPERATURE | period | {"id": number, "value": 30})
        assert (changed["status"], changed["id"]) == ("Accepted", number)
        await station.advance(61)
        assert len(custom(csms)) == 2
        await station.close()

    tell(story)


def test_monitors_are_reported_and_cleared(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await booted(csms)
        asked = {"requestId": 7, "monitoringCriteria": ["ThresholdMonitoring"]}
        assert (await csms.ask("4107", "GetMonitoringReport", asked))["status"] == "EmptyResultSet"
        first, second = await set_monitors(
            csms,
            SIGNAL | {"type": "LowerThreshold", "value": -100, "severity": 5},
            SIGNAL | {"type": "Periodic", "value": 60, "severity": 8},
        )
        assert (await csms.ask("4107", "GetMonitoringReport", asked))["status"] == "Accepted"
        await station.settle()
        [report] = csms.said("NotifyMonitoringReport")
        [monitored] = report["monitor"]
        assert monitored["variable"] == {"name": "SignalStrength"}
        assert [each["id"] for each in monitored["variableMonitoring"]] == [first["id"]]
        answer = await csms.ask("4107", "ClearVariableMonitoring", {"id": [second["id"], 99]})
        assert [each["status"] for each in answer["clearMonitoringResult"]] == ["Accepted", "NotFound"]
        await station.advance(120)
        assert custom(csms) == []
        await csms.ask("4107", "SetMonitoringLevel", {"severity": 4})
        station.station.rssi_dbm = -110.0
        await station.advance(60)
        assert custom(csms) == []
        await csms.ask("4107", "SetMonitoringBase", {"monitoringBase": "FactoryDefault"})
        everything = {"requestId": 8}
        assert (await csms.ask("4107", "GetMonitoringReport", everything))["status"] == "EmptyResultSet"
        await station.close()

    tell(story)
