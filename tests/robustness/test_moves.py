"""Two gateways on one database: a station that moves is fenced, and a command finds it."""

import asyncio
import signal
import time
from itertools import count
from typing import Any

import pytest
from django.db import connections
from tests.patience import PATIENCE_S
from tests.robustness.conftest import Site
from tests.robustness.swarm import Link, now, tell

from chargehand.domain.stations import requests
from chargehand.domain.stations.commands import AnyCommand, Trigger

pytestmark = pytest.mark.timeout(1200)

#: A second is the goal; test machines stall, so that one of several commands has to be quick.
COMMAND_WITHIN = 8.0

_ids = count(1)


def values(marker: int) -> list[Any]:
    """Return MeterValues with a value of its own."""
    sample = {"timestamp": now(), "sampledValue": [{"value": str(marker)}]}
    return [2, f"m{next(_ids)}", "MeterValues", {"connectorId": 1, "meterValue": [sample]}]


async def ask(link: Link, message: list[Any]) -> list[Any]:
    """Send a CALL and return its answer."""
    link.send(message)
    async with asyncio.timeout(PATIENCE_S):
        while (answer := await link.receive())[1] != message[1]:
            pass
    return answer


async def next_call(link: Link) -> list[Any]:
    """Wait for a CALL of the gateway and accept it."""
    async with asyncio.timeout(PATIENCE_S):
        while (call := await link.receive())[0] != 2:
            pass
    link.send([3, call[1], {"status": "Accepted"}])
    return call


def queue(site: Site, station_id: int, command: AnyCommand) -> float:
    """Queue a command as the console does; return when it was committed."""
    try:
        requests.queue(
            operator_id=site.operator.pk, station_id=station_id, command=command, asked_by="a test"
        )
        return time.monotonic()
    finally:
        connections.close_all()


def stored(site: Site, marker: int) -> int:
    """Return how often a value stands in the database."""
    return site.number("SELECT count(*) FROM charging_reading WHERE readings = ARRAY[%s::numeric]", marker)


@pytest.mark.slow
def test_a_station_that_moves_is_fenced_and_its_commands_follow_it(site: Site) -> None:
    station = site.add_stations("m", 1)[0]
    first, second = site.start_gateway(), site.start_gateway()

    async def run() -> None:
        old = await Link.open(first.gateway_port, "m0", "ocpp1.6")
        assert (await ask(old, values(101)))[0] == 3
        # The old gateway is held, so that it hears of the move late: it must be kept off all the same.
        first.processes["gateway"].send_signal(signal.SIGSTOP)
        try:
            new = await Link.open(second.gateway_port, "m0", "ocpp1.6")
            old.send(values(102))
        finally:
            first.processes["gateway"].send_signal(signal.SIGCONT)
        assert (await ask(new, values(103)))[0] == 3
        # The first command waits until the station has settled (quirks F1, F2), the others do not.
        waits = []
        for number in range(4):
            queued_at = await asyncio.to_thread(queue, site, station.pk, Trigger(message="Heartbeat"))
            assert (await next_call(new))[2] == "TriggerMessage"
            waits.append(time.monotonic() - queued_at)
            tell(f"Command {number} after a move took {waits[-1] * 1000:.0f} ms")
        assert min(waits) < COMMAND_WITHIN
        async with asyncio.timeout(PATIENCE_S):
            while old.closed_with is None:
                try:
                    answer = await old.receive()
                except ConnectionError:
                    break
                assert answer[0] != 3, "what was not stored must not be confirmed"
        assert old.closed_with == 1001
        assert stored(site, 101) == 1
        assert stored(site, 102) == 0
        assert stored(site, 103) == 1
        await new.close()
        await old.close()

    asyncio.run(run())
