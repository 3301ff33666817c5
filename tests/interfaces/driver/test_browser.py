"""The drivers' pages in a real Chromium: a phone, no script, small and dark, axe everywhere, few bytes."""

from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from lxml import html
from playwright.sync_api import expect
from tests.domain.station_talk import now
from tests.interfaces.driver.conftest import Driver, Visit
from tests.interfaces.driver.test_sessions import start
from tests.plugins.axe import violations

from chargehand.domain.charging.models import SignedReading, Transaction

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_BYTES = 40_000


@pytest.fixture
def keys(driver: Driver) -> dict[str, str]:
    """A key for each state; the receipt has a signed reading with a long key."""
    priced, computing, review = driver.charge(), driver.charge(), driver.charge(None)
    SignedReading.objects.create(
        transaction_id=driver.number(priced),
        station_id=driver.town.talk.station_id,
        evse=1,
        measured_at=now(),
        received_at=now(),
        context="Transaction.End",
        encoding="OCMF",
        signing_method="",
        public_key="3059301306072A8648CE3D020106082A8648CE3D03010703420004" + "AB" * 64,
        signed_data="OCMF|" + json.dumps({"RD": [{"RV": index} for index in range(60)]}) + '|{"SD":"30"}',
    )
    driver.bill(priced)
    driver.town.review(driver.number(review))
    live, silent = start(driver, told=now()), start(driver, told=now() - timedelta(minutes=20), evse=2)
    return {
        "receipt": f"/r/{priced}",
        "computing": f"/r/{computing}",
        "review": f"/r/{review}",
        "live": f"/s/{live}",
        "silent": f"/s/{silent}",
    }


def test_every_page_has_no_fault_that_axe_finds_and_fits_a_small_phone(
    keys: dict[str, str], visit: Visit
) -> None:
    for name, path in keys.items():
        for scheme, width in (("light", 390), ("dark", 320)):
            for language in ("en", "de"):
                page = visit(f"{path}?lang={language}", scheme=scheme, width=width)
                page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
                assert violations(page) == [], (name, scheme, language)
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, (name, scheme, language)


def test_a_receipt_is_whole_without_script(keys: dict[str, str], visit: Visit) -> None:
    page = visit(keys["receipt"], script=False)
    expect(page.get_by_role("row", name="Total incl. 19 % VAT")).to_contain_text("€18.56")
    page.get_by_text("How was this computed?").click()
    expect(page.get_by_text("always the same price")).to_be_visible()
    page.get_by_role("link", name="Deutsch").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Beleg")


def test_the_pdf_opens_from_the_receipt(keys: dict[str, str], visit: Visit) -> None:
    page = visit(keys["receipt"])
    address = page.get_by_role("link", name="Receipt as PDF").get_attribute("href")
    answer = page.request.get(f"{page.url.partition('/r/')[0]}{address}")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")


def test_a_live_page_refreshes_itself_and_ends_at_the_receipt(
    driver: Driver, keys: dict[str, str], visit: Visit
) -> None:
    page = visit(keys["live"])
    expect(page.get_by_text("23.4 kWh")).to_be_visible()
    number = driver.number(keys["live"].removeprefix("/s/"))
    driver.town.talk.meter(number, now(), register=34_000, power=80_000)
    expect(page.get_by_text("24.0 kWh")).to_be_visible()
    driver.town.talk.stop(number, at=now(), meter=34_500)
    expect(page).to_have_url(re.compile("/r/"))
    assert Transaction.objects.get(pk=number).state == "ended"


def test_a_receipt_that_is_computed_comes_by_itself(
    driver: Driver, keys: dict[str, str], visit: Visit
) -> None:
    key = keys["computing"].removeprefix("/r/")
    Transaction.objects.filter(pk=driver.number(key)).update(ended_at=now() - timedelta(seconds=5))
    page, plain = visit(keys["computing"]), visit(keys["computing"], script=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your receipt is being computed.")
    driver.price(key)
    for one in (page, plain):
        expect(one.get_by_role("heading", level=1)).to_have_text("Receipt")


def test_a_live_page_works_without_script(keys: dict[str, str], visit: Visit) -> None:
    page = visit(keys["live"], script=False)
    expect(page.get_by_text("Charging. Your car takes 92.0 kW.")).to_be_visible()


def test_a_page_is_light_enough_for_a_garage(driver: Driver, keys: dict[str, str]) -> None:
    for path in keys.values():
        content = driver.client.get(path).content
        tree = html.fromstring(content.decode())
        linked = tree.xpath("//link/@href | //script/@src")
        files = [finders.find(str(address).partition("static/")[2]) for address in linked]
        assert all(files), linked
        parts = [content, *(Path(str(file)).read_bytes() for file in files)]
        assert sum(len(gzip.compress(part)) for part in parts) < MOST_BYTES
        assert tree.xpath("//link[@rel='stylesheet']") == []
        assert len(files) <= 2
