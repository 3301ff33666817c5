"""The console in a real Chromium: commands seen to work, thousands of rows, keys, no script, axe everywhere."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from playwright.sync_api import expect
from tests.interfaces.console.conftest import SECRET, Visit
from tests.patience import PATIENCE_S
from tests.plugins.axe import violations
from tests.plugins.gateway import PASSWORD, RunningGateway
from tests.plugins.keys import go_by_keys

from chargehand.domain.accounts.models import Operator, User
from chargehand.domain.charging.models import RepairCase, Transaction
from chargehand.domain.stations.models import (
    ChargingStation,
    Connector,
    Location,
    StationConnection,
    StationRequest,
    Variable,
    WaitingStation,
)
from chargehand.domain.tokens.models import Token
from chargehand.journal import runner
from chargehand.kernel import clock
from chargehand.project.flows import FOLLOWERS
from chargehand.simulator.simulated_station import SimulatedStation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """Followers at work in a thread, as in a worker."""
    stop = threading.Event()

    def work() -> None:
        runner.run(stop, FOLLOWERS)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


@pytest.fixture
def live_station(
    gateway: RunningGateway, make_station: Callable[..., ChargingStation]
) -> Iterator[ChargingStation]:
    """A simulated station with a car at its first plug, alive until the test ends."""
    row = make_station("4107", name="Tor 3")
    ready, stop = threading.Event(), threading.Event()

    async def live() -> None:
        station = SimulatedStation("4107", gateway.url, "1.6", PASSWORD)
        await station.connect()
        await station.boot()
        await station.plug_in(1)
        ready.set()
        while not stop.is_set():
            await station.advance(1)
            await asyncio.sleep(0.05)
        await station.close()

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    assert ready.wait(PATIENCE_S)
    yield row
    stop.set()
    thread.join(PATIENCE_S)


def test_start_is_sent_answered_and_seen_to_work(
    visit: Visit, live_station: ChargingStation, token: Token, worker: None
) -> None:
    page = visit(f"/console/stations/{live_station.pk}/")
    page.click("a[data-opens=start-A]")
    page.fill("#token-A", token.uid)
    page.click("#start-A button:text-is('Start charging')")
    card = page.locator("#commands .command").first
    expect(card).to_contain_text("Start charging")
    expect(card.locator(".step--done")).to_have_count(3)
    expect(page.locator(".tile").first).to_contain_text("Stop")
    assert Transaction.objects.get().token_uid == token.uid


def test_stop_works_without_script_from_sign_in_on(
    visit: Visit, operator: Operator, station: ChargingStation, session: Transaction
) -> None:
    page = visit("/console/", script=False, is_known=False)
    assert page.title().startswith("Sign in")
    page.fill("[name=login]", User.objects.get().email)
    page.fill("[name=password]", SECRET)
    page.click("button:text-is('Sign in')")
    page.click("text=Stations >> nth=0")
    page.click("th >> text=4107")
    page.click("button:text-is('Stop')")
    expect(page.locator("#commands")).to_contain_text("Stop charging")
    assert StationRequest.objects.get().body["transaction_id"] == session.pk


def test_a_dialog_opens_without_script(visit: Visit, station: ChargingStation) -> None:
    page = visit(f"/console/stations/{station.pk}/", script=False)
    page.click("a:text-is('Restart')")
    page.click("#reset button:text-is('Restart')")
    expect(page.locator("#commands")).to_contain_text("Restart")
    assert StationRequest.objects.get().command == "reset"


def test_the_list_shows_five_thousand_stations_and_filters_them(
    visit: Visit, operator: Operator, site: Location
) -> None:
    now = clock.now()
    stations = ChargingStation.objects.bulk_create(
        ChargingStation(
            operator=operator, location=site, identity=f"S{n:04}", identity_key=f"s{n:04}", created_at=now
        )
        for n in range(5000)
    )
    StationConnection.objects.bulk_create(
        StationConnection(station=one, epoch=1, is_connected=True, connected_at=now, last_received_at=now)
        for one in stations
    )
    Connector.objects.bulk_create(
        Connector(station=one, evse=1, status="Available", status_at=now) for one in stations
    )
    page = visit("/console/stations/")
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", "5001")
    assert page.locator(".grid__row").count() < 100
    page.fill("#station-filter", "S4321")
    expect(grid).to_have_attribute("aria-rowcount", "2")
    page.locator(".grid__row >> text=S4321").click()
    expect(page.locator("h1")).to_have_text("S4321")


def test_a_person_finds_a_station_by_keys_alone(visit: Visit, station: ChargingStation) -> None:
    page = visit("/console/")
    page.keyboard.press("Control+k")
    page.keyboard.type("4107")
    page.wait_for_selector("[role=option] >> text=4107")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("4107 Tor 3")
    go_by_keys(page, "g", "s", to="**/console/stations/")
    expect(page.locator("h1")).to_have_text("Stations")


def test_every_control_of_the_station_page_is_reached_by_tab(visit: Visit, station: ChargingStation) -> None:
    page = visit(f"/console/stations/{station.pk}/")
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim()"))
    assert {"Restart", "Ask for a message", "Start", "Unlock", "Take out of service", "Log"} <= reached


def test_the_overview_keeps_itself_up_to_date(visit: Visit, station: ChargingStation) -> None:
    page = visit("/console/")
    expect(page.locator("#needs")).to_contain_text("Nothing needs a person")
    Connector.objects.filter(station=station, evse=2).update(status="Faulted", error_code="GroundFailure")
    expect(page.locator("#needs")).to_contain_text("Plug B: Reports a fault: GroundFailure.")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_has_a_violation_or_scrolls_sideways(
    visit: Visit,
    station: ChargingStation,
    token: Token,
    case: RepairCase,
    waiting: WaitingStation,
    scheme: str,
    width: int,
) -> None:
    for number in range(3):
        Variable.objects.create(
            station=station, component="OCPP16", name=f"Key{number}", value="1", reported_at=clock.now()
        )
    here = f"/console/stations/{station.pk}"
    paths = [
        *("/console/", "/console/stations/", "/console/stations/add/", f"{here}/", f"{here}/sessions/"),
        *(f"{here}/settings/", f"{here}/setting/?name=Key1", f"{here}/connection/", f"{here}/log/"),
        *(f"{here}/edit/", "/console/sessions/", f"/console/sessions/{case.transaction_id}/"),
        *("/console/waiting/", "/console/repairs/", f"/console/repairs/{case.pk}/", "/console/tokens/"),
        *(f"/console/tokens/{token.pk}/", "/console/tokens/add/", "/console/tokens/import/"),
        *("/console/sites/", "/console/sites/add/", f"/console/sites/{station.location_id}/"),
        *("/console/people/", "/console/people/invite/", f"/console/people/{User.objects.get().pk}/"),
        *("/console/customers/add/", "/console/firmware/register/"),
        *("/console/keys/", "/console/keys/add/", "/console/audit/", "/console/account/"),
        *("/console/find/?q=4107", "/accounts/2fa/", "/accounts/password/change/", "/accounts/logout/"),
    ]
    page = visit(paths[0], width=width, scheme=scheme)
    origin = page.url.partition("/console/")[0]
    found = {}
    for path in paths:
        page.goto(f"{origin}{path}")
        page.wait_for_timeout(300)
        wrong = violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append("scrolls sideways")
        if wrong:
            found[path] = wrong
    assert found == {}


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_way_in_has_no_violation(visit: Visit, path: str, scheme: str) -> None:
    assert violations(visit(path, scheme=scheme, is_known=False)) == []


def test_dialogs_and_menus_have_no_violation(visit: Visit, station: ChargingStation) -> None:
    page = visit(f"/console/stations/{station.pk}/")
    for opener in ("a[data-opens=start-A]", "a[data-opens=reset]", "a[data-opens=trigger]"):
        page.click(opener)
        page.wait_for_selector("dialog[open]")
        page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))")
        assert violations(page) == []
        page.keyboard.press("Escape")
    for menu in ("#more > summary", "#user-menu > summary"):
        page.click(menu)
        assert violations(page) == []
        page.click(menu)
