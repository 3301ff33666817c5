"""The part of a worker that watches: every operator's stations, each by one worker at a time."""

import threading
import time
from typing import Final
from uuid import UUID

import structlog
from django.db import connection

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.health.live import Watcher
from chargehand.kernel import clock
from chargehand.kernel.ids import new_id

#: Pause when there is nothing to take, and after an error, seconds.
PAUSE_S: Final = 1.0
#: How long one operator's backlog may keep the others waiting, seconds.
TURN_S: Final = 5.0

log = structlog.get_logger(__name__)


def run(stop: threading.Event) -> None:
    """Watch until `stop` is set. A database that is down is waited for; nothing is lost and nothing doubled."""
    patrol = Patrol(new_id())
    while not stop.is_set():
        if not patrol.go_round(stop):
            stop.wait(PAUSE_S)
    patrol.end()
    connection.close()


class Patrol:
    """The watches of one worker."""

    def __init__(self, worker: UUID) -> None:
        self._worker = worker
        self._watchers: dict[int, Watcher] = {}

    def go_round(self, stop: threading.Event) -> bool:
        """Give every operator a turn; return whether one of them has more to take."""
        try:
            operators = [each.id for each in accounts.operators()]
        except Exception:
            log.exception("watch-interrupted")
            connection.close()
            return False
        turns = [self._turn(operator_id, stop) for operator_id in operators]
        return any(turns)

    def _turn(self, operator_id: int, stop: threading.Event) -> bool:
        watcher = self._watchers.get(operator_id)
        if watcher is None:
            watcher = self._watchers[operator_id] = Watcher(operator_id, self._worker)
        until = time.monotonic() + TURN_S
        try:
            while (
                (step := watcher.step(clock.now())) == "more"
                and time.monotonic() < until
                and not stop.is_set()
            ):
                pass
            watcher.save_if_due(clock.now())
        except Exception:
            log.exception("watch-interrupted", operator_id=operator_id)
            connection.close()
            return False
        return step == "more"

    def end(self) -> None:
        """Save what is remembered and let others take over."""
        for operator_id, watcher in self._watchers.items():
            try:
                watcher.release(clock.now())
            except Exception:
                log.exception("watch-not-saved", operator_id=operator_id)
                connection.close()
