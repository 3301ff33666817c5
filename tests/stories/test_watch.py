"""Stories of the watch: what a station says becomes a finding, though the watch is killed in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from uuid import uuid4

import pytest
from tests.domain.health.telling_live import run
from tests.installation import Installation
from tests.patience import PATIENCE_S
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health.live import Watcher
from chargehand.domain.health.models import HealthFinding
from chargehand.domain.stations.models import ChargingStation
from chargehand.journal.models import StatedFact
from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.simulated_station import SimulatedStation

CUT = ErrorReport("OtherError", "CX026", "The cable is gone")
KILLS = 3


async def _break(identity: str, url: str, version: str = "1.6") -> None:
    station = SimulatedStation(identity, url, version, PASSWORD)
    try:
        await station.connect()
        assert await station.boot() == "Accepted"
        await station.break_down(1, CUT)
        await station.settle()
    finally:
        await station.close()


def _stated() -> list[int]:
    """Return the stations of the cut cables that were stated, one for each time."""
    rows = StatedFact.objects.filter(name="health.FaultFound", body__kind="cable-cut")
    return sorted(station for row in rows for station in row.body["station_ids"])


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_cable_that_is_cut_is_found_in_the_batch_that_tells_it(
    version: str,
    operator: Operator,
    gateway: RunningGateway,
    make_station: Callable[..., ChargingStation],
) -> None:
    station = make_station("4107")
    asyncio.run(_break("4107", gateway.url, version))
    gateway.stop()

    run(Watcher(operator.pk, uuid4()))

    found = HealthFinding.objects.get(severity=0)
    assert (found.station_id, found.evse, found.kind) == (station.pk, 1, "cable-cut")
    assert _stated() == [station.pk]


@pytest.mark.slow
def test_a_worker_killed_again_and_again_loses_and_doubles_no_finding(
    installation: Installation, make_station: Callable[..., ChargingStation]
) -> None:
    stations = [make_station(f"41{number:02}").pk for number in range(KILLS + 1)]
    installation.start("gateway")
    installation.start("worker")
    for number in range(KILLS):
        asyncio.run(_break(f"41{number:02}", installation.gateway_url))
        time.sleep(0.3 * number)
        installation.kill("worker")
        installation.start("worker")
    asyncio.run(_break(f"41{KILLS:02}", installation.gateway_url))

    give_up = time.monotonic() + PATIENCE_S
    while len(_stated()) < len(stations) and time.monotonic() < give_up:
        time.sleep(0.2)

    installation.stop("worker")
    assert _stated() == sorted(stations)
    assert HealthFinding.objects.filter(kind="cable-cut").count() == len(stations)
