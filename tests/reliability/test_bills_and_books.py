"""What goes wrong between a price and the money: broken off anywhere, seen twice, rounded apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from tests.domain.billing.making import FAY, Town, bill_everything
from tests.domain.billing.test_ocpi_cdrs import describe
from tests.following import follow_all

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import (
    actions,
    followers,
    invariants,
    invoices,
    ocpi_export,
    prices,
    statements,
)
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.facts import CdrPriced
from chargehand.domain.billing.models import Invoice, InvoicePayment, NumberSeries, Posting, PricedCdr
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion
from chargehand.journal.models import FollowerFailure
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db(transaction=True)


class PowerCutError(Exception):
    """The process dies here."""


@pytest.fixture
def town(operator: Operator) -> Town:
    town = Town(operator)
    town.tariff()
    return town


def cut_at(place: int, act: Callable[[], object]) -> bool:
    """Do something that is broken off before its statement number `place`; tell whether it was."""
    count = 0

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == place:
            raise PowerCutError
        return run(sql, params, many, context)

    try:
        with connection.execute_wrapper(execute), transaction.atomic():
            act()
    except PowerCutError:
        return True
    return False


def test_a_bill_broken_off_at_any_statement_is_written_once_when_it_is_tried_again(town: Town) -> None:
    record = town.issue(town.charge(7000))

    def bill() -> None:
        outcome = prices.price_cdr(town.operator_id, record)
        assert outcome is not None
        invoices.issue_invoices(town.operator_id, [outcome.id or 0], now=clock.now())

    place = 1
    while cut_at(place, bill):
        counts = [each.objects.count() for each in (PricedCdr, Posting, Invoice, NumberSeries)]
        assert counts == [0, 0, 0, 0]
        place += 1
    bill()
    assert place > 20, "it was broken off at many places"
    assert [PricedCdr.objects.count(), Posting.objects.count(), Invoice.objects.count()] == [1, 1, 1]
    assert NumberSeries.objects.get().last == 1
    assert invariants.find_breaks(clock.now() + timedelta(days=1)) == []


def test_a_payment_broken_off_at_any_statement_is_counted_once_when_it_is_tried_again(town: Town) -> None:
    priced = town.price(town.charge(7000))
    invoice_id = invoices.issue_invoice(town.operator_id, priced.id, now=clock.now())
    assert invoice_id is not None

    def pay() -> int:
        return actions.record_payment(
            operator_id=town.operator_id,
            invoice_id=invoice_id,
            amount_minor=417,
            method="bank-transfer",
            reference="E2E-1",
            actor=FAY,
        )

    place = 1
    while cut_at(place, pay):
        assert not InvoicePayment.objects.exists()
        place += 1
    assert pay() == pay()
    assert place > 5, "it was broken off at several places"
    [payment] = InvoicePayment.objects.all()
    assert payment.minor == 417
    assert owed(town) == 0
    with pytest.raises(Refused, match="more than is open"):
        actions.record_payment(
            operator_id=town.operator_id,
            invoice_id=invoice_id,
            amount_minor=1,
            method="bank-transfer",
            reference="E2E-2",
            actor=FAY,
        )
    assert invariants.find_breaks(clock.now() + timedelta(days=1)) == []


def test_a_follower_broken_off_after_its_deed_does_not_bill_again(town: Town) -> None:
    town.charge(7000)
    follow_all()
    told = [
        fact
        for row in PricedCdr.objects.all()
        for fact in [
            CdrPriced(
                happened_at=row.priced_at,
                operator_id=row.operator_id,
                transaction_id=row.transaction_id,
                cdr_id=row.cdr_id,
                priced_id=row.pk,
                currency=row.currency,
                before_minor=row.before_minor,
                after_minor=row.after_minor,
            )
        ]
    ]
    followers.bill_prices([*told, *told])
    assert Invoice.objects.count() == 1
    assert not FollowerFailure.objects.exists()


def test_who_pulls_the_records_twice_counts_each_once_and_has_the_ledgers_total(town: Town) -> None:
    describe(town)
    first, second = town.charge(7000), town.charge(3000)
    for number in (first, second):
        town.price(number)
    bill_everything()
    page = pull(town)
    town.amend(first, meter_stop_wh=9000)
    town.price(first)
    bill_everything()
    again = pull(town)
    assert all(each in again for each in page), "a record never changes"
    by_id = {each["id"]: each for each in [*page, *again]}
    assert len(by_id) == len(again) == 4
    total = sum((Decimal(str(each["total_cost"]["incl_vat"])) for each in by_id.values()), Decimal(0))
    assert int(total * 100) == owed(town)
    [credit] = [each for each in again if each.get("credit")]
    assert credit["credit_reference_id"] in {each["id"] for each in page}


def pull(town: Town) -> list[dict[str, Any]]:
    page = ocpi_export.ocpi_cdrs(town.operator_id, OcpiVersion.V2_2_1, party_id="CHA")
    assert page.left_out == ()
    return [*page.cdrs]


def owed(town: Town) -> int:
    """Return what drivers owe by the ledger."""
    found = statements.balances(town.operator_id, kind=AccountKind.RECEIVABLE)
    return sum(each.posted_minor for each in found)
