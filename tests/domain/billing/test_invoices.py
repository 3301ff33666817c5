"""Invoices: each price on exactly one, to the minor unit what was priced and posted."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from django.db import DatabaseError, connection, transaction
from tests.domain.billing.making import FAY, Town
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import (
    credit_notes,
    customers,
    entities,
    invariants,
    invoices,
    queries,
    receipts,
    statements,
)
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.customers import CustomerDetails
from chargehand.domain.billing.documents.shapes import Document, Party
from chargehand.domain.billing.models import Invoice, InvoicedCharge, LegalEntity, NumberSeries, PricedCdr
from chargehand.domain.billing.queries import PricedView
from chargehand.domain.tokens import actions as tokens
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

ACME = Party(name="Acme Fleet", address=("Hafenstr. 1",), postal_code="20457", city="Hamburg", country="DE")
BERLIN = ZoneInfo("Europe/Berlin")


def document(invoice_id: int | None) -> Document:
    assert invoice_id is not None
    row = Invoice.objects.get(pk=invoice_id)
    return msgspec.convert(row.document, type=Document, strict=False)


def bill(town: Town, priced: PricedView, now: datetime | None = None) -> Document:
    invoice_id = invoices.issue_invoice(town.operator_id, priced.id, now=now or clock.now())
    assert invoice_id is not None
    return document(invoice_id)


def test_an_invoice_says_to_the_minor_unit_what_was_priced_and_posted(town: Town) -> None:
    town.tariff()
    number = town.charge(7000)
    priced = town.price(number)
    said = bill(town, priced)
    assert (said.before_minor, said.tax_minor, said.after_minor) == (350, 67, 417)
    assert sum(line.after_minor for line in said.lines) == said.due_minor == priced.rated.after_minor
    [owed] = statements.balances(town.operator_id, kind=AccountKind.RECEIVABLE)
    assert owed.posted_minor == said.after_minor
    [charge] = InvoicedCharge.objects.all()
    assert (charge.posting_id, charge.account) == (priced.posting_id, f"token:{town.token_id}")
    [session] = said.sessions
    assert (session.place, session.plug, session.energy_kwh) == ("Harbour", "A", Decimal(7))
    assert (session.meter_start_kwh, session.meter_stop_kwh) == (Decimal(1), Decimal(8))
    key = receipts.receipt_key(town.operator_id, number)
    assert said.receipt_url.endswith(f"/r/{key}")


def test_a_price_is_invoiced_once_whoever_asks_again(town: Town) -> None:
    town.tariff()
    priced = town.price(town.charge())
    first = invoices.issue_invoice(town.operator_id, priced.id, now=clock.now())
    assert invoices.issue_invoice(town.operator_id, priced.id, now=clock.now()) == first
    assert (Invoice.objects.count(), NumberSeries.objects.get().last) == (1, 1)


def test_a_charge_that_costs_nothing_takes_no_number(town: Town) -> None:
    town.tariff(tariff(element(component("ENERGY", "0", vat="19"))))
    priced = town.price(town.charge(7000))
    assert priced.rated.after_minor == 0
    assert invoices.issue_invoice(town.operator_id, priced.id, now=clock.now()) is None
    assert not NumberSeries.objects.exists()


def test_an_unknown_buyer_gets_a_receipt_in_the_language_of_the_seller(town: Town) -> None:
    town.tariff()
    said = bill(town, town.price(town.charge()))
    assert (said.kind, said.buyer, said.language) == ("receipt", None, "de")
    assert said.lines[0].text == "Energie"


def test_a_customer_is_named_as_he_was_when_the_invoice_was_issued(town: Town) -> None:
    town.tariff()
    details = CustomerDetails(party=ACME, language="fr")
    number = customers.add_customer(
        operator_id=town.operator_id, details=details, actor=FAY, token_ids=[town.token_id]
    )
    said = bill(town, town.price(town.charge()))
    renamed = msgspec.structs.replace(details, party=msgspec.structs.replace(ACME, name="Apex"))
    customers.change_customer(
        operator_id=town.operator_id,
        customer_id=number,
        details=renamed,
        actor=FAY,
        token_ids=[town.token_id],
    )
    again = document(Invoice.objects.get().pk)
    assert (said.kind, said.language, said.buyer) == ("invoice", "fr", ACME)
    assert again == said
    assert said.due_on == said.issued_on + timedelta(days=14)


def test_what_was_issued_cannot_be_changed_or_removed(town: Town) -> None:
    town.tariff()
    bill(town, town.price(town.charge()))
    for statement in ("UPDATE billing_invoice SET total_minor = 0", "DELETE FROM billing_invoiced_charge"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)
    with pytest.raises(DatabaseError, match="counts on by one"), transaction.atomic():
        connection.cursor().execute("UPDATE billing_number_series SET last = last + 2")


def test_late_meter_values_after_invoicing_give_a_credit_note_and_a_new_invoice(town: Town) -> None:
    town.tariff()
    number = town.charge(7000)
    first = bill(town, town.price(number))
    town.amend(number, meter_stop_wh=9000)
    second = bill(town, town.price(number))
    credit = PricedCdr.objects.get(kind="credit")
    note = document(credit_notes.issue_credit_note(town.operator_id, credit.pk, now=clock.now()))
    assert (note.kind, note.after_minor, note.due_minor) == (
        "credit-note",
        first.after_minor,
        first.after_minor,
    )
    assert note.corrects is not None
    assert (note.corrects.number, note.corrects.issued_on) == (first.number, first.issued_on)
    assert (note.buyer, note.seller, note.lines) == (first.buyer, first.seller, first.lines)
    assert second.after_minor == 476
    assert first == document(Invoice.objects.get(number=first.number).pk)
    assert credit_notes.issue_credit_note(town.operator_id, credit.pk, now=clock.now()) is not None
    assert Invoice.objects.filter(kind="credit-note").count() == 1


def test_a_price_taken_back_before_it_was_invoiced_gives_no_document(town: Town) -> None:
    town.tariff()
    number = town.charge(7000)
    older = town.price(number)
    town.amend(number, meter_stop_wh=9000)
    town.price(number)
    credit = PricedCdr.objects.get(kind="credit")
    assert invoices.issue_invoice(town.operator_id, older.id, now=clock.now()) is None
    assert credit_notes.issue_credit_note(town.operator_id, credit.pk, now=clock.now()) is None


@pytest.mark.parametrize(
    ("moment", "number", "day", "period"),
    [
        (datetime(2025, 12, 31, 23, 59, 59, tzinfo=BERLIN), "R-2025-000001", date(2025, 12, 31), 12),
        (datetime(2026, 1, 1, 0, 0, 0, tzinfo=BERLIN), "R-2026-000001", date(2026, 1, 1), 1),
        (datetime(2026, 3, 29, 23, 30, tzinfo=BERLIN), "R-2026-000001", date(2026, 3, 29), 3),
        (datetime(2026, 6, 30, 22, 30, tzinfo=UTC), "R-2026-000001", date(2026, 7, 1), 7),
    ],
)
def test_number_day_and_tax_period_are_those_of_the_sellers_zone(
    town: Town, moment: datetime, number: str, day: date, period: int
) -> None:
    town.tariff()
    town.begins = moment.astimezone(UTC) - timedelta(hours=1)
    priced = town.price(town.charge(minutes=60))
    said = bill(town, priced, now=moment)
    assert (said.number, said.issued_on, said.supplied[1]) == (number, day, day)
    assert (said.tax_period[0].month, said.tax_period[0].year) == (period, day.year)


def test_a_number_of_the_old_year_is_not_given_to_what_is_issued_in_the_new_one(town: Town) -> None:
    town.tariff()
    town.begins = datetime(2025, 12, 31, 22, 0, tzinfo=UTC)
    priced = town.price(town.charge(minutes=50))
    said = bill(town, priced, now=datetime(2026, 1, 1, 0, 10, tzinfo=BERLIN))
    assert (said.number, said.issued_on) == ("R-2026-000001", date(2026, 1, 1))
    assert said.tax_period == (date(2025, 12, 1), date(2025, 12, 31))


def monthly(town: Town) -> int:
    details = CustomerDetails(party=ACME, mode="monthly", is_business=True)
    return customers.add_customer(
        operator_id=town.operator_id, details=details, actor=FAY, token_ids=[town.token_id]
    )


def test_a_month_is_billed_once_and_late_records_come_with_the_next_one(town: Town) -> None:
    town.tariff()
    customer_id = monthly(town)
    town.begins = datetime(2026, 1, 20, 8, tzinfo=UTC)
    prices = [town.price(town.charge(7000 + 10 * place)) for place in range(3)]
    assert invoices.issue_invoice(town.operator_id, prices[0].id, now=clock.now()) is None
    first_of_february = datetime(2026, 2, 1, 3, 30, tzinfo=BERLIN)
    [made] = invoices.issue_month(town.operator_id, customer_id, now=first_of_february)
    said = document(made)
    assert said.after_minor == sum(priced.rated.after_minor for priced in prices)
    assert (len(said.sessions), said.tax_period) == (3, (date(2026, 1, 1), date(2026, 1, 31)))
    town.begins = datetime(2026, 1, 31, 21, tzinfo=UTC)
    late = town.price(town.charge())
    town.begins = datetime(2026, 2, 3, 9, tzinfo=UTC)
    inside = town.price(town.charge())
    assert invoices.issue_month(town.operator_id, customer_id, now=first_of_february) == []
    first_of_march = datetime(2026, 3, 1, 3, 30, tzinfo=BERLIN)
    months = [
        document(each) for each in invoices.issue_month(town.operator_id, customer_id, now=first_of_march)
    ]
    assert [(each.tax_period[0].month, each.after_minor) for each in months] == [
        (1, late.rated.after_minor),
        (2, inside.rated.after_minor),
    ]
    assert invoices.issue_month(town.operator_id, customer_id, now=first_of_march) == []


def test_the_clock_bills_closed_months_and_what_no_follower_billed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime(2026, 5, 20, 12, tzinfo=UTC)  # in the first hours of a month nothing is closed yet
    monkeypatch.setattr(clock, "now", lambda: noon)
    town.tariff()
    town.begins = datetime(2026, 1, 20, 8, tzinfo=UTC)
    forgotten = town.price(town.charge())
    later = noon + timedelta(hours=1)
    assert invoices.bill_what_is_due(noon) == 0
    assert invoices.bill_what_is_due(later) == 1
    assert InvoicedCharge.objects.get().priced_id == forgotten.id
    monthly(town)
    waiting = town.price(town.charge())
    assert invoices.bill_what_is_due(later) == 1
    assert InvoicedCharge.objects.get(pk=waiting.id).invoice.customer is not None
    assert invoices.bill_what_is_due(later) == 0


def test_what_cannot_be_issued_holds_up_nothing_else_and_is_found(town: Town) -> None:
    town.tariff()
    broken = entities.default_entity(town.operator_id).details
    entity_id = entities.add_entity(operator_id=town.operator_id, details=broken, actor=FAY)
    LegalEntity.objects.filter(pk=entity_id).update(country="")
    details = CustomerDetails(party=ACME, entity_id=entity_id)
    tokens.issue_token(operator_id=town.operator_id, uid="CARD2", actor=FAY)
    customers.add_customer(
        operator_id=town.operator_id, details=details, actor=FAY, token_ids=[town.token_id]
    )
    stuck = town.price(town.charge())
    began = town.begins
    number = town.talk.start(at=began, meter=0, token="CARD2")
    town.talk.stop(number, at=began + timedelta(hours=1), meter=5000)
    town.price(number)
    later = clock.now() + timedelta(hours=3)
    assert invoices.bill_what_is_due(later) == 1
    assert invariants.find_breaks(later) == [
        f"Price {stuck.id} of charge {stuck.transaction_id} is on no invoice."
    ]
    LegalEntity.objects.filter(pk=entity_id).update(country="DE")
    assert invoices.bill_what_is_due(later) == 1
    assert invariants.find_breaks(later) == []


def test_a_token_group_is_billed_to_its_customer_and_a_token_by_itself_to_his(town: Town) -> None:
    town.tariff()
    fleet = CustomerDetails(party=ACME, group_uid="GOLD")
    fleet_id = customers.add_customer(operator_id=town.operator_id, details=fleet, actor=FAY)
    with pytest.raises(Refused, match="Another customer"):
        customers.add_customer(operator_id=town.operator_id, details=fleet, actor=FAY)
    assert customers.customer_of_token(town.operator_id, town.token_id) is None
    own = customers.add_customer(
        operator_id=town.operator_id,
        details=CustomerDetails(party=ACME),
        actor=FAY,
        token_ids=[town.token_id],
    )
    found = customers.customer_of_token(town.operator_id, town.token_id)
    assert found is not None
    assert (found.id, own != fleet_id) == (own, True)


def test_a_rate_that_the_country_did_not_have_is_told_to_the_operator(town: Town) -> None:
    town.tariff(tariff(element(component("ENERGY", "0.50", vat="16"))))
    priced = town.price(town.charge())
    bill(town, priced)
    [warning] = Invoice.objects.get().warnings
    assert warning.startswith("The tariff has 16 % tax; in DE it was 19 %")


def test_a_tariff_with_prices_after_taxes_is_invoiced_with_prices_before_them(town: Town) -> None:
    text = tariff(
        element(component("ENERGY", "0.59", vat="19")),
        tax_included="YES",
        country_code="DE",
        party_id="ABC",
        last_updated="2025-01-01T00:00:00Z",
    )
    town.tariff(text)
    said = bill(town, town.price(town.charge(10_000)))
    [line] = said.lines
    assert (said.after_minor, line.before_minor) == (590, 496)
    assert line.unit_price is not None
    assert abs(line.unit_price * line.quantity * 100 - line.before_minor) < 1


def test_one_change_of_the_seller_does_not_reach_documents_already_issued(town: Town) -> None:
    town.tariff()
    said = bill(town, town.price(town.charge()))
    seller = entities.default_entity(town.operator_id)
    details = msgspec.structs.replace(
        seller.details, party=msgspec.structs.replace(ACME, vat_id="DE 136695976")
    )
    entities.change_entity(operator_id=town.operator_id, entity_id=seller.id, details=details, actor=FAY)
    after = bill(town, town.price(town.charge()))
    assert (said.seller.name, after.seller.name, after.seller.vat_id) == (
        "Volt & Söhne",
        "Acme Fleet",
        "DE136695976",
    )
    moved = msgspec.structs.replace(details, time_zone="UTC")
    with pytest.raises(Refused) as refused:
        entities.change_entity(operator_id=town.operator_id, entity_id=seller.id, details=moved, actor=FAY)
    assert refused.value.code == "zone-in-use"


def test_the_price_of_another_operator_is_not_there(town: Town, other_operator: Operator) -> None:
    town.tariff()
    priced = town.price(town.charge())
    stranger = other_operator.pk
    assert invoices.issue_invoice(stranger, priced.id, now=clock.now()) is None
    assert queries.priced_cdr(stranger, priced.id) is None


@pytest.mark.parametrize(
    ("currency", "price", "minor"), [("JPY", "40", 333), ("KWD", "0.125", 1041), ("EUR", "0.35", 292)]
)
def test_an_invoice_counts_in_the_minor_units_of_its_currency(
    town: Town, currency: str, price: str, minor: int
) -> None:
    town.tariff(tariff(element(component("ENERGY", price, vat="19")), currency=currency))
    said = bill(town, town.price(town.charge(7000)))
    assert (said.currency, said.after_minor, said.due_minor) == (currency, minor, minor)
    assert said.lines[0].unit_price == Decimal(price)


def test_a_tax_that_rounding_alone_makes_does_not_hold_the_bill_up(operator: Operator) -> None:
    town = Town(operator)
    elements = element(
        component("ENERGY", "8.3371", vat="7.7"),
        component("TIME", "0.0060", vat="0"),
        component("FLAT", "0.0060", vat="19"),
    )
    town.tariff(tariff(elements, currency="JPY"))
    number = town.charge(0, minutes=38)
    town.amend(number, meter_stop_wh=1500)
    priced = town.price(number)
    said = bill(town, priced)
    assert said.due_minor == priced.rated.after_minor
    assert (said.kind, sum(group.tax_minor for group in said.taxes)) == ("receipt", priced.rated.tax_minor)


def test_energy_is_not_rounded_before_it_is_priced(town: Town) -> None:
    town.tariff(tariff(element(component("ENERGY", "0.80", vat="0"))))
    said = bill(town, town.price(town.charge(1444)))
    [line] = said.lines
    assert (line.quantity, line.before_minor) == (Decimal("1.444"), 116)  # 1.44 kWh would be 115


@pytest.mark.parametrize(("wh", "minor"), [(1250, 63), (1150, 58), (1050, 53)])
def test_half_a_minor_unit_is_rounded_up_and_not_to_the_even_one(town: Town, wh: int, minor: int) -> None:
    town.tariff(tariff(element(component("ENERGY", "0.50", vat="0"))))
    said = bill(town, town.price(town.charge(wh)))
    assert said.after_minor == minor
