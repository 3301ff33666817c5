"""A story of repair: a technician takes the work order, mends the plug, charges a car, and drivers can come again."""

import asyncio
import time
from collections.abc import Callable
from random import Random

import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.accounts import api_keys, queries
from chargehand.domain.accounts.models import Membership, Operator, User
from chargehand.domain.accounts.permissions import Permission, Role
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.maintenance import work
from chargehand.domain.maintenance.models import WorkOrder
from chargehand.domain.maintenance.work import NewOrder
from chargehand.domain.stations import actions as stations
from chargehand.domain.stations.actions import ConnectorDetails
from chargehand.domain.stations.models import ChargingStation, Connector, StationRequest
from chargehand.domain.tokens.models import Token
from chargehand.simulator.clock import ManualClock, write_stamp
from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.control import MEND, Control, Order
from chargehand.simulator.simulated_station import SimulatedStation
from chargehand.simulator.technician import Technician
from chargehand.simulator.work_desk import WorkDesk

pytestmark = pytest.mark.django_db(transaction=True)

STEP_S = 5.0


class StationClock(ManualClock):
    """Moved by hand; messages carry the world's time."""

    def stamp(self, offset_s: float = 0.0) -> str:
        return write_stamp(time.time() + offset_s)


def is_command_on_its_way() -> bool:
    try:
        return StationRequest.objects.filter(state__in=["queued", "sent"]).exists()
    finally:
        connection.close()


async def pass_time(station: SimulatedStation, repair: asyncio.Task[None]) -> None:
    """Let simulated time pass until a repair is over, but not while the station has yet to obey."""
    while not repair.done():
        if not await asyncio.to_thread(is_command_on_its_way):
            await station.advance(STEP_S)


def issue_key(operator: Operator) -> str:
    person = User.objects.create_user("tom@example.org", "correct horse battery", name="Tom")
    Membership.objects.create(user=person, operator=operator, role=Role.ADMIN)
    issuer = queries.principal_of(person.pk, operator.slug)
    assert issuer is not None
    return api_keys.issue_api_key(
        operator_id=operator.pk,
        name="Phone",
        scopes=[Permission.WORK_VIEW, Permission.WORK_EDIT],
        issuer=issuer,
    ).secret


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_technician_mends_tests_and_reports_done(
    version: str,
    operator: Operator,
    gateway: RunningGateway,
    live_server: LiveServer,
    make_station: Callable[..., ChargingStation],
    make_token: Callable[..., Token],
) -> None:
    row = make_station("4107")
    make_token("CAFE01")
    key = issue_key(operator)
    stations.describe_connector(
        operator_id=operator.pk, station_id=row.pk, evse=1, details=ConnectorDetails(standard="IEC_62196_T2")
    )
    order = NewOrder(station_id=row.pk, evse=1, title="The station reports a fault")
    number = work.raise_order(operator_id=operator.pk, order=order, actor=SYSTEM)

    async def repair() -> None:
        station = SimulatedStation("4107", gateway.url, version, PASSWORD, clock=StationClock(time.time()))
        await station.connect()
        await station.boot()
        control = Control(None, [station.station], station.timeline, Random(1))
        await station.break_down(1, ErrorReport("InternalError", "E-900"))

        def mend(identity: str, connector: int) -> None:
            control.take(Order(station=identity, fault=MEND, connector=connector))
            station.station.recover(connector)

        technician = Technician(
            WorkDesk(live_server.url, key),
            [station.station],
            mend,
            token="CAFE01",
            timeline=station.timeline,
            rng=Random(1),
            leave_s=0.0,
        )

        async def work_on() -> None:
            assert await technician.take_one()

        repair = asyncio.create_task(work_on())
        await pass_time(station, repair)
        await repair
        assert technician.done == 1
        assert not await technician.take_one()
        await station.close()

    asyncio.run(repair())
    gateway.stop()
    done = WorkOrder.objects.get(pk=number)
    assert done.state == "done"
    assert done.test_transaction_id is not None
    assert done.no_test_reason == ""
    plug = Connector.objects.get(station=row, evse=1)
    assert (plug.status, plug.intent_operative) == ("Available", True)
