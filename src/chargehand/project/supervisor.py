"""Keeps the processes of one machine running: starts them, restarts what crashed, ends them cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence

import msgspec
import structlog

log = structlog.get_logger()

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
GRACE = 25.0
_WATCH_EVERY = 0.5
_SAME_ORDER = 1.0  # `timeout` and some terminals signal a process and its group at once


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A process to keep running. `ready_url` answers 200 once it can work; `address` is told to people."""

    name: str
    command: tuple[str, ...]
    ready_url: str = ""
    address: str = ""


def pause_before_restart(crashes: int) -> float:
    """Seconds to wait after so many crashes in a row (from 1): twice as long each time, up to 30."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(crashes - 1, 16)))


class Supervisor:
    """Runs `children` until SIGTERM or SIGINT; a second signal kills what has not ended yet.

    `tell` prints a line for people. `watch` is called every half second from a thread, to keep alive
    what is no child (the embedded PostgreSQL).
    """

    def __init__(
        self,
        children: Sequence[Child],
        tell: Callable[[str], None],
        watch: Callable[[], None] | None = None,
    ) -> None:
        self._children = children
        self._tell = tell
        self._watch = watch
        self._stopping = asyncio.Event()
        self._hurried = asyncio.Event()
        self._asked_at = 0.0

    async def run(self) -> int:
        """Return 0 when every child ended by itself after the signal, 1 when one had to be killed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        keepers = [asyncio.create_task(self._keep(child)) for child in self._children]
        others = [asyncio.create_task(self._announce())]
        if self._watch is not None:
            others.append(asyncio.create_task(self._keep_watching(self._watch)))
        ended_well = await asyncio.gather(*keepers)
        self._stopping.set()
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        return 0 if all(ended_well) else 1

    def _stop(self) -> None:
        now = time.monotonic()
        if not self._stopping.is_set():
            self._asked_at = now
            self._stopping.set()
        elif now - self._asked_at > _SAME_ORDER:
            self._hurried.set()

    async def _keep(self, child: Child) -> bool:
        crashes = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                *child.command,
                stdin=asyncio.subprocess.PIPE,  # its end tells the child that the supervisor is gone
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends them in order
            )
            log.info("child_started", child=child.name, pid=process.pid)
            exit_code = await self._wait(process)
            if exit_code is None:
                return await self._end(child, process)
            crashes = 1 if time.monotonic() - started > STEADY_AFTER else crashes + 1
            pause = pause_before_restart(crashes)
            log.error("child_crashed", child=child.name, exit_code=exit_code, restart_in_seconds=pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
        return True

    async def _wait(self, process: asyncio.subprocess.Process) -> int | None:
        """The exit code of a child that ended by itself; None when the supervisor is to stop."""
        ended = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait((ended, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if ended.done() and not self._stopping.is_set():
            return ended.result()
        ended.cancel()
        return None

    async def _end(self, child: Child, process: asyncio.subprocess.Process) -> bool:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        ended = asyncio.create_task(process.wait())
        hurried = asyncio.create_task(self._hurried.wait())
        await asyncio.wait((ended, hurried), timeout=GRACE, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        if ended.done():
            log.info("child_ended", child=child.name, exit_code=ended.result())
            return True
        log.error("child_killed", child=child.name, after_seconds=GRACE)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await ended
        return False

    async def _announce(self) -> None:
        waiting = [child for child in self._children if child.ready_url]
        while waiting:
            for child in list(waiting):
                if await asyncio.to_thread(is_ready, child.ready_url):
                    waiting.remove(child)
                    if child.address:
                        self._tell(child.address)
            await asyncio.sleep(0.1)
        self._tell("Ready. Ctrl-C ends it.")

    async def _keep_watching(self, watch: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(_WATCH_EVERY)
            try:
                await asyncio.to_thread(watch)
            except Exception:
                log.exception("watch_failed")


def is_ready(url: str) -> bool:
    """Whether a process answers its readiness page with 200 within two seconds."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
