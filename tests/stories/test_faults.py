"""A story from an injected fault to its end, in a real browser: overview, incident, repair, a real charge."""

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer
from tests.patience import PATIENCE_MS, PATIENCE_S
from tests.plugins.gateway import PASSWORD, RunningGateway
from tests.plugins.serving import wait_until_idle
from tools.build_frontend import bundle, install_packages

from chargehand.domain.accounts.models import Membership, Operator, User
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.health import actions, sweeps
from chargehand.domain.health.models import Incident
from chargehand.domain.maintenance.models import WorkOrder
from chargehand.domain.notices import sender
from chargehand.domain.stations import sweeps as station_sweeps
from chargehand.domain.stations.models import ChargingStation
from chargehand.domain.tokens.models import Token
from chargehand.journal import runner
from chargehand.kernel import clock
from chargehand.project import cli
from chargehand.project.flows import FOLLOWERS
from chargehand.simulator.control import Control
from chargehand.simulator.simulated_station import SimulatedStation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: The clock's jobs run as if it were so much later: nobody restarts a station that has just started.
LATER = timedelta(minutes=4)

Act = Callable[[SimulatedStation], Coroutine[Any, Any, None]]


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """Followers and the clock's jobs at work in threads, as in a worker."""
    stop = threading.Event()

    def follow() -> None:
        runner.run(stop, FOLLOWERS)
        connections.close_all()

    def look() -> None:
        while not stop.wait(0.5):
            sweeps.look(clock.now() + LATER)
            station_sweeps.look_for_proof(clock.now())
            sender.tell_people(limit_s=PATIENCE_S)
        connections.close_all()

    threads = [threading.Thread(target=follow), threading.Thread(target=look)]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """The file by which faults are asked for."""
    return tmp_path / "orders.jsonl"


@pytest.fixture
def living(
    gateway: RunningGateway, make_station: Callable[..., ChargingStation], orders: Path
) -> Iterator[Callable[[Act], None]]:
    """Charger 4107, alive in a thread; what is called makes something happen there."""
    make_station("4107")
    acts: queue.Queue[Act] = queue.Queue()
    ready, stop = threading.Event(), threading.Event()

    async def live() -> None:
        station = SimulatedStation("4107", gateway.url, "1.6", PASSWORD)
        await station.connect()
        assert await station.boot() == "Accepted"
        Control(orders, [station.station], station.timeline, Random(1)).start()
        ready.set()
        while not stop.is_set():
            while not acts.empty():
                await acts.get_nowait()(station)
            await station.advance(0.1)
            await asyncio.sleep(0.05)
        await station.close()

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    assert ready.wait(PATIENCE_S)
    yield acts.put
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


@pytest.fixture
def page(
    operator: Operator, live_server: LiveServer, browser_path: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    """The browser of Mia, who is signed in as an admin."""
    install_packages(force=False)
    bundle(force=False)
    person = User.objects.create_user("mia@example.org", "correct horse battery", name="Mia")
    Membership.objects.create(user=person, operator=operator, role=Role.ADMIN)
    client = Client()
    client.force_login(person)
    # Playwright keeps a loop running in this thread; the test uses the database here as if there were none.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        context = chromium.new_context()
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        opened = context.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        yield opened
        chromium.close()
        wait_until_idle()


async def _charge(station: SimulatedStation) -> None:
    await station.plug_in(1)
    await station.present_token(1, "CAFE01")
    await station.advance(130)
    await station.present_token(1, "CAFE01")
    await station.unplug(1)


def test_a_fault_shows_alarms_is_repaired_and_ends_by_a_real_charge(
    page: Page,
    live_server: LiveServer,
    operator: Operator,
    living: Callable[[Act], None],
    worker: None,
    make_token: Callable[..., Token],
    orders: Path,
) -> None:
    make_token("CAFE01")
    actions.set_debounce(operator_id=operator.pk, family="reported", seconds=0, actor=SYSTEM)
    actions.set_recovery_policy(
        operator_id=operator.pk,
        is_enabled=True,
        steps=["soft-reset"],
        per_day=3,
        from_hour=None,
        until_hour=None,
        pause_s=300,
        actor=SYSTEM,
    )
    page.goto(f"{live_server.url}/console/")
    expect(page.locator("#needs")).to_contain_text("Nothing needs a person")

    assert cli.main(["simulate-fault", "4107", "internal", "--control", str(orders)]) == 0
    expect(page.locator("#needs")).to_contain_text("charger 4107, plug A")
    page.click("#needs a:text-is('charger 4107, plug A')")
    expect(page.locator("h1")).to_have_text("The station reports a fault: charger 4107, plug A")
    page.click("button:text-is('Raise a work order')")
    expect(page.locator("#try")).to_contain_text("Nobody has it yet")
    expect(page.locator("#try")).to_contain_text("Mia · E-mail")

    restart = page.locator(".tried", has_text="Restart when idle")
    expect(restart).to_contain_text("Worked")
    expect(restart.locator(".step--done")).to_have_count(3)
    expect(page.locator("#live")).to_contain_text("The next real charge there ends the incident by itself.")
    assert Incident.objects.get().state == "watching"

    living(_charge)
    expect(page.locator("#live")).to_contain_text("A real charge worked.")
    page.goto(f"{live_server.url}/console/")
    expect(page.locator("#needs")).to_contain_text("Nothing needs a person")
    incident = Incident.objects.get()
    assert (incident.state, incident.is_by_charge) == ("resolved", True)
    assert WorkOrder.objects.get().incident_id == incident.pk
