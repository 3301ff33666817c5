"""The pages about money: who may see which, the same numbers as the books, and decisions that count once."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from tests.domain.billing.making import FAY
from tests.interfaces.console.conftest import SignIn
from tests.interfaces.console.money.conftest import Books

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.permissions import Permission, Role, may
from chargehand.domain.billing import (
    account_numbers,
    customers,
    entities,
    queries,
    revenue,
    sharing,
    statements,
)
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.revenue import RevenueRow
from chargehand.domain.stations.models import Location
from chargehand.interfaces.console.money import days, parts
from chargehand.interfaces.console.money import revenue as revenue_page
from chargehand.interfaces.console.money.days import Days
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

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
    since, until = day - timedelta(days=9), day + timedelta(days=1)
    if name == "batch":  # within one year
        since, until = day.replace(month=1, day=1), day
    said = {"since": since.isoformat(), "until": until.isoformat()}
    answer = sign_in().get(f"/console/ledger/exports/{name}.csv", said)
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


def test_the_bars_of_several_sites_stand_on_each_other_and_make_the_whole() -> None:
    day = date(2026, 3, 2)
    rows = [
        RevenueRow(
            day=day,
            location_id=number,
            location=f"Site {number}",
            currency="EUR",
            charges=1,
            energy_wh=Decimal(1000),
            before_minor=100 * number,
            tax_minor=0,
            after_minor=100 * number,
            share_minor=0,
            fee_minor=0,
        )
        for number in range(1, 8)
    ]
    sites = revenue_page.sites_of(rows, "EUR")
    chart = revenue_page.chart_of(rows, sites, Days(day, day + timedelta(days=1)), "EUR")
    named = [(series["label"], series["y"]) for series in chart["series"]]
    assert named[0] == ("Site 7", [7.0, 0.0])
    assert named[-1] == ("Other sites", [3.0, 0.0])
    assert sum(values[0] for _label, values in named) == 28.0
    [alone] = revenue_page.chart_of(rows[:1], sites[-1:], Days(day, day), "EUR")["series"]
    assert (alone["label"], alone["y"]) == ("Revenue before taxes", [1.0])


def test_the_same_weekdays_before_never_overlap_the_days_themselves() -> None:
    assert [revenue_page.weeks_before(count) for count in (1, 7, 8, 28, 30)] == [7, 7, 14, 28, 35]


def test_days_of_an_address_are_put_in_order_and_bounded(rf: RequestFactory) -> None:
    told = days.read_days(rf.get("/", {"since": "2026-03-09", "until": "2026-03-02"}))
    assert (told.since, told.until, told.count) == (date(2026, 3, 2), date(2026, 3, 9), 8)
    assert days.read_days(rf.get("/", {"since": "2000-01-01", "until": "2026-01-01"})).count == days.MOST_DAYS
    assert days.read_days(rf.get("/", {"since": "nonsense"}), 7).count == 7


@pytest.mark.parametrize(
    ("typed", "minor"), [("13,81", 1381), ("13.81", 1381), (" 1 000,5 ", 100_050), ("7", 700)]
)
def test_amounts_are_read_as_people_type_them(typed: str, minor: int) -> None:
    assert parts.read_amount(typed, "EUR") == minor


@pytest.mark.parametrize("typed", ["", "x", "1.234", "1,2,3", "NaN", "Infinity", "1e400"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refusal:
        parts.read_amount(typed, "EUR")
    assert refusal.value.code == "bad-amount"


def test_a_table_flows_to_an_asynchronous_server_too() -> None:
    request = ASGIRequest({"type": "http", "method": "GET", "path": "/", "headers": []}, io.BytesIO())
    answer = parts.send_table(request, iter([("a", "b"), ("1", "x,y")]), "some")

    async def read() -> list[bytes]:
        return [piece async for piece in answer.streaming_content]  # type: ignore[attr-defined]

    assert async_to_sync(read)() == [b'a,b\r\n1,"x,y"\r\n']
