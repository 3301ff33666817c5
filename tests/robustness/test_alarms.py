"""Worker and PostgreSQL killed while faults are told: each opens one incident and reaches a person once, in time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.installation import Installation
from tests.robustness.conftest import Site

from chargehand.domain.accounts.models import Membership, User
from chargehand.domain.accounts.permissions import Role
from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.simulated_station import SimulatedStation

CUT = ErrorReport("OtherError", "CX026", "The cable is gone")
#: It must stand for a while before it counts.
WATCHDOG = ErrorReport("InternalError", "E-900", "Watchdog of the power module")
STATIONS = 3
GIVE_UP_S = 300

_FINDINGS = "SELECT station_id FROM health_finding WHERE kind = 'cable-cut'"
_INCIDENTS = "SELECT station_id FROM health_incident WHERE kind IN ('cable-cut', 'reported-fault')"
_ALERTS = "SELECT incident_id FROM notices_alert"
_TOLD = """
SELECT count(DISTINCT i.station_id) FROM notices_delivery d JOIN notices_alert a ON a.id = d.alert_id
JOIN health_incident i ON i.id = a.incident_id
WHERE i.kind IN ('cable-cut', 'reported-fault') AND d.state IN ('sent', 'merged', 'unknown')
"""
_WAITING = (
    "SELECT count(*) FROM notices_delivery WHERE state IN ('queued', 'claimed') AND not_before <= now()"
)
_SENT = "SELECT count(*) FROM notices_delivery WHERE state = 'sent'"
_UNKNOWN = "SELECT count(*) FROM notices_delivery WHERE state = 'unknown'"


def _appoint(site: Site) -> None:
    """Let Mia be on duty: without rotas all of operations are told, by mail."""
    mia = User.objects.create_user("mia@example.org", "correct horse battery", name="Mia")
    Membership.objects.create(user=mia, operator=site.operator, role=Role.OPERATIONS)


async def _break(identity: str, url: str, version: str, fault: ErrorReport) -> None:
    station = SimulatedStation(identity, url, version)
    try:
        await station.connect()
        assert await station.boot() == "Accepted"
        await station.break_down(1, fault)
        await station.settle()
    finally:
        await station.close()


def _wait_for(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + GIVE_UP_S
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.2)


def _mails(installation: Installation) -> int:
    outbox = Path(installation.environment["CHARGEHAND_DATA_DIR"]) / "outbox"
    return sum(path.read_text().count("\nSubject: ") for path in outbox.iterdir()) if outbox.exists() else 0


def _start(site: Site) -> Installation:
    installation = site.start_gateway()
    installation.start("worker")
    return installation


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_worker_and_database_killed_lose_no_finding_and_double_no_alert(site: Site) -> None:
    _appoint(site)
    broken = sorted(row.pk for row in site.add_stations("c", STATIONS))
    faulted = [row.pk for row in site.add_stations("d", 1)]
    installation = _start(site)
    asyncio.run(_break("d0", installation.gateway_url, "2.0.1", WATCHDOG))
    for number in range(STATIONS):
        asyncio.run(_break(f"c{number}", installation.gateway_url, "1.6", CUT))
        time.sleep(0.25 * number)  # so that the kill meets watching, joining and sending in turn
        if number == STATIONS // 2:
            site.kill_postgres()
            installation.wait_until_ready("gateway")
        else:
            installation.kill("worker")
            installation.start("worker")
    site.execute(
        "UPDATE notices_delivery SET claimed_at = now() - interval '2 minutes' WHERE state = 'claimed'"
    )

    _wait_for(lambda: site.number(_TOLD) == STATIONS + 1 and site.number(_WAITING) == 0)
    _wait_for(lambda: len(site.rows(_FINDINGS)) >= STATIONS)  # a report opens, a finding follows
    assert installation.stop("worker") == 0
    assert sorted(row[0] for row in site.rows(_FINDINGS)) == broken
    assert sorted(row[0] for row in site.rows(_INCIDENTS)) == sorted(broken + faulted)
    assert set(Counter(row[0] for row in site.rows(_ALERTS)).values()) == {1}
    assert site.number(_SENT) <= _mails(installation) <= site.number(_SENT) + site.number(_UNKNOWN)
