"""The pages of uptime in a real Chromium: light, dark and narrow, with and without script, axe on each."""

import os

import pytest
from playwright.sync_api import Page, expect
from tests.interfaces.console.conftest import Visit
from tests.plugins.axe import violations

from chargehand.domain.health.models import OutageExclusion
from chargehand.domain.stations.models import ChargingStation, Location

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def keep(page: Page, name: str) -> None:
    """Keep a picture where CHARGEHAND_TEST_PICTURES names a folder."""
    if folder := os.environ.get("CHARGEHAND_TEST_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_can_be_read_by_everyone(
    visit: Visit, seasoned: ChargingStation, site: Location, scheme: str, width: int
) -> None:
    paths = {
        "report": "/console/uptime/",
        "british": "/console/uptime/?scheme=united-kingdom",
        "port": f"/console/uptime/ports/{seasoned.pk}/1/",
        "hours": f"/console/uptime/hours/{site.pk}/",
        "station": f"/console/stations/{seasoned.pk}/",
        "overview": "/console/",
    }
    for name, path in paths.items():
        page = visit(path, width=width, scheme=scheme)
        expect(page.locator("main")).to_be_visible()
        keep(page, f"{name}-{scheme}-{width}")
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_an_outage_is_excluded_without_script(visit: Visit, seasoned: ChargingStation) -> None:
    page = visit("/console/uptime/", script=False)
    page.click("text=charger Tor 3, plug A")
    page.locator("tr", has_text="Reports a fault").locator("a:text-is('Exclude')").click()
    page.select_option("[name=reason]", "vehicle-caused")
    page.fill("[name=note]", "The car's inlet was broken, ticket 12.")
    page.click("#exclude button:text-is('Exclude')")
    expect(page.locator("tr", has_text="Reports a fault")).to_contain_text("ticket 12")
    row = OutageExclusion.objects.get()
    assert (row.until - row.since).total_seconds() == pytest.approx(5 * 3600, abs=2)
