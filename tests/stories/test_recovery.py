"""A story from a fault to its end: a plug breaks, a restart is seen to work, a real charge closes the matter."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.following import follow_all
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.health import actions, sweeps
from chargehand.domain.health.models import Incident, RecoveryStep
from chargehand.domain.stations.models import ChargingStation
from chargehand.domain.tokens.models import Token
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock
from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.simulated_station import SimulatedStation


async def _break(station: SimulatedStation) -> None:
    await station.connect()
    assert await station.boot() == "Accepted"
    await station.break_down(1, ErrorReport("InternalError", "E-900", "Watchdog of the power module"))


async def _restart(station: SimulatedStation) -> None:
    """Follow the order to restart; the restart cures what was wrong."""
    await station.wait_for("Reset")
    await station.recover(1)
    await station.advance(40)


async def _charge(station: SimulatedStation) -> None:
    await station.plug_in(1)
    await station.present_token(1, "CAFE01")
    await station.advance(180)
    await station.present_token(1, "CAFE01")
    await station.unplug(1)
    await station.close()


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_fault_is_repaired_by_a_restart_and_closed_by_a_real_charge(
    version: str,
    gateway: RunningGateway,
    make_station: Callable[..., ChargingStation],
    make_token: Callable[..., Token],
) -> None:
    row = make_station("4107")
    make_token("CAFE01")
    actions.set_debounce(operator_id=row.operator_id, family="reported", seconds=0, actor=SYSTEM)
    actions.set_recovery_policy(
        operator_id=row.operator_id,
        is_enabled=True,
        steps=["soft-reset"],
        per_day=3,
        from_hour=None,
        until_hour=None,
        pause_s=0,
        actor=SYSTEM,
    )
    station = SimulatedStation("4107", gateway.url, version, PASSWORD)
    with asyncio.Runner() as loop:
        loop.run(_break(station))
        follow_all()
        incident = Incident.objects.get()
        assert (incident.kind, incident.state, incident.evse) == ("reported-fault", "open", 1)

        sweeps.look(clock.now() + timedelta(minutes=3))
        loop.run(_restart(station))
        follow_all()
        sweeps.look(clock.now() + timedelta(minutes=3))
        step = RecoveryStep.objects.exclude(state="withheld").get()
        assert (step.step, step.state) == ("soft-reset", "worked")
        incident.refresh_from_db()
        assert incident.state == "watching"

        loop.run(_charge(station))
    gateway.stop()
    follow_all()
    sweeps.look(clock.now() + timedelta(minutes=4.5))
    incident.refresh_from_db()
    assert (incident.state, incident.is_by_charge) == ("resolved", True)
    facts = StatedFact.objects.filter(name__startswith="health.Incident").order_by("id")
    assert list(facts.values_list("name", flat=True)) == ["health.IncidentOpened", "health.IncidentResolved"]
