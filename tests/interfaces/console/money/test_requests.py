"""What else waits for a decision on the pages about money: drivers' words, and a second person's yes."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from tests.domain.billing.making import FAY
from tests.interfaces.console.conftest import SignIn
from tests.interfaces.console.money.conftest import Books

from chargehand.domain.accounts import help_contacts
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.billing import invoice_register, objections, queries, receipts, second_person

pytestmark = pytest.mark.django_db


def page(client: Client, path: str) -> str:
    answer = client.get(f"/console/{path}")
    assert answer.status_code == 200, path
    return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def object_to(books: Books) -> int:
    receipts.receipt_key(books.operator_id, books.billed)
    return objections.object_to_charge(
        operator_id=books.operator_id,
        transaction_id=books.billed,
        words="I had only <i>3</i> kWh.",
        contact="ada@example.org",
    )


def test_a_drivers_words_stand_in_the_queue_and_are_answered_by_mail_and_on_the_receipt(
    sign_in: SignIn, books: Books
) -> None:
    number = object_to(books)
    client = sign_in(Role.FINANCE)
    assert "I had only &lt;i&gt;3&lt;/i&gt; kWh." in page(client, "reviews/")
    assert f"objections/{number}/answer/" in page(client, f"objections/{number}/")
    client.post(f"/console/objections/{number}/answer/", {"answer": "The meter says 7 kWh."})
    told = objections.objection(books.operator_id, number)
    assert told is not None
    assert (told.state, told.answer, told.settled_by) == ("settled", "The meter says 7 kWh.", "Mia")
    [sent] = mail.outbox
    assert sent.to == ["ada@example.org"]
    assert "The meter says 7 kWh." in str(sent.body)
    assert "The meter says 7 kWh." in page(client, f"objections/{number}/")
    assert "I had only" not in page(client, "reviews/")


def test_an_objection_is_answered_by_those_who_may_and_seen_by_nobody_else(
    sign_in: SignIn, books: Books
) -> None:
    number = object_to(books)
    reader = sign_in(Role.READ_ONLY)
    assert "answer/" not in page(reader, f"objections/{number}/")
    assert reader.post(f"/console/objections/{number}/answer/", {"answer": "x"}).status_code == 403
    assert sign_in(Role.SUPPORT_AGENT).get(f"/console/objections/{number}/").status_code in {403, 404}
    assert sign_in(Role.FINANCE).get(f"/console/objections/{number + 9}/").status_code == 404


def test_a_large_credit_is_asked_for_by_one_and_granted_by_another(sign_in: SignIn, books: Books) -> None:
    second_person.set_threshold(operator_id=books.operator_id, major=2, actor=FAY)
    priced = queries.standing_price(books.operator_id, books.billed)
    assert priced is not None
    client = sign_in(Role.FINANCE)
    said = {"charge": str(priced.id), "note": "Broken screen"}
    path = f"/console/invoices/{books.invoice_id}/credit/"
    assert "Ask to take €4.17 back" in client.post(path, said).content.decode().replace("\xa0", " ")
    client.post(path, {**said, "confirmed": "yes"})
    [request] = second_person.credit_requests(books.operator_id)
    assert queries.standing_price(books.operator_id, books.billed) is not None
    decide = f"/console/credit-requests/{request.id}"
    assert "Another person must grant it." in page(client, "reviews/")
    client.post(f"{decide}/grant/")
    assert len(second_person.credit_requests(books.operator_id)) == 1
    other = sign_in(Role.ADMIN)
    assert "Broken screen" in page(other, "reviews/")
    other.post(f"{decide}/grant/")
    assert queries.standing_price(books.operator_id, books.billed) is None
    [note] = invoice_register.invoices(books.operator_id, kind="credit-note").invoices
    assert note.total_minor == 417


def test_settings_name_whom_drivers_ask_and_how_much_one_may_take_back(sign_in: SignIn, books: Books) -> None:
    client = sign_in(Role.FINANCE)
    client.post("/console/billing/help/", {"phone": "+49 40 123456", "email": "help@example.org"})
    assert help_contacts.help_contact(books.operator_id).text == "+49 40 123456 · help@example.org"
    client.post("/console/billing/help/", {"phone": "call me", "email": ""})
    assert help_contacts.help_contact(books.operator_id).phone == "+49 40 123456"
    client.post("/console/billing/policy/", {"alone_up_to": "250"})
    assert second_person.threshold(books.operator_id) == 250
    client.post("/console/billing/policy/", {"alone_up_to": ""})
    assert second_person.threshold(books.operator_id) is None
    assert queries.policy(books.operator_id).least_wh == 100
