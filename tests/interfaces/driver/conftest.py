"""A driver with a link: charges of a small town in every state, and a browser to look at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from tests.domain.billing.making import SIMPLE, Town
from tests.patience import PATIENCE_MS
from tests.plugins.serving import wait_until_idle
from tools.build_frontend import bundle, install_packages

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import invoices, receipts
from chargehand.kernel import clock

Visit = Callable[..., Page]


@dataclass
class Driver:
    """Somebody who charges in a town and opens links."""

    town: Town
    client: Client

    def charge(self, wh: int | None = 31_200, *, minutes: int = 48) -> str:
        """Charge and return the key of the receipt; nothing is priced yet."""
        return self.key(self.town.charge(wh, minutes=minutes))

    def key(self, number: int) -> str:
        return receipts.receipt_key(self.town.operator_id, number)

    def number(self, key: str) -> int:
        found = receipts.receipt_by_token(key)
        assert found is not None
        return found.transaction_id

    def price(self, key: str) -> None:
        """Let the charge be priced."""
        self.town.price(self.number(key))

    def bill(self, key: str) -> int:
        """Let the charge be priced and its document issued; return the document."""
        priced = self.town.price(self.number(key))
        issued = invoices.issue_invoice(self.town.operator_id, priced.id, now=clock.now())
        assert issued is not None
        return issued


@pytest.fixture
def driver(operator: Operator) -> Driver:
    town = Town(operator)
    town.tariff(SIMPLE)
    return Driver(town, Client(headers={"accept-language": "en"}))


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
def visit(browser: Browser, live_server: LiveServer) -> Iterator[Visit]:
    """Open a page on a phone; at the end no page may have complained."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def open_one(
        path: str, *, width: int = 390, scheme: str = "light", script: bool = True, locale: str = "en"
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
            locale=locale,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
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
