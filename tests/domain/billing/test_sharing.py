"""Shares of site hosts: what is agreed, rounded once, posted once, taken back with the price."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.billing.making import FAY, LONG_AGO, Town, bill_everything

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import (
    actions,
    corrections,
    customers,
    fleet_statements,
    host_statements,
    invariants,
    revenue,
    sharing,
    statement_register,
    statements,
)
from chargehand.domain.billing.chart import AccountKind, AccountName
from chargehand.domain.billing.customers import CustomerDetails
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.models import HostShare, StatedShare
from chargehand.domain.billing.shares import Share, ShareTerms, share_of
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

INN = Party(name="Harbour Inn", city="Hamburg", country="DE", vat_id="DE136695976")
HALF = ShareTerms(percent=Decimal(50), fee_percent=Decimal("1.5"), fee_fixed=Decimal("0.25"))


def _host(town: Town, party: Party = INN, terms: ShareTerms = HALF) -> int:
    host_id = sharing.set_host(operator_id=town.operator_id, party=party, language="de", actor=FAY)
    sharing.add_rule(
        operator_id=town.operator_id,
        host_id=host_id,
        location_id=town.location_id,
        currency="EUR",
        terms=terms,
        valid_from=LONG_AGO,
        actor=FAY,
    )
    return host_id


def _payable(town: Town, host_id: int) -> int:
    found = statements.balance(
        town.operator_id, AccountName(AccountKind.HOST_PAYABLE, "EUR", f"host:{host_id}")
    )
    return 0 if found is None else found.posted_minor


def _breaks() -> list[str]:
    return invariants.find_breaks(clock.now() + timedelta(days=1))


def test_a_share_is_of_what_is_left_before_taxes_after_the_fee() -> None:
    found = share_of(HALF, currency="EUR", before_minor=350, after_minor=417, energy_wh=Decimal(7000))
    assert found == Share(fee_minor=31, share_minor=159)  # 417 x 1.5 % + 25 = 31; (350 - 31) / 2 = 159.5


def test_an_amount_a_kwh_comes_on_top_and_rounding_is_done_once() -> None:
    terms = ShareTerms(percent=Decimal("33.3333"), per_kwh=Decimal("0.015"))
    found = share_of(terms, currency="EUR", before_minor=100, after_minor=119, energy_wh=Decimal(1111))
    assert found.share_minor == 34  # 33.3333 + 1.6665 is less than 35


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 1), ("EUR", 150), ("KWD", 1500)])
def test_an_amount_a_kwh_is_in_the_digits_of_its_currency(currency: str, minor: int) -> None:
    terms = ShareTerms(per_kwh=Decimal("1.5"))
    found = share_of(terms, currency=currency, before_minor=9000, after_minor=9000, energy_wh=Decimal(1000))
    assert found.share_minor == minor


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**5),
    st.decimals(0, 100, places=4),
    st.decimals(0, 100, places=4),
)
def test_host_and_operator_together_never_have_more_than_the_price(
    before: int, tax: int, percent: Decimal, fee: Decimal
) -> None:
    terms = ShareTerms(percent=percent, fee_percent=fee)
    found = share_of(
        terms, currency="EUR", before_minor=before, after_minor=before + tax, energy_wh=Decimal(5000)
    )
    assert 0 <= found.fee_minor <= before
    assert 0 <= found.share_minor <= before - found.fee_minor
    exact = Fraction(percent) / 100 * (before - found.fee_minor)
    assert 0 <= exact - found.share_minor < 1


def test_a_share_is_posted_once_and_taken_back_with_its_price(town: Town) -> None:
    town.tariff()
    host_id = _host(town)
    transaction = town.charge(7000)
    priced = town.price(transaction)
    assert sharing.share_price(town.operator_id, priced.id) == 159
    assert sharing.share_price(town.operator_id, priced.id) == 159
    assert _payable(town, host_id) == 159
    town.amend(transaction, meter_stop_wh=9000)
    town.price(transaction)
    bill_everything()
    assert list(HostShare.objects.order_by("pk").values_list("share_minor", flat=True)) == [159, -159, 184]
    assert _payable(town, host_id) == 184
    assert _breaks() == []


def test_a_price_taken_back_before_it_was_shared_gives_no_share(town: Town) -> None:
    town.tariff()
    host_id = _host(town)
    transaction = town.charge(7000)
    older = town.price(transaction)
    town.amend(transaction, meter_stop_wh=9000)
    town.price(transaction)
    assert sharing.share_price(town.operator_id, older.id) is None
    bill_everything()
    assert (HostShare.objects.count(), _payable(town, host_id)) == (1, 184)
    assert _breaks() == []


def test_a_later_rule_ends_the_one_before_it_and_counts_from_its_start(town: Town) -> None:
    town.tariff()
    host_id = _host(town)
    change = town.begins + timedelta(hours=2)
    about: dict[str, Any] = {
        "operator_id": town.operator_id,
        "location_id": town.location_id,
        "currency": "EUR",
        "actor": FAY,
    }
    terms = ShareTerms(percent=Decimal(10))
    sharing.add_rule(host_id=host_id, terms=terms, valid_from=change, **about)
    with pytest.raises(Refused) as refused:
        sharing.add_rule(host_id=host_id, terms=terms, valid_from=change, **about)
    assert refused.value.code == "later-rule"
    newest, oldest = sharing.rules(town.operator_id, host_id=host_id)
    assert (oldest.valid_until, newest.valid_until) == (change, None)
    for _ in range(2):
        town.price(town.charge(7000))
    bill_everything()
    assert list(HostShare.objects.order_by("pk").values_list("share_minor", flat=True)) == [159, 35]
    end = change + timedelta(hours=8)
    sharing.end_rule(operator_id=town.operator_id, rule_id=newest.id, valid_until=end, actor=FAY)
    town.price(town.charge(7000))
    town.price(town.charge(7000))
    bill_everything()
    assert HostShare.objects.count() == 3


@pytest.mark.parametrize(
    "terms",
    [
        ShareTerms(),
        ShareTerms(percent=Decimal("100.01")),
        ShareTerms(percent=Decimal(-1)),
        ShareTerms(percent=Decimal("1.00001")),
        ShareTerms(per_kwh=Decimal("NaN")),
    ],
)
def test_terms_without_sense_are_refused(town: Town, terms: ShareTerms) -> None:
    with pytest.raises(Refused) as refused:
        _host(town, terms=terms)
    assert refused.value.code == "bad-share"


def _january(town: Town, count: int = 3) -> None:
    town.begins = datetime(2026, 1, 10, 8, tzinfo=UTC)
    for place in range(count):
        town.price(town.charge(7000 + 137 * place))
    bill_everything()


def test_a_hosts_statement_is_the_sum_of_its_postings_and_the_tax(town: Town) -> None:
    town.tariff()
    host_id = _host(town)
    _january(town)
    now = datetime(2026, 2, 1, 12, tzinfo=UTC)
    assert host_statements.state_closed_months(now) == 1
    assert host_statements.state_closed_months(now) == 0
    [view] = statement_register.issued_statements(town.operator_id, kind="host").statements
    said = statement_register.statement_document(town.operator_id, view.id)
    assert said is not None
    shares = sum(HostShare.objects.values_list("share_minor", flat=True))
    assert (said.before_minor, said.number, said.kind) == (shares, "H-2026-000001", "statement-host")
    assert said.tax_minor == round(Decimal(shares) * 19 / 100)
    assert _payable(town, host_id) == said.due_minor == view.total_minor
    assert StatedShare.objects.count() == len(said.lines) == 3
    assert {(session.token_label, session.signed) for session in said.sessions} == {("", ())}
    actions.record_payout(
        operator_id=town.operator_id,
        host_id=host_id,
        currency="EUR",
        amount_minor=view.total_minor,
        reference=view.number,
        actor=FAY,
    )
    assert _payable(town, host_id) == 0
    with pytest.raises(Refused) as refused:
        actions.record_payout(
            operator_id=town.operator_id,
            host_id=host_id,
            currency="EUR",
            amount_minor=1,
            reference="again",
            actor=FAY,
        )
    assert refused.value.code == "overpaid"
    assert _breaks() == []


def test_what_is_taken_back_after_a_statement_stands_on_the_next_one(town: Town) -> None:
    town.tariff()
    host_id = _host(town, msgspec.structs.replace(INN, vat_id=""))
    town.begins = datetime(2026, 1, 10, 8, tzinfo=UTC)
    transaction = town.charge(7000)
    town.price(transaction)
    bill_everything()
    january = date(2026, 1, 1)
    [first] = host_statements.issue_host_statements(town.operator_id, host_id, month=january, now=clock.now())
    town.amend(transaction, meter_stop_wh=9000)
    town.price(transaction)
    bill_everything()
    later = clock.now() + timedelta(days=40)
    month = clock.now().astimezone(ZoneInfo("Europe/Berlin")).date().replace(day=1)
    [second] = host_statements.issue_host_statements(town.operator_id, host_id, month=month, now=later)
    documents = [statement_register.statement_document(town.operator_id, each) for each in (first, second)]
    assert [document.before_minor for document in documents if document] == [159, 184 - 159]
    assert documents[1] is not None
    assert {line.text for line in documents[1].lines} == {
        "Umsatzbeteiligung",
        "Rückbelastung der Beteiligung",
    }
    assert documents[1].taxes[0].category == "O"
    assert _breaks() == []


def test_a_fleet_is_told_what_each_of_its_tokens_took(operator: Operator) -> None:
    town = Town(operator, group="FLEET")
    town.tariff()
    details = CustomerDetails(party=INN, group_uid="FLEET", mode="monthly", language="fr")
    customer_id = customers.add_customer(operator_id=operator.pk, details=details, actor=FAY)
    _january(town)
    now = datetime(2026, 2, 1, 12, tzinfo=UTC)
    assert fleet_statements.state_closed_months(now) == 1
    assert fleet_statements.state_closed_months(now) == 0
    [view] = statement_register.issued_statements(operator.pk, customer_id=customer_id).statements
    said = statement_register.statement_document(operator.pk, view.id)
    assert said is not None
    owed = sum(each.posted_minor for each in statements.balances(operator.pk, kind=AccountKind.RECEIVABLE))
    [line] = said.lines
    assert (said.due_minor, line.quantity, line.unit) == (owed, Decimal("21.411"), "KWH")
    assert (said.kind, said.number, len(said.sessions)) == ("statement-fleet", "", 3)
    assert line.text.endswith("Recharge")


def test_a_fleets_statement_is_replaced_once_its_charges_are_taken_back(operator: Operator) -> None:
    town = Town(operator, group="FLEET")
    town.tariff()
    details = CustomerDetails(party=INN, group_uid="FLEET", mode="monthly", language="en")
    customers.add_customer(operator_id=operator.pk, details=details, actor=FAY)
    town.begins = datetime(2026, 1, 10, 9, tzinfo=UTC)
    first, second = (town.price(town.charge(wh)) for wh in (7000, 3000))
    bill_everything()
    assert fleet_statements.state_closed_months(clock.now()) == 0, "nothing ended last month"
    fleet = customers.customers(operator.pk).customers[0].id
    january = date(2026, 1, 1)

    def state() -> list[int]:
        return fleet_statements.issue_fleet_statements(operator.pk, fleet, month=january, now=clock.now())

    [issued] = state()
    assert state() == []
    before = statement_register.statement_document(operator.pk, issued)
    for priced, total in ((first, second.rated.after_minor), (second, 0)):
        corrections.credit_charge(operator_id=operator.pk, priced_id=priced.id, actor=FAY, note="Goodwill")
        [made] = state()
        said = statement_register.statement_document(operator.pk, made)
        assert said is not None
        assert (said.due_minor, len(said.notes)) == (total, 1)
        assert "replaces the statement of" in said.notes[0]
    assert state() == []
    assert statement_register.statement_document(operator.pk, issued) == before


def test_revenue_of_a_day_is_what_stands_of_its_charges_in_the_operators_zone(town: Town) -> None:
    town.tariff()
    _host(town)
    town.begins = datetime(2026, 1, 10, 22, 30, tzinfo=UTC)  # 23:30 in Berlin, so it ends on the 11th
    transaction = town.charge(7000)
    town.price(transaction)
    bill_everything()
    town.amend(transaction, meter_stop_wh=9000)
    town.price(transaction)
    bill_everything()
    eleventh = date(2026, 1, 11)
    [row] = revenue.revenue_by_day(town.operator_id, since=eleventh, until=eleventh)
    assert (row.day, row.location, row.charges, row.energy_wh) == (eleventh, "Harbour", 1, Decimal(8000))
    assert (row.before_minor, row.tax_minor, row.after_minor, row.share_minor) == (400, 76, 476, 184)
    assert revenue.revenue_by_day(town.operator_id, since=date(2026, 1, 10), until=date(2026, 1, 10)) == []
    elsewhere = [town.location_id + 1]
    assert (
        revenue.revenue_by_day(town.operator_id, since=eleventh, until=eleventh, location_ids=elsewhere) == []
    )
