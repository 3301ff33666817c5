"""What breaks the books is found and said, also where somebody got past the database's own guards."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from tests.domain.billing.making import Town, bill_everything

from chargehand.domain.billing import invariants, ledger
from chargehand.domain.billing.chart import AccountKind, AccountName, Leg
from chargehand.domain.billing.models import Posting, PricedCdr
from chargehand.domain.billing.queries import PricedView
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

WALLET = AccountName(AccountKind.WALLET_PURCHASED, "EUR")
EARNED = AccountName(AccountKind.REVENUE, "EUR")


@pytest.fixture
def priced(town: Town) -> PricedView:
    """A charge that was priced, amended, credited and priced again."""
    town.tariff()
    number = town.charge(7000)
    town.price(number)
    town.amend(number, meter_stop_wh=9000)
    amended = town.price(number)
    bill_everything()
    return amended


@pytest.fixture
def unguarded(priced: PricedView) -> Iterator[None]:
    """The database without its guards, as after a careless restore."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = origin")


def _find() -> list[str]:
    return invariants.find_breaks(clock.now() + timedelta(days=1))


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_sound_books_say_nothing(priced: PricedView) -> None:
    assert (_find(), PricedCdr.objects.count()) == ([], 3)


_ENTRY_OF_CREDIT = "posting_id = (SELECT id FROM billing_posting WHERE reverses_id IS NOT NULL)"
_ONE_MORE = "after_minor = after_minor + 1, before_minor = before_minor + 1"
_WAIVE = """
INSERT INTO billing_waived_cdr (cdr_id, operator_id, transaction_id, reason, note, decided_by, waived_at)
SELECT cdr_id, operator_id, transaction_id, 'tiny', '', '', now() FROM billing_priced_cdr WHERE id = {priced}
"""


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "UPDATE billing_entry SET minor = minor + 1 WHERE posting_id = {posting} AND minor > 0",
            "not balance",
        ),
        ("DELETE FROM billing_entry WHERE posting_id = {posting}", "has no entries"),
        ("UPDATE billing_entry SET currency = 'CHF' WHERE posting_id = {posting}", "operator or currency"),
        (f"UPDATE billing_entry SET minor = minor * 2 WHERE {_ENTRY_OF_CREDIT}", "exact opposite of posting"),
        (f"UPDATE billing_priced_cdr SET {_ONE_MORE} WHERE id = {{priced}}", "do not add up to its total"),
        ("UPDATE billing_entry SET minor = minor * 2 WHERE posting_id = {posting}", "else than the books"),
        ("UPDATE billing_priced_cdr SET currency = 'CHF' WHERE kind = 'credit'", "opposite of price"),
        ("UPDATE billing_priced_cdr SET credits_id = {priced} WHERE kind = 'credit'", "opposite of price"),
        ("DELETE FROM billing_priced_cdr WHERE kind = 'credit'", "is billed 2 times"),
        ("DELETE FROM billing_priced_cdr WHERE id = {priced}", "was decided 0 times"),
        (_WAIVE, "was decided 2 times"),
    ],
)
def test_each_kind_of_break_is_found_and_named(
    priced: PricedView, unguarded: None, statement: str, sentence: str
) -> None:
    _run(statement.format(posting=priced.posting_id, priced=priced.id))
    found = _find()
    assert any(sentence in each for each in found), found


def test_a_record_that_waits_for_its_follower_is_no_break_yet(town: Town) -> None:
    town.tariff()
    town.issue(town.charge())
    assert invariants.find_breaks(clock.now()) == []
    assert [each.endswith("in review.") for each in _find()] == [True]


def test_a_hold_past_its_time_is_found_until_it_is_resolved(town: Town) -> None:
    now = clock.now()
    hold = ledger.hold(
        operator_id=town.operator_id,
        key="h",
        legs=[Leg(WALLET, 900), Leg(EARNED, -900)],
        happened_at=now,
        expires_at=now + timedelta(hours=1),
    )
    assert invariants.find_breaks(now) == []
    assert [each.split(" expired")[0] for each in _find()] == [f"Hold {hold}"]
    ledger.release_hold(operator_id=town.operator_id, hold_id=hold, key="r", happened_at=now)
    assert _find() == []


def test_a_hold_that_was_overtaken_is_found(town: Town, unguarded: None) -> None:
    now = clock.now()
    about: dict[str, Any] = {"operator_id": town.operator_id, "happened_at": now}
    legs = [Leg(WALLET, 900), Leg(EARNED, -900)]
    hold = ledger.hold(key="h", legs=legs, expires_at=None, **about)
    taken = ledger.settle_hold(hold_id=hold, key="s", legs=legs, **about)
    _run(f"UPDATE billing_entry SET minor = minor * 2 WHERE posting_id = {taken}")
    assert f"Posting {taken} takes more than hold {hold} had." in _find()
    assert Posting.objects.filter(resolves_id=hold).count() == 1
