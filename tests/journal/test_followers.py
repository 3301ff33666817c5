"""A follower acts on what it wants, batch by batch, and passes over the rest."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import psycopg
import pytest
from django.db import transaction
from tests.patience import PATIENCE_S

from chargehand.journal import followers, log
from chargehand.journal.followers import Follower, follow
from chargehand.journal.models import FollowerCursor, FollowerFailure
from chargehand.kernel import clock
from chargehand.kernel.facts import Fact


class LightSwitched(Fact, frozen=True, kw_only=True):
    """A light was switched."""

    room: ClassVar[str] = "tests"

    number: int


class DoorOpened(Fact, frozen=True, kw_only=True):
    """A door was opened."""

    room: ClassVar[str] = "tests"


class Listener:
    """Remembers the batches that it was given; a number that is poison makes it fail."""

    def __init__(self, batch: int = 500) -> None:
        self.heard: list[list[int]] = []
        self.poison: int | None = None
        self.follower = Follower(name="tests.listener", facts=(LightSwitched,), act=self._act, batch=batch)

    def _act(self, facts: Sequence[Fact]) -> None:
        numbers = [fact.number for fact in facts if isinstance(fact, LightSwitched)]
        if self.poison in numbers:
            raise ValueError(self.poison)
        self.heard.append(numbers)


def switch(*numbers: int) -> None:
    with transaction.atomic():
        log.state([LightSwitched(happened_at=clock.now(), number=number) for number in numbers])


def open_doors(count: int) -> None:
    with transaction.atomic():
        log.state([DoorOpened(happened_at=clock.now()) for _ in range(count)])


@pytest.mark.django_db(transaction=True)
def test_facts_of_no_interest_are_passed_over_when_they_are_many() -> None:
    listener = Listener()
    open_doors(5)
    assert follow(listener.follower, over=5) == 0
    assert follow(listener.follower, over=4) == 5
    assert follow(listener.follower) == 0
    assert listener.heard == []


@pytest.mark.django_db(transaction=True)
def test_what_is_wanted_among_facts_of_no_interest_comes_in_batches_and_once() -> None:
    listener = Listener(batch=2)
    switch(1)
    open_doors(3)
    switch(2, 3)
    open_doors(30)
    switch(4)
    while follow(listener.follower, over=100):
        pass
    assert listener.heard == [[1, 2], [3], [4]]


@pytest.mark.django_db(transaction=True)
def test_a_batch_may_be_smaller_than_the_followers() -> None:
    listener = Listener()
    switch(1, 2, 3)
    assert follow(listener.follower, most=2) == 2
    assert follow(listener.follower, most=2) == 1
    assert listener.heard == [[1, 2], [3]]


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_fails_is_taken_one_by_one_and_the_culprit_kept() -> None:
    listener = Listener()
    listener.poison = 2
    switch(1, 2, 3)
    assert follow(listener.follower) == 3
    assert listener.heard == [[1], [3]]
    assert FollowerFailure.objects.filter(follower="tests.listener").count() == 1


@pytest.fixture
def another_worker(database_url: str, transactional_db: None) -> Iterator[psycopg.Connection[tuple[object]]]:
    with psycopg.connect(database_url) as connection:
        yield connection


def test_while_one_worker_acts_another_does_not(
    another_worker: psycopg.Connection[tuple[object]],
) -> None:
    listener = Listener()
    switch(1)
    another_worker.execute(followers._ALONE, [followers._lock_of(listener.follower)])
    assert follow(listener.follower) == 0
    another_worker.rollback()
    assert follow(listener.follower) == 1
    assert listener.heard == [[1]]


def test_a_follower_that_only_reads_holds_up_nobody(
    another_worker: psycopg.Connection[tuple[object]],
) -> None:
    seen: list[int] = []
    other = Listener()

    def read(_: Sequence[Fact]) -> None:
        row = another_worker.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL"
        ).fetchone()
        assert row is not None
        seen.append(int(str(row[0])))

    reader = Follower(name="tests.reader", facts=(LightSwitched,), act=read)
    switch(1)
    follow(other.follower)
    FollowerCursor.objects.get_or_create(follower="tests.reader", defaults={"moved_at": clock.now()})
    assert follow(reader) == 1
    assert seen == [0]


def test_a_wake_up_names_the_facts(another_worker: psycopg.Connection[tuple[object]]) -> None:
    another_worker.autocommit = True
    another_worker.execute(f"LISTEN {log.CHANNEL}")
    switch(1, 2)
    open_doors(1)
    [first, second] = another_worker.notifies(timeout=PATIENCE_S, stop_after=2)
    assert [first.payload, second.payload] == ["tests.LightSwitched", "tests.DoorOpened"]
