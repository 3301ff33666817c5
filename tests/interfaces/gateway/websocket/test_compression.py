import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.interfaces.gateway.websocket.compression import (
    CorruptError,
    Deflate,
    TooLargeError,
    negotiate,
)

PLAIN = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        ("permessage-deflate", PLAIN),
        ("permessage-deflate; client_max_window_bits", PLAIN),
        ("permessage-deflate; client_max_window_bits=10; client_no_context_takeover", PLAIN),
        ("permessage-deflate; server_no_context_takeover", PLAIN),
        ("permessage-deflate; server_max_window_bits=15", f"{PLAIN}; server_max_window_bits=12"),
        ('permessage-deflate; server_max_window_bits="10"', f"{PLAIN}; server_max_window_bits=10"),
        ("x-webkit-deflate-frame, permessage-deflate", PLAIN),
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate", PLAIN),
        ("permessage-deflate; server_max_window_bits=8", None),
        ("permessage-deflate; server_max_window_bits=16", None),
        ("permessage-deflate; server_max_window_bits=09", None),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; client_max_window_bits=7", None),
        ("permessage-deflate; server_no_context_takeover=1", None),
        ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", None),
        ("permessage-deflate; unknown", None),
        ("permessage-bzip2", None),
        ("", None),
    ],
)
def test_the_first_offer_that_can_be_met_is_agreed(offer: str, answer: str | None) -> None:
    agreed = negotiate(offer)
    assert (agreed[1] if agreed else None) == answer


@pytest.mark.parametrize("bits", [9, 10, 11, 12])
@given(message=st.binary(max_size=20_000))
def test_a_message_comes_back_as_it_was(bits: int, message: bytes) -> None:
    deflate = Deflate(bits)
    payload = deflate.deflate(message)
    assert deflate.inflate(payload, len(message)) == message
    # A peer with the agreed window can read it.
    assert zlib.decompressobj(-bits).decompress(payload + b"\x00\x00\xff\xff") == message


def test_a_message_of_a_peer_with_the_largest_window_is_read() -> None:
    message = bytes(range(256)) * 300
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    payload = (compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]
    assert Deflate().inflate(payload, 1 << 20) == message


def test_a_message_that_ends_with_a_final_block_is_read() -> None:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    payload = compressor.compress(b"Hello") + compressor.flush(zlib.Z_FINISH) + b"\x00"
    assert Deflate().inflate(payload, 100) == b"Hello"


def test_the_examples_of_the_standard_are_read() -> None:
    # RFC 7692 7.2.3.1, 7.2.3.3 and 7.2.3.4
    assert Deflate().inflate(bytes.fromhex("f248cdc9c90700"), 5) == b"Hello"
    assert Deflate().inflate(bytes.fromhex("000500faff48656c6c6f00"), 5) == b"Hello"
    assert Deflate().inflate(bytes.fromhex("f348cdc9c9070000"), 5) == b"Hello"


def test_a_bomb_is_stopped_at_the_limit() -> None:
    payload = Deflate().deflate(b"0" * 10_000_000)
    assert len(payload) < 50_000
    with pytest.raises(TooLargeError):
        Deflate().inflate(payload, 1 << 20)


@pytest.mark.parametrize("payload", [b"\xff" * 20, b"\xf3\x48\xcd\xc9\xc9\x07\x00trailing"])
def test_what_is_no_deflate_stream_is_corrupt(payload: bytes) -> None:
    with pytest.raises(CorruptError):
        Deflate().inflate(payload, 1000)
