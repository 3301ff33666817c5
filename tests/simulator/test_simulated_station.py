import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.patience import PATIENCE_S
from tests.simulator.csms import Csms

from chargehand.simulator.clock import ManualClock, ScaledClock
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]


async def live_through(csms: Csms, version: str, seed: int) -> list[Any]:
    clock = ManualClock(1_772_355_600.0)
    station = SimulatedStation("4107", csms.url, version, clock=clock, seed=seed)
    await station.connect()
    await station.boot()
    await station.plug_in(1)
    await station.present_token(1, "RFID-1")
    await station.advance(1_800)
    await csms.drop("4107")
    while station.station.is_connected:
        await station.breathe()
    await station.advance(600)
    await station.unplug(1)
    await station.close()
    return [each.payload for each in station.sent if each.action != "StatusNotification"]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_the_same_seed_tells_the_same_story_and_another_seed_another(tell: Tell, version: str) -> None:
    async def story(csms: Csms) -> None:
        first = await live_through(csms, version, 5)
        csms.forget()
        assert await live_through(csms, version, 5) == first
        csms.forget()
        assert await live_through(csms, version, 6) != first

    tell(story)


def test_a_clock_of_the_world_moves_the_station_by_itself(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = SimulatedStation("4107", csms.url, clock=ScaledClock(6_000.0))
        await station.connect()
        await station.boot()
        await station.plug_in(1)
        await station.present_token(1, "RFID-1")
        await asyncio.wait_for(csms.wait_for("MeterValues", 5), PATIENCE_S)
        await station.advance(60)
        await station.unplug(1)
        assert station.transactions[0].energy_wh > 0
        await station.close()

    tell(story)


def test_a_story_can_wait_for_a_command_and_what_came_of_it(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = SimulatedStation("4107", csms.url)
        await station.connect()
        await station.boot()
        await station.plug_in(1)
        asked = asyncio.ensure_future(
            csms.ask("4107", "RemoteStartTransaction", {"idTag": "APP-1", "connectorId": 1})
        )
        command = await station.wait_for("RemoteStartTransaction")
        assert command.answer == {"status": "Accepted"}
        assert await asked == {"status": "Accepted"}
        assert [each.token for each in station.transactions] == ["APP-1"]
        assert station.answers_to("StartTransaction")[0] == {
            "transactionId": 1001,
            "idTagInfo": {"status": "Accepted"},
        }
        await station.close()

    tell(story)


def test_two_cars_cannot_share_a_plug_and_none_cannot_leave(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = SimulatedStation("4107", csms.url)
        await station.connect()
        await station.boot()
        await station.plug_in(1)
        with pytest.raises(ValueError, match="already"):
            await station.plug_in(1)
        with pytest.raises(ValueError, match="no car"):
            await station.unplug(2)
        await station.close()

    tell(story)
