"""What a bill costs the database: nothing is asked twice."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.domain.billing.making import Town

from chargehand.domain.billing import invoices, prices, sharing, snapshots
from chargehand.domain.billing.models import Invoice, PricedCdr
from chargehand.domain.charging import cdrs
from chargehand.domain.charging.models import Cdr
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

#: Statements for a price and its invoice together.
MOST = 40


def asked(act: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as context:
        act()
    return [query["sql"] for query in context.captured_queries]


def test_a_charge_is_priced_and_invoiced_in_few_statements(town: Town) -> None:
    town.tariff()
    first, second = (town.issue(town.charge()) for _ in range(2))
    bill(town, first)

    said = asked(lambda: bill(town, second))

    assert PricedCdr.objects.filter(cdr_id=second).exists()
    assert len(said) <= MOST, "\n".join(said)


def bill(town: Town, record: int) -> None:
    outcome = prices.price_cdr(town.operator_id, record)
    assert outcome is not None
    assert outcome.id is not None
    assert invoices.issue_invoice(town.operator_id, outcome.id, now=clock.now()) is not None


def test_invoices_of_a_batch_cost_little_more_than_one(town: Town) -> None:
    town.tariff()
    priced = [town.price(town.charge()).id for _ in range(4)]
    first = asked(lambda: invoices.issue_invoices(town.operator_id, priced[:1], now=clock.now()))

    said = asked(lambda: invoices.issue_invoices(town.operator_id, priced[1:], now=clock.now()))

    assert Invoice.objects.count() == len(priced)
    assert len(said) - len(first) <= len(priced[1:]) - 1, "\n".join(said)


def test_prices_and_shares_of_a_batch_cost_no_more_than_one(town: Town) -> None:
    town.tariff()
    records = [town.issue(town.charge()) for _ in range(5)]
    prices.price_cdrs(town.operator_id, records[:1])  # the accounts are there now
    first = asked(lambda: prices.price_cdrs(town.operator_id, records[1:2]))

    said = asked(lambda: prices.price_cdrs(town.operator_id, records[2:]))

    priced = list(PricedCdr.objects.order_by("pk").values_list("pk", flat=True))
    assert len(priced) == len(records)
    assert len(said) <= len(first), "\n".join(said)
    one = asked(lambda: sharing.share_prices(town.operator_id, priced[:1]))
    assert len(asked(lambda: sharing.share_prices(town.operator_id, priced[1:]))) <= len(one)


def test_tariffs_and_records_of_a_batch_cost_no_more_than_one(town: Town) -> None:
    town.tariff()
    charges = [town.charge() for _ in range(4)]
    first = asked(lambda: cdrs.issue_all(charges[:1]))
    assert len(asked(lambda: cdrs.issue_all(charges[1:]))) <= len(first)
    assert Cdr.objects.count() == len(charges)
    one = asked(lambda: snapshots.fix_tariffs(town.operator_id, charges[:1]))
    assert len(asked(lambda: snapshots.fix_tariffs(town.operator_id, charges[1:]))) <= len(one)
