"""A station of OCPP 2.1 says what it shares with 2.0.1, and every message fits the schemas of 2.1."""

from collections.abc import Callable
from typing import Any

from tests.simulator.csms import Csms

from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]


def test_a_charge_and_a_fault_are_told_in_2_1(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = SimulatedStation("4107", csms.url, "2.1")
        await station.connect()
        assert await station.boot() == "Accepted"
        assert csms.sockets["4107"].subprotocol == "ocpp2.1"
        await station.plug_in(1)
        await station.present_token(1, "04AABBCCDDEEFF")
        await station.advance(900)
        await station.break_down(1, ErrorReport("GroundFailure"))
        await station.recover(1)
        await station.unplug(1)
        assert [each["eventType"] for each in csms.said("TransactionEvent")][::16] == ["Started", "Ended"]
        assert csms.said("NotifyEvent")
        report = {"requestId": 1, "reportBase": "FullInventory"}
        assert (await csms.ask("4107", "GetBaseReport", report))["status"] == "Accepted"
        await station.settle()
        await station.close()

    tell(story)
