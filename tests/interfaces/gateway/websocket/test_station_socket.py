import json
import random

import pytest
from tests.interfaces.gateway.websocket.conftest import Clock, RecordingDoor, Running, Start, patient
from tests.interfaces.gateway.websocket.raw_client import (
    BINARY,
    CLOSE,
    CONTINUATION,
    DEFLATE,
    PING,
    PONG,
    RSV1,
    RSV2,
    RSV3,
    TEXT,
    inflate_payload,
    make_frame,
)

from chargehand.interfaces.gateway.websocket.station_socket import StationSocket


def test_texts_go_both_ways(start_both: Start) -> None:
    client, _ = start_both().open()
    for size in (0, 1, 125, 126, 1800, 65535, 65536, 1 << 20):
        text = b"x" * size
        client.send_frame(TEXT, text)
        assert client.read_text() == text


def test_many_frames_in_one_segment_arrive_in_order(start_both: Start) -> None:
    client, _ = start_both().open()
    texts = [json.dumps([2, str(i), "Heartbeat", {}]).encode() for i in range(500)]
    client.send(b"".join(make_frame(TEXT, text) for text in texts))
    assert [client.read_text() for _ in texts] == texts


def read_buffer(socket: StationSocket) -> int:
    assert socket._transport is not None
    return len(socket._transport.underlying_transport.get_protocol().get_buffer(-1))  # type: ignore[attr-defined]


def test_memory_of_large_messages_is_given_back_unseen(start_both: Start) -> None:
    running = start_both()
    client, _ = running.open()
    socket = running.door.sockets[0]
    smallest = running.call(read_buffer, socket)
    for i in range(5):
        text = bytes([65 + i]) * (20_000 << i)
        client.send_frame(TEXT, text)
        client.send_frame(TEXT, text[:5], fin=False)
        assert client.read_text() == text
        client.send_frame(CONTINUATION, text)
        assert client.read_text() == text[:5] + text
        client.send_frame(PING, b"ping")
        assert client.read_frame() == (0x80 | PONG, b"ping")
        assert running.call(read_buffer, socket) == smallest < 2048
    running.call(socket.send, b"x" * 300_000)
    assert client.read_text() == b"x" * 300_000
    running.call(socket.close, 1001)
    assert client.read_close() == 1001
    client.send_frame(CLOSE, b"\x03\xe9")
    assert client.read_end() == b""
    client.close()
    assert running.door.wait_closed() == (1001, "")
    assert [event for event in running.door.events.queue if event[0] == "opened"] == []


def test_large_messages_with_others_close_behind_them_all_arrive(start_both: Start) -> None:
    client, _ = start_both().open()
    texts = [str(i).encode() * (1 if i % 3 else 17_000) for i in range(60)]
    stream = b"".join(make_frame(TEXT, text) for text in texts)
    answers: list[bytes] = []
    for begin in range(0, len(stream), 40_001):
        client.send(stream[begin : begin + 40_001])
        while len(answers) < len(texts) and client.has_data():
            answers.append(client.read_text())
    while len(answers) < len(texts):
        answers.append(client.read_text())
    assert answers == texts


def test_a_frame_may_come_byte_by_byte(start_both: Start) -> None:
    client, _ = start_both().open()
    for byte in make_frame(TEXT, "Straße".encode() * 30):
        client.send(bytes([byte]))
    assert client.read_text() == "Straße".encode() * 30


def test_fragments_are_joined_with_pings_between_them(running: Running) -> None:
    client, _ = running.open()
    client.send_frame(TEXT, b"[2,", fin=False)
    client.send_frame(PING, b"still there?")
    client.send_frame(CONTINUATION, b"", fin=False)
    client.send_frame(CONTINUATION, b'"1"]')
    client.send_frame(TEXT, b"next")
    assert client.read_frame() == (0x80 | PONG, b"still there?")
    assert client.read_text() == b'[2,"1"]'
    assert client.read_text() == b"next"


