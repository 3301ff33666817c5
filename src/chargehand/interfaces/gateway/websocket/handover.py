"""Gives an admitted connection to picows, and takes back the memory that picows keeps after large messages.

picows answers the handshake itself, so it is told a plain request of our own making. Its read buffer grows
with the largest frame and never shrinks; a connection that shall be small again gets a fresh picows protocol.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from multidict import CIMultiDict
from picows import (
    WSAutoPingStrategy,
    WSListener,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined, unused-ignore]

_READ_BUFFER = 2048
_REQUEST = (
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n"
)
_ANY_KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
# picows keeps request and response on each connection and logs each frame against the protocol: the first
# costs memory, the second would let peers fill the log. The code of a close reaches the door instead.
_NO_HEADERS: CIMultiDict[str] = CIMultiDict()
_silent = logging.LoggerAdapter(logging.Logger("picows", logging.CRITICAL + 1), {})  # noqa: LOG001 - not in the tree


class Relay:
    """A transport that swallows what is written until `is_open`, and is the transport itself in all else."""

    __slots__ = ("is_open", "transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.is_open = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        """Write, once open."""
        if self.is_open:
            self.transport.write(data)


def hand_over(
    transport: asyncio.Transport,
    listener: WSListener,
    key: str,
    fields: Iterable[tuple[str, str]],
    max_message: int,
) -> None:
    """Make picows read the transport; it answers 101 with `fields` and calls `listener.on_ws_connected`."""
    protocol = _make_protocol(listener, fields, max_message)
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    _shake_hands(protocol, key)


def renew(connection: WSTransport, listener: WSListener, max_message: int) -> None:
    """Replace picows' protocol by a fresh one, which calls `listener.on_ws_connected` again.

    Only between two frames, when no byte of the next one is read; nothing of it is seen by the peer.
    """
    known: Any = connection.underlying_transport
    transport = known.transport if isinstance(known, Relay) else known
    relay = Relay(transport)
    protocol = _make_protocol(listener, (), max_message)
    protocol.connection_made(relay)
    _shake_hands(protocol, _ANY_KEY)
    relay.is_open = True
    asyncio.get_running_loop().call_soon(_let_go, transport.get_protocol())
    transport.set_protocol(protocol)


def _let_go(protocol: Any) -> None:
    """Hold a protocol that is reading just now until the next turn of the loop."""


def feed(transport: asyncio.Transport, data: bytes) -> None:
    """Give bytes to the transport's buffered protocol as if they had just been read."""
    rest = memoryview(data)
    while rest and not transport.is_closing():
        rest = rest[_feed_part(transport.get_protocol(), rest) :]


def _shake_hands(protocol: Any, key: str) -> None:
    rest = memoryview(_REQUEST % key.encode("ascii"))
    while rest:
        rest = rest[_feed_part(protocol, rest) :]
    protocol.transport.request.headers = protocol.transport.response.headers = _NO_HEADERS


def _feed_part(protocol: Any, data: memoryview) -> int:
    buffer = protocol.get_buffer(-1)
    size = min(len(buffer), len(data))
    buffer[:size] = data[:size]
    protocol.buffer_updated(size)
    return size


def _make_protocol(listener: WSListener, fields: Iterable[tuple[str, str]], max_message: int) -> Any:
    """Return picows' protocol for one server connection; time-outs, pings and pongs are ours."""
    response = WSUpgradeResponse.create_101_response(list(fields))
    answer = WSUpgradeResponseWithListener(response, listener)

    def choose(_: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        return answer

    return WSProtocol(
        None,
        None,
        False,  # is_client_side; picows takes these by position
        choose,
        _silent,
        True,  # disconnect_on_exception
        None,
        False,  # enable_auto_ping
        1,
        1,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # enable_auto_pong
        max_message,
        None,
        _READ_BUFFER,
    )
