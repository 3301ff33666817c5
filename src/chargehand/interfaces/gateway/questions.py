"""Questions on the way to an answer: asked once the message is stored, in threads of their own, given up after a
second, so that no answer waits longer for what it could do without.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, Final

import msgspec
import structlog
from django.db import close_old_connections
from django.db import connection as database

from chargehand.interfaces.gateway.outage import is_database_down
from chargehand.interfaces.gateway.route import More, Question

#: How long an answer waits for what could be told besides, seconds.
WITHIN_S: Final = 1.0
THREADS: Final = 2
#: With more questions waiting than can be answered in time, answers go out without.
MOST_WAITING: Final = 32

log = structlog.get_logger(__name__)


class Questions:
    """Lives in the event loop; `then` is called there, once for each question."""

    def __init__(self, within_s: float = WITHIN_S) -> None:
        self._within_s = within_s
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="questions")
        self._running = 0

    def ask(self, question: Question, then: Callable[[More | None], None]) -> bool:
        """Ask a question; `then` gets the answer, or None where there is none in time.

        False, and `then` is never called, where too many wait already.
        """
        if self._running >= MOST_WAITING:
            return False
        loop = asyncio.get_running_loop()
        deadline = monotonic() + self._within_s
        is_told = False

        def tell(more: More | None) -> None:
            nonlocal is_told
            if not is_told:
                is_told = True
                timer.cancel()
                then(more)

        def finish(future: asyncio.Future[More | None]) -> None:
            self._running -= 1
            tell(None if future.cancelled() else future.result())

        self._running += 1
        timer = loop.call_later(self._within_s, tell, None)
        loop.run_in_executor(self._threads, _run, question, deadline).add_done_callback(finish)
        return True

    async def stop(self) -> None:
        """Let the threads go, and their connections to the database."""
        barrier = threading.Barrier(THREADS)

        def close_connection() -> None:
            barrier.wait(10)
            database.close()

        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._threads, close_connection) for _ in range(THREADS)))
        self._threads.shutdown()


def _run(question: Question, deadline: float) -> More | None:
    if monotonic() >= deadline:
        return None
    close_old_connections()
    try:
        return question(lambda: monotonic() < deadline)
    except Exception as error:
        is_down = is_database_down(error)
        log.warning("question-failed", error=str(error), exc_info=not is_down)
        if is_down:
            database.close()
        return None


def join(answer: msgspec.Struct | dict[str, Any], more: More | None) -> msgspec.Struct | dict[str, Any]:
    """Return an answer with what it tells besides."""
    if not more:
        return answer
    joined: dict[str, Any] = msgspec.to_builtins(answer)
    for key, value in more.items():
        is_part = isinstance(value, dict) and isinstance(joined.get(key), dict)
        joined[key] = {**joined[key], **value} if is_part else value
    return joined
