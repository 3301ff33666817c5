"""The books balance, say each thing once, and are never changed: by us or by anybody with SQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import ledger, statements
from chargehand.domain.billing.chart import AccountKind, AccountName, Leg
from chargehand.domain.billing.ledger import LedgerError
from chargehand.domain.billing.models import Account, Entry, Posting

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OWED = AccountName(AccountKind.RECEIVABLE, "EUR", "token:1")
EARNED = AccountName(AccountKind.REVENUE, "EUR", "ENERGY")
WALLET = AccountName(AccountKind.WALLET_PURCHASED, "EUR", "token:1")
CLEARING = AccountName(AccountKind.PSP_CLEARING, "EUR", "fake")


def _pair(minor: int, debit: AccountName = OWED, credit: AccountName = EARNED) -> list[Leg]:
    return [Leg(debit, minor), Leg(credit, -minor)]


def _post(operator: Operator, key: str = "a", minor: int = 500, **more: Any) -> int:
    more = {"legs": _pair(minor), "happened_at": NOON, **more}
    return ledger.post(operator_id=operator.pk, key=key, kind="manual", **more)


def _balance(operator: Operator, account: AccountName) -> tuple[int, int, int]:
    found = statements.balance(operator.pk, account)
    assert found is not None
    return found.posted_minor, found.held_minor, found.available_minor


def _settle_constraints() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _run(raw: list[tuple[str, list[Any]]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement, values in raw:
            cursor.execute(statement, values)


def _run_and_check(raw: list[tuple[str, list[Any]]]) -> None:
    with transaction.atomic():
        _run(raw)
        _settle_constraints()


def _refused_by_database(raw: list[tuple[str, list[Any]]], match: str) -> None:
    with pytest.raises(IntegrityError, match=match):
        _run_and_check(raw)


def test_one_event_gives_one_posting(operator: Operator) -> None:
    first = _post(operator)
    assert _post(operator) == first
    assert (Posting.objects.count(), Entry.objects.count()) == (1, 2)
    assert _balance(operator, OWED) == (500, 0, 500)
    assert _balance(operator, EARNED) == (500, 0, 500)


def test_a_key_never_stands_for_two_things(operator: Operator, other_operator: Operator) -> None:
    _post(operator)
    with pytest.raises(LedgerError, match="something else"):
        _post(operator, minor=501)
    assert _post(other_operator, minor=501)
    assert _balance(operator, OWED) == (500, 0, 500)


@pytest.mark.parametrize(
    ("legs", "match"),
    [
        ([Leg(OWED, 500), Leg(EARNED, -499)], "does not balance: 1 EUR"),
        ([Leg(OWED, 5), Leg(EARNED._replace(currency="CHF"), -5)], "does not balance"),
        ([], "moves nothing"),
        ([Leg(OWED, 5), Leg(OWED, -5)], "moves nothing"),
    ],
)
def test_what_does_not_balance_is_not_posted(operator: Operator, legs: list[Leg], match: str) -> None:
    with pytest.raises(LedgerError, match=match):
        _post(operator, legs=legs)
    assert not Posting.objects.exists()


def test_a_key_has_a_sane_length(operator: Operator) -> None:
    for key in ("", "x" * 201):
        with pytest.raises(LedgerError, match="1 to 200"):
            _post(operator, key=key)


def test_several_currencies_balance_each_for_itself(operator: Operator) -> None:
    francs = [Leg(account._replace(currency="CHF"), minor) for account, minor in _pair(300)]
    _post(operator, legs=[*_pair(500), *francs])
    found = {(each.kind, each.currency): each.posted_minor for each in statements.balances(operator.pk)}
    assert found[AccountKind.RECEIVABLE, "CHF"] == 300
    assert found[AccountKind.REVENUE, "EUR"] == 500


def test_a_reversal_undoes_exactly_and_once(operator: Operator) -> None:
    first = _post(operator)
    again = [
        ledger.reverse(operator_id=operator.pk, posting_id=first, key="undo", happened_at=NOON)
        for _ in range(2)
    ]
    assert again[0] == again[1]
    assert _balance(operator, OWED) == _balance(operator, EARNED) == (0, 0, 0)
    with pytest.raises(LedgerError, match="was reversed"):
        ledger.reverse(operator_id=operator.pk, posting_id=first, key="undo-2", happened_at=NOON)
    view = statements.posting(operator.pk, first)
    assert view is not None
    assert view.reversed_by == again[0]


def test_only_what_is_there_and_ones_own_can_be_reversed(
    operator: Operator, other_operator: Operator
) -> None:
    theirs = _post(other_operator)
    for posting in (theirs, 10**9):
        with pytest.raises(LedgerError, match="no posting"):
            ledger.reverse(operator_id=operator.pk, posting_id=posting, key="u", happened_at=NOON)


def _hold(operator: Operator, minor: int = 3000, key: str = "h") -> int:
    return ledger.hold(
        operator_id=operator.pk,
        key=key,
        legs=_pair(minor, WALLET, EARNED),
        happened_at=NOON,
        expires_at=NOON + timedelta(days=1),
    )


def _fill_wallet(operator: Operator, minor: int = 5000) -> None:
    _post(operator, key="top-up", legs=_pair(minor, CLEARING, WALLET))


def test_a_hold_lessens_what_is_available_and_not_what_is_posted(operator: Operator) -> None:
    _fill_wallet(operator)
    hold = _hold(operator)
    assert _balance(operator, WALLET) == (5000, 3000, 2000)
    assert [each.id for each in statements.open_holds(operator.pk)] == [hold]
    ledger.settle_hold(
        operator_id=operator.pk, hold_id=hold, key="s", legs=_pair(1200, WALLET, EARNED), happened_at=NOON
    )
    assert _balance(operator, WALLET) == (3800, 0, 3800)
    assert _balance(operator, EARNED) == (1200, 0, 1200)
    assert statements.open_holds(operator.pk) == []


def test_a_released_hold_leaves_nothing_behind(operator: Operator) -> None:
    _fill_wallet(operator)
    hold = _hold(operator)
    released = [
        ledger.release_hold(operator_id=operator.pk, hold_id=hold, key="r", happened_at=NOON)
        for _ in range(2)
    ]
    assert released[0] == released[1]
    assert _balance(operator, WALLET) == (5000, 0, 5000)


def test_no_more_is_taken_than_was_held_and_nothing_twice(operator: Operator) -> None:
    hold = _hold(operator)
    about: dict[str, Any] = {"operator_id": operator.pk, "hold_id": hold, "happened_at": NOON}
    for minor in (3001, -1):
        with pytest.raises(LedgerError, match="3000"):
            ledger.settle_hold(key="s", legs=_pair(minor, WALLET, EARNED), **about)
    with pytest.raises(LedgerError, match="has 0 in"):
        ledger.settle_hold(key="s", legs=_pair(5), **about)
    ledger.settle_hold(key="s", legs=_pair(3000, WALLET, EARNED), **about)
    ledger.settle_hold(key="s", legs=_pair(3000, WALLET, EARNED), **about)
    with pytest.raises(LedgerError, match="was resolved"):
        ledger.release_hold(key="r", **about)
    with pytest.raises(LedgerError, match="is a hold"):
        ledger.reverse(operator_id=operator.pk, posting_id=hold, key="u", happened_at=NOON)
    with pytest.raises(LedgerError, match="not a hold"):
        ledger.release_hold(operator_id=operator.pk, hold_id=_post(operator), key="x", happened_at=NOON)


_POSTING = """
INSERT INTO billing_posting (operator_id, key, kind, is_pending, memo, happened_at, posted_at, reverses_id,
    resolves_id) VALUES (%s, %s, 'raw', false, '', now(), now(), %s, %s)
