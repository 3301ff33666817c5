"""One station's connection: what it is, what we asked it and what of its messages is still unanswered."""

from collections import deque
from collections.abc import Callable
from time import monotonic

import msgspec

from chargehand.domain.stations.entry import KnownStation
from chargehand.domain.stations.events import Event
from chargehand.interfaces.gateway import held, leniency, zones
from chargehand.interfaces.gateway.forms import FormBook
from chargehand.interfaces.gateway.route import Route
from chargehand.interfaces.gateway.websocket.station_socket import StationSocket
from chargehand.kernel.ids import new_id
from chargehand.protocols.ocpp.faults import ErrorCode, Violation
from chargehand.protocols.ocpp.messages import Message
from chargehand.protocols.ocpp.rpc import Call, CallError, decode, encode_call, encode_result_error
from chargehand.protocols.ocpp.versions import Version


class OutgoingCall(msgspec.Struct):
    """A CALL of ours; `done` gets the payload of the answer (JSON), an error, or None when time is over.

    `message_id` is known from when it was sent.
    """

    action: str
    payload: msgspec.Struct
    timeout: float
    done: Callable[[bytes | CallError | None], None]
    message_id: str = ""


class Pending(msgspec.Struct):
    """The CALL that the station has not answered yet."""

    message_id: str
    call: OutgoingCall
    deadline: float


class Connection:
    """A station's connection; lives in the event loop.

    One CALL of ours is outstanding at a time (OCPP-J 4.1.1); others wait in `queue`.
    """

    __slots__ = (
        "_keep_sent",
        "closed_for",
        "epoch",
        "forms",
        "heard",
        "instructed",
        "is_held",
        "is_version_wrong",
        "may_order_at",
        "messages",
        "pending",
        "queue",
        "routes",
        "socket",
        "station",
        "unanswered",
        "version",
        "version_number",
    )

    def __init__(
        self,
        station: KnownStation,
        *,
        version: Version,
        version_number: int,
        epoch: int,
        routes: dict[str, Route],
        messages: dict[str, Message],
        keep_sent: Callable[["Connection", str, str, bytes], None],
        forms: FormBook | None = None,
    ) -> None:
        self.station = station
        self.version = version
        self.version_number = version_number
        self.epoch = epoch
        self.routes = routes
        self.messages = messages
        self._keep_sent = keep_sent
        # Where times are to be placed, the ordinary way does it.
        self.forms = None if station.clock_zone else forms
        self.socket: StationSocket | None = None
        self.pending: Pending | None = None
        self.queue: deque[OutgoingCall] | None = None
        self.unanswered = 0
        self.heard = 0  # when it sent its last message, as `binary_copy.micros`; 0 where that is written down
        self.may_order_at = 0.0
        self.closed_for = ""
        self.is_version_wrong = False
        self.is_held = station.approval == "held"
        self.instructed: set[str] = set()

    def read(self, route: Route, action: str, payload: bytes | msgspec.Raw) -> Event:
        """Read a CALL of the station. Raises Violation."""
        try:
            request = self.messages[action].decode_request(payload)
        except Violation as violation:
            request = leniency.read(self.version, action, payload, violation)
        event = route.read(request)
        return zones.placed(event, self.station.clock_zone) if self.station.clock_zone else event

    def read_frame(self, frame: bytes) -> tuple[Call, Event] | None:
        """Read a CALL of the station that may say anything; None where it says nothing."""
        call = decode(frame, self.version)
        route = self.routes.get(call.action) if isinstance(call, Call) else None
        if route is None or not isinstance(call, Call):
            return None
        try:
            return call, self.read(route, call.action, call.payload)
        except Violation:
            return None

    def may_say(self, action: str) -> bool:
        """Tell whether the station may send this: while held, only its boot and what it was asked for (B02)."""
        return not self.is_held or action in held.ALWAYS or action in self.instructed

    @property
    def is_open(self) -> bool:
        """Tell whether something can be sent."""
        return self.socket is not None and self.socket.is_open

    def order(self, call: OutgoingCall) -> None:
        """Send a CALL as soon as the one before it is answered."""
        if self.pending is not None:
            if self.queue is None:
                self.queue = deque()
            self.queue.append(call)
        else:
            self._send(call)

    def _send(self, call: OutgoingCall) -> None:
        if self.socket is None or not self.socket.is_open:
            call.done(None)
            return
        message_id = call.message_id = str(new_id())
        self.pending = Pending(message_id, call, monotonic() + call.timeout)
        if self.is_held and (asked := held.instructed_by(call.action, call.payload)) is not None:
            self.instructed.add(asked)
        frame = encode_call(message_id, call.action, call.payload)
        self.socket.send(frame)
        self._keep_sent(self, message_id, call.action, frame)

    def reject(self, call: OutgoingCall, code: ErrorCode, description: str) -> None:
        """Tell a station of 2.1 that its answer could not be understood (OCPP-J 2.1 4.2.3, conformance C13)."""
        if self.version == "ocpp2.1" and self.socket is not None and self.socket.is_open:
            frame = encode_result_error(call.message_id, code, description)
            self.socket.send(frame)
            self._keep_sent(self, call.message_id, f"{call.action}ResponseError", frame)

    def settle(self, message_id: str, answer: bytes | CallError) -> bool:
        """Take an answer; False where it answers nothing outstanding (conformance C01, C02)."""
        pending = self.pending
        if pending is None or pending.message_id != message_id:
            return False
        self._finish(answer)
        return True

    def check(self, now: float) -> bool:
        """Give up a CALL whose time is over and go on with the next; tell whether one was given up."""
        if self.pending is None or now < self.pending.deadline:
            return False
        self._finish(None)
        return True

    def _finish(self, answer: bytes | CallError | None) -> None:
        pending, self.pending = self.pending, None
        if pending is not None:
            pending.call.done(answer)
        if self.pending is None and self.queue:
            self._send(self.queue.popleft())

    def fail_all(self) -> None:
        """Give up everything outstanding: the connection ended."""
        queue, self.queue = self.queue, None
        pending, self.pending = self.pending, None
        if pending is not None:
            pending.call.done(None)
        for call in queue or ():
            call.done(None)


class Reply(msgspec.Struct, gc=False):
    """What a stored message is answered with; `ready` where that is known before."""

    connection: Connection
    message_id: str | int | None
    route: Route | None
    error: tuple[ErrorCode, str] | None = None
    ready: bytes | None = None
