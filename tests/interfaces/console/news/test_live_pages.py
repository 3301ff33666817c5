"""Pages that keep themselves up to date: a station speaks to the gateway, and an open page shows it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.installation import Installation
from tests.interfaces.console.conftest import SECRET, SignIn
from tests.patience import PATIENCE_MS, PATIENCE_S
from tests.plugins.gateway import PASSWORD, RunningGateway

from chargehand.domain.accounts.models import User
from chargehand.domain.stations.models import ChargingStation
from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.simulated_station import SimulatedStation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: The page's own clock: with a stream it must not be needed.
NEVER_MS = 3_600_000


def enter(page: Page, url: str) -> None:
    """Sign in by the form: the web under test has a key of its own."""
    page.goto(f"{url}/accounts/login/")
    page.fill("[name=login]", User.objects.get().email)
    page.fill("[name=password]", SECRET)
    page.click("button:text-is('Sign in')")
    expect(page.locator("h1")).to_have_text("Network now")


def open_live(page: Page, url: str) -> None:
    """Open a page whose clocks stand still, and wait until its stream has spoken."""
    page.add_init_script(f"""
        const wait = window.setTimeout;
        window.setTimeout = (act, ms, ...more) => wait(act, ms > 1500 ? {NEVER_MS} : ms, ...more);
    """)
    page.goto(url)
    expect(page.locator("live-age")).to_contain_text("Live")


def test_what_a_station_says_stands_on_open_pages_without_a_reload(
    browser: Browser,
    installation: Installation,
    gateway: RunningGateway,
    make_station: Callable[..., ChargingStation],
    sign_in: SignIn,
) -> None:
    row = make_station("4107", name="Tor 3")
    sign_in()
    installation.start("web")
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    overview, station = context.new_page(), context.new_page()
    try:
        enter(overview, installation.web_url)
        open_live(overview, f"{installation.web_url}/console/")
        open_live(station, f"{installation.web_url}/console/stations/{row.pk}/")
        overview.evaluate("window.kept = true")
        with broken_station(gateway.url):
            expect(overview.locator("#needs")).to_contain_text("Plug A: Reports a fault")
            expect(station.locator(".tile").first).to_contain_text("Reports a fault")
        assert overview.evaluate("window.kept")
    finally:
        context.close()
    # The fixture ends the web: it must not wait for streams.


@contextmanager
def broken_station(url: str) -> Iterator[None]:
    """A station that connects, boots and reports a fault, and stays connected."""
    stop = threading.Event()

    async def live() -> None:
        station = SimulatedStation("4107", url, "1.6", PASSWORD)
        await station.connect()
        await station.boot()
        await station.break_down(1, ErrorReport("GroundFailure"))
        await asyncio.to_thread(stop.wait)
        await station.close()

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE_S)
