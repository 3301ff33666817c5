"""The opening handshake as text and facts: reads a client's request, writes the answer (RFC 6455 4)."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha1
from http import HTTPStatus

import msgspec

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 1.3
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIELD_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_TARGET = re.compile(rb"[\x21-\x7e\x80-\xff]+")
_ABSOLUTE = re.compile(r"(?:wss?|https?)://[^/?]*", re.IGNORECASE)
_MAX_FIELDS = 100
# Fields of which a second one would leave it open which one counts.
_SINGLE = frozenset(
    {"host", "authorization", "upgrade", "content-length", "sec-websocket-key", "sec-websocket-version"}
)


class Peer(msgspec.Struct, frozen=True, gc=False):
    """Where a connection comes from: the address of the TCP peer (a proxy's, behind a proxy)."""

    host: str
    port: int


class Handshake(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks for, before anything of it is believed.

    `path` and `query` are as sent, still percent-encoded; `segments` are the parts of the path between
    slashes, as sent, without empty ones. `headers` have lower-case names; repeated fields are joined by
    ", ". `certificate` is the client's certificate (DER), verified by TLS against the trusted authorities,
    or None. `subprotocols` are those offered, in the client's order. `basic` holds user name and password
    as bytes, split at the first ":" (RFC 7617 2), or None.
    """

    path: str
    segments: tuple[str, ...]
    query: str
    headers: Mapping[str, str]
    peer: Peer
    is_tls: bool
    certificate: bytes | None
    subprotocols: tuple[str, ...]
    basic: tuple[bytes, bytes] | None
    key: str

    def __repr__(self) -> str:
        """Show nothing secret: credentials must not reach a log or a traceback."""
        return f"Handshake(path={self.path!r}, subprotocols={self.subprotocols!r}, is_tls={self.is_tls})"


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """The client may come in.

    `subprotocol` is what the connection speaks, echoed where it was offered; None completes the handshake
    without one and closes at once (OCPP-J 1.6 3.2, OCPP 2.0.1 Part 4 3.2): then no socket is opened.
    `owner` is kept on the socket for the door.
    """

    subprotocol: str | None
    owner: object = None


class Refusal(msgspec.Struct, frozen=True):
    """The client may not come in: an HTTP status with header fields and a body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class BadRequestError(Exception):
    """The request cannot lead to a WebSocket; `refusal` is the answer it gets."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


def challenge(realm: str = "charging station") -> Refusal:
    """Return a 401 that asks for Basic credentials (RFC 7617 2); `realm` must not contain a quote."""
    return Refusal(HTTPStatus.UNAUTHORIZED, (("WWW-Authenticate", f'Basic realm="{realm}"'),))


def read_handshake(head: bytes, *, peer: Peer, is_tls: bool, certificate: bytes | None) -> Handshake:
    """Read a request head (up to but without the empty line).

    Lenient where stations err (quirk E2): `Connection: Upgrade` may be missing and the request line may
    hold a whole URL. Raises `BadRequestError` for anything else that is no opening handshake.
    """
    lines = head.split(b"\r\n")
    target = _read_request_line(lines[0])
    headers = _read_fields(lines[1:])
    _check_upgrade(headers)
    path, _, query = target.partition("?")
    return Handshake(
        path=path,
        segments=tuple(part for part in path.split("/") if part),
        query=query,
        headers=headers,
        peer=peer,
        is_tls=is_tls,
        certificate=certificate,
        subprotocols=split_list(headers.get("sec-websocket-protocol", "")),
        basic=_read_basic(headers.get("authorization", "")),
        key=headers["sec-websocket-key"],
    )


def split_list(value: str, separator: str = ",") -> tuple[str, ...]:
    """Return the elements of a list field without blanks and empty ones (RFC 9110 5.6.1)."""
    return tuple(part for element in value.split(separator) if (part := element.strip(" \t")))


def accept_key(key: str) -> str:
    """Return the Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 4.2.2)."""
    return b64encode(sha1(key.encode("ascii") + _GUID, usedforsecurity=False).digest()).decode("ascii")


def write_response(status: int, headers: Iterable[tuple[str, str]], body: bytes = b"") -> bytes:
    """Write an HTTP/1.1 response that ends the connection, or with status 101 begins the WebSocket.

    Raises `ValueError` for a status that HTTP does not know and for a header with a line break.
    """
    phrase = HTTPStatus(status).phrase
    fields = [f"HTTP/1.1 {int(status)} {phrase}", *(f"{name}: {value}" for name, value in headers)]
    if any("\r" in field or "\n" in field for field in fields):
        raise ValueError("line break in a header")
    if status != HTTPStatus.SWITCHING_PROTOCOLS:
        fields += [f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*fields, "", ""]).encode("latin-1") + body


def _read_request_line(line: bytes) -> str:
    parts = line.split(b" ")
    if len(parts) != 3 or not _TARGET.fullmatch(parts[1]):
        raise BadRequestError(Refusal(HTTPStatus.BAD_REQUEST))
    method, raw_target, version = parts
    if method != b"GET":
        raise BadRequestError(Refusal(HTTPStatus.METHOD_NOT_ALLOWED, (("Allow", "GET"),)))
    if version != b"HTTP/1.1":
        raise BadRequestError(Refusal(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED))
    # Firmware sends bytes beyond ASCII unescaped; surrogates carry them through to percent-decoding.
    target = raw_target.decode("utf-8", "surrogateescape")
    if not target.startswith("/"):
        target, replaced = _ABSOLUTE.subn("", target, count=1)
        if not replaced:
            raise BadRequestError(Refusal(HTTPStatus.BAD_REQUEST))
    return target.partition("#")[0]


def _read_fields(lines: list[bytes]) -> dict[str, str]:
    if len(lines) > _MAX_FIELDS:
        raise BadRequestError(Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
    headers: dict[str, str] = {}
    for line in lines:
        raw_name, colon, raw_value = line.partition(b":")
        if not colon or not _TOKEN.fullmatch(raw_name) or not _FIELD_VALUE.fullmatch(raw_value):
            raise BadRequestError(Refusal(HTTPStatus.BAD_REQUEST))
        name, value = raw_name.decode("ascii").lower(), raw_value.strip(b" \t").decode("latin-1")
        if name not in headers:
            headers[name] = value
        elif name in _SINGLE:
            raise BadRequestError(Refusal(HTTPStatus.BAD_REQUEST))
        else:
            headers[name] += f", {value}"
    if "transfer-encoding" in headers or headers.get("content-length", "0").strip("0"):
        raise BadRequestError(Refusal(HTTPStatus.BAD_REQUEST))
    return headers


def _check_upgrade(headers: Mapping[str, str]) -> None:
    upgrades = {part.lower() for part in split_list(headers.get("upgrade", ""))}
    if "websocket" not in upgrades or headers.get("sec-websocket-version") != "13":
        fields = (("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"))
        raise BadRequestError(Refusal(HTTPStatus.UPGRADE_REQUIRED, fields))
    try:
        key = b64decode(headers.get("sec-websocket-key", ""), validate=True)
    except ValueError:
        key = b""
    if len(key) != 16:
        raise BadRequestError(Refusal(HTTPStatus.BAD_REQUEST))


def _read_basic(value: str) -> tuple[bytes, bytes] | None:
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        credentials = b64decode(token.strip().rstrip("=") + "==")
    except (ValueError, binascii.Error):
        return None
    user, colon, password = credentials.partition(b":")
    return (user, password) if colon else None
