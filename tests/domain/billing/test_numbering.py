"""Numbers without gaps, whoever issues at once and whatever is rolled back."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.domain.billing.making import Town
from tests.patience import PATIENCE_S

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import entities, invariants, invoices
from chargehand.domain.billing.models import Invoice, LegalEntity, NumberSeries, PricedCdr
from chargehand.domain.billing.numbering import take_number
from chargehand.kernel import clock


class _ChangedMindError(Exception):
    """Something else in the transaction failed."""


@pytest.mark.django_db
def test_a_document_that_is_rolled_back_leaves_no_gap(town: Town) -> None:
    town.tariff()
    first, second = town.price(town.charge()), town.price(town.charge())
    with transaction.atomic():
        assert invoices.issue_invoice(town.operator_id, first.id, now=clock.now()) is not None
        transaction.set_rollback(True)
    invoices.issue_invoice(town.operator_id, second.id, now=clock.now())
    invoices.issue_invoice(town.operator_id, first.id, now=clock.now())
    found = list(Invoice.objects.order_by("sequence").values_list("sequence", flat=True))
    assert found == [1, 2]
    assert invariants.find_breaks(clock.now() + timedelta(days=1)) == []


@pytest.mark.django_db(transaction=True)
def test_a_number_is_refused_outside_a_transaction(operator: Operator) -> None:
    seller = entities.default_entity(operator.pk)
    with pytest.raises(RuntimeError, match="in the transaction"):
        take_number(entity_id=seller.id, series="R-{year}-", year=2026)
    assert not NumberSeries.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_that_issue_at_once_give_every_number_once_and_every_price_one_invoice(
    operator: Operator,
) -> None:
    town = Town(operator)
    town.tariff()
    prices = [town.price(town.charge(5000 + place)).id for place in range(4)]
    barrier = threading.Barrier(8)
    failures: list[BaseException] = []

    def issue(priced_id: int) -> None:
        try:
            barrier.wait(PATIENCE_S)
            invoices.issue_invoice(operator.pk, priced_id, now=clock.now())
        except BaseException as error:  # noqa: BLE001 -- told below, in the test's own thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=issue, args=(priced_id,)) for priced_id in prices * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert failures == []
    assert sorted(Invoice.objects.values_list("sequence", flat=True)) == [1, 2, 3, 4]
    assert LegalEntity.objects.count() == 1
    assert invariants.find_breaks(clock.now() + timedelta(days=1)) == []
    assert PricedCdr.objects.count() == 4


@pytest.mark.django_db
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    takes=st.lists(
        st.tuples(st.sampled_from(["R-{year}-", "C-{year}-", "K"]), st.integers(2025, 2027), st.booleans()),
        max_size=25,
    )
)
def test_whatever_is_taken_and_rolled_back_numbers_count_from_one_by_ones(
    operator: Operator, takes: list[tuple[str, int, bool]]
) -> None:
    with transaction.atomic():
        seller = entities.default_entity(operator.pk)
        given_numbers: list[tuple[str, int]] = []
        for series, year, is_kept in takes:
            try:
                with transaction.atomic():
                    number = take_number(entity_id=seller.id, series=series, year=year)
                    if not is_kept:
                        raise _ChangedMindError  # noqa: TRY301 -- rolls the savepoint back
            except _ChangedMindError:
                continue
            assert number.text == f"{number.series}{number.sequence:06d}"
            given_numbers.append((number.series, number.sequence))
        counts = Counter(series for series, _ in given_numbers)
        for series, count in counts.items():
            assert sorted(n for s, n in given_numbers if s == series) == list(range(1, count + 1))
        transaction.set_rollback(True)
