import os
import resource
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from tests.interfaces.gateway.websocket.conftest import Clock, RecordingDoor, Running, Start, patient
from tests.interfaces.gateway.websocket.raw_client import CLOSE, PING, PONG, TEXT, make_frame, make_request
from tests.patience import PATIENCE_S, wait_for

from chargehand.interfaces.gateway.websocket.server import serve

IMPATIENT = patient(ping_interval=0.3, pong_timeout=0.3, ping_jitter=0, close_timeout=0.3)


def test_a_silent_peer_is_pinged_and_lives_by_its_pong(start_both: Start, clock: Clock) -> None:
    running = start_both(limits=IMPATIENT)
    client, _ = running.open()
    for _ in range(4):
        clock.let_pass(running, 0.4)
        assert client.read_frame() == (0x80 | PING, b"")
        client.send_frame(PONG)
        wait_for(lambda: running.door.sockets[0].last_received == clock())
    client.send_frame(TEXT, b"alive")
    assert running.door.next() == ("received", b"alive")


@pytest.mark.parametrize(("opcode", "answer"), [(TEXT, b"text"), (PING, b"ping"), (PONG, b"unasked")])
def test_any_frame_is_a_sign_of_life(start: Start, clock: Clock, opcode: int, answer: bytes) -> None:
    running = start(limits=IMPATIENT)
    client, _ = running.open()
    for _ in range(3):
        clock.let_pass(running, 0.4)
        while client.read_frame()[0] != 0x80 | PING:
            pass
        client.send_frame(opcode, answer)
        wait_for(lambda: running.door.sockets[0].last_received == clock())


def test_a_peer_that_does_not_answer_pings_is_cut_off(start_both: Start) -> None:
    running = start_both(limits=IMPATIENT)
    client, _ = running.open()
    assert client.read_frame() == (0x80 | PING, b"")
    assert running.door.next() == ("closed", 1006, "no sign of life")


def test_a_peer_that_never_finishes_a_frame_is_cut_off(start: Start) -> None:
    running = start(limits=IMPATIENT)
    client, _ = running.open()
    frame = make_frame(TEXT, b"x" * 10_000)
    try:
        for byte in frame:
            client.send(bytes([byte]))
            if not running.door.events.empty():
                break
            time.sleep(0.01)
    except ConnectionError:
        pass
    assert running.door.next() == ("closed", 1006, "no sign of life")


def test_a_busy_peer_is_not_pinged(start: Start, clock: Clock) -> None:
    running = start(limits=patient(ping_interval=2, pong_timeout=0.3, ping_jitter=0))
    client, _ = running.open()
    for _ in range(5):
        clock.let_pass(running, 1)
        client.send_frame(TEXT, b"busy")
        assert client.read_frame() == (0x80 | TEXT, b"busy")


def test_last_received_is_the_time_of_the_last_frame(running: Running) -> None:
    client, _ = running.open()
    before = time.monotonic()
    client.send_frame(PING, b"x")
    client.read_frame()
    assert before <= running.door.sockets[0].last_received <= time.monotonic()


def test_a_full_server_says_so(start: Start) -> None:
    running = start(limits=patient(max_connections=2))
    first, _ = running.open()
    running.open()
    third = running.connect()
    response = third.read_response()
    assert (response.status, response.headers["retry-after"]) == (503, "60")
    assert third.read_end() == b""
    first.close()
    running.door.wait_closed()
    running.open()


def test_connections_that_say_nothing_count(start: Start) -> None:
    running = start(limits=patient(max_connections=1))
    silent = running.connect()
    late = running.connect()
    assert late.read_response().status == 503
    silent.close()


def test_a_crowd_waits_to_be_accepted_and_is_served_in_the_end(start_both: Start) -> None:
    running = start_both(limits=patient(max_visits=2))
    tls, running.client_context = running.client_context, None
    silent = [running.connect() for _ in range(5)]
    wait_for(lambda: running.server.connections == 2)
    running.client_context = tls
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(lambda: [running.open(), running.open()])
        assert running.call(lambda: running.server.connections) == 2
        for client in silent:
            client.close()
        late.result(PATIENCE_S)
    wait_for(lambda: running.server.connections == running.server.sockets == 2)


def test_closing_tells_every_peer_and_waits_for_them(start_both: Start) -> None:
    running = start_both()
    clients = [running.open()[0] for _ in range(3)]
    closing = running.call(
        lambda: running.loop.create_task(running.server.close(1012, "restart", drain=PATIENCE_S))
    )
    for client in clients:
        assert client.read_frame() == (0x80 | CLOSE, b"\x03\xf4restart")
        client.send_frame(CLOSE, b"\x03\xf4")
        assert client.read_end() == b""
        client.close()
    for _ in clients:
        assert running.door.next() == ("closed", 1012, "restart")
    running.run(_wait(closing))
    with pytest.raises(ConnectionRefusedError):
        running.connect()


async def _wait(task: object) -> None:
    await task  # type: ignore[misc]


def test_closing_does_not_wait_for_ever(start_both: Start) -> None:
    running = start_both()
    running.open()
    running.run(running.server.close(drain=0.2))
    assert running.door.next() == ("closed", 1012, "")
    assert running.server.sockets == 0


def test_closing_ends_connections_that_are_not_let_in_yet(start_both: Start) -> None:
    running = start_both()
    client = running.connect()
    client.send(make_request()[:50])
    running.run(running.server.close(drain=5))
    assert client.read_end() == b""
    assert running.server.connections == 0


def test_closing_twice_is_harmless(running: Running) -> None:
    running.run(running.server.close())
    running.run(running.server.close())


@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="no SO_REUSEPORT")
def test_processes_can_share_a_port(start: Start) -> None:
    first = start(reuse_port=True)
    second = start(reuse_port=True, port=first.port)
    for _ in range(40):
        client = first.connect()
        client.open()
        client.close()
    assert len(first.door.handshakes) + len(second.door.handshakes) == 40


def test_a_given_socket_is_listened_at(start: Start) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    running = start(sock=listener)
    assert running.port == port
    running.open()


@pytest.mark.parametrize("host", ["", "127.0.0.1", "localhost"])
def test_hosts_are_listened_at(start: Start, host: str) -> None:
    start(host=host).open()


def test_a_port_in_use_is_an_error(start: Start, running: Running) -> None:
    with pytest.raises(OSError, match="in use"):
        running.run(serve(RecordingDoor(), port=running.port))


def test_a_thousand_ends_of_all_kinds_leave_no_file_open(start_both: Start) -> None:
    running = start_both(limits=patient(close_timeout=0.5))
    running.open()
    process = psutil.Process(os.getpid())
    before = process.num_fds()
    for i in range(120):
        client = running.connect()
        match i % 4:
            case 0:
                client.reset()
            case 1:
                client.send(make_request()[:100])
                client.reset()
            case 2:
                client.send(b"nonsense\r\n\r\n")
                client.read_end()
                client.close()
            case _:
                client.open()
                client.send_frame(TEXT, b"x")
                client.reset()
    wait_for(lambda: process.num_fds() <= before and running.server.connections == 1)
    assert running.server.sockets == 1


def test_running_out_of_files_is_survived(start: Start) -> None:
    running = start()
    spare = [running.connect() for _ in range(3)]
    wait_for(lambda: running.server.connections == len(spare))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    waiting = socket.socket()
    waiting.settimeout(PATIENCE_S)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
    try:
        waiting.connect(("127.0.0.1", running.port))
        waiting.sendall(make_request())
        running.call(lambda: None)
        assert running.server.connections == 3
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert waiting.recv(12) == b"HTTP/1.1 101"
    waiting.close()
