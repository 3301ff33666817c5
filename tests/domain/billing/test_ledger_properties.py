"""Whatever is posted, reversed, held and let go, in whatever order: the books come to the same as plain sums."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing import invariants, ledger, statements
from chargehand.domain.billing.chart import AccountKind, AccountName, Leg, sign_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EARNED = AccountName(AccountKind.REVENUE, "EUR", "ENERGY")
WALLET = AccountName(AccountKind.WALLET_PURCHASED, "EUR", "token:1")


def _take(minor: int) -> list[Leg]:
    return [Leg(WALLET, minor), Leg(EARNED, -minor)]


class _Books(RuleBasedStateMachine):
    """Postings, reversals and holds in any order against a plain dictionary of what they should come to."""

    operator_id = 0

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.expected: dict[AccountName, int] = {}
        self.postings: dict[int, list[Leg]] = {}
        self.holds: dict[int, int] = {}
        self.count = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def _key(self) -> str:
        self.count += 1
        return f"k{self.count}"

    def _expect(self, legs: list[Leg]) -> None:
        for account, minor in legs:
            self.expected[account] = self.expected.get(account, 0) + minor

    @rule(
        minor=st.integers(-(10**12), 10**12).filter(bool),
        currency=st.sampled_from(["EUR", "JPY", "KWD"]),
        kinds=st.lists(st.sampled_from(AccountKind), min_size=2, max_size=4, unique=True),
        times=st.integers(1, 2),
    )
    def post(self, minor: int, currency: str, kinds: list[AccountKind], times: int) -> None:
        names = [AccountName(kind, currency) for kind in kinds]
        legs = [Leg(names[0], minor * (len(names) - 1)), *(Leg(name, -minor) for name in names[1:])]
        key = self._key()
        made = {
            ledger.post(operator_id=self.operator_id, key=key, kind="any", legs=legs, happened_at=NOON)
            for _ in range(times)
        }
        self.postings[made.pop()] = legs
        assert not made
        self._expect(legs)

    @precondition(lambda self: bool(self.postings))
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        posting = data.draw(st.sampled_from(sorted(self.postings)))
        legs = self.postings.pop(posting)
        ledger.reverse(operator_id=self.operator_id, posting_id=posting, key=self._key(), happened_at=NOON)
        self._expect([Leg(account, -minor) for account, minor in legs])

    @rule(minor=st.integers(1, 10**6))
    def hold(self, minor: int) -> None:
        made = ledger.hold(
            operator_id=self.operator_id,
            key=self._key(),
            legs=_take(minor),
            happened_at=NOON,
            expires_at=None,
        )
        self.holds[made] = minor

    @precondition(lambda self: bool(self.holds))
    @rule(data=st.data())
    def resolve(self, data: st.DataObject) -> None:
        hold = data.draw(st.sampled_from(sorted(self.holds)))
        taken = data.draw(st.integers(0, self.holds.pop(hold)))
        legs = _take(taken)
        about: dict[str, Any] = {"operator_id": self.operator_id, "hold_id": hold, "happened_at": NOON}
        if taken:
            ledger.settle_hold(key=self._key(), legs=legs, **about)
            self._expect(legs)
        else:
            ledger.release_hold(key=self._key(), **about)

    @invariant()
    def agree(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        found = statements.balances(self.operator_id)
        posted = {
            AccountName(each.kind, each.currency, each.detail): sign_of(each.kind) * each.posted_minor
            for each in found
            if each.posted_minor
        }
        assert posted == {account: minor for account, minor in self.expected.items() if minor}
        held = {each.kind: each.held_minor for each in found if each.held_minor}
        assert held == ({AccountKind.WALLET_PURCHASED: sum(self.holds.values())} if self.holds else {})
        assert invariants.find_breaks(NOON) == []


def test_any_sequence_of_postings_reversals_and_holds_balances(operator: Operator) -> None:
    class Books(_Books):
        operator_id = operator.pk

    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
