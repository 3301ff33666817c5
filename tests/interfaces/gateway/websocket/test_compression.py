import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interfaces.gateway.websocket.conftest import Running, Start
from tests.interfaces.gateway.websocket.raw_client import (
    BINARY,
    CONTINUATION,
    DEFLATE,
    PING,
    RSV1,
    RSV2,
    TEXT,
    deflate_payload,
    inflate_payload,
    make_frame,
)

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


# On the wire


def test_compressed_messages_go_both_ways(start_both: Start) -> None:
    client, response = start_both().open(headers=[DEFLATE])
    assert response.headers["sec-websocket-extensions"].startswith("permessage-deflate; ")
    text = "Ladesäule ".encode() * 1000
    payload = deflate_payload(text)
    client.send_frame(TEXT, payload, rsv=RSV1)
    first, answer = client.read_frame()
    assert first == 0x80 | RSV1 | TEXT
    assert len(answer) < 500
    assert inflate_payload(answer) == text


def test_a_compressed_message_may_be_fragmented(running: Running) -> None:
    client, _ = running.open(headers=[DEFLATE])
    payload = deflate_payload(b"[2,1]")
    client.send_frame(TEXT, payload[:3], fin=False, rsv=RSV1)
    client.send_frame(CONTINUATION, payload[3:])
    assert client.read_text() == b"[2,1]"


def test_short_and_uncompressed_messages_stay_so_where_compression_is_agreed(running: Running) -> None:
    client, _ = running.open(headers=[DEFLATE])
    client.send_frame(TEXT, b"plain")
    assert client.read_text() == b"plain"


def test_an_extension_that_is_not_known_is_not_agreed(running: Running) -> None:
    _, response = running.open(headers=["Sec-WebSocket-Extensions: permessage-zstd"])
    assert "sec-websocket-extensions" not in response.headers


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(make_frame(TEXT, deflate_payload(b"0" * (1 << 21)), rsv=RSV1), 1009, id="bomb"),
        pytest.param(make_frame(TEXT, b"\xff" * 20, rsv=RSV1), 1007, id="no deflate stream"),
        pytest.param(make_frame(TEXT, deflate_payload(b"\xff\xff"), rsv=RSV1), 1007, id="no UTF-8 inside"),
        pytest.param(
            make_frame(TEXT, b"\x00", fin=False) + make_frame(CONTINUATION, b"\x00", rsv=RSV1),
            1002,
            id="rsv1 on a continuation",
        ),
        pytest.param(make_frame(PING, b"\x00", rsv=RSV1), 1002, id="rsv1 on a ping"),
        pytest.param(make_frame(TEXT, b"\x00", rsv=RSV1 | RSV2), 1002, id="another bit"),
        pytest.param(make_frame(BINARY, deflate_payload(b"x"), rsv=RSV1), 1003, id="binary"),
    ],
)
def test_what_breaks_the_rules_of_compression_ends_the_socket(
    running: Running, data: bytes, code: int
) -> None:
    assert running.close_code(data, headers=[DEFLATE]) == code
