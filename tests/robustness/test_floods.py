"""More than a gateway can do at once: it stays small, loses nothing and answers in order; and it ends well."""

import asyncio
import json
import os
import signal
import time

import psutil
import pytest
from tests.patience import PATIENCE_S
from tests.robustness.conftest import Site
from tests.robustness.swarm import Link, Script, Swarm, now, tell

pytestmark = pytest.mark.timeout(1200)

FLOOD = 10_000
#: The whole storm by CHARGEHAND_TEST_STORM=2000; fewer stations in everyday runs.
STORM = int(os.environ.get("CHARGEHAND_TEST_STORM", "500"))
MOST_CONNECTIONS = 10


@pytest.mark.slow
@pytest.mark.parametrize("action", ["Heartbeat", "NoSuchAction"])
def test_a_station_that_floods_is_answered_in_order_and_costs_little_memory(site: Site, action: str) -> None:
    site.add_stations("f", 1)
    gateway = site.start_gateway()
    process = psutil.Process(gateway.processes["gateway"].pid)

    async def run() -> int:
        link = await Link.open(gateway.gateway_port, "f0", "ocpp1.6")
        before = most = process.memory_info().rss

        async def flood() -> None:
            for number in range(FLOOD):
                link.send_text(json.dumps([2, str(number), action, {"filling": "x" * 500}]))
                await link.writer.drain()

        flooding = asyncio.create_task(flood())
        async with asyncio.timeout(3 * PATIENCE_S):
            for number in range(FLOOD):
                answer = await link.receive()
                assert answer[1] == str(number)
                if number % 500 == 0:
                    most = max(most, process.memory_info().rss)
        await flooding
        await link.close()
        return most - before

    started = time.monotonic()
    grown = asyncio.run(run())
    tell(f"{FLOOD} {action} in {time.monotonic() - started:.1f} s, {grown / 1e6:.1f} MB more memory")
    assert grown < 50_000_000
    assert site.number("SELECT count(*) FROM stations_message WHERE action = %s", action) == FLOOD


def arrival(arrived: list[float]) -> Script:
    """Boot and report the status of station and two plugs, as all do after a power cut."""
    yield "BootNotification", {"chargePointVendor": "Swarm", "chargePointModel": "16"}
    for connector in (0, 1, 2):
        report = {
            "connectorId": connector,
            "errorCode": "NoError",
            "status": "Available",
            "timestamp": now(),
        }
        yield "StatusNotification", report
    arrived.append(time.monotonic())


@pytest.mark.slow
def test_a_storm_of_stations_that_return_together_is_answered(site: Site) -> None:
    site.add_stations("s", STORM)
    gateway = site.start_gateway()
    highest = 0

    async def storm() -> tuple[Swarm, list[float]]:
        nonlocal highest
        arrived: list[float] = []
        swarm = Swarm(lambda: gateway.gateway_port)
        for number in range(STORM):
            swarm.add(f"s{number}", "ocpp1.6", arrival(arrived))
        arriving = asyncio.create_task(swarm.run())
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'chargehand'"
        while not arriving.done():
            highest = max(highest, await asyncio.to_thread(site.number, query))
            await asyncio.sleep(0.2)
        await arriving
        return swarm, arrived

    for round_number in range(2):
        started = time.monotonic()
        swarm, arrived = asyncio.run(storm())
        tell(
            f"Storm {round_number}: {STORM} stations, all told after {max(arrived) - started:.1f} s,"
            f" slowest answer {max(swarm.waits):.2f} s, {swarm.breaks} attempts failed,"
            f" {highest} connections to PostgreSQL at most"
        )
        assert len(arrived) == STORM
    assert highest <= MOST_CONNECTIONS
    assert site.number("SELECT count(*) FROM stations_message WHERE action = 'BootNotification'") == 2 * STORM
    assert site.number("SELECT count(*) FROM stations_connector WHERE status = 'Available'") == 2 * STORM
    assert site.number("SELECT count(*) FROM stations_status_report") == 6 * STORM


@pytest.mark.slow
def test_a_gateway_that_is_told_to_end_says_so_and_stores_what_it_received(site: Site) -> None:
    site.add_stations("e", 20)
    gateway = site.start_gateway()

    async def run() -> list[int | None]:
        links = [await Link.open(gateway.gateway_port, f"e{number}", "ocpp1.6") for number in range(20)]
        for link in links:
            link.send([2, "1", "Heartbeat", {}])
        for link in links:
            await link.receive()
        gateway.processes["gateway"].send_signal(signal.SIGTERM)
        for link in links:
            with pytest.raises(ConnectionError):
                await asyncio.wait_for(link.receive(), PATIENCE_S)
            await link.close()
        return [link.closed_with for link in links]

    assert asyncio.run(run()) == [1012] * 20
    assert gateway.stop("gateway") == 0
    assert site.number("SELECT count(*) FROM stations_message WHERE is_from_station") == 20
    assert site.number("SELECT count(*) FROM stations_connection WHERE is_connected") == 0
    assert site.number("SELECT count(*) FROM stations_gateway WHERE ended_at IS NULL") == 0


@pytest.mark.slow
def test_a_gateway_ends_well_though_the_database_is_away(site: Site) -> None:
    site.add_stations("e", 1)
    gateway = site.start_gateway()

    async def run() -> None:
        link = await Link.open(gateway.gateway_port, "e0", "ocpp1.6")
        await asyncio.to_thread(site.stop_postgres)
        link.send([2, "1", "Heartbeat", {}])
        await asyncio.sleep(1)
        gateway.processes["gateway"].send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(link.receive(), PATIENCE_S)
        await link.close()

    asyncio.run(run())
    assert gateway.stop("gateway") == 0
