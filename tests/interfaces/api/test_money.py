"""Tariffs, CDRs, invoices and the books through the API: exact money, once however often it is asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.test import Client
from tests.domain.billing.ocpi_rules import cdr_rules, faults
from tests.interfaces.api.conftest import Caller
from tests.interfaces.api.operations import SESSION, TARIFF

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.billing.models import InvoicePayment, PricedCdr
from chargehand.domain.tariffs.models import TariffVersion

READER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def post(client: Client, path: str, body: Any, key: str = "") -> Any:
    """Send a body, with an idempotency key where there is one."""
    headers = {"Idempotency-Key": key} if key else {}
    data = body if isinstance(body, str) else msgspec.json.encode(body).decode()
    return client.post(f"/api/v1/{path}", data, content_type="application/json", headers=headers)


def test_money_is_told_in_minor_units_and_as_exact_text(api: Client, billed: dict[str, Any]) -> None:
    cdr = api.get(f"/api/v1/cdrs/{billed['cdr_id']}").json()
    assert cdr["before"] == {"currency": "EUR", "minor": 494, "amount": "4.94"}
    assert cdr["after"]["minor"] == cdr["before"]["minor"] + cdr["tax"]["minor"] == 588
    assert sum(line["after"]["minor"] for line in cdr["lines"]) == cdr["after"]["minor"]
    assert [(each["percent"], each["amount"]["amount"]) for each in cdr["taxes"]] == [("19", "0.94")]
    assert cdr["trace"][0]["why"].startswith("Element 0 applies")
    invoice = api.get(f"/api/v1/invoices/{billed['invoice_id']}").json()
    assert invoice["total"] == invoice["open"] == cdr["after"]
    assert [each["cdr_id"] for each in invoice["charges"]] == [billed["cdr_id"]]


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_a_cdr_is_ocpis_in_both_versions(api: Client, billed: dict[str, Any], version: str) -> None:
    answer = api.get(f"/api/v1/cdrs/{billed['cdr_id']}/ocpi", {"version": version})
    cdr = READER.decode(answer.content)
    assert faults(cdr, cdr_rules(version)) == []
    assert (cdr["country_code"], cdr["party_id"]) == ("DE", "CHA")
    listed = api.get("/api/v1/cdrs/ocpi", {"version": version})
    assert READER.decode(listed.content)["data"] == [cdr]


def test_cdrs_are_paged_as_ocpi_pages_them(api: Client, billed: dict[str, Any]) -> None:
    post(api, f"cdrs/{billed['cdr_id']}/credit", {"note": "The plug was broken."})
    first = api.get(
        "/api/v1/cdrs/ocpi", {"limit": "1", "party_id": "ABC", "date_from": "2026-01-01T00:00:00Z"}
    )
    assert (first["X-Total-Count"], first["X-Limit"], first.json()["status_code"]) == ("2", "1", 1000)
    following = first["Link"].partition(">")[0].strip("<")
    second = api.get(following)
    [credit] = second.json()["data"]
    assert credit["credit_reference_id"] == first.json()["data"][0]["id"]
    assert (credit["party_id"], credit["total_cost"]["excl_vat"]) == ("ABC", -4.94)
    assert "Link" not in second
    assert api.get("/api/v1/cdrs/ocpi", {"date_to": "2020-01-01T00:00:00Z"}).json()["data"] == []


def test_a_cdr_that_ocpi_cannot_say_tells_what_is_missing(api: Client, billed: dict[str, Any]) -> None:
    station = billed["station_id"]
    api.put(
        f"/api/v1/stations/{station}/evses/1/connectors/1",
        {"standard": ""},
        content_type="application/json",
    )
    answer = api.get(f"/api/v1/cdrs/{billed['cdr_id']}/ocpi")
    assert (answer.status_code, answer.json()["code"]) == (422, "ocpi-incomplete")
    assert answer.json()["missing"] == ["connector_standard"]
    listed = api.get("/api/v1/cdrs/ocpi").json()
    assert (listed["data"], listed["left_out"][0]["missing"]) == ([], ["connector_standard"])


def test_a_payment_is_written_down_once_however_often_it_is_sent(api: Client, billed: dict[str, Any]) -> None:
    address = f"invoices/{billed['invoice_id']}/payments"
    body = {"amount": "2.00", "reference": "E2E-1"}
    first, again = post(api, address, body, "k1"), post(api, address, body, "k1")
    assert first.json() == again.json()
    assert first.json()["amount"] == {"currency": "EUR", "minor": 200, "amount": "2.00"}
    other = post(api, address, {**body, "amount": "3.00"}, "k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-mismatch")
    assert InvoicePayment.objects.count() == 1
    invoice = api.get(f"/api/v1/invoices/{billed['invoice_id']}").json()
    assert (invoice["paid"]["minor"], invoice["open"]["minor"], invoice["state"]) == (200, 388, "open")
    more = post(api, address, {"amount": "3.89", "reference": "E2E-2"})
    assert (more.status_code, more.json()["code"]) == (409, "overpaid")
    part = post(api, address, {"amount": "0.001", "reference": "E2E-3"})
    assert (part.status_code, part.json()["code"]) == (422, "bad-amount")


def test_an_invoice_is_taken_back_by_a_credit_note_once(api: Client, billed: dict[str, Any]) -> None:
    address = f"invoices/{billed['invoice_id']}/credit-notes"
    first = post(api, address, {"note": "The plug was broken."}, "k1").json()
    assert post(api, address, {"note": "The plug was broken."}, "k1").json() == first
    [note] = first["credit_notes"]
    assert api.get(f"/api/v1/invoices/{note}").json()["corrects_id"] == billed["invoice_id"]
    assert first["state"] == "credited"
    assert post(api, address, {"note": "Again."}).json()["code"] == "nothing-to-credit"
    assert PricedCdr.objects.filter(kind="credit").count() == 1


def test_what_a_tariff_says_is_kept_to_the_last_digit(api: Client) -> None:
    text = msgspec.json.encode({"name": "Exact", "tariff": TARIFF}).decode()
    exact = "0.12345678901234567890123"
    made = post(api, "tariffs", text.replace("0.5", exact))
    assert made.status_code == 201, made.content
    assert exact in TariffVersion.objects.get(pk=made.json()["version_id"]).text
    tariff_id = made.json()["tariff"]["id"]
    told = api.get(f"/api/v1/tariffs/{tariff_id}/ocpi", {"version": "2.3.0"})
    assert exact in told.content.decode()
    same = post(api, f"tariffs/{tariff_id}/versions", f'{{"tariff": {told.content.decode()}}}')
    assert same.status_code == 201
    bad = post(api, f"tariffs/{tariff_id}/versions", {"tariff": {"currency": "EUR", "elements": []}})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad-tariff")


def test_a_session_is_priced_without_writing_anything(api: Client, billed: dict[str, Any]) -> None:
    report = post(api, "tariffs/price", {"tariff": TARIFF, "session": SESSION, "time_zone": "UTC"}).json()
    assert (report["before_taxes"], report["rounded"]["after_taxes"]) == ("10", "11.90")
    known = post(api, "tariffs/price", {"tariff_id": billed["tariff_id"], "session": SESSION}).json()
    assert known["before_taxes"] == "8"
    refused = post(api, "tariffs/price", {"tariff": TARIFF, "session": {}})
    assert (refused.status_code, refused.json()["code"]) == (422, "cannot-price")
    assert PricedCdr.objects.count() == 1


def test_a_review_is_decided_once(api: Client, billed: dict[str, Any]) -> None:
    address = f"price-reviews/{billed['review_id']}"
    decided = post(api, f"{address}/price", {"note": "By the meter."}, "k1").json()
    assert decided["resolution"] == "priced"
    assert post(api, f"{address}/price", {"note": "By the meter."}, "k1").json() == decided
    late = post(api, f"{address}/waive", {"note": "Goodwill."})
    assert (late.status_code, late.json()["code"]) == (409, "review-settled")


def test_the_cost_of_a_session_is_that_of_its_price(api: Client, billed: dict[str, Any]) -> None:
    cost = api.get(f"/api/v1/sessions/{billed['session_id']}/cost").json()
    assert (cost["is_final"], cost["after"]["minor"], cost["energy_kwh"]) == (True, 588, "12.345")


def test_the_ledger_balances_and_names_where_money_came_from(api: Client, billed: dict[str, Any]) -> None:
    [entry] = api.get(f"/api/v1/ledger/accounts/{billed['account_id']}/entries").json()["items"]
    assert entry["balance"] == entry["amount"] == {"currency": "EUR", "minor": 588, "amount": "5.88"}
    posting = api.get(f"/api/v1/ledger/postings/{entry['posting_id']}").json()
    assert sum(leg["amount"]["minor"] for leg in posting["legs"]) == 0
    accounts = api.get("/api/v1/ledger/accounts", {"kind": "revenue"}).json()["items"]
    assert [(each["kind"], each["posted"]["minor"]) for each in accounts] == [("revenue", 494)]


def test_exports_are_sent_as_they_are_read(api: Client, billed: dict[str, Any]) -> None:
    asked = {"since": "2020-01-01", "until": "2199-12-31"}
    for name, column in (("cdrs", "energy_kwh"), ("invoices", "buyer"), ("journal", "debit")):
        answer: Any = api.get(f"/api/v1/exports/{name}.csv", asked)
        assert answer.streaming
        head, *rows = answer.getvalue().decode().splitlines()
        assert column in head
        assert rows
    years = api.get("/api/v1/exports/batch.csv", asked)
    assert (years.status_code, years.json()["code"]) == (422, "two-years")


def test_an_invoice_is_there_as_pdf_with_its_xml(api: Client, billed: dict[str, Any]) -> None:
    address = f"/api/v1/invoices/{billed['invoice_id']}"
    pdf, xml = api.get(f"{address}/pdf"), api.get(f"{address}/xml")
    assert pdf.content.startswith(b"%PDF-")
    assert b"CrossIndustryInvoice" in xml.content
    number = api.get(address).json()["number"]
    assert pdf["Content-Disposition"] == f'attachment; filename="{number}.pdf"'


def test_a_customer_changes_in_what_is_named_alone(api: Client, billed: dict[str, Any]) -> None:
    address = f"/api/v1/customers/{billed['customer_id']}"
    before = api.get(address).json()
    after = api.patch(address, {"party": {"city": "Bremen"}}, content_type="application/json").json()
    assert after["party"] == {**before["party"], "city": "Bremen"}
    assert (after["token_ids"], after["mode"]) == (before["token_ids"], before["mode"])


def test_revenue_of_everything_needs_the_right_to_see_money(caller: Caller, billed: dict[str, Any]) -> None:
    days = {"since": "2020-01-01", "until": "2199-12-31"}
    assert caller(Permission.REPORTS_VIEW).get("/api/v1/revenue", days).status_code == 403
    [day] = caller(Permission.MONEY_VIEW).get("/api/v1/revenue", days).json()["items"]
    assert (day["charges"], day["after"]["minor"], day["energy_kwh"]) == (1, 588, "12.345")
