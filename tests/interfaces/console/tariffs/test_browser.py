"""The tariffs' pages in a real Chromium: seen while typing, saved, assigned; without script; axe everywhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.domain.tariffs.making import component, element
from tests.interfaces.console.conftest import Visit
from tests.interfaces.console.tariffs.making import DAY, NIGHT, make, put
from tests.plugins.axe import violations

from chargehand.domain.accounts.models import Operator
from chargehand.domain.stations.models import ChargingStation, Location
from chargehand.domain.tariffs import queries
from chargehand.domain.tariffs.models import TariffAssignment
from chargehand.domain.tariffs.views import Place

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: A German tariff's name is long.
LONG = "Schnellladetarif Innenstadtparkhausbetriebsgesellschaft Nord"


def test_a_tariff_is_seen_in_words_while_it_is_typed_then_saved_and_assigned(
    visit: Visit, operator: Operator, station: ChargingStation
) -> None:
    page = visit("/console/tariffs/")
    page.click("text=Add a tariff")
    page.fill("[name=name]", "City")
    preview = page.locator("#preview")
    price = page.get_by_label("Per kWh")
    price.press_sequentially("0.59")
    expect(preview).to_contain_text("20 kWh in 40 minutes on Saturday at 18:00 costs 11.80 EUR.")
    page.fill("[name=ex-minutes]", "90")
    expect(preview).to_contain_text("20 kWh in 90 minutes on Saturday at 18:00 costs 11.80 EUR.")
    price.fill("0.6x")
    expect(preview).to_contain_text("Price 1, Per kWh: Enter a number.")
    price.fill("0.6")
    expect(preview).to_contain_text("costs 12.00 EUR.")
    page.click("text=Save the tariff")
    expect(page.locator("main")).to_contain_text("0.60 EUR per kWh")
    page.click("#assignments >> text=Assign")
    page.select_option("[name=scope]", "station")
    page.fill("main [name=station]", "4107")
    page.fill("[name=plug]", "A")
    page.click("text=See what would count")
    expect(page.locator("#tried")).to_contain_text(
        "City, version 1, because it is set for charger Tor 3, plug A."
    )
    page.click("button:text-is('Assign')")
    expect(page.locator("#assignments")).to_contain_text("charger Tor 3, plug A")
    assert TariffAssignment.objects.get().evse == 1
    page.goto(page.url.partition("/console/")[0] + f"/console/stations/{station.pk}/settings/")
    expect(page.locator("#price")).to_contain_text("City: 0.60 EUR per kWh")


def test_the_editor_works_without_script(visit: Visit, operator: Operator) -> None:
    page = visit("/console/tariffs/add/", script=False)
    page.fill("[name=name]", "City")
    page.get_by_label("Per kWh").fill("0.64")
    page.click("text=Add a price")
    night = page.get_by_role("group", name="Price 2")
    night.get_by_label("Per kWh").fill("0.54")
    page.fill("[name=row-1-start_time]", "22:00")
    page.fill("[name=row-1-end_time]", "06:00")
    page.locator("main").get_by_role("button", name="Preview").last.click()
    expect(page.locator("#preview")).to_contain_text("price is never used")
    page.get_by_role("button", name="Up 2").click()
    assert page.url.endswith("/add/#price-1")
    assert page.get_by_role("group", name="Price 1").get_by_label("Per kWh").input_value() == "0.54"
    page.get_by_role("group", name="Price 2").get_by_label("Per kWh").press("Enter")
    expect(page.locator("#preview")).not_to_contain_text("never used")
    page.click("text=Save the tariff")
    [made] = queries.tariffs(operator.pk)
    assert made.current is not None
    prices = [each.price_components[0].price for each in made.current.tariff.elements]
    assert [f"{price}" for price in prices] == ["0.54", "0.64"]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_of_the_tariffs_has_a_violation_or_scrolls_sideways(
    visit: Visit, operator: Operator, station: ChargingStation, site: Location, scheme: str, width: int
) -> None:
    idle = element(component("PARKING_TIME", "6", vat=19), min_duration=14400)
    number = make(operator, NIGHT, DAY, idle, name=LONG)
    put(operator, number, Place(location_id=site.pk))
    put(operator, number, Place(station_id=station.pk, evse=2, connector=1), "Pflegedienstmitarbeiterinnen")
    [version] = queries.versions(operator.pk, number)
    page = visit("/console/tariffs/", width=width, scheme=scheme)
    origin = page.url.removesuffix("/")
    wrong = {}
    for path in (
        *("", f"/{number}/", f"/{number}/edit/", f"/{number}/versions/{version.id}/", f"/{number}/import/"),
        *(f"/{number}/assign/", "/where/?scope=station&station=4107&plug=B"),
        *(f"/../stations/{station.pk}/settings/", f"/../sites/{site.pk}/"),
    ):
        page.goto(f"{origin}{path}")
        found = violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append("scrolls sideways")
        if found:
            wrong[path] = found
    assert wrong == {}
