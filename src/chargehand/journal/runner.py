"""The part of a worker that lets followers act as soon as facts are committed."""

import threading
from collections.abc import Sequence

import psycopg
import structlog
from django.db import close_old_connections, connection
from django.db.utils import Error as DatabaseError

from chargehand.journal.followers import Follower, follow, try_again
from chargehand.journal.log import CHANNEL

#: Longest wait for a wake-up, seconds: facts of a transaction that committed out of order are found then.
SWEEP_S = 1.0

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
    bells = [threading.Event() for _ in followers]
    threads = [
        threading.Thread(target=_follow_on, args=(stop, bell, follower), name=f"follower {follower.name}")
        for bell, follower in zip(bells, followers, strict=True)
    ]
    for thread in threads:
        thread.start()
    while not stop.is_set():
        try:
            _listen(stop, bells)
        except (psycopg.Error, DatabaseError) as error:
            log.warning("journal-database-down", error=str(error))
            connection.close()
            stop.wait(1.0)
    for bell in bells:
        bell.set()
    for thread in threads:
        thread.join()


def _listen(stop: threading.Event, bells: Sequence[threading.Event]) -> None:
    """Wake all followers when a fact is committed."""
    wanted = {"host", "port", "user", "password", "dbname"}
    parameters = {key: value for key, value in connection.get_connection_params().items() if key in wanted}
    with psycopg.connect(**parameters, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        while not stop.is_set():
            for _ in listener.notifies(timeout=SWEEP_S, stop_after=1):
                for bell in bells:
                    bell.set()


def _follow_on(stop: threading.Event, bell: threading.Event, follower: Follower) -> None:
    while not stop.is_set():
        bell.clear()
        try:
            while follow(follower) and not stop.is_set():
                pass
            try_again(follower)
        except Exception:
            log.exception("follower-interrupted", follower=follower.name)
            connection.close()
            stop.wait(1.0)
        close_old_connections()
        bell.wait(SWEEP_S)
    connection.close()
