"""permessage-deflate (RFC 7692) without context takeover: a connection keeps no window between messages."""

import zlib

from chargehand.interfaces.gateway.websocket.handshake import split_list

_TAIL = b"\x00\x00\xff\xff"  # RFC 7692 7.2.1
# Our own window: messages are small, and 4 kB of window make a compressor of 40 kB instead of 270 kB.
_WINDOW_BITS = 12
_MEMORY_LEVEL = 4


class TooLargeError(Exception):
    """A message would inflate beyond the limit."""


class CorruptError(Exception):
    """A message is no deflate stream."""


class Deflate:
    """Compression as agreed on one connection; holds only the size of the window, so it can be shared."""

    __slots__ = ("window_bits",)

    def __init__(self, window_bits: int = _WINDOW_BITS) -> None:
        self.window_bits = window_bits

    def deflate(self, message: bytes) -> bytes:
        """Return the payload of a compressed message (RFC 7692 7.2.1)."""
        compressor = zlib.compressobj(6, zlib.DEFLATED, -self.window_bits, _MEMORY_LEVEL)
        return (compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]

    def inflate(self, payload: bytes, limit: int) -> bytes:
        """Return the message in a payload (RFC 7692 7.2.2).

        Never makes more than `limit` bytes and one; raises `TooLargeError` or `CorruptError`.
        """
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            message = inflater.decompress(payload + _TAIL, limit + 1)
        except zlib.error as error:
            raise CorruptError from error
        if len(message) > limit:
            raise TooLargeError
        # A peer may end with a final block and an empty octet (RFC 7692 7.2.3.4); else all is read.
        if inflater.unconsumed_tail or (
            inflater.eof and inflater.unused_data not in {_TAIL, b"\x00" + _TAIL}
        ):
            raise CorruptError
        return message


_DEFLATES = {bits: Deflate(bits) for bits in range(9, _WINDOW_BITS + 1)}


def negotiate(header: str) -> tuple[Deflate, str] | None:
    """Choose from the offers in Sec-WebSocket-Extensions; returns the agreement and the answering field.

    The first offer of permessage-deflate that is valid and can be met wins (RFC 7692 5.1, 7.1). Context
    takeover is declined in both directions: a server may ask for that whether or not it was offered.
    """
    for offer in split_list(header):
        name, *parameters = split_list(offer, ";")
        if name.lower() == "permessage-deflate" and (agreed := _agree(parameters)) is not None:
            return agreed
    return None


def _agree(parameters: list[str]) -> tuple[Deflate, str] | None:
    seen: dict[str, str | None] = {}
    for parameter in parameters:
        name, equals, written = (part.strip() for part in parameter.partition("="))
        if name in seen:
            return None
        seen[name] = written.strip('"') if equals else None
    window_bits = _WINDOW_BITS
    answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
    for name, value in seen.items():
        match name:
            case "server_no_context_takeover" | "client_no_context_takeover" if value is None:
                pass
            case "client_max_window_bits" if value is None or _window(value):
                pass
            # zlib cannot make a raw stream with a window of 256 bytes, so an offer of 8 is declined.
            case "server_max_window_bits" if value is not None and _window(value) > 8:
                window_bits = min(_WINDOW_BITS, _window(value))
                answer += f"; server_max_window_bits={window_bits}"
            case _:
                return None
    return _DEFLATES[window_bits], answer


def _window(value: str) -> int:
    """Return the bits of a window size as written (8 to 15, no leading zero), or 0."""
    return int(value) if value in {"8", "9", "10", "11", "12", "13", "14", "15"} else 0
