"""A whole job with a real charger at the other end: blocked, tested by a charge, open again."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from playwright.sync_api import expect
from tests.interfaces.desk.conftest import Visit
from tests.patience import PATIENCE_S
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.accounts.models import Membership, Operator, User
from chargehand.domain.accounts.principals import SYSTEM, Actor
from chargehand.domain.charging.models import Transaction
from chargehand.domain.maintenance import work
from chargehand.domain.maintenance.models import WorkOrder
from chargehand.domain.maintenance.work import NewOrder
from chargehand.domain.stations.models import ChargingStation, Connector
from chargehand.domain.tokens.models import Token
from chargehand.journal import runner
from chargehand.project.flows import FOLLOWERS
from chargehand.simulator.simulated_station import SimulatedStation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: A tenth of a kWh or more.
ENOUGH = re.compile(r"(0\.[1-9]|[1-9]\d*(\.\d+)?)\s*kWh")


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """Followers at work in a thread, as in a worker."""
    stop = threading.Event()

    def work_on() -> None:
        runner.run(stop, FOLLOWERS)
        connections.close_all()

    thread = threading.Thread(target=work_on)
    thread.start()
    yield
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


@pytest.fixture
def charger(
    gateway: RunningGateway, make_station: Callable[..., ChargingStation]
) -> Iterator[Callable[[], None]]:
    """A simulated charger; call it to plug a car in."""
    make_station("4107")
    ready, stop, plug = threading.Event(), threading.Event(), threading.Event()

    async def live() -> None:
        station = SimulatedStation("4107", gateway.url, "1.6", PASSWORD)
        await station.connect()
        await station.boot()
        ready.set()
        while not stop.is_set():
            if plug.is_set():
                plug.clear()
                await station.plug_in(1)
            await station.advance(1)
            await asyncio.sleep(0.02)
        await station.close()

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    assert ready.wait(PATIENCE_S)
    yield plug.set
    stop.set()
    thread.join(PATIENCE_S)


def test_a_job_ends_with_a_charge_that_the_charger_reports(
    visit: Visit,
    operator: Operator,
    charger: Callable[[], None],
    make_token: Callable[..., Token],
    worker: None,
) -> None:
    user = User.objects.create_user("mo@example.org", "correct horse battery", name="Mo")
    Membership.objects.create(user=user, operator=operator, role="technician")
    station = ChargingStation.objects.get()
    token = make_token()
    order = NewOrder(station_id=station.pk, evse=1, title="Look at the cable")
    order_id = work.raise_order(operator_id=operator.pk, order=order, actor=SYSTEM)
    page = visit(f"/desk/jobs/{order_id}/", Actor("user", user.pk, "Mo"))
    page.click("button:text-is('Start job')")
    expect(page.locator(".desk__barrier")).to_contain_text("The charger says so")
    page.click("text=Look at housing")
    page.fill("#value-found", "A wasp")
    page.click("button:text-is('Open for the test charge')")
    expect(page.locator(".plugs")).to_contain_text("Free")
    charger()
    expect(page.locator(".plugs")).to_contain_text("A car is plugged in")
    page.fill("#token", token.uid)
    page.click("button:text-is('Test 2 min')")
    card = page.locator(".command").first
    expect(card).to_contain_text("Start charging")
    expect(card.locator(".step--done")).to_have_count(3)
    expect(page.locator(".plugs")).to_contain_text(ENOUGH)
    page.click("button:text-is('Stop the test')")
    expect(page.locator(".desk__proof")).to_contain_text("Test charge seen")
    page.click("button:text-is('Done – reopen for drivers')")
    expect(page.locator("#job-state")).to_contain_text("Done")
    expect(page.locator(".outbox__count")).to_have_text("All sent")
    row = WorkOrder.objects.get()
    assert (row.state, row.test_transaction_id) == ("done", Transaction.objects.get().pk)
    assert Connector.objects.get(station=station, evse=1).intent_operative
