"""From a charge told by a station to the books, by facts alone; once, whoever else is at it."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from tests.domain.billing.making import Town
from tests.domain.station_talk import now
from tests.patience import PATIENCE_S

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import ledger, prices, queries, statements
from chargehand.domain.billing.chart import AccountKind, AccountName, Leg
from chargehand.domain.billing.invoice_register import invoices_of_charge
from chargehand.domain.billing.models import Account, Posting, PricedCdr
from chargehand.domain.charging import cdrs
from chargehand.journal.models import FollowerFailure
from chargehand.journal.runner import drain
from chargehand.kernel import clock
from chargehand.project.flows import FOLLOWERS

pytestmark = pytest.mark.django_db(transaction=True)


def _together(*deeds: object) -> None:
    """Do several things at once, each with a connection of its own."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(deeds))

    def run(deed: object) -> None:
        assert callable(deed)
        try:
            barrier.wait(PATIENCE_S)
            deed()
        except BaseException as error:  # noqa: BLE001 -- told below, in the test's own thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert failures == []


def test_a_charge_that_ends_and_is_amended_is_billed_by_its_facts_alone(operator: Operator) -> None:
    town = Town(operator)
    town.tariff()
    began = now() - timedelta(hours=2)
    number = town.talk.start(at=began, meter=1000)
    drain(FOLLOWERS)
    fixed = queries.fixed_tariff(operator.pk, number)
    assert fixed is not None
    assert queries.standing_price(operator.pk, number) is None
    town.talk.stop(number, at=began + timedelta(hours=1), meter=8000)
    drain(FOLLOWERS)
    drain(FOLLOWERS)
    priced = queries.standing_price(operator.pk, number)
    assert priced is not None
    assert (priced.version_id, priced.rated.after_minor) == (fixed.version_id, 417)
    assert (PricedCdr.objects.count(), Posting.objects.count()) == (1, 1)
    town.amend(number, meter_stop_wh=9000)
    drain(FOLLOWERS)
    amended = queries.standing_price(operator.pk, number)
    assert amended is not None
    assert [amended.rated.after_minor, PricedCdr.objects.count(), Posting.objects.count()] == [476, 3, 3]
    [owed] = statements.balances(operator.pk, kind=AccountKind.RECEIVABLE)
    assert owed.posted_minor == 476
    assert not FollowerFailure.objects.exists()


def test_two_workers_at_one_record_give_one_price(operator: Operator) -> None:
    town = Town(operator)
    town.tariff()
    number = town.charge()
    cdr_id = cdrs.issue(number)
    assert cdr_id is not None
    _together(*[lambda: prices.price_cdr(operator.pk, cdr_id)] * 4)
    assert (PricedCdr.objects.count(), Posting.objects.count()) == (1, 1)


def test_one_event_posted_by_many_at_once_is_one_posting(operator: Operator) -> None:
    legs = [
        Leg(AccountName(AccountKind.RECEIVABLE, "EUR", "x"), 5),
        Leg(AccountName(AccountKind.REVENUE, "EUR"), -5),
    ]

    def post() -> None:
        ledger.post(operator_id=operator.pk, key="k", kind="any", legs=legs, happened_at=clock.now())

    _together(*[post] * 4)
    assert (Posting.objects.count(), Account.objects.count()) == (1, 2)


def test_a_hold_is_resolved_once_by_whoever_comes_first(operator: Operator) -> None:
    legs = [
        Leg(AccountName(AccountKind.WALLET_PURCHASED, "EUR", "x"), 5),
        Leg(AccountName(AccountKind.REVENUE, "EUR"), -5),
    ]
    hold = ledger.hold(operator_id=operator.pk, key="h", legs=legs, happened_at=clock.now(), expires_at=None)
    refused: list[str] = []

    def resolve(key: str) -> None:
        try:
            ledger.settle_hold(
                operator_id=operator.pk, hold_id=hold, key=key, legs=legs, happened_at=clock.now()
            )
        except ledger.LedgerError as error:
            refused.append(str(error))

    _together(*(lambda key=key: resolve(key) for key in ("a", "b", "c")))
    assert len(refused) == 2
    assert all("was resolved by posting" in sentence for sentence in refused)
    assert Posting.objects.filter(resolves_id=hold).count() == 1


def test_a_charge_that_ended_just_now_is_billed_ahead_of_a_backlog_and_once(operator: Operator) -> None:
    town = Town(operator)
    town.tariff()
    old = town.charge(6000)
    began = now() - timedelta(minutes=40)
    fresh = town.talk.start(at=began, meter=20_000)
    town.talk.stop(fresh, at=now() - timedelta(minutes=1), meter=27_000)

    drain([each for each in FOLLOWERS if each.name == "billing.fresh"])

    [invoice] = invoices_of_charge(operator.pk, fresh)
    assert invoices_of_charge(operator.pk, old) == [], "what ended long ago waits its turn"
    drain(FOLLOWERS)
    drain(FOLLOWERS)
    assert [each.id for each in invoices_of_charge(operator.pk, fresh)] == [invoice.id]
    assert len(invoices_of_charge(operator.pk, old)) == 1
    assert queries.priced_cdrs(operator.pk, transaction_id=fresh).priced[1:] == ()


def test_two_workers_bill_a_fresh_charge_once(operator: Operator) -> None:
    town = Town(operator)
    town.tariff()
    fresh = town.talk.start(at=now() - timedelta(minutes=40), meter=20_000)
    town.talk.stop(fresh, at=now() - timedelta(minutes=1), meter=27_000)
    chain = [each for each in FOLLOWERS if each.name.startswith(("charging.records", "billing."))]

    _together(
        lambda: drain([each for each in chain if each.name == "billing.fresh"]),
        lambda: drain([each for each in chain if each.name != "billing.fresh"]),
    )
    drain(chain)

    assert len(invoices_of_charge(operator.pk, fresh)) == 1
    assert not FollowerFailure.objects.exists()