def test_a_character_may_be_split_over_fragments(running: Running) -> None:
    client, _ = running.open()
    text = "€".encode()
    client.send_frame(TEXT, text[:1], fin=False)
    client.send_frame(CONTINUATION, text[1:])
    assert client.read_text() == text


@pytest.mark.parametrize("payload", [b"", b"a", b"x" * 125, bytes(range(100))])
def test_a_ping_is_answered_with_its_payload(running: Running, payload: bytes) -> None:
    client, _ = running.open()
    client.send_frame(PING, payload)
    assert client.read_frame() == (0x80 | PONG, payload)


def test_a_pong_nobody_asked_for_is_ignored(running: Running) -> None:
    client, _ = running.open()
    client.send_frame(PONG, b"hello")
    client.send_frame(TEXT, b"hi")
    assert client.read_text() == b"hi"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(make_frame(TEXT, b"x", rsv=RSV1), 1002, id="rsv1"),
        pytest.param(make_frame(TEXT, b"x", rsv=RSV2), 1002, id="rsv2"),
        pytest.param(make_frame(PING, b"x", rsv=RSV3), 1002, id="rsv3"),
        pytest.param(make_frame(CONTINUATION, b"x"), 1002, id="stray continuation"),
        pytest.param(make_frame(CONTINUATION, b"x", fin=False), 1002, id="stray first continuation"),
        pytest.param(make_frame(TEXT, b"x", masked=False), 1002, id="unmasked"),
        pytest.param(
            make_frame(TEXT, b"a", fin=False) + make_frame(TEXT, b"b"), 1002, id="text inside a message"
        ),
        pytest.param(
            make_frame(TEXT, b"a", fin=False) + make_frame(BINARY, b"b"), 1002, id="binary inside a message"
        ),
        pytest.param(make_frame(PING, b"x" * 126), 1002, id="long ping"),
        pytest.param(make_frame(PING, b"x", fin=False), 1002, id="fragmented ping"),
        pytest.param(make_frame(CLOSE, b"", fin=False), 1002, id="fragmented close"),
        *(
            pytest.param(make_frame(op), 1002, id=f"opcode {op}")
            for op in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
        ),
        pytest.param(make_frame(TEXT, b"\xff\xfe"), 1007, id="no UTF-8"),
        pytest.param(make_frame(TEXT, b"\xed\xa0\x80"), 1007, id="surrogate"),
        pytest.param(make_frame(TEXT, b"\xc0\xaf"), 1007, id="overlong"),
        pytest.param(
            make_frame(TEXT, b"a\xe2", fin=False) + make_frame(CONTINUATION, b"b"),
            1007,
            id="UTF-8 over fragments",
        ),
        pytest.param(make_frame(TEXT, b"\xe2\x82"), 1007, id="character cut off"),
        pytest.param(make_frame(BINARY, b"x"), 1003, id="binary"),
        pytest.param(make_frame(BINARY, b"x", fin=False), 1003, id="binary fragment"),
        pytest.param(make_frame(CLOSE, b"\x03"), 1002, id="close of one byte"),
        *(
            pytest.param(make_frame(CLOSE, code.to_bytes(2, "big")), 1002, id=f"close {code}")
            for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535)
        ),
        pytest.param(make_frame(CLOSE, b"\x03\xe8\xff"), 1007, id="close with bad reason"),
        pytest.param(b"\x81\xfe\x00\x05" + b"\0" * 9, 1002, id="length not minimal, 16 bits"),
        pytest.param(
            b"\x81\xff" + (5).to_bytes(8, "big") + b"\0" * 9, 1002, id="length not minimal, 64 bits"
        ),
        pytest.param(b"\x81\xff" + b"\xff" * 8 + b"\0" * 4, 1002, id="length with its highest bit"),
        pytest.param(make_frame(TEXT, b"", announced=(1 << 20) + 1), 1009, id="too large by its header"),
        pytest.param(make_frame(TEXT, b"", announced=1 << 60), 1009, id="far too large by its header"),
    ],
)
def test_what_breaks_the_protocol_is_told_and_ends_the_socket(
    running: Running, data: bytes, code: int
) -> None:
    assert running.close_code(data) == code


