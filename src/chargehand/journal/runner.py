"""The loop of a worker that lets followers act as soon as facts are committed."""

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
    """Follow the journal until `stop` is set. A database that is down is waited for."""
    while not stop.is_set():
        try:
            _run(stop, followers)
        except (psycopg.Error, DatabaseError) as error:
            log.warning("journal-database-down", error=str(error))
            connection.close()
            stop.wait(1.0)


def _run(stop: threading.Event, followers: Sequence[Follower]) -> None:
    parameters = connection.get_connection_params()
    parameters = {
        key: parameters[key] for key in ("host", "port", "user", "password", "dbname") if key in parameters
    }
    with psycopg.connect(**parameters, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        while not stop.is_set():
            drain(followers)
            close_old_connections()
            for _ in listener.notifies(timeout=SWEEP_S, stop_after=1):
                pass