"""
_ENTRY = """
INSERT INTO billing_entry (posting_id, account_id, currency, minor)
VALUES ((SELECT id FROM billing_posting WHERE key = %s), %s, %s, %s)
"""


def test_the_database_refuses_an_unbalanced_posting(operator: Operator) -> None:
    _post(operator)
    account = Account.objects.get(kind="receivable").pk
    raw = [(_POSTING, [operator.pk, "raw", None, None]), (_ENTRY, ["raw", account, "EUR", 1])]
    _refused_by_database(raw, "does not balance: 1 minor units of EUR")
    _refused_by_database(raw[:1], "has no entries")


@pytest.mark.django_db(transaction=True)
def test_the_commit_itself_fails_where_the_books_would_not_balance(operator: Operator) -> None:
    _post(operator)
    account = Account.objects.get(kind="receivable").pk
    raw = [(_POSTING, [operator.pk, "raw", None, None]), (_ENTRY, ["raw", account, "EUR", 1])]
    with pytest.raises(IntegrityError, match="does not balance"):
        _run(raw)
    assert list(Posting.objects.values_list("key", flat=True)) == ["a"]
    _refused_by_database([(_ENTRY, ["a", account, "EUR", 1])], "is closed")


def test_the_database_refuses_accounts_of_others_and_other_currencies(
    operator: Operator, other_operator: Operator
) -> None:
    _post(operator)
    _post(other_operator)
    own, theirs = (
        Account.objects.get(kind="receivable", operator=each).pk for each in (operator, other_operator)
    )
    posting = (_POSTING, [operator.pk, "raw", None, None])
    _refused_by_database([posting, (_ENTRY, ["raw", theirs, "EUR", 1])], "not of the operator")
    _refused_by_database([posting, (_ENTRY, ["raw", own, "CHF", 1])], "is not in CHF")
    _refused_by_database([posting, (_ENTRY, ["raw", own, "EUR", 0])], "billing_entry_not_zero")


def test_the_database_refuses_a_reversal_that_is_not_the_opposite(operator: Operator) -> None:
    first = _post(operator)
    owed, earned = (Account.objects.get(kind=kind).pk for kind in ("receivable", "revenue"))
    raw = [(_POSTING, [operator.pk, "raw", first, None])]
    raw += [(_ENTRY, ["raw", owed, "EUR", -499]), (_ENTRY, ["raw", earned, "EUR", 499])]
    _refused_by_database(raw, "is not the opposite")


def test_the_database_refuses_to_take_more_than_was_held(operator: Operator) -> None:
    hold = _hold(operator)
    wallet, earned = (Account.objects.get(kind=kind).pk for kind in ("wallet-purchased", "revenue"))
    raw = [(_POSTING, [operator.pk, "raw", None, hold])]
    raw += [(_ENTRY, ["raw", wallet, "EUR", 3001]), (_ENTRY, ["raw", earned, "EUR", -3001])]
    _refused_by_database(raw, "takes more than")


@pytest.mark.parametrize("table", ["billing_account", "billing_posting", "billing_entry"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_refuses_every_change(operator: Operator, table: str, verb: str) -> None:
    _post(operator)
    _refused_by_database([(verb.format(table), [])], "append-only")


def test_legs_to_one_account_are_one_entry(operator: Operator) -> None:
    _post(operator, legs=[Leg(OWED, 3), Leg(OWED, 4), Leg(EARNED, -7), Leg(WALLET, 9), Leg(WALLET, -9)])
    assert sorted(Entry.objects.values_list("minor", flat=True)) == [-7, 7]


def test_a_statement_runs_down_from_the_newest_balance(operator: Operator) -> None:
    for number, minor in enumerate([100, 250, -50, 700]):
        _post(operator, key=f"p{number}", minor=minor)
    _hold(operator)
    account = Account.objects.get(kind="revenue").pk
    first = statements.statement(operator.pk, account, limit=3)
    assert [(line.minor, line.balance_minor) for line in first.lines] == [(700, 1000), (-50, 300), (250, 350)]
    rest = statements.statement(operator.pk, account, limit=3, before_id=first.before_id)
    assert [(line.minor, line.balance_minor) for line in rest.lines] == [(100, 100)]
    assert rest.before_id is None
    assert statements.statement(operator.pk + 1, account).lines == ()


def test_balances_are_told_as_of_a_time(operator: Operator) -> None:
    _post(operator, key="one", minor=100)
    _post(operator, key="two", minor=900, happened_at=NOON + timedelta(days=1))
    [then] = statements.balances(operator.pk, kind=AccountKind.REVENUE, at=NOON)
    [now_] = statements.balances(operator.pk, kind=AccountKind.REVENUE, currency="EUR")
    assert (then.posted_minor, now_.posted_minor) == (100, 1000)
    assert statements.balances(operator.pk, currency="CHF") == []


def test_postings_are_found_by_their_business_key(operator: Operator) -> None:
    _post(operator, key="cdr:1:charge")
    _post(operator, key="cdr:12:charge", minor=7)
    assert [each.key for each in statements.postings_keyed(operator.pk, "cdr:1:")] == ["cdr:1:charge"]