def test_what_breaks_the_protocol_ends_the_socket_over_tls_too(start_both: Start) -> None:
    assert start_both().close_code(make_frame(TEXT, b"\xff")) == 1007


def test_the_size_of_a_message_is_limited_over_its_fragments(start: Start) -> None:
    running = start(limits=patient(max_message=1000))
    fragments = make_frame(TEXT, b"x" * 600, fin=False) + make_frame(CONTINUATION, b"x" * 401)
    assert running.close_code(fragments) == 1009


def test_a_message_of_exactly_the_limit_is_taken(start: Start) -> None:
    client, _ = start(limits=patient(max_message=1000)).open()
    client.send_frame(TEXT, b"x" * 1000)
    client.send_frame(TEXT, b"x" * 500, fin=False)
    client.send_frame(CONTINUATION, b"x" * 500)
    assert client.read_text() == client.read_text() == b"x" * 1000


def test_nothing_is_delivered_after_a_breach(running: Running) -> None:
    client, _ = running.open()
    client.send(make_frame(BINARY, b"x") + make_frame(TEXT, b"late"))
    assert client.read_close() == 1003
    client.send_frame(TEXT, b"later")
    client.send_frame(CLOSE)
    assert running.door.next() == ("closed", 1003, "text only")


@pytest.mark.parametrize("payload", [b"\x03\xe8", b"\x03\xe9going", b"\x0b\xb8", b"\x13\x87" + b"x" * 123])
def test_a_close_is_answered_once_with_its_code(start_both: Start, payload: bytes) -> None:
    running = start_both()
    client, _ = running.open()
    client.send_frame(CLOSE, payload)
    assert client.read_frame() == (0x80 | CLOSE, payload[:2])
    assert client.read_end() == b""
    client.close()
    assert running.door.next() == ("closed", int.from_bytes(payload[:2], "big"), payload[2:].decode())


def test_a_close_without_code_is_answered_and_reported_as_none(running: Running) -> None:
    client, _ = running.open()
    client.send_frame(CLOSE)
    assert client.read_close() == 1000
    assert client.read_end() == b""
    client.close()
    assert running.door.next() == ("closed", 1005, "")


def test_a_second_close_is_not_answered(running: Running) -> None:
    client, _ = running.open()
    client.send(make_frame(CLOSE, b"\x03\xe8") + make_frame(PING, b"x") + make_frame(CLOSE, b"\x03\xe9"))
    assert client.read_close() == 1000
    assert client.read_end() == b""
    client.close()
    assert running.door.next() == ("closed", 1000, "")


def test_the_door_can_close_with_a_code_and_a_reason(start_both: Start) -> None:
    running = start_both()
    client, _ = running.open()
    socket = running.door.sockets[0]
    running.call(socket.close, 4001, "ö" * 100)
    running.call(socket.close, 1000, "again")
    running.call(socket.send, b"too late")
    assert client.read_frame() == (0x80 | CLOSE, (4001).to_bytes(2, "big") + "ö".encode() * 61)
    client.send_frame(TEXT, b"crossed the close")
    client.send_frame(CLOSE, (4001).to_bytes(2, "big"))
    assert client.read_end() == b""
    client.close()
    assert running.door.next() == ("closed", 4001, "ö" * 100)
    assert not socket.is_open


def test_a_peer_that_does_not_answer_a_close_is_cut_off(start_both: Start) -> None:
    running = start_both(limits=patient(close_timeout=0.2))
    client, _ = running.open()
    running.call(running.door.sockets[0].close, 1001)
    assert client.read_close() == 1001
    assert running.door.next() == ("closed", 1001, "")


