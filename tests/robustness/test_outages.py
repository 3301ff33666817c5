"""PostgreSQL away or slow: the gateway says so, waits, and goes on; what it answered is stored."""

import asyncio
import time
import urllib.error
import urllib.request

import psycopg
import pytest
from tests.installation import Installation
from tests.patience import PATIENCE_S, wait_for
from tests.robustness.conftest import Site
from tests.robustness.evidence import check_evidence
from tests.robustness.swarm import Link, Swarm, charges_of_16, charges_of_201, frame, tell

pytestmark = pytest.mark.timeout(1200)

STATIONS = 50
#: So many are answered, a tenth of a second apart, while a table is locked.
PINGS = 25
#: Five seconds are the goal; test machines stall.
BACK_WITHIN = 60.0


def readiness(gateway: Installation) -> int:
    """Return the status of the readiness page."""
    (url,) = gateway.ready_urls("gateway")
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


async def becomes_ready(gateway: Installation) -> None:
    """Wait until the readiness page says yes: on a machine that stalls a probe may take too long."""
    async with asyncio.timeout(PATIENCE_S):
        while await asyncio.to_thread(readiness, gateway) != 200:  # noqa: ASYNC110 -- a page is asked
            await asyncio.sleep(0.05)


def swarm_on(site: Site, gateway: Installation) -> Swarm:
    """Make stations of both versions that charge without pause."""
    site.add_stations("a", STATIONS)
    site.add_stations("b", STATIONS)
    swarm = Swarm(lambda: gateway.gateway_port)
    for number in range(STATIONS):
        swarm.add(f"a{number}", "ocpp1.6", charges_of_16(swarm, f"a{number}"))
        swarm.add(f"b{number}", "ocpp2.0.1", charges_of_201(swarm, f"b{number}"))
    return swarm


async def answers_after(swarm: Swarm, number: int) -> None:
    """Wait until so many messages more are answered."""
    goal = swarm.answers + number
    async with asyncio.timeout(PATIENCE_S):
        while swarm.answers < goal:  # noqa: ASYNC110 -- the swarm counts, it tells nobody
            await asyncio.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize("away", [1.0, 12.0])
def test_a_restart_of_postgres_is_waited_for_and_told(site: Site, away: float) -> None:
    gateway = site.start_gateway()
    swarm = swarm_on(site, gateway)

    async def run() -> None:
        speaking = asyncio.create_task(swarm.run())
        await answers_after(swarm, 5 * STATIONS)
        await becomes_ready(gateway)
        await asyncio.to_thread(site.stop_postgres)
        assert await asyncio.to_thread(readiness, gateway) == 503
        await asyncio.sleep(away)
        await asyncio.to_thread(site.server.open)
        back = time.monotonic()
        await answers_after(swarm, 1)
        first = time.monotonic() - back
        await answers_after(swarm, 4 * STATIONS)
        await becomes_ready(gateway)
        link = await Link.open(gateway.gateway_port, "a0", "ocpp1.6")
        entered = time.monotonic() - back
        await link.close()
        tell(
            f"Back after {away:.0f} s: first answer {first:.2f} s, new stations let in {entered:.2f} s later"
        )
        assert first < BACK_WITHIN
        assert entered < BACK_WITHIN
        swarm.is_ending = True
        await asyncio.wait_for(speaking, PATIENCE_S)

    asyncio.run(run())
    check_evidence(site, swarm)


@pytest.mark.slow
def test_a_database_that_became_read_only_is_waited_for(site: Site) -> None:
    """A primary that a failover turned into a replica refuses every write: that is no message's fault."""
    gateway = site.start_gateway()
    swarm = swarm_on(site, gateway)
    name = psycopg.conninfo.conninfo_to_dict(site.url)["dbname"]

    def turn(setting: str) -> None:
        site.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {setting}")
        site.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    async def run() -> None:
        speaking = asyncio.create_task(swarm.run())
        await answers_after(swarm, 5 * STATIONS)
        await asyncio.to_thread(turn, "on")
        await asyncio.sleep(2)
        # Set back from a session that may write.
        with psycopg.connect(site.url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await answers_after(swarm, 5 * STATIONS)
        swarm.is_ending = True
        await asyncio.wait_for(speaking, PATIENCE_S)

    asyncio.run(run())
    check_evidence(site, swarm)


@pytest.mark.slow
def test_while_a_table_is_locked_pings_are_answered_and_messages_wait(site: Site) -> None:
    gateway = site.start_gateway()
    swarm = swarm_on(site, gateway)
    site.add_stations("idle", 1)

    async def run() -> None:
        speaking = asyncio.create_task(swarm.run())
        await answers_after(swarm, 5 * STATIONS)
        idle = await Link.open(gateway.gateway_port, "idle0", "ocpp1.6")
        listening = asyncio.create_task(idle.receive())
        slowest = 0.0
        with psycopg.connect(site.url) as connection:
            connection.execute("LOCK TABLE charging_reading IN ACCESS EXCLUSIVE MODE")
            for _ in range(PINGS):
                sent_at, expected = time.monotonic(), idle.pongs + 1
                idle.writer.write(frame(9, b"are you there"))
                async with asyncio.timeout(PATIENCE_S):
                    while idle.pongs < expected:  # noqa: ASYNC110 -- pongs are counted, nobody tells
                        await asyncio.sleep(0.005)
                slowest = max(slowest, time.monotonic() - sent_at)
                await asyncio.sleep(0.1)
            connection.rollback()
        unlocked = time.monotonic()
        await answers_after(swarm, 2 * STATIONS)
        tell(
            f"Slowest pong {slowest * 1000:.0f} ms; {2 * STATIONS} answers {time.monotonic() - unlocked:.2f} s later"
        )
        listening.cancel()
        await idle.close()
        swarm.is_ending = True
        await asyncio.wait_for(speaking, PATIENCE_S)

    asyncio.run(run())
    assert swarm.breaks == 0
    check_evidence(site, swarm)


@pytest.mark.slow
def test_a_commit_that_broke_off_after_it_was_done_is_not_repeated(site: Site) -> None:
    """PostgreSQL commits, waits for a replica that never answers, and is cut off while it waits."""
    gateway = site.start_gateway()
    swarm = swarm_on(site, gateway)

    def cut_off() -> None:
        site.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try:
            site.execute("SELECT pg_reload_conf()")
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            wait_for(lambda: site.number(waiting) > 0)
            site.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            )
        finally:
            site.execute("ALTER SYSTEM RESET synchronous_standby_names")
            site.execute("SELECT pg_reload_conf()")

    async def run() -> None:
        speaking = asyncio.create_task(swarm.run())
        for _ in range(3):
            await answers_after(swarm, 5 * STATIONS)
            await asyncio.to_thread(cut_off)
        await answers_after(swarm, 5 * STATIONS)
        swarm.is_ending = True
        await asyncio.wait_for(speaking, PATIENCE_S)

    asyncio.run(run())
    assert swarm.breaks == 0
    assert site.number("SELECT count(*) FROM stations_message WHERE is_repeat") == 0
    check_evidence(site, swarm)
