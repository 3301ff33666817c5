"""Maintenance's pages in a real Chromium: axe on each, light, dark and narrow; a job raised and given on."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect
from tests.interfaces.console.conftest import Visit
from tests.interfaces.console.maintenance.conftest import Raise
from tests.plugins.axe import violations
from tests.plugins.keys import go_by_keys

from chargehand.domain.maintenance.models import FirmwareCampaign, WorkOrder
from chargehand.domain.stations.models import ChargingStation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("CHARGEHAND_TEST_PICTURES")


def test_every_page_has_no_fault_that_axe_finds(network: None, campaign: int, visit: Visit) -> None:
    FirmwareCampaign.objects.update(state="halted", sentence="3 of 4 updates failed.")
    order = WorkOrder.objects.get(title="Look at the cable")
    names = ["work", f"work/{order.pk}", "work/raise", "risks", "plans", "plans/add", "firmware"]
    names += [f"firmware/{campaign}", "firmware/plan", "logs", "profiles", "profiles/add"]
    for scheme, width in (("light", 1440), ("dark", 390)):
        for name in names:
            address = f"/console/{name}/" + ("?station=4107" if name == "logs" else "")
            page = visit(address, scheme=scheme, width=width)
            if PICTURES:
                picture = f"{PICTURES}/{name.replace('/', '-')}-{scheme}-{width}.png"
                page.screenshot(path=picture, full_page=True)
            assert violations(page) == [], (name, scheme, width)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (name, width, wide)
            page.close()


def test_a_job_is_raised_taken_and_cancelled_in_dialogs(station: ChargingStation, visit: Visit) -> None:
    page = visit("/console/work/")
    page.click("text=Raise a work order")
    page.fill("[name=station]", "4107")
    page.fill("[name=plug]", "A")
    page.fill("[name=title]", "Look at the cable")
    page.click("button:text-is('Raise it')")
    expect(page.locator("h1")).to_have_text("Look at the cable: charger Tor 3, plug A")
    page.keyboard.press("e")
    expect(page.locator(".toast")).to_contain_text("It is yours now")
    page.click("a:text-is('Cancel the job')")
    page.fill("#cancel-reason", "raised twice")
    page.click("dialog button:text-is('Cancel the job')")
    expect(page.locator(".page")).to_contain_text("raised twice")
    assert WorkOrder.objects.get().state == "cancelled"


def test_the_work_orders_are_one_key_away(raise_order: Raise, visit: Visit) -> None:
    raise_order()
    page = visit("/console/")
    go_by_keys(page, "g", "j", to="**/console/work/")
    expect(page.locator("h1")).to_have_text("Work orders")
