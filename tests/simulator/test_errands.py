"""Errands bring somebody for a minute or two; drivers whom a station fails try again and go next door."""

from collections.abc import Callable
from random import Random
from typing import Any

from tests.simulator.csms import Csms

from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.driver import Drivers
from chargehand.simulator.errands import Errands
from chargehand.simulator.fleet import describe
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]

REPORT = ErrorReport("OtherError", "E7")
SITE = describe(7, 4).sites[0]
DRIVERS = describe(7, 4).drivers


def drivers_at(station: SimulatedStation, seed: int = 1) -> Drivers:
    return Drivers(station.station, SITE, DRIVERS, Random(seed))


async def online(csms: Csms, identity: str) -> SimulatedStation:
    station = SimulatedStation(identity, csms.url)
    await station.connect()
    assert await station.boot() == "Accepted"
    return station


def test_somebody_on_an_errand_charges_for_a_minute_or_two(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await online(csms, "4107")
        Errands([drivers_at(station)], station.timeline, Random(2), interval_s=120).start()
        for _ in range(20):
            await station.advance(60)
        ended = station.sent_of("StopTransaction")
        assert len(ended) >= 3
        assert len(station.sent_of("StartTransaction")) - len(ended) <= 2
        await station.close()

    tell(story)


def test_nobody_is_sent_to_a_station_that_tells_its_past(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = await online(csms, "4107")
        drivers = drivers_at(station)
        had_room = [drivers.has_room]
        station.station.is_replaying = True
        had_room.append(drivers.has_room)
        assert had_room == [True, False]
        drivers.run_errand(60)
        assert drivers.visits == 0
        await station.close()

    tell(story)


def test_a_driver_who_is_refused_tries_again_and_then_the_other_plug(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        csms.rules["Authorize"] = {"idTagInfo": {"status": "Invalid"}}
        station = await online(csms, "4107")
        drivers = drivers_at(station)
        drivers.run_errand(1800)
        for _ in range(40):
            await station.advance(30)
        asked = [each["idTag"] for each in station.sent_of("Authorize")]
        assert len(set(asked)) == 1
        assert len(asked) > 2
        plugged = {
            each["connectorId"]
            for each in station.sent_of("StatusNotification")
            if each["status"] == "Preparing"
        }
        assert plugged == {1, 2}
        assert not station.connector(1).car
        assert not station.connector(2).car
        await station.close()

    tell(story)


def test_a_driver_whose_station_broke_goes_to_the_neighbour(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        here, there = await online(csms, "4107"), await online(csms, "4108")
        drivers, others = drivers_at(here), drivers_at(there)
        drivers.neighbours = (others,)
        for _ in range(20):
            if others.visits:
                break
            drivers.run_errand(1800)
            for number in (1, 2):
                await here.break_down(number, REPORT)
            for _ in range(10):
                await here.advance(60)
            for number in (1, 2):
                await here.recover(number)
        for _ in range(5):
            await there.advance(60)
        assert others.visits == 1
        [began] = there.sent_of("StartTransaction")
        assert began["idTag"] in {driver.token for driver in DRIVERS}
        await here.close()
        await there.close()

    tell(story)
