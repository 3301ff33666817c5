"""The receipt under its key: every state, to the minor unit what was priced, and nothing about anybody else."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.test import Client
from lxml import html
from pypdf import PdfReader
from tests.domain.billing.making import FAY, Town
from tests.domain.tariffs.making import component, element, tariff
from tests.interfaces.driver.conftest import Driver

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import (
    credit_notes,
    customers,
    entities,
    outstanding,
    prices,
    queries,
    statements,
)
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.customers import CustomerDetails
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.charging.models import Transaction
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

ACME = Party(name="Acme Fleet", address=("Hafenstr. 1",), postal_code="20457", city="Hamburg", country="DE")


def text_of(content: bytes) -> str:
    """What a reader sees of a page, each blank a plain one."""
    tree = html.fromstring(content.decode())
    return " ".join(" ".join(tree.itertext()).replace("\xa0", " ").split())


def pdf_text(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())


def test_page_pdf_price_and_ledger_say_the_same_to_the_minor_unit(driver: Driver) -> None:
    key = driver.charge(31_234)
    driver.bill(key)
    priced = queries.standing_price(driver.town.operator_id, driver.number(key))
    assert priced is not None
    [owed] = statements.balances(driver.town.operator_id, kind=AccountKind.RECEIVABLE)
    # 31.234 kWh at 0.50 and 19 % on top.
    assert (priced.rated.before_minor, priced.rated.after_minor, owed.posted_minor) == (1562, 1858, 1858)
    page = text_of(driver.client.get(f"/r/{key}").content)
    assert "Energy 31.234 kWh × €0.595 €18.58" in page
    assert "Total incl. 19 % VAT €18.58 VAT 19 % on €15.62 €2.96" in page
    assert "Still to pay: €18.58." in page
    assert "Meter 1 kWh → 32.234 kWh" in page
    paper = pdf_text(driver.client.get(f"/r/{key}.pdf").content)
    # It was issued in the seller's language: nobody knows that of the driver.
    assert "USt. 19 % auf 15,62 € 2,96 € Gesamtbetrag brutto 18,58 €" in paper
    assert "Zählerstand 1 kWh → 32,234 kWh" in paper


def test_a_paid_receipt_says_that_nothing_is_left(driver: Driver) -> None:
    key = driver.charge()
    issued = driver.bill(key)
    outstanding.pay(
        operator_id=driver.town.operator_id,
        invoice_id=issued,
        minor=1856,
        method="bank-transfer",
        reference="T-1",
        by="Fay",
    )
    page = text_of(driver.client.get(f"/r/{key}").content)
    assert "Paid. There is nothing left to pay." in page
    assert "Still to pay" not in page


def test_a_receipt_that_is_not_priced_yet_reloads_by_itself(driver: Driver) -> None:
    key = driver.charge()
    page = driver.client.get(f"/r/{key}").content
    assert b'<meta http-equiv="refresh" content="60">' in page
    assert "Your receipt is being computed. It takes longer than usual" in text_of(page)
    Transaction.objects.filter(pk=driver.number(key)).update(ended_at=clock.now() - timedelta(seconds=10))
    page = driver.client.get(f"/r/{key}").content
    assert b'<meta http-equiv="refresh" content="5">' in page
    assert "This page reloads by itself." in text_of(page)
    driver.price(key)
    assert b"http-equiv" not in driver.client.get(f"/r/{key}").content


def test_a_charge_in_review_is_said_to_be_checked_by_a_person(driver: Driver) -> None:
    key = driver.charge(None)
    driver.town.review(driver.number(key))
    page = text_of(driver.client.get(f"/r/{key}").content)
    assert "A person checks this charge before it is billed. You pay nothing until then." in page


def test_a_tiny_charge_is_said_to_cost_nothing(driver: Driver) -> None:
    key = driver.charge(20, minutes=1)
    assert driver.town.decide(driver.number(key)).kind == "waived"
    page = text_of(driver.client.get(f"/r/{key}").content)
    assert "You pay nothing for this charge. It was too short" in page
    assert "Energy 0.02 kWh" in page


def test_a_charge_without_any_tariff_is_said_not_to_be_billed(operator: Operator) -> None:
    driver = Driver(Town(operator), Client())
    key = driver.charge()
    assert driver.town.decide(driver.number(key)).kind == "waived"
    page = text_of(driver.client.get(f"/r/{key}").content)
    assert "The operator does not bill it. There is no invoice." in page


def test_a_free_charge_says_so(operator: Operator) -> None:
    driver = Driver(Town(operator), Client())
    driver.town.tariff(tariff(element(component("ENERGY", "0", vat="19"))))
    key = driver.charge()
    driver.price(key)
    page = text_of(driver.client.get(f"/r/{key}").content)
    assert "This charge costs nothing." in page
    assert "€0.00" in page


def test_how_the_price_came_about_is_told_part_by_part(operator: Operator) -> None:
    driver = Driver(Town(operator), Client())
    driver.town.tariff(
        tariff(
            element(component("FLAT", "1.00", vat="19"), component("ENERGY", "0.50", vat="19")),
            max_price={"before_taxes": "10.00", "after_taxes": "11.90"},
        )
    )
    key = driver.charge()
    driver.price(key)
    page = text_of(driver.client.get(f"/r/{key}").content)
    assert "Session fee: €1.19" in page
    assert "Charging time: 48 min, free" in page
    assert "Energy: 31.2 kWh × €0.595" in page
    assert "always the same price" in page
    assert "the tariff has no price for it" in page
    assert "Down to the maximum price −€" in page
    assert "Total incl. 19 % VAT €11.90" in page


def test_a_monthly_customer_sees_the_charge_alone_and_nobody_elses(driver: Driver) -> None:
    operator_id = driver.town.operator_id
    customers.add_customer(
        operator_id=operator_id,
        details=CustomerDetails(party=ACME, mode="monthly"),
        token_ids=[driver.town.token_id],
        actor=FAY,
    )
    first, second = driver.charge(10_000), driver.charge(20_000)
    driver.price(first)
    driver.price(second)
    page = text_of(driver.client.get(f"/r/{first}").content)
    assert "It will be on your next invoice." in page
    assert "Acme" not in page
    paper = pdf_text(driver.client.get(f"/r/{first}.pdf").content)
    assert "Acme" not in paper
    assert "€5.95" in paper
    assert "€11.90" not in paper
    assert driver.client.get(f"/r/{first}.xml").status_code == 404


def test_a_key_that_nobody_was_given_finds_nothing_but_a_sentence(driver: Driver) -> None:
    for path in ("/r/AAAAAAAAAAAAAAAAAAAAAA", "/r/AAAAAAAAAAAAAAAAAAAAAA.pdf", "/r/cut", "/s/cut/off", "/r/"):
        answer = driver.client.get(path)
        assert answer.status_code == 404
        assert "We can’t find this receipt. The link may be cut off." in text_of(answer.content)


def test_only_reading_is_possible(driver: Driver) -> None:
    assert driver.client.post(f"/r/{driver.charge()}").status_code == 405


@pytest.mark.parametrize(
    ("accept", "chosen", "language", "title"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "", "de", "Beleg"),
        ("pl,fr;q=0.9", "", "fr", "Reçu"),
        ("pl", "", "en", "Receipt"),
        ("", "", "en", "Receipt"),
        ("de", "nl", "nl", "Bon"),
        ("de", "xx", "de", "Beleg"),
        ("es-MX", "", "es", "Recibo"),
    ],
)
def test_the_page_speaks_what_the_browser_asks_for_or_the_reader_chose(
    driver: Driver, accept: str, chosen: str, language: str, title: str
) -> None:
    key = driver.charge()
    driver.price(key)
    query = {"lang": chosen} if chosen else {}
    answer = driver.client.get(f"/r/{key}", query, headers={"accept-language": accept})
    tree = html.fromstring(answer.content.decode())
    assert tree.get("lang") == answer.headers["Content-Language"] == language
    assert [head.text for head in tree.iter("h1")] == [title]
    [current] = tree.xpath("//a[@aria-current]")
    assert current.get("lang") == language
    paper = driver.client.get(f"/r/{key}.pdf", {"lang": language})
    assert title in pdf_text(paper.content)


def test_browsers_are_told_to_keep_nothing_and_not_to_pass_the_key_on(driver: Driver) -> None:
    key = driver.charge()
    driver.price(key)
    for path in (f"/r/{key}", f"/r/{key}.pdf"):
        headers = driver.client.get(path).headers
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in headers


def test_the_page_tells_of_the_token_only_its_end(driver: Driver) -> None:
    key = driver.charge()
    driver.price(key)
    assert b"CARD1" not in driver.client.get(f"/r/{key}").content


def test_a_named_buyer_gets_an_invoice_for_machines_too(driver: Driver) -> None:
    operator_id = driver.town.operator_id
    entity = entities.default_entity(operator_id)
    customers.add_customer(
        operator_id=operator_id,
        details=CustomerDetails(party=ACME, mode="immediate"),
        token_ids=[driver.town.token_id],
        actor=FAY,
    )
    key = driver.charge()
    driver.bill(key)
    assert b"EN 16931" not in driver.client.get(f"/r/{key}").content
    assert driver.client.get(f"/r/{key}.xml").status_code == 404, entity
    other = Driver(driver.town, driver.client)
    party = Party(name="Volt", city="Hamburg", country="DE", vat_id="DE136695976")
    entities.change_entity(
        operator_id=operator_id,
        entity_id=entity.id,
        details=entities.EntityDetails(party=party, time_zone="Europe/Berlin"),
        actor=FAY,
    )
    key = other.charge()
    other.bill(key)
    page = driver.client.get(f"/r/{key}").content
    assert b"Invoice as XML (EN 16931)" in page
    answer = driver.client.get(f"/r/{key}.xml")
    assert answer.headers["Content-Type"] == "application/xml"
    assert b"<ram:GrandTotalAmount>18.56</ram:GrandTotalAmount>" in answer.content
    found = PdfReader(io.BytesIO(driver.client.get(f"/r/{key}.pdf").content))
    assert found.attachments["factur-x.xml"] == [answer.content]


def test_a_corrected_charge_names_the_credit_note_and_shows_the_new_price(driver: Driver) -> None:
    key = driver.charge()
    driver.bill(key)
    number, operator_id = driver.number(key), driver.town.operator_id
    assert driver.client.get(f"/r/{key}/correction.pdf").status_code == 404
    driver.town.amend(number, energy_wh=30_000, meter_stop_wh=31_000)
    prices.price_cdr(operator_id, driver.town.newest(number).id)
    [credit] = [row for row in queries.priced_cdrs(operator_id).priced if row.kind == "credit"]
    assert credit_notes.issue_credit_note(operator_id, credit.id, now=clock.now()) is not None
    page = text_of(driver.client.get(f"/r/{key}").content)
    assert "Total incl. 19 % VAT €17.85" in page
    assert "It will be on your next invoice." in page
    assert "This charge was corrected by credit note C-" in page
    paper = pdf_text(driver.client.get(f"/r/{key}/correction.pdf").content)
    assert "Gutschrift" in paper
    assert "Wir erstatten 18,56 €" in paper
    assert "Korrigiert R-" in paper
