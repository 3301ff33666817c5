"""One open WebSocket: turns picows' frames into whole, checked messages, and keeps the rules of RFC 6455."""

from time import monotonic
from typing import Any, Protocol, cast

import structlog
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from chargehand.interfaces.gateway.websocket.compression import CorruptError, Deflate, TooLargeError
from chargehand.interfaces.gateway.websocket.handover import renew
from chargehand.interfaces.gateway.websocket.handshake import Admission, Handshake, Peer, Refusal
from chargehand.interfaces.gateway.websocket.limits import Limits

_log = structlog.get_logger(__name__)

# Names of the module, not of the class: the look-up is on the path of every message.
_TEXT = WSMsgType.TEXT
_BINARY = WSMsgType.BINARY
_CONTINUATION = WSMsgType.CONTINUATION
_PING = WSMsgType.PING
_PONG = WSMsgType.PONG
_CLOSE = WSMsgType.CLOSE

# Beyond this `WSTransport.send` gives the loop a view of its header instead of a copy, and the header of the
# next message overwrites it while a slow peer makes it wait (picows 2.3, not with aiofastnet's transports).
_COPIED = 8 << 10
_HEADROOM = 14  # what picows needs before a message to put the header there
_LARGE = 16 << 10  # a frame of more than this leaves a read buffer that is worth giving back

NORMAL = 1000
GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
UNSUPPORTED_DATA = 1003
NO_STATUS = 1005
ABNORMAL = 1006
INVALID_TEXT = 1007
POLICY_VIOLATION = 1008
TOO_LARGE = 1009
INTERNAL_ERROR = 1011
SERVICE_RESTART = 1012


class Door(Protocol):
    """Who decides over connections and takes their messages; everything is called in the event loop."""

    async def admit(self, handshake: Handshake) -> Admission | Refusal:
        """Decide on a client; may take long. Cancelled when the client goes away meanwhile."""

    def opened(self, socket: "StationSocket") -> None:
        """Take note of a socket, before any of its messages."""

    def received(self, socket: "StationSocket", text: bytes) -> None:
        """Take one whole text message in valid UTF-8; the path of every message, so no waiting here."""

    def closed(self, socket: "StationSocket", code: int, reason: str) -> None:
        """Take note of the end, exactly once for each socket opened.

        `code` is that of the first close frame, ours or the peer's: 1005 if it had none, 1006 if none came.
        """


class Registry(Protocol):
    """What a socket needs of the server that holds it."""

    door: Door
    limits: Limits

    def add(self, socket: "StationSocket") -> None:
        """Hold the socket and watch over it."""

    def discard(self, socket: "StationSocket") -> None:
        """Let go of the socket."""

    def look_after(self, socket: "StationSocket", seconds: float) -> None:
        """Call `socket.check(now)` in about so many seconds."""


