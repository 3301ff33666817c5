"""Group commit: messages that arrive while one batch is written form the next; answers go out after commit.

One writer thread. A batch that fails is split until the culprit stands alone; the culprit is kept in
quarantine with its raw frame. A database that is down is waited for: nothing is answered meanwhile.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Final
from uuid import UUID

import structlog
from django.db import connection

from chargehand.domain.charging.record import Fenced, Outcome, Recorder
from chargehand.domain.stations import quarantine
from chargehand.domain.stations.told import Told
from chargehand.interfaces.gateway import metrics
from chargehand.interfaces.gateway.outage import is_database_down

#: How long the first message of a batch waits for company, seconds.
LINGER_S: Final = 0.005
MOST_IN_BATCH: Final = 2000
#: Pauses between attempts at a database that is down, seconds; the last one repeats.
PAUSES_S: Final = (0.05, 0.1, 0.2, 0.5)

log = structlog.get_logger(__name__)

Result = Outcome | Exception
Release = Callable[[Sequence[Told], Sequence[Result]], None]
Chore = Callable[[], None]


class Inbox:
    """Takes messages in the event loop, writes them in a thread, hands results back to the event loop.

    `release` gets every message exactly once: with its outcome, with Fenced where another gateway has its
    station now, or with the error for which it went to quarantine.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, gateway_id: UUID, release: Release) -> None:
        self._loop = loop
        self._release = release
        self._recorder = Recorder(str(gateway_id))
        self._waiting: list[Told] = []
        self._chores: list[Chore] = []
        self._is_busy = False
        self._is_due = False
        self._queue: SimpleQueue[tuple[list[Told], list[Chore]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)
        self._stopping = False
        self._idle: asyncio.Event = asyncio.Event()
        self._idle.set()
        self.down_since: float | None = None

    def start(self) -> None:
        """Start the writer."""
        self._thread.start()

    async def stop(self) -> None:
        """Write what waits and end the writer; a database that is down is not waited for."""
        self._stopping = True
        await self._idle.wait()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join, 10)

    @property
    def waiting(self) -> int:
        """How many messages wait for the next batch."""
        return len(self._waiting)

    def put(self, told: Told) -> None:
        """Take a message."""
        self._waiting.append(told)
        if not self._is_busy and not self._is_due:
            self._is_due = True
            self._idle.clear()
            self._loop.call_later(LINGER_S, self._hand_over)

    def do(self, chore: Chore) -> None:
        """Let the writer do something between batches, in order with them."""
        self._chores.append(chore)
        if not self._is_busy and not self._is_due:
            self._is_due = True
            self._idle.clear()
            self._loop.call_later(LINGER_S, self._hand_over)

    def forget(self, stations: set[int]) -> None:
        """Forget what is remembered of stations; called by chores, in the writer's thread."""
        self._recorder.forget(stations)

    def _hand_over(self) -> None:
        self._is_due = False
        batch, self._waiting = self._waiting[:MOST_IN_BATCH], self._waiting[MOST_IN_BATCH:]
        chores, self._chores = self._chores, []
        self._is_busy = True
        self._queue.put((batch, chores))

    def _done(self, batch: list[Told], results: list[Result]) -> None:
        self._is_busy = False
        try:
            if batch:
                self._release(batch, results)
        finally:
            if not (self._waiting or self._chores):
                self._idle.set()
            elif not self._is_due:
                self._is_due = True
                self._loop.call_later(LINGER_S, self._hand_over)

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            batch, chores = work
            for chore in chores:
                self._do_safely(chore)
            results: list[Result] = []
            if batch:
                started = time.perf_counter()
                results = self._store(batch)
                metrics.BATCH.observe(len(batch))
                metrics.COMMIT.observe(time.perf_counter() - started)
                metrics.SKIPPED.set(self._recorder.skipped_samples)
            self._loop.call_soon_threadsafe(self._done, batch, results)
        connection.close()

    def _do_safely(self, chore: Chore) -> None:
        attempt = 0
        while True:
            try:
                chore()
            except Exception as error:
                if not is_database_down(error):
                    log.exception("chore-failed")
                    return
                if not self._wait_for_database(error, attempt):
                    return
                attempt += 1
            else:
                self.down_since = None
                return

    def _store(self, batch: list[Told]) -> list[Result]:
        attempt = 0
        while True:
            try:
                outcomes: list[Result] = list(self._recorder.write(batch))
            except Fenced as fenced:
                return self._store_rest(batch, fenced)
            except Exception as error:  # noqa: BLE001 -- whatever is wrong with it, it must not hurt the others
                if not is_database_down(error):
                    return self._split(batch, error)
                if not self._wait_for_database(error, attempt):
                    return [error] * len(batch)
                attempt += 1
            else:
                self.down_since = None
                return outcomes

    def _store_rest(self, batch: list[Told], fenced: Fenced) -> list[Result]:
        """Store what still is ours of a batch; what another gateway took over is left to it."""
        kept = [told for told in batch if told.station_id not in fenced.stations]
        stored = iter(self._store(kept) if kept else [])
        return [fenced if told.station_id in fenced.stations else next(stored) for told in batch]

    def _split(self, batch: list[Told], error: Exception) -> list[Result]:
        if len(batch) > 1:
            middle = len(batch) // 2
            return self._store(batch[:middle]) + self._store(batch[middle:])
        log.error(
            "message-quarantined", station_id=batch[0].station_id, action=batch[0].action, exc_info=error
        )
        metrics.QUARANTINED.inc()
        self._do_safely(lambda: quarantine.keep(batch[0], repr(error)))
        return [error]

    def _wait_for_database(self, error: Exception, attempt: int) -> bool:
        """Wait a little for a database that is down; False where we are stopping and give up."""
        if self.down_since is None:
            self.down_since = time.monotonic()
            log.warning("database-down", error=str(error))
        connection.close()
        if self._stopping:
            return False
        time.sleep(PAUSES_S[min(attempt, len(PAUSES_S) - 1)])
        return True
