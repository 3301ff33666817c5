"""The newsroom: one connection that listens to the database, for all who watch pages of this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import psycopg
import structlog
from asgiref.sync import sync_to_async
from django.db import connection

from chargehand.domain.stations.requests import CHANNEL as REQUESTS
from chargehand.interfaces.console.news import viewers
from chargehand.interfaces.console.news.viewers import Viewer
from chargehand.journal.log import CHANNEL as FACTS
from chargehand.journal.news import NewsReader, Told

#: Streams that a person, and a process, may have; the oldest of a person ends for a new one.
MOST_OF_A_PERSON: Final = 6
MOST: Final = 1000

#: What a stream may say: that what the page shows changed, or one of the counts beside the navigation.
CHANGED: Final = "changed"
COUNTS: Final = "counts"
_SHOWN: Final = frozenset({"stations", "charging", "health", "maintenance"})
_COUNTED: Final = frozenset({"charging", "health", "maintenance", "billing"})

#: Seconds: between looks at sessions and stations, to gather what comes together, until a new try.
LOOK_S: Final = 1.0
_GATHER_S: Final = 0.1
_PAUSE_S: Final = 2.0

log = structlog.get_logger(__name__)


class FullError(Exception):
    """This process serves as many streams as it may."""


class Watcher:
    """One stream's letter box. `ended` once it is to end: the person signed out, opened more, or all ends."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.ended = ""
        self._bell = asyncio.Event()
        self._over = asyncio.Event()
        self._names: set[str] = set()

    def tell(self, *names: str) -> None:
        """Put news into the box."""
        self._names.update(names)
        self._bell.set()

    def end(self, why: str) -> None:
        """Let the stream end: "signed-out", "too-many" or "stopping"."""
        self.ended = self.ended or why
        self._bell.set()
        self._over.set()

    async def news(self, within: float) -> list[str]:
        """Return what came, waiting for it so many seconds at most."""
        try:
            await asyncio.wait_for(self._bell.wait(), within)
        except TimeoutError:
            return []
        self._bell.clear()
        names, self._names = self._names, set()
        return sorted(names)

    async def rest(self, seconds: float) -> None:
        """Let so much time pass, less if the stream is to end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)


class Newsroom:
    """Brings news to watchers while there are any; a database that is down is waited for."""

    def __init__(self) -> None:
        self._watchers: list[Watcher] = []
        self._work: asyncio.Task[None] | None = None
        self._pulses: dict[int, Any] = {}
        self._is_listening = False
        self._is_closed = False

    def open(self, viewer: Viewer) -> Watcher:
        """Begin to watch. Raises FullError."""
        if len(self._watchers) >= MOST or self._is_closed:
            raise FullError
        own = [one for one in self._watchers if one.viewer.user_id == viewer.user_id and not one.ended]
        for one in own[: max(0, len(own) - MOST_OF_A_PERSON + 1)]:
            one.end("too-many")
        watcher = Watcher(viewer)
        self._watchers.append(watcher)
        if self._is_listening:
            watcher.tell(CHANGED)  # what happened since the page was made
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._keep())
        return watcher

    def close(self, watcher: Watcher) -> None:
        """Stop watching."""
        self._watchers.remove(watcher)
        if not self._watchers and self._work is not None:
            self._work.cancel()
            self._work = None

    def end_all(self) -> None:
        """Let all streams end: the process stops."""
        self._is_closed = True
        for watcher in self._watchers:
            watcher.end("stopping")

    async def _keep(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001 -- pages go on asking by the clock
                log.warning("news-interrupted", error=str(error))
            await asyncio.sleep(_PAUSE_S)

    async def _listen(self) -> None:
        wanted = {"host", "port", "user", "password", "dbname"}
        given = connection.get_connection_params().items()
        parameters = {key: value for key, value in given if key in wanted}
        async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as listener:
            await listener.execute(f"LISTEN {FACTS}")
            await listener.execute(f"LISTEN {REQUESTS}")
            reader = NewsReader(listener)
            await reader.begin()
            self._tell_all()  # something may have been missed before
            self._is_listening = True
            try:
                await self._hear(listener, reader)
            finally:
                self._is_listening = False

    async def _hear(self, listener: psycopg.AsyncConnection[Any], reader: NewsReader) -> None:
        looked_at = 0.0
        while True:
            heard = [one async for one in listener.notifies(timeout=LOOK_S, stop_after=1)]
            if heard:
                await asyncio.sleep(_GATHER_S)
                heard += [one async for one in listener.notifies(timeout=0)]
            self._tell_stations(
                int(one.payload) for one in heard if one.channel == REQUESTS and one.payload.isdigit()
            )
            if any(one.channel == FACTS for one in heard):
                told, is_flood = await reader.read()
                if is_flood:
                    self._tell_all()
                self._tell(told)
            now = asyncio.get_running_loop().time()
            if now - looked_at >= LOOK_S:
                looked_at = now
                await self._look_around()

    async def _look_around(self) -> None:
        keys = {one.viewer.session_key for one in self._watchers}
        watched = {one.viewer.station_id for one in self._watchers if one.viewer.station_id is not None}
        look = await sync_to_async(viewers.look_around, thread_sensitive=False)(keys, watched)
        before, self._pulses = self._pulses, look.pulses
        self._tell_stations(one for one, mark in look.pulses.items() if before.get(one, mark) != mark)
        for watcher in self._watchers:
            if watcher.viewer.session_key in look.ended:
                watcher.end("signed-out")

    def _tell(self, told: Iterable[Told]) -> None:
        rooms: dict[int | None, set[str]] = defaultdict(set)
        concerned: set[tuple[int | None, int]] = set()
        for one in told:
            rooms[one.operator_id].add(one.room)
            if one.room in _SHOWN:
                concerned.update((one.operator_id, station_id) for station_id in one.station_ids)
        for watcher in self._watchers:
            viewer = watcher.viewer
            stated = rooms.get(viewer.operator_id, set())
            if stated & _COUNTED:
                watcher.tell(COUNTS)
            about = viewer.station_id
            if (viewer.operator_id, about) in concerned or (about is None and stated & _SHOWN):
                watcher.tell(CHANGED)

    def _tell_stations(self, station_ids: Iterable[int]) -> None:
        concerned = set(station_ids)
        for watcher in self._watchers:
            if watcher.viewer.station_id in concerned:
                watcher.tell(CHANGED)

    def _tell_all(self) -> None:
        for watcher in self._watchers:
            watcher.tell(CHANGED, COUNTS)


newsroom: Final = Newsroom()
