"""What is decided on the pages about money: it counts once, with a reason, and as it was shown."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from tests.domain.billing.making import Town, bill_everything
from tests.interfaces.console.conftest import SignIn
from tests.interfaces.console.money.conftest import Books

from chargehand.domain.accounts.models import AuditEntry
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.billing import (
    account_numbers,
    customers,
    entities,
    invariants,
    invoice_register,
    queries,
    sharing,
    statement_register,
    statements,
)
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.stations.models import Location
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def text(client: Client, path: str, **query: str) -> str:
    answer = client.get(f"/console/{path}", query)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.content.decode().replace("\N{NO-BREAK SPACE}", " "))


def test_a_review_is_priced_as_it_was_shown_once(sign_in: SignIn, books: Books) -> None:
    client = sign_in(Role.FINANCE)
    page = text(client, f"reviews/{books.review_id}/")
    assert "<b>€4.17</b> would be billed" in page
    shown = re.search(r'name="shown" value="([^"]+)"', page)
    assert shown is not None
    said = {
        "version": str(books.version_id),
        "shown": shown[1],
        "note": "The log is complete",
        "once": str(uuid4()),
    }
    path = f"/console/reviews/{books.review_id}/price/"
    assert client.post(path, {**said, "shown": "1:1EUR", "once": str(uuid4())}).status_code == 302
    assert queries.standing_price(books.operator_id, books.doubtful) is None
    for _again in range(2):
        client.post(path, said)
    priced = queries.standing_price(books.operator_id, books.doubtful)
    assert priced is not None
    assert (priced.rated.after_minor, priced.decided_by) == (417, "Mia")
    page = text(client, f"reviews/{books.review_id}/")
    assert "The log is complete" in page
    assert "Priced" in page


def test_a_review_is_waived_only_with_a_reason(sign_in: SignIn, books: Books) -> None:
    client = sign_in()
    path = f"/console/reviews/{books.review_id}/waive/"
    client.post(path, {"note": " "})
    assert "Say why" in text(client, "reviews/")
    client.post(path, {"note": "Goodwill"})
    [waived] = queries.waived_cdrs(books.operator_id, books.doubtful)
    assert (waived.reason, waived.note) == ("by-person", "Goodwill")


def test_a_tariff_of_choice_changes_the_price_that_is_shown(sign_in: SignIn, books: Books) -> None:
    page = text(sign_in(), f"reviews/{books.review_id}/", version=str(books.version_id + 999))
    assert "There is no such version of a tariff." in page
    assert "would be billed" not in page


def test_tiny_charges_are_waived_together_after_their_amounts_were_shown(
    sign_in: SignIn, books: Books
) -> None:
    client = sign_in()
    page = text(client, "reviews/")
    assert f'value="{books.tiny_review_id}"' in page
    assert f'value="{books.review_id}"' not in page
    chosen = {"id": [str(books.tiny_review_id), str(books.review_id)]}
    answer = client.get("/console/reviews/waive/", chosen).content.decode()
    assert "€0.12" in answer
    client.post("/console/reviews/waive/all/", {**chosen, "note": "Too little"})
    settled = queries.price_review(books.operator_id, books.tiny_review_id)
    left = queries.price_review(books.operator_id, books.review_id)
    assert settled is not None
    assert left is not None
    assert (settled.resolution, left.state) == ("waived", "open")


def test_an_invoice_shows_its_lines_and_gives_its_files(sign_in: SignIn, books: Books) -> None:
    client = sign_in()
    page = text(client, f"invoices/{books.invoice_id}/")
    assert "Acme" in page
    assert "€4.17" in page
    pdf = client.get(f"/console/invoices/{books.invoice_id}/document.pdf")
    assert (pdf.headers["Content-Type"], pdf.content[:4]) == ("application/pdf", b"%PDF")
    client.get(f"/console/invoices/{books.invoice_id}/document.xml")
    assert "There is no XML of this document." in text(client, f"invoices/{books.invoice_id}/")
    assert client.get(f"/console/invoices/{books.invoice_id}/document.exe").status_code == 404


def test_the_invoice_of_a_registered_seller_is_xml_too(sign_in: SignIn, town: Town) -> None:
    client = sign_in()
    seller = entities.default_entity(town.operator_id)
    said = {
        "name": "Volt GmbH",
        "address": "Am Kai 1",
        "country": "DE",
        "vat_id": "DE136695976",
        "time_zone": "Europe/Berlin",
        "language": "de",
        "invoice_series": "R-{year}-",
        "credit_series": "C-{year}-",
        "host_series": "H-{year}-",
        "payment_days": "30",
        "payment_text": "IBAN",
    }
    assert client.post(f"/console/billing/sellers/{seller.id}/", said).status_code == 302
    buyer = {"name": "Acme", "country": "DE", "mode": "immediate", "language": "en", "tokens": "CARD1"}
    assert client.post("/console/customers/add/", buyer).status_code == 302
    town.tariff()
    town.price(town.charge())
    bill_everything()
    [invoice] = invoice_register.invoices(town.operator_id).invoices
    answer = client.get(f"/console/invoices/{invoice.id}/document.xml")
    assert answer.headers["Content-Type"] == "application/xml"
    assert b"Volt GmbH" in answer.content


def test_a_payment_is_written_down_once_and_never_above_what_is_open(sign_in: SignIn, books: Books) -> None:
    client = sign_in()
    path = f"/console/invoices/{books.invoice_id}/pay/"
    client.post(path, {"amount": "5,00", "method": "cash", "reference": "A"})
    assert "more than is open" in text(client, f"invoices/{books.invoice_id}/")
    client.post(path, {"amount": "lots", "method": "cash", "reference": "A"})
    assert "Enter an amount in EUR" in text(client, f"invoices/{books.invoice_id}/")
    for _again in range(2):
        client.post(path, {"amount": "4,17", "method": "bank-transfer", "reference": "2026-17"})
    found = invoice_register.invoice(books.operator_id, books.invoice_id)
    assert found is not None
    assert (found.invoice.state, len(found.payments)) == ("paid", 1)


def test_a_charge_is_taken_back_by_a_credit_note_after_its_amount_was_shown(
    sign_in: SignIn, books: Books
) -> None:
    client = sign_in()
    path = f"/console/invoices/{books.invoice_id}/credit/"
    [charge] = invoice_register.invoice(books.operator_id, books.invoice_id).charges  # type: ignore[union-attr]
    said = {"charge": str(charge.priced_id), "note": "Broken screen"}
    told = client.post(path, said).content.decode()
    assert "<b>€4.17</b>" in told
    assert "nothing is to be paid back" in told
    assert queries.standing_price(books.operator_id, books.billed) is not None
    client.post(path, {**said, "confirmed": "yes", "once": str(uuid4())})
    [note] = invoice_register.invoices(books.operator_id, kind="credit-note").invoices
    assert (note.corrects_id, note.total_minor) == (books.invoice_id, 417)
    assert note.number in text(client, f"invoices/{books.invoice_id}/")
    assert "Broken screen" in text(client, f"charges/{books.billed}/")
    bill_everything()
    assert invariants.find_breaks(clock.now()) == []


def test_a_large_credit_is_confirmed_by_typing_its_amount(sign_in: SignIn, town: Town) -> None:
    client = sign_in()
    town.tariff()
    number = town.charge(100_000)
    town.price(number)
    bill_everything()
    [invoice] = invoice_register.invoices(town.operator_id).invoices
    [charge] = invoice_register.invoice(town.operator_id, invoice.id).charges  # type: ignore[union-attr]
    path = f"/console/invoices/{invoice.id}/credit/"
    said = {"charge": str(charge.priced_id), "note": "Broken screen"}
    assert 'name="typed"' in client.post(path, said).content.decode()
    for typed in ("", "50"):
        client.post(path, {**said, "confirmed": "yes", "typed": typed})
        assert queries.standing_price(town.operator_id, number) is not None
    client.post(path, {**said, "confirmed": "yes", "typed": "59,50"})
    assert queries.standing_price(town.operator_id, number) is None


def test_an_invoice_is_sent_with_its_pdf(sign_in: SignIn, books: Books) -> None:
    client = sign_in()
    path = f"/console/invoices/{books.invoice_id}/send/"
    client.post(path, {"address": "nobody"})
    assert mail.outbox == []
    client.post(path, {"address": "bills@acme.example"})
    [sent] = mail.outbox
    assert sent.to == ["bills@acme.example"]
    assert sent.attachments[0][1][:4] == b"%PDF"
    assert AuditEntry.objects.filter(action="billing.invoice_sent").count() == 1


def test_the_books_are_checked_on_demand_and_the_page_remembers_when(sign_in: SignIn, books: Books) -> None:
    client = sign_in()
    assert "not checked from here yet" in text(client, "ledger/")
    client.post("/console/ledger/check/")
    assert "The books add up" in text(client, "ledger/")


def test_settings_are_saved_and_count(sign_in: SignIn, books: Books) -> None:
    client = sign_in()
    client.post("/console/billing/policy/", {"least_wh": "250", "short_s": "60"})
    assert queries.policy(books.operator_id).least_wh == 250
    client.post("/console/billing/numbers/", {"kind": "revenue", "detail": "ENERGY", "number": "8401"})
    assert (
        account_numbers.AccountNumbers(books.operator_id).number_of(AccountKind.REVENUE, "ENERGY") == "8401"
    )
    assert "8401" in text(client, "billing/numbers/")
    assert "Parkhaus KG" in text(client, "billing/hosts/")
    assert "Harbour: 20 %, after a fee of 0.1 EUR for each charge" in text(client, "billing/hosts/")
    assert "DE" in text(client, "billing/taxes/")


def test_a_host_gets_a_share_and_loses_it(sign_in: SignIn, books: Books, site: Location) -> None:
    client = sign_in()
    client.post("/console/billing/hosts/add/", {"name": "Bahn AG", "country": "DE", "language": "de"})
    made = next(each for each in sharing.hosts(books.operator_id) if each.party.name == "Bahn AG")
    said = {
        "share-location_id": str(site.pk),
        "share-currency": "eur",
        "share-percent": "10",
        "share-per_kwh": "0",
        "share-fee_percent": "0",
        "share-fee_fixed": "0",
        "share-valid_from": "2025-01-01",
    }
    path = f"/console/billing/hosts/{made.id}/shares/"
    assert "Give a percentage" in client.post(path, {**said, "share-percent": "0"}).content.decode()
    assert client.post(path, said).status_code == 302
    [rule] = sharing.rules(books.operator_id, host_id=made.id)
    assert (rule.terms.percent, rule.location_id) == (Decimal(10), site.pk)
    client.post(f"{path}{rule.id}/end/")
    assert sharing.rules(books.operator_id, host_id=made.id)[0].valid_until is not None


def test_a_customer_is_found_changed_and_keeps_the_tokens_named(sign_in: SignIn, books: Books) -> None:
    client = sign_in()
    assert "Acme" in text(client, "customers/", q="acm")
    page = text(client, f"customers/{books.customer_id}/")
    assert "CARD1" in page
    assert f"/console/invoices/{books.invoice_id}/" in page
    said = {"name": "Acme Ltd", "country": "DE", "mode": "monthly", "language": "en", "tokens": "NONE"}
    path = f"/console/customers/{books.customer_id}/"
    assert "There is no token NONE." in client.post(path, said).content.decode()
    client.post(path, {**said, "tokens": "card1"})
    known = customers.customer(books.operator_id, books.customer_id)
    assert known is not None
    assert (known.details.party.name, known.details.mode, known.token_ids) == (
        *("Acme Ltd", "monthly"),
        (books.town.token_id,),
    )


def test_a_host_is_paid_what_is_owed(sign_in: SignIn, books: Books, host_statement: int) -> None:
    client = sign_in()
    view = statement_register.issued_statement(books.operator_id, host_statement)
    assert view is not None
    assert f'value="{view.total_minor / 100:.2f}"' in text(client, "statements/")
    path = f"/console/statements/hosts/{books.host_id}/pay/"
    client.post(
        path, {"currency": "EUR", "amount": f"{view.total_minor / 100:.2f}", "reference": view.number}
    )
    [left] = statements.balances(books.operator_id, kind=AccountKind.HOST_PAYABLE)
    assert left.posted_minor == 0
