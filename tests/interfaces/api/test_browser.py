"""The documentation page in a real browser: it works under our policy and asks nobody else."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright
from tests.interfaces.api.conftest import AddStation, IssueKey
from tests.patience import PATIENCE_MS

from chargehand.domain.accounts.models import Operator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser_path: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page of a new browser."""
    # Playwright's loop runs in this thread; Django would refuse the database in it.
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        opened = browser.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        yield opened
        browser.close()


def test_the_page_shows_the_operations_and_tries_one_with_a_key(
    page: Page, live_server: object, issue_key: IssueKey, operator: Operator, add_station: AddStation
) -> None:
    add_station("4107")
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server}/api/v1/docs")
    page.get_by_text("/api/v1/stations", exact=True).first.wait_for()

    page.get_by_role("button", name="Authorize").click()
    page.locator(".auth-container input").nth(0).fill(issue_key(operator))
    page.locator(".auth-btn-wrapper button.authorize").nth(0).click()
    page.locator(".auth-btn-wrapper .btn-done").nth(0).click()
    page.locator("#operations-Stations-list_stations .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    told = page.locator(".live-responses-table .response-col_status").nth(1)
    told.wait_for()
    assert "200" in told.inner_text()
    assert "4107" in page.locator(".live-responses-table").inner_text()
    assert complaints == []
    assert all(address.startswith((str(live_server), "data:", "blob:")) for address in asked), asked
