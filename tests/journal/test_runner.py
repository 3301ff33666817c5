"""Followers act at once, and a slow one does not hold up the others."""

import threading
from collections.abc import Sequence
from typing import ClassVar

import pytest
from django.db import connection, transaction
from tests.patience import PATIENCE_S

from chargehand.journal import log, runner
from chargehand.journal.followers import Follower
from chargehand.kernel import clock
from chargehand.kernel.facts import Fact


class BellRung(Fact, frozen=True, kw_only=True):
    """A bell rang."""

    room: ClassVar[str] = "tests"

    number: int


def _ring(number: int) -> None:
    with transaction.atomic():
        log.state([BellRung(happened_at=clock.now(), number=number)])


@pytest.mark.django_db(transaction=True)
def test_a_follower_that_takes_long_does_not_hold_up_another() -> None:
    stop, may_go_on, heard = threading.Event(), threading.Event(), threading.Event()
    quick: list[int] = []

    def linger(_: Sequence[Fact]) -> None:
        may_go_on.wait(PATIENCE_S)
        connection.ensure_connection()

    def note(facts: Sequence[Fact]) -> None:
        quick.extend(fact.number for fact in facts if isinstance(fact, BellRung))
        heard.set()

    followers = (
        Follower(name="tests.slow", facts=(BellRung,), act=linger),
        Follower(name="tests.quick", facts=(BellRung,), act=note),
    )
    worker = threading.Thread(target=runner.run, args=(stop, followers))
    _ring(1)  # before the slow one's transaction, which holds up only what is stated after it began
    worker.start()
    try:
        assert heard.wait(PATIENCE_S)
        assert quick == [1]
    finally:
        may_go_on.set()
        stop.set()
        worker.join(PATIENCE_S)
    assert not worker.is_alive()
