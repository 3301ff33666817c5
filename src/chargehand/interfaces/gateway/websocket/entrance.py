"""The way in: one accepted TCP connection through TLS, the HTTP request and the door's decision.

picows decides on a request synchronously, while the door asks a database and Argon2. So the request is
read here; only the connection of a client that is admitted is handed over to picows.
"""

import asyncio
import socket as sockets
import ssl
from http import HTTPStatus
from typing import cast

import structlog

from chargehand.interfaces.gateway.websocket import compression
from chargehand.interfaces.gateway.websocket.handover import feed, hand_over
from chargehand.interfaces.gateway.websocket.handshake import (
    Admission,
    BadRequestError,
    Handshake,
    Peer,
    Refusal,
    accept_key,
    read_handshake,
    write_response,
)
from chargehand.interfaces.gateway.websocket.limits import Limits
from chargehand.interfaces.gateway.websocket.station_socket import PROTOCOL_ERROR, Registry, StationSocket

_log = structlog.get_logger(__name__)

_HEAD_END = b"\r\n\r\n"
_TLS_GOODBYE = 1.0  # seconds to wait for a peer's close_notify; many stations never send it
_UPGRADE_FIELDS = (("Upgrade", "websocket"), ("Connection", "Upgrade"))


class Entrance(asyncio.Protocol):
    """Reads the request head, keeps what comes early, and notices when the client goes away."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._head: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.visitor: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the request head, then of what comes early."""
        known = len(self._received)
        self._received += data
        if not self._head.done():
            self._find_head(max(0, known - len(_HEAD_END) + 1))
        if self._head.done() and len(self._received) > self._limits.early_data and self._transport:
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Stop whatever is done for a client that is gone."""
        self.lost.set_result(None)
        if self.visitor is not None:
            self.visitor.cancel()

    async def read_head(self) -> bytes:
        """Return the request head; raises `BadRequestError` (431) when it is too large."""
        return await self._head

    def take_early(self) -> bytes:
        """Return what came behind the request head."""
        early = bytes(self._received)
        self._received.clear()
        return early

    def _find_head(self, start: int) -> None:
        end = self._received.find(_HEAD_END, start)
        if 0 <= end <= self._limits.max_request:
            self._head.set_result(bytes(self._received[:end]))
            del self._received[: end + len(_HEAD_END)]
        elif end > 0 or len(self._received) > self._limits.max_request:
            self._received.clear()
            self._head.set_exception(BadRequestError(Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)))


async def let_in(
    sock: sockets.socket, address: tuple[str, int], registry: Registry, ssl_context: ssl.SSLContext | None
) -> None:
    """Lead one accepted connection to an open `StationSocket` or to its end; never raises but when cancelled.

    Owns `sock` from here on.
    """
    limits = registry.limits
    entrance = Entrance(limits)
    entrance.visitor = asyncio.current_task()
    transport: asyncio.Transport | None = None
    try:
        transport = await _connect(sock, entrance, limits, ssl_context)
        await _visit(transport, entrance, Peer(address[0], address[1]), registry)
    except (OSError, TimeoutError):
        pass  # TLS failed, the peer reset or was too slow: nobody to answer
    except Exception:  # noqa: BLE001 - the connection is lost, the server must not be
        _log.exception("connection failed before it was open")
    finally:
        entrance.visitor = None
        if transport is None:
            sock.close()
        elif transport.get_protocol() is entrance:
            transport.abort()


async def _connect(
    sock: sockets.socket, entrance: Entrance, limits: Limits, ssl_context: ssl.SSLContext | None
) -> asyncio.Transport:
    loop = asyncio.get_running_loop()
    tls_timeouts = {
        "ssl_handshake_timeout": limits.tls_timeout,
        "ssl_shutdown_timeout": min(_TLS_GOODBYE, limits.close_timeout),
    }
    transport, _ = await loop.connect_accepted_socket(
        lambda: entrance, sock, ssl=ssl_context, **(tls_timeouts if ssl_context is not None else {})
    )
    return transport


async def _visit(transport: asyncio.Transport, entrance: Entrance, peer: Peer, registry: Registry) -> None:
    """Read the request, ask the door, answer."""
    limits = registry.limits
    try:
        async with asyncio.timeout(limits.handshake_timeout):
            head = await entrance.read_head()
        tls = transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        handshake = read_handshake(head, peer=peer, is_tls=tls is not None, certificate=certificate)
        answer = await _ask(registry, handshake)
    except BadRequestError as error:
        answer = error.refusal
    except TimeoutError:
        answer = Refusal(HTTPStatus.REQUEST_TIMEOUT)
    if isinstance(answer, Refusal):
        transport.write(write_response(answer.status, answer.headers, answer.body))
        await _part(transport, entrance, limits, linger=0)
    elif answer.subprotocol is None:
        close_frame = b"\x88\x02" + PROTOCOL_ERROR.to_bytes(2, "big")
        fields = (*_UPGRADE_FIELDS, ("Sec-WebSocket-Accept", accept_key(handshake.key)))
        transport.write(write_response(HTTPStatus.SWITCHING_PROTOCOLS, fields) + close_frame)
        await _part(transport, entrance, limits, linger=limits.close_timeout)
    elif not transport.is_closing():
        _open(transport, entrance, registry, handshake, answer)


async def _ask(registry: Registry, handshake: Handshake) -> Admission | Refusal:
    try:
        async with asyncio.timeout(registry.limits.admit_timeout):
            return await registry.door.admit(handshake)
    except TimeoutError:
        return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, (("Retry-After", "60"),))
    except Exception:  # noqa: BLE001 - the door is not ours; logged with its traceback
        _log.exception("door failed to admit")
        return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR)


async def _part(transport: asyncio.Transport, entrance: Entrance, limits: Limits, *, linger: float) -> None:
    """Close, after up to `linger` seconds in which the peer may do so; the caller aborts what is left."""
    entrance.visitor = None
    if linger:
        await asyncio.wait([entrance.lost], timeout=linger)
    transport.close()
    await asyncio.wait([entrance.lost], timeout=limits.close_timeout)


def _open(
    transport: asyncio.Transport,
    entrance: Entrance,
    registry: Registry,
    handshake: Handshake,
    admission: Admission,
) -> None:
    """Say yes, and go on with the early bytes as the first frames."""
    agreed = compression.negotiate(handshake.headers.get("sec-websocket-extensions", ""))
    fields: list[tuple[str, str]] = []
    offered = (name for name in handshake.subprotocols if name.lower() == admission.subprotocol)
    if (spelling := next(offered, None)) is not None:
        # In the client's own spelling; one that offered none must not be told any (RFC 6455 4.1).
        fields.append(("Sec-WebSocket-Protocol", spelling))
    if agreed is not None:
        fields.append(("Sec-WebSocket-Extensions", agreed[1]))
    station = StationSocket(registry, handshake, admission, agreed[0] if agreed is not None else None)
    entrance.visitor = None
    hand_over(transport, station, handshake.key, fields, registry.limits.max_message)
    feed(transport, entrance.take_early())
    if not transport.is_closing() and not station.is_paused:
        transport.resume_reading()
