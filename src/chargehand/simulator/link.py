"""A station's WebSocket: Basic auth, one OCPP subprotocol, whole text messages in and out."""

import asyncio
import ssl
from base64 import b64encode
from functools import cache
from typing import Protocol
from urllib.parse import quote

import msgspec
from picows import WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

_READ_BUFFER = 2_048
_GOODBYE_S = 2.0


class LinkError(ConnectionError):
    """The CSMS could not be reached or did not let the station in."""


class Door(msgspec.Struct, frozen=True):
    """Where the CSMS is and how to be let in.

    `url` is ws:// or wss:// without the station's identity; `ca_file` holds the certificates (PEM) to trust
    instead of the system's.
    """

    url: str
    identity: str
    password: str | bytes | None = None
    ca_file: str | None = None


class Owner(Protocol):
    """Whom a link reports to."""

    def link_received(self, text: bytes) -> None: ...

    def link_closed(self, link: "Link") -> None: ...


class Link(WSListener):
    """One connection, from its opening to its end; a station makes a new one for every attempt."""

    def __init__(self, owner: Owner) -> None:
        self._owner: Owner | None = owner
        self._transport: WSTransport | None = None
        self._parts: list[bytes] = []
        self.is_open = False

    async def open(self, door: Door, subprotocol: str) -> None:
        """Connect to the CSMS; raise `LinkError` when it refuses us or the subprotocol."""
        url, identity, password = door.url, door.identity, door.password
        headers = {"Sec-WebSocket-Protocol": subprotocol}
        if password is not None:
            secret = password.encode() if isinstance(password, str) else password
            headers["Authorization"] = "Basic " + b64encode(identity.encode() + b":" + secret).decode()
        try:
            transport, _ = await ws_connect(
                lambda: self,
                f"{url.rstrip('/')}/{quote(identity, safe='')}",
                ssl_context=_tls_context(door.ca_file) if url.startswith("wss:") else None,
                extra_headers=headers,
                enable_auto_ping=False,
                read_buffer_init_size=_READ_BUFFER,
                websocket_handshake_timeout=30,
            )
        except (OSError, WSError, TimeoutError) as problem:
            self._owner = None
            raise LinkError(f"{identity} could not connect to {url}: {problem}") from problem
        if transport.response.headers.get("Sec-WebSocket-Protocol") != subprotocol:
            self.close()
            raise LinkError(f"{identity} was not offered {subprotocol} by {url}.")

    def send(self, text: bytes) -> None:
        """Send one text message; a link that has closed meanwhile swallows it, as the network would."""
        if self._transport is not None and self.is_open:
            self._transport.send(WSMsgType.TEXT, text)

    def close(self) -> None:
        """Say goodbye (1000) and end the connection; the owner is not told again."""
        self._leave()
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.send_close(WSCloseCode.OK)
            self._transport.disconnect()

    async def ended(self) -> None:
        """Wait for the end of a connection that was closed; a CSMS that does not say goodbye is not waited for."""
        if self._transport is None:
            return
        try:
            await asyncio.wait_for(self._transport.wait_disconnected(), _GOODBYE_S)
        except TimeoutError:
            self._transport.disconnect(graceful=False)

    def cut(self) -> None:
        """End the connection without a word, as a lost cable does; the owner is not told again."""
        self._leave()
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def _leave(self) -> None:
        self.is_open = False
        self._owner = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self.is_open = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code() if frame.payload_size else WSCloseCode.OK)
            transport.disconnect()
        elif kind == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._take(frame)

    def _take(self, frame: WSFrame) -> None:
        if not frame.fin or self._parts:
            self._parts.append(frame.get_payload_as_bytes())
            if not frame.fin:
                return
            text = b"".join(self._parts)
            self._parts.clear()
        else:
            text = frame.get_payload_as_bytes()
        if self._owner is not None:
            self._owner.link_received(text)

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - picows calls it so
        self.is_open = False
        if self._owner is not None:
            self._owner.link_closed(self)


@cache
def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Return one context for all stations: each costs some 30 kB and a read of the trust store."""
    return ssl.create_default_context(cafile=ca_file)
