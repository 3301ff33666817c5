"""The pages about money: who may see which, the same numbers as the books, and decisions that count once."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core import mail
from django.http import HttpResponseBase
from django.test import Client
from tests.domain.billing.making import FAY, Town, bill_everything
from tests.interfaces.console.conftest import SignIn
from tests.interfaces.console.money.conftest import Books

from chargehand.domain.accounts.models import AuditEntry, Operator
from chargehand.domain.accounts.permissions import Permission, Role, may
from chargehand.domain.billing import (
    account_numbers,
    customers,
    entities,
    invariants,
    invoice_register,
    queries,
    revenue,
    sharing,
    statement_register,
    statements,
)
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.stations.models import Location
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

WHOLE = (
    *("reviews/", "invoices/", "invoices/unbilled/", "customers/", "ledger/", "ledger/exports/"),
    *("ledger/exports/journal.csv", "billing/", "billing/policy/", "billing/taxes/", "billing/numbers/"),
    "billing/hosts/",
)
EVERYWHERE = ("charges/", "charges.csv", *WHOLE)
EDITS = ("customers/add/", "billing/sellers/add/", "billing/hosts/add/", "reviews/waive/")


def text(client: Client, path: str, **query: str) -> str:
    answer = client.get(f"/console/{path}", query)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.content.decode().replace("\N{NO-BREAK SPACE}", " "))


def table(answer: HttpResponseBase) -> list[dict[str, str]]:
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(content.decode())))


@pytest.mark.parametrize("role", list(Role))
def test_a_page_opens_for_whom_the_table_names(sign_in: SignIn, books: Books, role: Role) -> None:
    client = sign_in(role)
    for path in (*EVERYWHERE, f"charges/{books.billed}/", f"invoices/{books.invoice_id}/"):
        wanted = 200 if may(role, Permission.MONEY_VIEW) else 403
        if role is not Role.SITE_HOST:
            assert client.get(f"/console/{path}").status_code == wanted, path
    for path in EDITS:
        wanted = 200 if may(role, Permission.MONEY_EDIT) else 403
        assert client.get(f"/console/{path}").status_code == wanted, path
    for path in ("revenue/", "revenue.csv", "statements/"):
        is_open = may(role, Permission.MONEY_VIEW) or role is Role.SITE_HOST
        assert client.get(f"/console/{path}").status_code == (200 if is_open else 403), path


def test_who_may_only_look_changes_nothing(sign_in: SignIn, books: Books) -> None:
    client = sign_in(Role.READ_ONLY)
    for path in (
        f"reviews/{books.review_id}/waive/",
        "reviews/waive/all/",
        f"invoices/{books.invoice_id}/pay/",
        f"invoices/{books.invoice_id}/credit/",
        f"invoices/{books.invoice_id}/send/",
        f"statements/hosts/{books.host_id}/pay/",
        f"billing/hosts/{books.host_id}/shares/",
    ):
        assert client.post(f"/console/{path}", {"note": "x"}).status_code == 403, path
    client.post("/console/billing/policy/", {"least_wh": "0", "short_s": "0"})
    client.post("/console/billing/numbers/", {"kind": "bank", "number": "1"})
    client.post(f"/console/customers/{books.customer_id}/", {"name": "Other"})
    assert queries.policy(books.operator_id).least_wh == 100
    assert account_numbers.AccountNumbers(books.operator_id).number_of(AccountKind.BANK, "") == "1200"
    known = customers.customer(books.operator_id, books.customer_id)
    assert known is not None
    assert known.details.party.name == "Acme"


def test_a_site_host_sees_the_revenue_of_their_sites_alone(
    sign_in: SignIn, books: Books, host_statement: int, site: Location
) -> None:
    own, other = (
        sign_in(Role.SITE_HOST, location_ids=[books.town.location_id]),
        sign_in(Role.SITE_HOST, location_ids=[site.pk]),
    )
    assert "€3.50" in text(own, "revenue/")
    assert "€3.50" not in text(other, "revenue/")
    assert [row["before_taxes"] for row in table(own.get("/console/revenue.csv"))] == ["3.50"]
    assert table(other.get("/console/revenue.csv")) == []
    foreign = {"site": str(books.town.location_id)}
    assert table(other.get("/console/revenue.csv", foreign)) == []
    assert "Parkhaus KG" in text(own, "statements/")
    assert "Parkhaus KG" not in text(other, "statements/")
    pdf = f"/console/statements/{host_statement}.pdf"
    assert own.get(pdf).content.startswith(b"%PDF")
    assert other.get(pdf).status_code == 404


def test_a_host_of_several_sites_needs_all_of_them_to_see_a_statement(
    sign_in: SignIn, books: Books, host_statement: int, site: Location
) -> None:
    rule = sharing.rules(books.operator_id)[0]
    sharing.add_rule(
        operator_id=books.operator_id,
        host_id=books.host_id,
        location_id=site.pk,
        currency="EUR",
        terms=rule.terms,
        valid_from=clock.now(),
        actor=FAY,
    )
    client = sign_in(Role.SITE_HOST, location_ids=[books.town.location_id])
    assert client.get(f"/console/statements/{host_statement}.pdf").status_code == 404
    both = sign_in(Role.SITE_HOST, location_ids=[books.town.location_id, site.pk])
    assert both.get(f"/console/statements/{host_statement}.pdf").status_code == 200


def test_finance_of_one_site_sees_its_charges_and_no_books(
    sign_in: SignIn, books: Books, site: Location
) -> None:
    inside = sign_in(Role.FINANCE, location_ids=[books.town.location_id])
    outside = sign_in(Role.FINANCE, location_ids=[site.pk])
    assert f"/console/charges/{books.billed}/" in text(inside, "charges/")
    assert f"/console/charges/{books.billed}/" not in text(outside, "charges/")
    assert inside.get(f"/console/charges/{books.billed}/").status_code == 200
    assert outside.get(f"/console/charges/{books.billed}/").status_code == 404
    for path in (*WHOLE, f"invoices/{books.invoice_id}/", f"reviews/{books.review_id}/"):
        assert inside.get(f"/console/{path}").status_code == 403, path


def test_nothing_of_another_operator_is_found(sign_in: SignIn, books: Books, host_statement: int) -> None:
    about = {"country": "DE", "currency": "EUR", "time_zone": "UTC", "created_at": clock.now()}
    stranger = Operator.objects.create(slug="else", name="Else", **about)
    client = sign_in(home=stranger)
    posting = queries.standing_price(books.operator_id, books.billed)
    assert posting is not None
    for path in (
        f"charges/{books.billed}/",
        f"reviews/{books.review_id}/",
        f"invoices/{books.invoice_id}/",
        f"invoices/{books.invoice_id}/document.pdf",
        f"customers/{books.customer_id}/",
        f"ledger/postings/{posting.posting_id}/",
        f"ledger/accounts/{statements.balances(books.operator_id)[0].account_id}/",
        f"billing/hosts/{books.host_id}/",
        f"billing/sellers/{entities.default_entity(books.operator_id).id}/",
        f"statements/{host_statement}.pdf",
    ):
        assert client.get(f"/console/{path}").status_code == 404, path


def test_the_list_shows_amounts_defects_and_totals(sign_in: SignIn, books: Books) -> None:
    page = text(sign_in(), "charges/")
    assert "€4.17" in page
    assert "no energy" in page
    assert "Not billed: too little" in page
    assert "In review" in page
    assert "1 charge, 7.0 kWh" in page
    assert f"/console/charges/{books.empty}/" not in text(sign_in(), "charges/", problem="review")


def test_charges_as_a_table_are_those_of_the_books(sign_in: SignIn, books: Books) -> None:
    rows = {row["charge"]: row for row in table(sign_in().get("/console/charges.csv"))}
    priced = queries.standing_price(books.operator_id, books.billed)
    assert priced is not None
    told = rows[str(books.billed)]
    assert (told["after_taxes"], Decimal(told["energy_kwh"]), told["outcome"]) == (
        "4.17",
        Decimal(7),
        "priced",
    )
    assert told["after_taxes"] == f"{priced.rated.after_minor / 100:.2f}"
    assert rows[str(books.empty)]["outcome"] == "waived"
    assert len(rows) == 4


def test_a_charge_says_how_its_price_was_computed(sign_in: SignIn, books: Books) -> None:
    page = text(sign_in(), f"charges/{books.billed}/")
    assert "0.50 EUR per kWh, plus 19 % VAT" in page
    assert "Element 1 applies: no restrictions." in page
    assert "Times: Europe/Berlin" in page
    assert "counts: it is assigned to" in page
    assert "The meter signed nothing." in page
    assert "Owed by customers · CARD1, Acme" in page
    assert "No element of the tariff prices this, so it is free." in page
    assert "/r/" in page
    assert "no price" in text(sign_in(), f"charges/{books.empty}/")


def test_the_page_of_a_session_shows_its_price_to_whom_may_see_money(sign_in: SignIn, books: Books) -> None:
    path = f"sessions/{books.billed}/"
    assert f'href="/console/charges/{books.billed}/"' in text(sign_in(), path)
    assert f'href="/console/charges/{books.billed}/"' not in text(sign_in(Role.SUPPORT_AGENT), path)


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
        "vat_id": "DE123456789",
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


def test_the_ledger_shows_the_balances_and_leads_to_the_charge(sign_in: SignIn, books: Books) -> None:
    client = sign_in()
    assert "€4.17" in text(client, "ledger/")
    page = text(client, "ledger/", kind="receivable")
    [owed] = statements.balances(books.operator_id, kind=AccountKind.RECEIVABLE)
    assert owed.posted_minor == 417
    assert f"/console/ledger/accounts/{owed.account_id}/" in page
    assert "Owed by customers · CARD1, Acme" in page
    [line] = statements.statement(books.operator_id, owed.account_id).lines
    assert f"/console/ledger/postings/{line.posting_id}/" in text(
        client, f"ledger/accounts/{owed.account_id}/"
    )
    posting = text(client, f"ledger/postings/{line.posting_id}/")
    assert f'href="/console/charges/{books.billed}/"' in posting
    assert "€4.17" in posting


def test_the_books_are_checked_on_demand_and_the_page_remembers_when(sign_in: SignIn, books: Books) -> None:
    client = sign_in()
    assert "not checked from here yet" in text(client, "ledger/")
    client.post("/console/ledger/check/")
    assert "The books add up" in text(client, "ledger/")


def test_revenue_is_that_of_the_domain_and_every_kwh_is_accounted_for(sign_in: SignIn, books: Books) -> None:
    today = clock.now().date()
    told = revenue.revenue_by_day(books.operator_id, since=today - timedelta(days=9), until=today)
    assert [(row.before_minor, row.share_minor) for row in told] == [(350, 68)]
    client = sign_in()
    page = text(client, "revenue/")
    assert "€3.50" in page
    assert "0.5000 EUR" in page
    assert (
        "Meter 14.2 kWh = billed 7.0 kWh + free 0.0 kWh + in review 7.2 kWh + without a price yet 0.0 kWh"
        in page
    )
    assert "adds up" in page


@pytest.mark.parametrize("name", ["charges", "invoices", "journal", "batch"])
def test_exports_hold_what_happened(sign_in: SignIn, books: Books, name: str) -> None:
    day = clock.now().date()
    since = f"{day.year}-01-01"
    answer = sign_in().get(f"/console/ledger/exports/{name}.csv", {"since": since, "until": day.isoformat()})
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert "attachment" in answer.headers["Content-Disposition"]
    if name == "batch":
        assert content.startswith(b'"EXTF";700;21')
        return
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert rows
    if name == "journal":
        assert sum(float(row["debit"] or 0) - float(row["credit"] or 0) for row in rows) == pytest.approx(0)


def test_a_posting_batch_over_two_years_is_refused(sign_in: SignIn, books: Books) -> None:
    said = {"since": "2025-12-01", "until": "2026-01-31"}
    answer = sign_in().get("/console/ledger/exports/batch.csv", said)
    assert answer.status_code == 400
    assert "within one year" in answer.content.decode()


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
