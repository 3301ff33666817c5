"""A technician with a phone: jobs in a yard, and a browser that can lose its connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from tests.domain.maintenance.yard import Yard
from tests.patience import PATIENCE_MS
from tests.plugins.serving import wait_until_idle
from tools.build_frontend import bundle, install_packages

from chargehand.domain.accounts.models import Operator, User
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance import site_notes
from chargehand.domain.maintenance.site_notes import SiteDetails

Enter = Callable[[Actor], Client]
Visit = Callable[..., Page]
#: What a browser says by itself when the connection is gone: no fault of a page.
NO_LINK = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "status of 401", "status of 422")


@pytest.fixture
def yard(operator: Operator, settings: Any, tmp_path: Path) -> Yard:
    settings.STORAGE_DIR = tmp_path / "storage"
    yard = Yard(operator)
    site_notes.write_site_note(
        operator_id=operator.pk,
        location_id=yard.location_id,
        details=SiteDetails(
            directions="Second gate, then left.", gate_code="4711#", contact="Mr Koch", phone="+49 40 123"
        ),
        actor=yard.mo,
    )
    return yard


@pytest.fixture
def enter(db: None) -> Enter:
    """Give a client in which somebody is signed in."""

    def sign_in(actor: Actor) -> Client:
        client = Client()
        client.force_login(User.objects.get(pk=actor.id or 0))
        return client

    return sign_in


@pytest.fixture(scope="module")
def browser(browser_path: str) -> Iterator[Browser]:
    install_packages(force=False)
    bundle(force=False)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps a loop running in this thread; tests use the database here as if there were none.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer, enter: Enter) -> Iterator[Visit]:
    """Open a page on a phone, signed in; at the end no page may have complained."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(known in message.text for known in NO_LINK):
            complaints.append(message.text)

    def open_one(
        path: str, who: Actor, *, width: int = 390, scheme: str = "light", script: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
            has_touch=True,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        cookie = enter(who).cookies["sessionid"].value
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
