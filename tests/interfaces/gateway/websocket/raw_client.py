"""A WebSocket client that can do everything wrong: a blocking socket and frames made by hand."""

import os
import select
import socket
import ssl
import struct
import zlib
from collections.abc import Iterable

from tests.patience import PATIENCE_S

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
RSV1, RSV2, RSV3 = 0x40, 0x20, 0x10


def make_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    masked: bool = True,
    announced: int | None = None,
) -> bytes:
    """Write one frame; `announced` puts another length into the header than the payload has."""
    size = len(payload) if announced is None else announced
    bit = 0x80 if masked else 0
    head = bytes([(0x80 if fin else 0) | rsv | opcode])
    if size < 126:
        head += bytes([bit | size])
    elif size < 1 << 16:
        head += bytes([bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def deflate_payload(text: bytes) -> bytes:
    """Compress a message as a client does."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflate_payload(payload: bytes) -> bytes:
    """Read a compressed message as a client does."""
    return zlib.decompressobj(-15).decompress(payload + b"\x00\x00\xff\xff")


def make_request(
    target: str = "/ocpp/CP1",
    *,
    subprotocol: str | None = "ocpp1.6",
    headers: Iterable[str] = (),
    connection: str | None = "Connection: Upgrade",
) -> bytes:
    """Write an opening handshake."""
    lines = [
        f"GET {target} HTTP/1.1",
        "Host: csms",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {KEY}",
    ]
    if connection is not None:
        lines.append(connection)
    if subprotocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    return "\r\n".join([*lines, *headers, "", ""]).encode()


class Response:
    """The head of an HTTP response."""

    def __init__(self, head: bytes) -> None:
        status_line, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(status_line.split(" ")[1])
        self.headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }


class RawClient:
    """One connection; a wait that takes too long ends with an error."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None, *, receive_buffer: int = 0) -> None:
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(PATIENCE_S)
        self.sock = sock
        try:
            sock.connect(("127.0.0.1", port))
            if context is not None:
                self.sock = context.wrap_socket(sock, server_hostname="localhost")
        except BaseException:
            sock.close()
            raise
        self._received = b""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def send_frame(self, opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> None:
        self.send(make_frame(opcode, payload, fin=fin, rsv=rsv))

    def read(self, size: int) -> bytes:
        """Return exactly so many bytes; raises EOFError when the connection ends before."""
        while len(self._received) < size:
            more = self.sock.recv(65536)
            if not more:
                raise EOFError(self._received)
            self._received += more
        data, self._received = self._received[:size], self._received[size:]
        return data

    def has_data(self) -> bool:
        """Tell whether something can be read at once."""
        if self._received or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            return True
        return bool(select.select([self.sock], [], [], 0)[0])

    def read_response(self) -> Response:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.read(1)
        return Response(head[:-4])

    def read_frame(self) -> tuple[int, bytes]:
        """Return the first byte and the payload of the next frame."""
        first, second = self.read(2)
        assert second < 128, "a server must not mask"
        size = second
        if size == 126:
            (size,) = struct.unpack("!H", self.read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self.read(8))
        return first, self.read(size)

    def read_text(self) -> bytes:
        first, payload = self.read_frame()
        assert first == 0x80 | TEXT, hex(first)
        return payload

    def read_close(self) -> int | None:
        """Return the code of the close frame that must come next, None where it has none."""
        first, payload = self.read_frame()
        assert first == 0x80 | CLOSE, (hex(first), payload)
        return int.from_bytes(payload[:2], "big") if payload else None

    def read_end(self) -> bytes:
        """Return what comes until the end of the connection, reset or not."""
        try:
            while True:
                self.read(1 << 30)
        except EOFError:
            pass
        except ConnectionResetError:
            pass
        rest, self._received = self._received, b""
        return rest

    def open(self, **request: object) -> Response:
        """Shake hands; the answer must be 101."""
        self.send(make_request(**request))  # type: ignore[arg-type]
        response = self.read_response()
        assert response.status == 101, response.status
        return response

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self) -> None:
        self.sock.close()
