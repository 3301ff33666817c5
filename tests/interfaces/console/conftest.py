"""People of every role at a door, and a small network behind it."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from tests.patience import PATIENCE_MS
from tests.plugins.serving import wait_until_idle
from tools.build_frontend import bundle, install_packages

from chargehand.domain.accounts.models import Membership, Operator, User
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.charging.models import RepairCase, Transaction
from chargehand.domain.stations import entry
from chargehand.domain.stations.models import (
    ChargingStation,
    Connector,
    Location,
    StationConnection,
    WaitingStation,
)
from chargehand.domain.tokens.models import Token
from chargehand.domain.tokens.normalising import uid_key
from chargehand.kernel import clock

SECRET = "correct horse battery"

SignIn = Callable[..., Client]
AddStation = Callable[..., ChargingStation]


@pytest.fixture
def sign_in(operator: Operator) -> SignIn:
    """Give a browser in which somebody of a role is signed in."""

    def enter(role: Role = Role.ADMIN, home: Operator | None = None, location_ids: Any = ()) -> Client:
        person = User.objects.create_user(
            f"{role.value}-{User.objects.count()}@example.org", SECRET, name="Mia"
        )
        Membership.objects.create(
            user=person, operator=home or operator, role=role, location_ids=list(location_ids)
        )
        client = Client()
        client.force_login(person)
        return client

    return enter


@pytest.fixture
def site(operator: Operator) -> Location:
    """A place of the operator."""
    return Location.objects.create(
        operator=operator,
        name="Hafengarage",
        city="Hamburg",
        latitude=Decimal("53.5436"),
        longitude=Decimal("9.9886"),
        time_zone="Europe/Berlin",
        created_at=clock.now(),
    )


@pytest.fixture
def add_station(operator: Operator, site: Location) -> AddStation:
    """Make a station with two plugs, connected unless said otherwise."""

    def add(
        identity: str = "4107", *, is_connected: bool = True, home: Operator | None = None, **more: Any
    ) -> ChargingStation:
        now = clock.now()
        row = ChargingStation.objects.create(
            operator=home or operator,
            location=site if home is None else None,
            identity=identity,
            identity_key=entry.identity_key(identity),
            vendor="Voltwerk",
            model="Duo 22",
            firmware_version="2.3.1",
            version="ocpp1.6",
            created_at=now,
            **more,
        )
        StationConnection.objects.create(
            station=row,
            epoch=1,
            version="ocpp1.6",
            is_connected=is_connected,
            connected_at=now - timedelta(hours=3),
            disconnected_at=None if is_connected else now - timedelta(hours=1),
            last_received_at=now - timedelta(seconds=4),
        )
        for evse in (1, 2):
            Connector.objects.create(
                station=row,
                evse=evse,
                standard="IEC_62196_T2",
                max_power_w=22000,
                status="Available",
                status_at=now - timedelta(minutes=6),
            )
        return row

    return add


@pytest.fixture
def station(add_station: AddStation) -> ChargingStation:
    """The one station that most pages are about."""
    return add_station(name="Tor 3")


@pytest.fixture
def token(operator: Operator) -> Token:
    """A token that may charge."""
    return Token.objects.create(
        operator=operator, uid="CAFE01", uid_key=uid_key("CAFE01"), holder_name="Ada L."
    )


@pytest.fixture
def session(operator: Operator, station: ChargingStation) -> Transaction:
    """A charge that goes on at plug A."""
    now = clock.now()
    return Transaction.objects.create(
        operator=operator,
        station=station,
        evse=1,
        connector=1,
        station_ref="77",
        state="open",
        charging_state="Charging",
        token_uid="CAFE01",
        authorization="Accepted",
        started_at=now - timedelta(minutes=24),
        started_received_at=now - timedelta(minutes=24),
        meter_start_wh=Decimal(10_000),
    )


@pytest.fixture
def waiting(db: None) -> WaitingStation:
    now = clock.now()
    return WaitingStation.objects.create(
        identity="NEU-7",
        first_seen_at=now - timedelta(hours=1),
        last_seen_at=now,
        attempts=12,
        address="192.0.2.7",
        subprotocols=["ocpp2.0.1"],
        security_profile=1,
        handshake={"user_agent": "wbx/1"},
    )


@pytest.fixture
def case(operator: Operator, station: ChargingStation, session: Transaction) -> RepairCase:
    ended = clock.now() - timedelta(minutes=5)
    Transaction.objects.filter(pk=session.pk).update(state="ended", ended_at=ended, energy_wh=None)
    return RepairCase.objects.create(
        operator_id=operator.pk,
        station_id=station.pk,
        transaction_id=session.pk,
        kind="energy-unknown",
        key=f"energy-unknown|{session.pk}",
        sentence="No meter value tells how much energy was taken.",
        evidence={"meter_start_wh": "10000", "meter_stop_wh": None},
        suggestion={"action": "set-energy"},
        opened_at=ended,
    )


CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium: CHARGEHAND_CHROMIUM or the one on the PATH."""
    found = os.environ.get("CHARGEHAND_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    install_packages(force=False)
    bundle(force=False)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps a loop running in this thread; tests use the database here as if there were none.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(
    browser: Browser,
    live_server: LiveServer,
    sign_in: SignIn,
) -> Iterator[Visit]:
    """Open pages as an admin who is signed in; at the end no page may have complained."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []
    cookie = sign_in().cookies["sessionid"].value

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def open_one(
        path: str, *, width: int = 1440, scheme: str = "light", script: bool = True, is_known: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if is_known:
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", listen)
        page.goto(f"{live_server.url}{path}")
        return page

    yield open_one
    for context in contexts:
        context.close()
    wait_until_idle()
    assert complaints == []
