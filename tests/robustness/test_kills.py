"""Gateway and PostgreSQL killed under load: what was answered is stored, once."""

import asyncio
import time

import pytest
from tests.patience import PATIENCE_S, wait_for
from tests.robustness.conftest import Site
from tests.robustness.evidence import check_evidence
from tests.robustness.swarm import Swarm, charges_of_16, charges_of_201, tell

pytestmark = pytest.mark.timeout(1200)

STATIONS = 100  # of each version
KILLS = 10


@pytest.mark.slow
def test_nothing_answered_is_lost_or_doubled_when_gateway_and_database_are_killed(site: Site) -> None:
    site.add_stations("a", STATIONS)
    site.add_stations("b", STATIONS)
    gateway = site.start_gateway()
    swarm = Swarm(lambda: gateway.gateway_port, pause=1.5)
    for number in range(STATIONS):
        swarm.add(f"a{number}", "ocpp1.6", charges_of_16(swarm, f"a{number}"))
        swarm.add(f"b{number}", "ocpp2.0.1", charges_of_201(swarm, f"b{number}"))

    def kill() -> None:
        for number in range(KILLS):
            time.sleep(0.2 + number * 0.1)
            gateway.kill("gateway")
            gateway.start("gateway")
            if number == KILLS // 2:
                time.sleep(0.5)
                site.kill_postgres()
        wait_for(lambda: len(swarm.evidence.stopped) > 2 * STATIONS)

    async def run() -> None:
        speaking = asyncio.create_task(swarm.run())
        await asyncio.to_thread(kill)
        swarm.is_ending = True
        await asyncio.wait_for(speaking, PATIENCE_S)

    started = time.monotonic()
    asyncio.run(run())
    took = time.monotonic() - started
    tell(
        f"{swarm.answers} answers in {took:.0f} s, {len(swarm.evidence.markers)} meter values,"
        f" {len(swarm.evidence.stopped)} charges, {swarm.breaks} broken connections,"
        f" p99 {swarm.slowest() * 1000:.0f} ms"
    )
    assert swarm.breaks >= KILLS * STATIONS
    check_evidence(site, swarm)
