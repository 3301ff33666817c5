"""Commands out: a queued request reaches the gateway that holds the station, and its answer goes back."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec
import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.db import connection as database

from chargehand.domain.stations import reported, requests
from chargehand.domain.stations.commands import Answer
from chargehand.domain.stations.requests import Taken
from chargehand.interfaces.gateway import held, orders
from chargehand.interfaces.gateway.connection import Connection, OutgoingCall
from chargehand.interfaces.gateway.outage import is_database_down
from chargehand.protocols.ocpp.faults import Violation
from chargehand.protocols.ocpp.rpc import CallError

#: How often queued requests are looked for besides notifications, seconds.
SWEEP_S: Final = 5.0

log = structlog.get_logger(__name__)


class Switchboard(Protocol):
    """What the outbox needs of the gateway."""

    gateway_id: UUID
    connections: dict[int, Connection]
    threads: ThreadPoolExecutor

    def drop(self, station_id: int, why: str, *, below_epoch: int | None = None) -> None:
        """Close a station's connection here, if it is older than `below_epoch`."""


class Outbox:
    """Sends queued requests to the stations connected here."""

    def __init__(self, gateway: Switchboard) -> None:
        self._gateway = gateway
        self._busy: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self, station_id: int) -> None:
        """Look for something queued for a station, unless that is being done."""
        if station_id in self._busy or station_id not in self._gateway.connections:
            return
        self._busy.add(station_id)
        task = asyncio.get_running_loop().create_task(self._work_off(station_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def listen(self) -> None:
        """Follow PostgreSQL's notifications of requests and of stations taken over; goes on for ever."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, DatabaseError, InterfaceError, OSError) as error:
                log.warning("outbox-database-down", error=str(error))
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        parameters = {
            key: value
            for key, value in database.get_connection_params().items()
            if key in {"host", "port", "user", "password", "dbname"}
        }
        async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as listener:
            await listener.execute(f"LISTEN {requests.CHANNEL}")
            await listener.execute("LISTEN chargehand_fenced")
            while True:
                await self.sweep()
                async for note in listener.notifies(timeout=SWEEP_S):
                    self._take_note(note.channel, note.payload)

    def _take_note(self, channel: str, payload: str) -> None:
        if channel == requests.CHANNEL:
            self.look(int(payload))
            return
        gateway_id, station_id, epoch = payload.split()
        if gateway_id == str(self._gateway.gateway_id):
            self._gateway.drop(int(station_id), "taken over by another gateway", below_epoch=int(epoch))

    async def sweep(self) -> None:
        """Look for anything queued for the stations connected here."""
        stations = list(self._gateway.connections)
        if stations:
            for station_id in await self._call(requests.stations_waiting, stations):
                self.look(station_id)

    async def _call(self, function: Any, *arguments: Any) -> Any:
        def run() -> Any:
            close_old_connections()
            try:
                return function(*arguments)
            except Exception as error:
                if is_database_down(error):
                    database.close()
                raise

        return await asyncio.get_running_loop().run_in_executor(self._gateway.threads, run)

    async def _work_off(self, station_id: int) -> None:
        try:
            while (
                connection := self._gateway.connections.get(station_id)
            ) is not None and connection.is_open:
                wait = connection.may_order_at - monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                    continue
                taken = await self._call(requests.take, self._gateway.gateway_id, station_id)
                if taken is None:
                    return
                await self._carry_out(connection, taken)
        except Exception as error:
            is_down = is_database_down(error)
            log.warning("outbox-failed", station_id=station_id, error=str(error), exc_info=not is_down)
        finally:
            self._busy.discard(station_id)

    async def _carry_out(self, connection: Connection, taken: Taken) -> None:
        if connection.is_held and not held.may_be_asked(taken.command):
            await self._call(requests.fail, taken.id, "NotAccepted", held.SENTENCE)
            return
        try:
            limits = {}
            if isinstance(taken.command, orders.OF_ITEMS):
                limits = await self._call(reported.most_items, connection.station.id)
            plan = orders.plan(connection.version, taken.command, limits)
        except orders.Unsupported:
            sentence = f"{connection.version} has no message for this command."
            await self._call(requests.fail, taken.id, "NotSupported", sentence)
            return
        except Violation as violation:
            await self._call(requests.fail, taken.id, violation.code, str(violation))
            return
        answers = []
        for action, payload in plan.calls:
            answer = await self._ask(connection, action, payload)
            answers.append(answer)
            if answer.word == "Timeout":
                break
        await self._finish(connection, taken.id, orders.merge(answers))

    async def _finish(self, connection: Connection, request_id: UUID, answer: Answer) -> None:
        if answer.word != "Timeout":
            await self._call(requests.answer, request_id, answer)
        elif connection.is_open:
            await self._call(requests.fail, request_id, "Timeout", "The station did not answer in time.")
        else:
            sentence = "The connection ended before the station answered."
            await self._call(requests.fail, request_id, "Disconnected", sentence)

    async def _ask(self, connection: Connection, action: str, payload: msgspec.Struct) -> Answer:
        """Send one call and wait for what comes of it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bytes | CallError | None] = loop.create_future()

        def done(answer: bytes | CallError | None) -> None:
            if not future.done():
                future.set_result(answer)

        timeout = requests.ANSWER_WITHIN.total_seconds()
        call = OutgoingCall(action, payload, timeout, done)
        connection.order(call)
        raw = await future
        answer = orders.read_answer(connection.version, action, raw)
        if answer.word == orders.UNREADABLE:
            connection.reject(call, "FormatViolation", str(answer.detail.get("problem", "not an object")))
        return answer