def test_an_end_without_close_is_reported_as_abnormal(start_both: Start) -> None:
    running = start_both()
    client, _ = running.open()
    client.close()
    assert running.door.next() == ("closed", 1006, "")


def test_a_reset_is_reported_as_abnormal(start_both: Start) -> None:
    running = start_both()
    client, _ = running.open()
    client.send_frame(TEXT, b"half", fin=False)
    client.reset()
    assert running.door.next() == ("closed", 1006, "")


def test_sending_to_a_socket_that_is_gone_does_nothing(running: Running) -> None:
    client, _ = running.open()
    socket = running.door.sockets[0]
    client.reset()
    running.door.wait_closed()
    for call in (
        lambda: socket.send(b"x"),
        socket.close,
        socket.abort,
        socket.pause_reading,
        socket.resume_reading,
    ):
        running.call(call)
    assert not socket.is_open


@pytest.mark.parametrize("deflated", [False, True])
def test_messages_that_wait_for_a_slow_peer_stay_whole_and_in_order(
    start_both: Start, deflated: bool
) -> None:
    running = start_both()
    client, _ = running.open(headers=[DEFLATE] if deflated else [])
    socket = running.door.sockets[0]
    texts = [
        random.Random(i).randbytes(size).hex().encode() for i, size in enumerate([10, 6_000, 40_000] * 8)
    ]

    def send_all() -> None:
        for text in texts:
            socket.send(text)

    running.call(send_all)
    for text in texts:
        first, payload = client.read_frame()
        assert (inflate_payload(payload) if first & RSV1 else payload) == text


def test_a_peer_that_does_not_read_is_cut_off(start_both: Start) -> None:
    running = start_both(limits=patient(max_send_buffer=100_000))
    client = running.connect(receive_buffer=4096)
    client.open()
    assert running.door.next() == ("opened",)
    socket = running.door.sockets[0]

    def flood() -> int:
        sent = 0
        while socket.is_open and sent < 200:
            socket.send(b"x" * 100_000)
            sent += 1
        return sent

    running.call(flood)
    assert running.door.wait_closed() == (1008, "peer does not read")


def test_a_peer_that_does_not_read_any_more_is_cut_off(start_both: Start) -> None:
    running = start_both(limits=patient(max_send_buffer=100_000))
    client, _ = running.open()
    client.send_frame(TEXT, b"x" * 50_000)
    assert client.read_text() == b"x" * 50_000
    socket = running.door.sockets[0]
    for _ in range(200):
        running.call(socket.send, b"x" * 100_000)
    assert running.door.wait_closed() == (1008, "peer does not read")


def test_paused_reading_holds_messages_back(start_both: Start, clock: Clock) -> None:
    running = start_both(limits=patient(ping_interval=0.1, pong_timeout=0.1))
    client, _ = running.open()
    socket = running.door.sockets[0]
    running.call(socket.pause_reading)
    client.send_frame(TEXT, b"wait")
    for _ in range(5):
        clock.let_pass(running, 0.2)
    assert not client.has_data()
    assert running.door.events.empty()
    running.call(socket.resume_reading)
    assert running.door.next() == ("received", b"wait")


class FailingDoor(RecordingDoor):
    def received(self, socket: StationSocket, text: bytes) -> None:
        raise RuntimeError(f"a bug on {text!r} from {socket.peer}")


def test_a_door_that_fails_on_a_message_closes_the_socket(start: Start) -> None:
    running = start(FailingDoor())
    assert running.close_code(make_frame(TEXT, b"x")) == 1011


class ClosingDoor(RecordingDoor):
    def opened(self, socket: StationSocket) -> None:
        super().opened(socket)
        socket.close(4000, "not you")


def test_a_door_may_close_a_socket_as_it_opens(start: Start) -> None:
    running = start(ClosingDoor())
    client, _ = running.open()
    client.send_frame(TEXT, b"x")
    assert client.read_close() == 4000
    client.send_frame(CLOSE, b"\x0f\xa0")
    assert running.door.next() == ("closed", 4000, "not you")
