"""What goes wrong between a charge and its bill: told by facts alone, twice, late, by another token."""

from datetime import timedelta

import pytest
from tests.domain.billing.making import FAY, Town
from tests.domain.station_talk import now
from tests.domain.tariffs.making import component, element, tariff
from tests.following import follow_all

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import (
    customers,
    followers,
    invariants,
    invoice_register,
    queries,
    receipts,
    statements,
)
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.customers import CustomerDetails
from chargehand.domain.billing.documents.shapes import Party
from chargehand.domain.billing.facts import CdrPriced
from chargehand.domain.billing.invoice_register import InvoiceDetail
from chargehand.domain.billing.models import Invoice, PricedCdr
from chargehand.journal.models import FollowerFailure
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)


def _settle() -> None:
    follow_all()
    assert not FollowerFailure.objects.exists()


def _only(operator: Operator) -> InvoiceDetail:
    [view] = invoice_register.invoices(operator.pk).invoices
    found = invoice_register.invoice(operator.pk, view.id)
    assert found is not None
    return found


def _owed(operator: Operator) -> int:
    found = statements.balances(operator.pk, kind=AccountKind.RECEIVABLE)
    return sum(each.posted_minor for each in found)


def test_a_stop_sent_twice_and_a_fact_told_twice_give_one_invoice(operator: Operator) -> None:
    town = Town(operator)
    town.tariff()
    began = now() - timedelta(hours=2)
    number = town.talk.start(at=began, meter=1000)
    _settle()
    for _ in range(2):
        town.talk.stop(number, at=began + timedelta(hours=1), meter=8000)
        _settle()
    view = _only(operator)
    assert (view.invoice.total_minor, _owed(operator)) == (417, 417)
    row = PricedCdr.objects.get()
    fact = CdrPriced(
        happened_at=row.priced_at,
        operator_id=operator.pk,
        transaction_id=row.transaction_id,
        cdr_id=row.cdr_id,
        priced_id=row.pk,
        currency=row.currency,
        before_minor=row.before_minor,
        after_minor=row.after_minor,
    )
    followers.bill_prices([fact, fact])
    assert Invoice.objects.count() == 1


def test_late_meter_values_give_a_credit_note_and_a_new_invoice_and_edit_nothing(operator: Operator) -> None:
    town = Town(operator)
    town.tariff()
    number = town.charge(7000)
    _settle()
    before = _only(operator)
    town.amend(number, meter_stop_wh=9000)
    _settle()
    found = invoice_register.invoices_of_charge(operator.pk, number)
    assert sorted((each.kind, each.total_minor) for each in found) == [
        ("credit-note", 417),
        ("invoice", 417),
        ("invoice", 476),
    ]
    assert invoice_register.invoice_document(operator.pk, before.invoice.id) == before.document
    assert _owed(operator) == 476
    assert invariants.find_breaks(clock.now() + timedelta(days=1)) == []
    receipt = receipts.receipt_by_token(receipts.receipt_key(operator.pk, number))
    assert receipt is not None
    standing = queries.standing_price(operator.pk, number)
    assert standing is not None
    assert (receipt.state, receipt.priced_id) == ("priced", standing.id)
    assert receipt.credit_note_id is not None


def test_a_charge_stopped_by_another_token_is_billed_to_the_one_that_started_it(operator: Operator) -> None:
    town = Town(operator)
    town.tariff()
    began = now() - timedelta(hours=2)
    for stopper in ({"token_uid": "FOREMAN"}, {}):
        number = town.talk.start(at=began, meter=0)
        town.talk.stop(number, at=began + timedelta(minutes=30), meter=3000, **stopper)
        began += timedelta(minutes=40)
    _settle()
    rows = PricedCdr.objects.order_by("pk")
    assert {row.customer for row in rows} == {f"token:{town.token_id}"}
    assert Invoice.objects.count() == 2


def test_a_tiny_charge_and_one_that_costs_nothing_take_no_number(operator: Operator) -> None:
    town = Town(operator)
    town.tariff(tariff(element(component("ENERGY", "0", vat="19"))))
    town.charge(60, minutes=2)
    number = town.charge(7000)
    _settle()
    assert not Invoice.objects.exists()
    receipt = receipts.receipt_by_token(receipts.receipt_key(operator.pk, number))
    assert receipt is not None
    assert (receipt.state, receipt.invoice_id) == ("priced", None)
    assert invariants.find_breaks(clock.now() + timedelta(days=1)) == []


def test_a_receipt_key_shows_each_state_of_a_charge(operator: Operator) -> None:
    town = Town(operator)
    town.tariff()
    began = now() - timedelta(hours=2)
    number = town.talk.start(at=began, meter=1000)
    _settle()
    key = receipts.receipt_key(operator.pk, number)
    assert (len(key), receipts.receipt_key(operator.pk, number)) == (22, key)
    states = []
    for step in range(3):
        if step == 1:
            town.talk.stop(number, at=began + timedelta(hours=1))
        elif step == 2:
            _settle()
        found = receipts.receipt_by_token(key)
        assert found is not None
        states.append(found.state)
    assert states == ["running", "computing", "in-review"]
    for stranger in ("", "x" * 22, key[:-1], key.swapcase(), "\u00e9" * 22):
        assert receipts.receipt_by_token(stranger) is None


def test_a_monthly_customers_charge_waits_and_is_listed_as_unbilled(operator: Operator) -> None:
    town = Town(operator)
    town.tariff()
    details = CustomerDetails(party=Party(name="Acme", country="DE"), mode="monthly")
    customer_id = customers.add_customer(
        operator_id=operator.pk, details=details, actor=FAY, token_ids=[town.token_id]
    )
    town.charge(7000)
    _settle()
    assert not Invoice.objects.exists()
    [waiting] = invoice_register.unbilled(operator.pk).unbilled
    assert (waiting.customer_id, waiting.is_monthly, waiting.after_minor) == (customer_id, True, 417)
    assert invariants.find_breaks(clock.now() + timedelta(days=1)) == []
    late = invariants.find_breaks(clock.now() + timedelta(days=60))
    assert late == [f"Price {waiting.priced_id} of charge {waiting.transaction_id} is on no invoice."]
