"""The incidents' pages in a real Chromium: keys, dialogs, no script, axe in both themes, and narrow."""

import pytest
from playwright.sync_api import Page, expect
from tests.interfaces.console.conftest import Visit
from tests.interfaces.console.incidents.conftest import OpenIncident
from tests.patience import wait_for
from tests.plugins.axe import violations
from tests.plugins.keys import go_by_keys

from chargehand.domain.health.models import Incident
from chargehand.domain.stations.models import ChargingStation, StationRequest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HERE = "/console/incidents/"


def arrive(page: Page, heading: str) -> None:
    """Wait until a page stands and its keys work."""
    expect(page.locator("h1")).to_contain_text(heading)
    page.wait_for_load_state("load")


def test_keys_walk_the_list_take_open_and_resolve(visit: Visit, incident: Incident) -> None:
    page = visit("/console/")
    go_by_keys(page, "g", "i", to="**/console/incidents/")
    arrive(page, "Incidents")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator("table")).to_contain_text("Mia")
    arrive(page, "Incidents")
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator("#resolve")).to_be_visible()
    page.select_option("#resolve-fix", "restart")
    page.click("#resolve button:text-is('Resolve')")
    expect(page.locator("#live")).to_contain_text("Over.")
    incident.refresh_from_db()
    assert (incident.state, incident.fix) == ("resolved", "Restarted")


def test_enter_opens_and_letters_act_on_the_page(visit: Visit, incident: Incident) -> None:
    page = visit(HERE)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    arrive(page, "Starts fail")
    page.keyboard.press("n")
    page.keyboard.type("Called the site.")
    page.click("button:text-is('Write it down')")
    expect(page.locator("#activity-lines")).to_contain_text("Called the site.")
    arrive(page, "Starts fail")
    page.keyboard.press("z")
    page.click("#snooze button:text-is('Put off')")
    expect(page.locator("#live")).to_contain_text("It comes back on")


def test_all_of_it_works_without_script(visit: Visit, incident: Incident) -> None:
    page = visit(HERE, script=False)
    page.click("tbody a >> nth=0")
    page.click("button:text-is('Take')")
    page.click("button:text-is('Restart when idle')")
    wait_for(StationRequest.objects.exists)
    assert StationRequest.objects.get().command == "reset"
    page.click("a:text-is('Resolve')")
    page.click("#resolve button:text-is('Resolve')")
    expect(page.locator("#live")).to_contain_text("Over.")


def test_the_page_keeps_itself_up_to_date(visit: Visit, incident: Incident) -> None:
    page = visit(f"{HERE}{incident.pk}/")
    expect(page.locator("#state")).to_contain_text("Open")
    Incident.objects.filter(pk=incident.pk).update(state="watching")
    expect(page.locator("#state")).to_contain_text("Watching")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_has_a_violation_or_scrolls_sideways(
    visit: Visit,
    incident: Incident,
    open_incident: OpenIncident,
    station: ChargingStation,
    scheme: str,
    width: int,
) -> None:
    open_incident(station, "cable-cut", evse=2)
    paths = [
        *(HERE, f"{HERE}?state=ended", f"{HERE}{incident.pk}/", "/console/recovery/", "/console/"),
        *(f"/console/stations/{station.pk}/", f"/console/stations/{station.pk}/findings/"),
    ]
    for path in paths:
        page = visit(path, width=width, scheme=scheme)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.close()


def test_a_dialog_named_by_the_address_is_free_of_violations(visit: Visit, incident: Incident) -> None:
    page = visit(f"{HERE}{incident.pk}/#resolve")
    expect(page.locator("#resolve")).to_be_visible()
    assert violations(page) == []
