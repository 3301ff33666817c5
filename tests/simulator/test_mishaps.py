"""Mishaps befall real simulated stations now and then, and pass."""

from collections.abc import Callable
from random import Random
from typing import Any

from tests.simulator.csms import Csms

from chargehand.simulator.mishaps import Mishaps
from chargehand.simulator.simulated_station import SimulatedStation

Tell = Callable[[Any], None]


def test_something_breaks_is_reported_and_is_well_again(tell: Tell) -> None:
    async def story(csms: Csms) -> None:
        station = SimulatedStation("4107", csms.url)
        await station.connect()
        await station.boot()
        mishaps = Mishaps(
            [station.station],
            station.timeline,
            Random(3),
            per_station_day=200,
            shortest_s=30,
            longest_s=60,
        )
        mishaps.start()
        for _ in range(60):
            await station.advance(60)
            if not station.station.is_connected:
                await station.go_online()
        reports = station.sent_of("StatusNotification")
        broken = [report for report in reports if report["errorCode"] != "NoError"]
        assert broken
        assert len(station.sent_of("BootNotification")) + len(broken) >= 2
        after = reports[reports.index(broken[0]) + 1 :]
        assert any(report["errorCode"] == "NoError" for report in after)
        await station.close()

    tell(story)
