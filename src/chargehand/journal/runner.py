"""The part of a worker that lets followers act as soon as facts are committed."""

import threading
import time
from collections.abc import Mapping, Sequence

import psycopg
import structlog
from django.db import close_old_connections, connection
from django.db.utils import Error as DatabaseError

from chargehand.journal.followers import Follower, follow, try_again
from chargehand.journal.log import CHANNEL, NAMES_APART

#: Longest wait for a wake-up, seconds: facts of a transaction that committed out of order are found then.
SWEEP_S = 1.0

#: A batch that takes longer than this, seconds, makes the next one smaller: until it ends, others do not see
#: what is stated meanwhile. It never gets smaller than this part: where all is slow, few facts take as long.
LONG_S = 1.0
SMALLEST = 0.25

#: A follower that has just acted lets facts gather for so long, seconds: a batch of few costs as much as one of many.
GATHER_S = 0.2

#: Facts of no interest that a follower leaves unread: moving over each would cost more than looking again.
OVER = 500

log = structlog.get_logger(__name__)


def drain(followers: Sequence[Follower]) -> int:
    """Let all followers act until none has anything left to read; return how many facts were read."""
    total = 0
    while True:
        read = 0
        for follower in followers:
            read += follow(follower)
            try_again(follower)
        if not read:
            return total
        total += read


def run(stop: threading.Event, followers: Sequence[Follower]) -> None:
    """Follow the journal until `stop` is set. A database that is down is waited for.

    Each follower has a thread, so that one with much to do does not hold up the others.
    """
    bells = {follower.name: threading.Event() for follower in followers}
    threads = [
        threading.Thread(
            target=_follow_on, args=(stop, bells[follower.name], follower), name=f"follower {follower.name}"
        )
        for follower in followers
    ]
    concerned = _concerned(followers, bells)
    for thread in threads:
        thread.start()
    while not stop.is_set():
        try:
            _listen(stop, concerned)
        except (psycopg.Error, DatabaseError) as error:
            log.warning("journal-database-down", error=str(error))
            connection.close()
            stop.wait(1.0)
    for bell in bells.values():
        bell.set()
    for thread in threads:
        thread.join()


def _concerned(
    followers: Sequence[Follower], bells: Mapping[str, threading.Event]
) -> dict[str, list[threading.Event]]:
    """Return by a fact's name whom it concerns; all by an empty one."""
    found: dict[str, list[threading.Event]] = {"": list(bells.values())}
    for follower in followers:
        for kind in follower.facts:
            found.setdefault(kind.name(), []).append(bells[follower.name])
    return found


def _listen(stop: threading.Event, concerned: Mapping[str, Sequence[threading.Event]]) -> None:
    """Wake those followers whom a fact concerns when it is committed."""
    wanted = {"host", "port", "user", "password", "dbname"}
    parameters = {key: value for key, value in connection.get_connection_params().items() if key in wanted}
    with psycopg.connect(**parameters, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        _ring(concerned, "")  # something may have been missed before
        while not stop.is_set():
            for heard in listener.notifies(timeout=SWEEP_S, stop_after=1):
                _ring(concerned, heard.payload)


def _ring(concerned: Mapping[str, Sequence[threading.Event]], names: str) -> None:
    for name in names.split(NAMES_APART):
        for bell in concerned.get(name, ()):
            bell.set()


def _follow_on(stop: threading.Event, bell: threading.Event, follower: Follower) -> None:
    size, looked_at, swept_at = follower.batch, 0.0, 0.0
    while not stop.is_set():
        stop.wait(max(0.0, looked_at + GATHER_S - time.monotonic()))
        looked_at = time.monotonic()
        bell.clear()
        try:
            size = _work_off(stop, follower, size)
            if looked_at - swept_at >= SWEEP_S:
                try_again(follower)
                swept_at = looked_at
        except Exception:
            log.exception("follower-interrupted", follower=follower.name)
            connection.close()
            stop.wait(1.0)
        close_old_connections()
        bell.wait(SWEEP_S)
    connection.close()


def _work_off(stop: threading.Event, follower: Follower, size: int) -> int:
    """Let a follower act until there is less than a batch; return the size of batch that is right for it now."""
    while not stop.is_set():
        began = time.monotonic()
        passed = follow(follower, most=size, over=OVER)
        took = time.monotonic() - began
        is_all = passed < size
        if took > LONG_S:
            size = max(1, round(follower.batch * SMALLEST), size // 2)
        elif passed and took < LONG_S / 2:
            size = min(follower.batch, size * 2)
        if is_all:
            break
    return size
