"""What a driver does with a receipt: has it sent, and says that something is not right."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from tests.domain.billing.making import FAY
from tests.interfaces.driver.conftest import Driver

from chargehand.domain.accounts import help_contacts
from chargehand.domain.accounts.help_contacts import HelpContact
from chargehand.domain.billing import objections
from chargehand.domain.billing.documents.words import LANGUAGES
from chargehand.interfaces.driver.words import page_words
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db


def test_a_receipt_is_sent_with_its_pdf_to_an_address_that_is_kept_nowhere(driver: Driver) -> None:
    key = driver.charge()
    driver.bill(key)
    answer = driver.client.post(f"/r/{key}/mail?lang=de", {"address": "ada@example.org"}, follow=True)
    assert "Gesendet" in answer.content.decode()
    [sent] = mail.outbox
    assert (sent.to, "Harbour" in sent.subject) == (["ada@example.org"], True)
    assert f"/r/{key}" in str(sent.body)
    [(name, written, kind)] = sent.attachments
    assert (name, kind) == ("Beleg.pdf", "application/pdf")
    assert bytes(written).startswith(b"%PDF")


def test_a_key_is_no_way_to_send_mail_at_will(driver: Driver) -> None:
    key = driver.charge()
    driver.bill(key)
    codes = [
        driver.client.post(f"/r/{key}/mail", {"address": "ada@example.org"}).status_code
        for _ in range(objections.MOST_MAILS + 1)
    ]
    assert codes == [302] * objections.MOST_MAILS + [422]
    assert len(mail.outbox) == objections.MOST_MAILS


@pytest.mark.parametrize("address", ["", "ada", "ada@example.org\nBcc: all@example.org", "a@b@c"])
def test_what_is_no_address_is_said_so_and_nothing_is_sent(driver: Driver, address: str) -> None:
    key = driver.charge()
    driver.bill(key)
    answer = driver.client.post(f"/r/{key}/mail", {"address": address})
    assert answer.status_code == 422
    assert "Enter an e-mail address" in answer.content.decode()
    assert mail.outbox == []


def test_a_driver_says_what_is_not_right_and_reads_the_answer_on_the_receipt(driver: Driver) -> None:
    key = driver.charge()
    driver.bill(key)
    said = {"words": "I charged <b>less</b> than that.", "address": ""}
    answer = driver.client.post(f"/r/{key}/objection", said, follow=True)
    assert "I charged &lt;b&gt;less&lt;/b&gt; than that." in answer.content.decode()
    operator_id = driver.town.operator_id
    [waiting] = objections.objections(operator_id).objections
    assert (waiting.transaction_id, waiting.words) == (driver.number(key), said["words"])
    driver.client.post(f"/r/{key}/objection", said)
    assert len(objections.objections(operator_id).objections) == 1
    objections.settle_objection(
        operator_id=operator_id, objection_id=waiting.id, answer="You are right.", actor=FAY
    )
    assert "You are right." in driver.client.get(f"/r/{key}").content.decode()
    with pytest.raises(Refused, match="answered already"):
        objections.settle_objection(
            operator_id=operator_id, objection_id=waiting.id, answer="Again", actor=FAY
        )


def test_nobody_floods_the_queue_by_one_key(driver: Driver) -> None:
    key = driver.charge()
    driver.bill(key)
    codes = [
        driver.client.post(f"/r/{key}/objection", {"words": f"Wrong {number}"}).status_code
        for number in range(objections.MOST_OPEN + 1)
    ]
    assert codes == [302] * objections.MOST_OPEN + [422]
    assert driver.client.post(f"/r/{key}/objection", {"words": "  "}).status_code == 422


def test_deeds_need_a_key_that_was_given_a_form_that_is_ours_and_an_end(driver: Driver) -> None:
    strict = Client(enforce_csrf_checks=True)
    key = driver.charge()
    for deed in ("mail", "objection"):
        assert driver.client.get(f"/r/{'x' * 22}/{deed}").status_code == 404
        assert driver.client.get(f"/r/{key}/{deed}").status_code == 404
        assert strict.post(f"/r/{key}/{deed}", {}).status_code == 403


def test_help_is_whom_the_operator_names_on_page_and_paper(driver: Driver) -> None:
    contact = HelpContact(phone="+49 (0)40 1234-56", email="help@example.org")
    help_contacts.set_help_contact(operator_id=driver.town.operator_id, contact=contact, actor=FAY)
    key = driver.charge()
    driver.bill(key)
    page = driver.client.get(f"/r/{key}").content.decode()
    assert 'href="tel:+49401234-56"'.replace("-", "") in page
    assert "+49 (0)40 1234-56" in page
    assert 'href="mailto:help@example.org"' in page


@pytest.mark.parametrize("phone", ["call me", "1", "+49 <script>", "0" * 60])
def test_what_is_no_telephone_number_is_refused(driver: Driver, phone: str) -> None:
    with pytest.raises(Refused) as refusal:
        help_contacts.set_help_contact(
            operator_id=driver.town.operator_id, contact=HelpContact(phone=phone), actor=FAY
        )
    assert refusal.value.code == "bad-phone"


def test_every_refusal_has_its_words_in_every_language() -> None:
    for language in LANGUAGES:
        words = page_words(language)
        assert all(words[code] for code in ("bad-address", "mail-refused", "too-many", "no-words"))
