"""A story of watching: a station's sensors are found, monitors are set on them, and what they tell is stored."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from tests.patience import PATIENCE_S
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.health.models import StationWish
from chargehand.domain.health.provisioning import provision_stations
from chargehand.domain.stations import sightings
from chargehand.domain.stations.models import ChargingStation, StationEvent
from chargehand.journal import runner
from chargehand.kernel import clock
from chargehand.project.flows import FOLLOWERS
from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.simulated_station import SimulatedStation

CUT = ErrorReport("OtherError", "CX026", "The cable is gone")


async def _listen(station: SimulatedStation, known: int) -> None:
    """Hear what the gateway asks, if it does, and let it take in the answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(2):
            while len(station.received) == known:
                await station.station.wait_for_command()
    await station.settle()


def _is_set_up() -> bool:
    return StationWish.objects.filter(name="all").exists()


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_sensors_at_each_plug_are_watched_without_anybody_asking(
    version: str, gateway: RunningGateway, make_station: Callable[..., ChargingStation]
) -> None:
    row = make_station("4107")
    station = SimulatedStation("4107", gateway.url, version, PASSWORD)
    give_up = time.monotonic() + PATIENCE_S
    with asyncio.Runner() as loop:
        loop.run(station.connect())
        assert loop.run(station.boot()) == "Accepted"
        while not _is_set_up() and time.monotonic() < give_up:
            known = len(station.received)
            provision_stations(clock.now() + timedelta(minutes=2))
            loop.run(_listen(station, known))
            runner.drain(FOLLOWERS)
            sightings.look(since=clock.now() - timedelta(minutes=5))
        loop.run(station.break_down(1, CUT))
        loop.run(station.advance(301))
        loop.run(station.close())
    gateway.stop()

    wishes = dict(StationWish.objects.filter(station=row).values_list("name", "state"))
    assert wishes["CableBreakawaySensor.Tripped at 1 Delta"] == "set"
    assert wishes["CableBreakawaySensor.Tripped at 2 Delta"] == "set"
    assert wishes["Connector.Temperature at 2.1 Periodic"] == "set"
    events = StationEvent.objects.filter(station=row, detail__eventNotificationType="CustomMonitor")
    told = {(each.name, each.evse, each.detail["trigger"]) for each in events}
    assert ("CableBreakawaySensor.Tripped", 1, "Delta") in told
    assert ("Connector.Temperature", 2, "Periodic") in told
    assert ("CableBreakawaySensor.Tripped", 2, "Delta") not in told