class StationSocket(WSListener):  # type: ignore[misc, unused-ignore]
    """An open connection with a charging station. Not safe for threads: use it in its event loop.

    `owner` is the door's own, `last_received` the `time.monotonic()` of the last frame of any kind; `is_paused`
    tells whether the door has stopped to take messages.
    """

    __slots__ = (
        "_closing",
        "_code",
        "_deflate",
        "_is_deflated",
        "_partial",
        "_pinged_at",
        "_reason",
        "_registry",
        "_transport",
        "is_paused",
        "is_tls",
        "last_received",
        "owner",
        "peer",
        "subprotocol",
    )

    def __init__(
        self, registry: Registry, handshake: Handshake, admission: Admission, deflate: Deflate | None
    ) -> None:
        self.owner = admission.owner
        self.subprotocol = admission.subprotocol
        self.peer: Peer = handshake.peer
        self.is_tls = handshake.is_tls
        self.last_received = monotonic()
        self._registry = registry
        self._deflate = deflate
        self._transport: WSTransport | None = None
        self._partial: bytearray | None = None
        self._is_deflated = False
        self.is_paused = False
        self._closing = False
        self._pinged_at = 0.0
        self._code = ABNORMAL
        self._reason = ""

    @property
    def is_open(self) -> bool:
        """Tell whether messages can still be sent: no close frame has gone either way."""
        return not self._closing and self._transport is not None and not self._transport.is_close_frame_sent

    def send(self, text: bytes) -> None:
        """Send one text message (UTF-8); silently nothing where the socket is no longer open."""
        transport = self._transport
        if self._closing or transport is None:
            return
        is_deflated = self._deflate is not None and len(text) >= self._registry.limits.compress_from
        if is_deflated and self._deflate is not None:
            text = self._deflate.deflate(text)
        if len(text) <= _COPIED:
            transport.send(_TEXT, text, True, is_deflated)  # fin and rsv1
        else:
            frame = bytearray(_HEADROOM) + text
            transport.send_reuse_external_bytearray(_TEXT, frame, _HEADROOM, True, is_deflated)

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Begin to close: nothing is sent or received any more; `Door.closed` follows. Again is harmless.

        `code` is 1000, 1001, 1003, 1007 to 1014 or 3000 to 4999; `reason` is cut at 123 bytes.
        """
        transport = self._transport
        if self._closing or transport is None:
            return
        self._end(code, reason)
        transport.send_close(cast("WSCloseCode", code), _cut(reason))
        if self.is_paused:
            self.resume_reading()
        self._registry.look_after(self, self._registry.limits.close_timeout)

    def abort(self, code: int = ABNORMAL, reason: str = "") -> None:
        """End the connection without a word; what waits to be sent is lost. `Door.closed` follows."""
        if self._transport is None:
            return
        if self.is_open:
            self._end(code, reason)
        self._transport.disconnect(graceful=False)

    def pause_reading(self) -> None:
        """Stop taking messages, so that TCP slows the peer; a few already read may still arrive."""
        if self._transport is not None and not self._closing and not self.is_paused:
            self.is_paused = True
            self._transport.underlying_transport.pause_reading()

    def resume_reading(self) -> None:
        """Take messages again."""
        if self._transport is not None and self.is_paused:
            self.is_paused = False
            self.last_received = monotonic()
            self._transport.underlying_transport.resume_reading()

    def check(self, now: float) -> None:
        """Look whether the peer still lives: any frame is a sign of life (quirk E7)."""
        transport = self._transport
        if transport is None:
            return
        limits = self._registry.limits
        if self._closing or transport.is_close_frame_sent:
            self.abort()
            return
        if self.is_paused:
            self.last_received = monotonic()  # nobody listens, so nothing can be concluded
        if self.last_received < self._pinged_at:
            self.abort(ABNORMAL, "no sign of life")
            return
        silent = now - self.last_received
        if silent < limits.ping_interval:
            self._registry.look_after(self, limits.ping_interval - silent)
        else:
            self._pinged_at = monotonic()
            transport.send_ping()
            self._registry.look_after(self, limits.pong_timeout)

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Begin: the handshake is answered; or go on, with fresh buffers."""
        is_renewed = self._transport is not None
        self._transport = transport
        if is_renewed:
            return
        transport.underlying_transport.set_write_buffer_limits(high=self._registry.limits.max_send_buffer)
        self._registry.add(self)
        try:
            self._registry.door.opened(self)
        except Exception:  # noqa: BLE001 - the door is not ours; logged with its traceback
            _log.exception("door failed when a socket opened")
            self.close(INTERNAL_ERROR)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take one frame, unmasked and complete."""
        self.last_received = monotonic()
        kind = frame.msg_type
        if (
            kind is _TEXT
            and frame.fin
            and self._partial is None
            and not (self._closing or frame.rsv1 or frame.rsv2 or frame.rsv3)
        ):
            text = frame.get_payload_as_bytes()
            self._deliver(text)
            if len(text) > _LARGE:
                self._shrink(transport, frame)
        elif kind is _CLOSE:
            self._take_close(transport, frame)
        elif self._closing:
            pass  # RFC 6455 1.4: what comes behind our close frame may be discarded
        elif frame.rsv2 or frame.rsv3 or (frame.rsv1 and (self._deflate is None or kind not in _FIRST)):
            self.close(PROTOCOL_ERROR, "reserved bit set")
        elif kind is _PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind is not _PONG:
            self._take_fragment(transport, kind, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """End: the connection is gone; told to the door exactly once."""
        sent = transport.close_handshake.sent if transport.close_handshake is not None else None
        if not self._closing and sent is not None:
            # picows itself met a frame against the protocol.
            self._end(_number(sent.code), sent.reason)
        self._closing = True
        self._transport = None
        self._partial = None
        self._registry.discard(self)
        try:
            self._registry.door.closed(self, self._code, self._reason)
        except Exception:  # noqa: BLE001 - the door is not ours; logged with its traceback
            _log.exception("door failed when a socket closed")

    def pause_writing(self) -> None:
        """Give up on a peer that does not read: `max_send_buffer` bytes wait for it."""
        self.abort(POLICY_VIOLATION, "peer does not read")

    def resume_writing(self) -> None:
        """Do nothing: nobody waits for the buffer to drain."""

    def _deliver(self, text: bytes) -> None:
        if not text.isascii():
            try:
                text.decode()
            except UnicodeDecodeError:
                self.close(INVALID_TEXT, "invalid UTF-8")
                return
        try:
            self._registry.door.received(self, text)
        except Exception:  # noqa: BLE001 - the door is not ours; logged with its traceback
            _log.exception("door failed on a message")
            self.close(INTERNAL_ERROR)

    def _take_fragment(self, transport: WSTransport, kind: WSMsgType, frame: WSFrame) -> None:
        """Collect a data frame that is fragmented, compressed or binary (RFC 6455 5.4)."""
        partial = self._partial
        if (kind is _CONTINUATION) is (partial is None):
            self.close(PROTOCOL_ERROR, "fragments out of order")
            return
        if kind is _BINARY:
            self.close(UNSUPPORTED_DATA, "text only")
            return
        if partial is None:
            partial = self._partial = bytearray()
            self._is_deflated = bool(frame.rsv1)
        limit = self._registry.limits.max_message
        if len(partial) + frame.payload_size > limit:
            self.close(TOO_LARGE, "message too large")
            return
        partial += frame.get_payload_as_memoryview()
        if frame.fin:
            self._partial = None
            self._finish(bytes(partial), limit)
        if frame.payload_size > _LARGE:
            self._shrink(transport, frame)

    def _finish(self, payload: bytes, limit: int) -> None:
        if self._is_deflated and self._deflate is not None:
            try:
                payload = self._deflate.inflate(payload, limit)
            except TooLargeError:
                self.close(TOO_LARGE, "message too large")
                return
            except CorruptError:
                self.close(INVALID_TEXT, "invalid compressed data")
                return
        self._deliver(payload)

    def _take_close(self, transport: WSTransport, frame: WSFrame) -> None:
        """Answer a close frame with its own code, once, and end the connection (RFC 6455 5.5.1, 7.1.1)."""
        payload = frame.get_payload_as_bytes()
        code = int.from_bytes(payload[:2], "big") if payload else NO_STATUS
        if not self._closing:
            if payload and not _may_close_with(code):
                self.close(PROTOCOL_ERROR, "invalid close code")
            else:
                self._end(code, frame.get_close_reason() or "")
                transport.send_close(cast("WSCloseCode", code if payload else NORMAL))
                self._registry.look_after(self, self._registry.limits.close_timeout)
        transport.disconnect()

    def _shrink(self, transport: WSTransport, frame: WSFrame) -> None:
        """Give back the memory of a large frame, unless bytes of the next are already in the buffer."""
        if self.is_open and frame.last_in_buffer and frame.tail_size == 0:
            renew(transport, self, self._registry.limits.max_message)

    def _end(self, code: int, reason: str) -> None:
        """Remember why the connection ends, and take nothing more."""
        self._closing = True
        self._partial = None
        self._code, self._reason = code, reason


_FIRST = (_TEXT, _BINARY)


def _may_close_with(code: int) -> bool:
    """Tell whether a code may stand in a close frame (RFC 6455 7.4, and 1012 to 1014 of the registry)."""
    return code in {1000, 1001, 1002, 1003} or 1007 <= code <= 1014 or 3000 <= code <= 4999


def _cut(reason: str) -> bytes:
    """Return the reason as UTF-8 of at most 123 bytes, whole characters (RFC 6455 5.5)."""
    return reason.encode()[:123].decode(errors="ignore").encode()


def _number(code: Any) -> int:
    """Return a code of picows, an enumeration for those it knows, as a number."""
    return int(getattr(code, "value", code))
