"""The gateway: connections in, messages into the inbox, answers out after they are stored."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from time import monotonic
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from django.db import DatabaseError, InterfaceError
from django.db import connection as database

from chargehand.domain.charging.record import Fenced, Outcome
from chargehand.domain.stations import connections
from chargehand.domain.stations.binary_copy import micros_now
from chargehand.domain.stations.events import Booted, Event, Noticed, Unhandled
from chargehand.domain.stations.told import Told
from chargehand.interfaces.gateway import admission, held, leniency, metrics, orders, repairs, wrong_version
from chargehand.interfaces.gateway.admission import Admissions, Admitted
from chargehand.interfaces.gateway.connection import Connection, Reply
from chargehand.interfaces.gateway.fingerprint import fingerprint_of
from chargehand.interfaces.gateway.forms import FormBook
from chargehand.interfaces.gateway.inbox import Inbox, Result
from chargehand.interfaces.gateway.masking import mask
from chargehand.interfaces.gateway.outage import is_database_down
from chargehand.interfaces.gateway.outbox import Outbox
from chargehand.interfaces.gateway.presence import Presence
from chargehand.interfaces.gateway.questions import Questions, join
from chargehand.interfaces.gateway.route import Context, More, spread_interval
from chargehand.interfaces.gateway.routing import NUMBERS, ROUTES
from chargehand.interfaces.gateway.websocket.handshake import Admission, Handshake, Refusal
from chargehand.interfaces.gateway.websocket.station_socket import StationSocket
from chargehand.kernel import clock
from chargehand.protocols.ocpp.catalogue import CATALOGUE, judge_action
from chargehand.protocols.ocpp.faults import ErrorCode, Violation, spell_code
from chargehand.protocols.ocpp.rpc import (
    Call,
    CallError,
    CallResult,
    CallResultError,
    Ignored,
    Malformed,
    Send,
    decode,
    encode_empty_result,
    encode_error,
    encode_result,
)

#: Messages of one station that may wait for the database; then its socket is not read until they are stored.
MOST_UNANSWERED: Final = 64
TAKEN_OVER: Final = 1001
#: Threads that ask the database and Argon2 for handshakes and commands.
THREADS: Final = 4
_EMPTY: Final[dict[str, Any]] = {}

log = structlog.get_logger(__name__)


class Gateway:
    """Knows the stations connected to this process; the Door of the WebSocket layer."""

    def __init__(
        self, gateway_id: UUID, admissions: Admissions, *, heartbeat_interval: int, settle_s: float = 2.0
    ) -> None:
        loop = asyncio.get_running_loop()
        self.gateway_id = gateway_id
        self.connections: dict[int, Connection] = {}
        self.inbox = Inbox(loop, gateway_id, self._release)
        self.outbox = Outbox(self)
        self._questions = Questions()
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="gateway")
        self._admissions = admissions
        self._heartbeat_interval = heartbeat_interval
        self._settle_s = settle_s
        self._forms = {version: FormBook(has_names=version != "ocpp1.6") for version in ROUTES}
        self._presence = Presence(gateway_id, self.inbox)

    async def admit(self, handshake: Handshake) -> Admission | Refusal:
        """Decide on a handshake and take the station over from wherever it was connected."""
        loop = asyncio.get_running_loop()
        decided, epoch = await loop.run_in_executor(self.threads, self._decide, handshake)
        if isinstance(decided, Refusal):
            return decided
        if decided.version is None:
            log.warning(
                "no-common-version", station=decided.station.identity, offered=list(handshake.subprotocols)
            )
            return admission.admission_for(None, None)
        version = decided.version
        connection = Connection(
            decided.station,
            version=version,
            version_number=NUMBERS[version],
            epoch=epoch,
            routes=ROUTES[version],
            messages=CATALOGUE[version],
            keep_sent=self._keep_sent,
            forms=self._forms[version],
        )
        return admission.admission_for(connection, version)

    def _decide(self, handshake: Handshake) -> tuple[Admitted | Refusal, int]:
        """Decide, and take over who may come in; in a thread. Return the epoch of the new connection, too."""
        try:
            decided = self._admissions.decide(handshake)
            if isinstance(decided, Refusal) or decided.version is None:
                return decided, 0
            return decided, admission.claim(decided, self.gateway_id, handshake)
        except Exception as error:
            if not is_database_down(error):
                raise
            log.warning("nobody-admitted", error=str(error))
            database.close()
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, (("Retry-After", "5"),)), 0

    def opened(self, socket: StationSocket) -> None:
        """Let a newer connection of a station replace an older one (quirk E6)."""
        connection = socket.owner
        assert isinstance(connection, Connection)
        connection.socket = socket
        connection.may_order_at = monotonic() + self._settle_s
        before = self.connections.get(connection.station.id)
        if before is not None and before.epoch > connection.epoch:
            connection.closed_for = "replaced"
            socket.close(TAKEN_OVER, "replaced by a newer connection")
            return
        self.connections[connection.station.id] = connection
        metrics.CONNECTIONS.set(len(self.connections))
        if before is not None:
            self._drop(before, "replaced by a newer connection")
        asyncio.get_running_loop().call_later(self._settle_s, self.outbox.look, connection.station.id)

    def closed(self, socket: StationSocket, code: int, reason: str) -> None:
        """Write down the end of a connection, unless a newer one stands."""
        connection = socket.owner
        assert isinstance(connection, Connection)
        connection.fail_all()
        connection.socket = None
        station_id = connection.station.id
        if self.connections.get(station_id) is connection:
            del self.connections[station_id]
            metrics.CONNECTIONS.set(len(self.connections))
            self._presence.end(connection, connection.closed_for or f"{code} {reason}".strip())

    def _drop(self, connection: Connection, why: str) -> None:
        connection.closed_for = why
        connection.fail_all()
        if connection.socket is not None:
            connection.socket.close(TAKEN_OVER, why)

    def drop(self, station_id: int, why: str, *, below_epoch: int | None = None) -> None:
        """Close a station's connection here, if it is older than `below_epoch`."""
        connection = self.connections.get(station_id)
        if connection is not None and (below_epoch is None or connection.epoch < below_epoch):
            self._drop(connection, why)

    def received(self, socket: StationSocket, text: bytes) -> None:
        """Take one message: the path of every message."""
        connection: Connection = socket.owner  # type: ignore[assignment]
        forms = connection.forms
        if forms is not None and not connection.is_held and (known := forms.read(text)) is not None:
            message_id, action, event, mark = known
            route = connection.routes[action]
            is_empty = route.is_empty is not None and route.is_empty(event)
            # The id of a frame that has a form stands in it without escapes.
            ready = encode_empty_result(message_id) if is_empty else None
            reply = Reply(connection, message_id, route, None, ready)
            self._store(connection, text, message_id, action, event, mark, reply)
            return
        message = decode(text, connection.version)
        if type(message) is Malformed and message.message_id is None:
            message = repairs.meant(text, connection.version, connection.station.vendor) or message
        if type(message) is Call:
            self._take_call(connection, message, text)
        elif isinstance(message, CallResult):
            self._take_answer(connection, message.message_id, bytes(message.payload), text)
        elif isinstance(message, CallError):
            self._take_answer(connection, message.message_id, message, text)
        elif isinstance(message, Malformed):
            metrics.MALFORMED.labels(message.reason[:60]).inc()
            log.warning("malformed", station=connection.station.identity, reason=message.reason)
            self._store(connection, text, "", "Malformed", Unhandled())
            if message.answer is not None:
                socket.send(message.answer)
            elif message.message_id is not None:
                connection.settle(str(message.message_id), b"")  # a broken answer is one (conformance C12)
        elif isinstance(message, Send | CallResultError):
            action = message.action if isinstance(message, Send) else "CallResultError"
            self._store(connection, text, str(message.message_id), action, Unhandled())
        elif isinstance(message, Ignored):
            log.info("ignored", station=connection.station.identity, reason=message.reason)
            self._store(connection, text, "", "Ignored", Unhandled())

    def _take_call(self, connection: Connection, call: Call, text: bytes) -> None:
        action = call.action
        if not connection.may_say(action):
            self._refuse(connection, call, text, "SecurityError", held.SENTENCE)
            return
        route = connection.routes.get(action)
        if route is None:
            code = judge_action(connection.version, action) or "NotSupported"
            self._refuse(connection, call, text, code, f"{action} is not supported")
            return
        try:
            event = connection.read(route, action, call.payload)
        except Violation as violation:
            self._refuse(connection, call, text, violation.code, str(violation))
            return
        except Exception as error:
            log.exception("message-not-understood", station=connection.station.identity, action=action)
            self._refuse(connection, call, text, "InternalError", type(error).__name__)
            return
        if connection.forms is not None:
            connection.forms.learn(text, call, event, connection.read_frame)
        if isinstance(event, Booted):
            # What its vendor does to tokens and frames is known from now on.
            connection.station = msgspec.structs.replace(connection.station, vendor=event.vendor)
        fingerprint = None
        if route.has_time and getattr(event, "time", event) is not None:
            fingerprint = fingerprint_of(action, call.payload)
        reply = Reply(connection, call.message_id, route)
        self._store(connection, text, str(call.message_id), action, event, fingerprint, reply)

    def _refuse(
        self, connection: Connection, call: Call, text: bytes, code: ErrorCode, description: str
    ) -> None:
        """Answer with an error, after the raw message is stored: it is evidence all the same."""
        event = leniency.remains(call.action, code, description)
        if not connection.is_version_wrong:
            spoken = wrong_version.spoken_instead(connection.version, call.action, call.payload)
            if spoken is not None:
                connection.is_version_wrong = True
                event = Noticed(kind="version", name=f"{spoken} on {connection.version}")
        reply = Reply(connection, call.message_id, None, (code, description))
        self._store(connection, text, str(call.message_id), call.action, event, None, reply)

    def _store(
        self,
        connection: Connection,
        text: bytes,
        message_id: str,
        action: str,
        event: Event | None,
        fingerprint: int | None = None,
        reply: Reply | None = None,
    ) -> None:
        station = connection.station
        now = connection.heard = micros_now()
        self.inbox.put(
            Told(  # by place: names cost twice as much
                station.id,
                station.operator_id,
                connection.epoch,
                now,
                connection.version_number,
                message_id,
                action,
                text,
                event,
                fingerprint,
                station.vendor,
                reply=reply if reply is not None else Reply(connection, None, None),
            )
        )
        connection.unanswered += 1
        if connection.unanswered >= MOST_UNANSWERED and connection.socket is not None:
            connection.socket.pause_reading()

    def _keep_sent(self, connection: Connection, message_id: str, action: str, frame: bytes) -> None:
        """Keep a message of ours beside the station's, without passwords: half of a talk is no evidence."""
        station = connection.station
        self.inbox.put(
            Told(
                station_id=station.id,
                operator_id=station.operator_id,
                epoch=connection.epoch,
                received=micros_now(),
                version=connection.version_number,
                message_id=message_id,
                action=action,
                frame=mask(action, frame),
                event=None,
                is_from_station=False,
            )
        )

    def _take_answer(
        self, connection: Connection, message_id: str, answer: bytes | CallError, text: bytes
    ) -> None:
        pending = connection.pending
        action, event = "Unmatched", None
        if pending is not None and pending.message_id == message_id:
            action = pending.call.action
            event = orders.event_in(connection.version, action, answer)
        kind = "Error" if isinstance(answer, CallError) else "Response"
        self._store(connection, text, message_id, f"{action}{kind}", event)
        if not connection.settle(message_id, answer):
            metrics.UNMATCHED.inc()

    def _release(self, batch: Sequence[Told], results: Sequence[Result]) -> None:
        """Answer what is stored."""
        context = Context(clock.now(), self._heartbeat_interval)
        for told, result in zip(batch, results, strict=True):
            reply = told.reply
            if not isinstance(reply, Reply):
                continue
            connection = reply.connection
            connection.unanswered -= 1
            socket = connection.socket
            if isinstance(result, Fenced):
                self._drop(connection, "taken over by another gateway")
                continue
            if socket is None:
                continue
            if reply.ready is not None and type(result) is Outcome:
                socket.send(reply.ready)
            elif reply.message_id is not None and not self._ask(told, reply, result, context):
                socket.send(self._safe_answer(told, reply, result, context))
            if socket.is_paused and connection.unanswered < MOST_UNANSWERED // 2:
                socket.resume_reading()

    def _ask(self, told: Told, reply: Reply, result: Result, context: Context) -> bool:
        """Ask for what an answer tells besides, and answer then; False where there is nothing to ask."""
        if reply.route is None or reply.route.more is None or not isinstance(result, Outcome):
            return False

        def answer(more: More | None) -> None:
            if reply.connection.socket is not None:
                reply.connection.socket.send(self._safe_answer(told, reply, result, context, more))

        question = reply.route.more(told, result)
        return question is not None and self._questions.ask(question, answer)

    def _safe_answer(
        self, told: Told, reply: Reply, result: Result, context: Context, more: More | None = None
    ) -> bytes:
        try:
            return self._answer(told, reply, result, context, more)
        except Exception:
            # It is stored; the others of its batch get their answers all the same.
            log.exception("answer-not-written", station_id=told.station_id, action=told.action)
            assert reply.message_id is not None
            return encode_error(reply.message_id, spell_code("InternalError", reply.connection.version))

    def _answer(self, told: Told, reply: Reply, result: Result, context: Context, more: More | None) -> bytes:
        connection, message_id, route = reply.connection, reply.message_id, reply.route
        assert message_id is not None
        if reply.error is not None:
            code, description = reply.error
            metrics.ERRORS.labels(code).inc()
            return encode_error(message_id, spell_code(code, connection.version), description)
        if not isinstance(result, Outcome):
            metrics.ERRORS.labels("InternalError").inc()
            return encode_error(message_id, spell_code("InternalError", connection.version))
        assert route is not None
        if told.action == "BootNotification":
            connection.is_held = result.is_held
            connection.may_order_at = monotonic() + min(0.2, self._settle_s)
            asyncio.get_running_loop().call_later(0.25, self.outbox.look, connection.station.id)
            context = Context(context.now, spread_interval(context.heartbeat_interval, connection.station.id))
        if route.answer is None:
            return encode_result(message_id, _EMPTY)
        return encode_result(message_id, join(route.answer(told.event, result, context), more))

    def look_after(self, now: float) -> None:
        """Give up calls that were not answered; called about once a second."""
        for connection in list(self.connections.values()):
            connection.check(now)

    async def stop(self) -> None:
        """Store what came in, write down which connections ended, and let the threads go."""
        self.write_down()
        await self.inbox.stop()
        await self._questions.stop()
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self.threads, connections.end_gateway, self.gateway_id)
        except (DatabaseError, InterfaceError) as error:
            log.warning("end-not-written-down", error=str(error))  # a sweep will, later
        barrier = threading.Barrier(THREADS)

        def close_connection() -> None:
            barrier.wait(10)
            database.close()

        await asyncio.gather(*(loop.run_in_executor(self.threads, close_connection) for _ in range(THREADS)))
        self.threads.shutdown()

    def write_down(self) -> None:
        """Let the writer note who was heard, and which connections ended; called every few seconds."""
        self._presence.write_down(self.connections.values())
