"""What meters showed lasts from one start of a fleet to the next, and a file of something else is refused."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.patience import PATIENCE_S
from tests.simulator.csms import Csms

from chargehand.simulator.simulation import Options, Simulation, run

Tell = Callable[[Any], None]


def test_no_meter_of_a_fleet_that_starts_again_shows_less(tell: Tell, tmp_path: Path) -> None:
    async def story(csms: Csms) -> None:
        options = Options(url=csms.url, stations=3, meters=tmp_path / "meters.json", duration_s=0.1)
        first = Simulation(options)
        first.stations[0].connectors[1].outlet.meter.count(5_000.0)
        first.memory.keep(first.stations)
        await run(options)
        again = Simulation(options)
        shown = [
            [[plug.outlet.meter.register_wh for plug in each.connectors.values()] for each in fleet.stations]
            for fleet in (first, again)
        ]
        assert shown[0] == shown[1]

    tell(story)


def test_a_fleet_that_is_killed_leaves_what_it_showed(tmp_path: Path) -> None:
    simulation = Simulation(Options(stations=2, meters=tmp_path / "meters.json"))

    async def live_and_die() -> None:
        living = asyncio.create_task(simulation.memory.keep_on(simulation.stations, every_s=0.0))
        async with asyncio.timeout(PATIENCE_S):
            while not (tmp_path / "meters.json").exists():  # noqa: ASYNC110 -- what a kill leaves
                await asyncio.sleep(0.01)
        living.cancel()

    asyncio.run(live_and_die())
    plan = simulation.fleet.stations[0]
    kept = Simulation(simulation.options).memory.registers_of(plan.id, plan.connectors)
    assert kept == tuple(each.outlet.meter.register_wh for each in simulation.stations[0].connectors.values())


def test_a_file_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "meters.json"
    path.write_text('{"4107": "much"}')
    with pytest.raises(ValueError, match=r"meters\.json does not hold what simulated meters showed"):
        Simulation(Options(stations=1, meters=path))
