import asyncio
import contextlib
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from tests.interfaces.gateway.websocket.conftest import Certificates, RecordingDoor, Running, Start, patient
from tests.interfaces.gateway.websocket.raw_client import (
    ACCEPT,
    CLOSE,
    TEXT,
    make_frame,
    make_request,
)
from tests.patience import PATIENCE_S, wait_for

from chargehand.interfaces.gateway.websocket.handshake import Admission, Handshake, Refusal, challenge
from chargehand.interfaces.gateway.websocket.tls import make_tls_context


class StrictDoor(RecordingDoor):
    """Knows CP1 with its password, and speaks OCPP 2.0.1 and 1.6, in this order."""

    async def admit(self, handshake: Handshake) -> Admission | Refusal:
        self.handshakes.append(handshake)
        if handshake.segments[-1] != "CP1":
            return Refusal(404, (), b"unknown")
        if handshake.basic != (b"CP1", b"pass:word"):
            return challenge()
        for subprotocol in ("ocpp2.0.1", "ocpp1.6"):
            if subprotocol in handshake.subprotocols:
                return Admission(subprotocol=subprotocol, owner="the owner")
        return Admission(subprotocol=None)


AUTHORIZED = ["Authorization: Basic Q1AxOnBhc3M6d29yZA=="]


def test_a_client_that_is_admitted_gets_its_upgrade(start_both: Start) -> None:
    running = start_both()
    _, response = running.open()
    assert response.headers["sec-websocket-accept"] == ACCEPT
    assert response.headers["upgrade"] == "websocket"
    assert response.headers["connection"].lower() == "upgrade"
    assert running.server.sockets == running.server.connections == 1
    assert running.door.handshakes[0].peer.host == "127.0.0.1"
    assert running.door.handshakes[0].is_tls is (running.client_context is not None)


def test_the_door_chooses_the_subprotocol(start: Start) -> None:
    running = start(StrictDoor())
    _, response = running.open(subprotocol="ocpp1.6, ocpp2.0.1", headers=AUTHORIZED)
    assert response.headers["sec-websocket-protocol"] == "ocpp2.0.1"
    socket = running.door.sockets[0]
    assert (socket.subprotocol, socket.owner) == ("ocpp2.0.1", "the owner")


@pytest.mark.parametrize("subprotocol", [None, "mqtt", "ocpp1.5, soap"])
def test_without_a_common_subprotocol_the_handshake_completes_and_the_socket_closes(
    start_both: Start, subprotocol: str | None
) -> None:
    running = start_both(StrictDoor(), limits=patient(close_timeout=0.5))
    client = running.connect()
    response = client.open(subprotocol=subprotocol, headers=AUTHORIZED)
    assert "sec-websocket-protocol" not in response.headers
    assert response.headers["sec-websocket-accept"] == ACCEPT
    assert client.read_close() == 1002
    client.send_frame(CLOSE, b"\x03\xea")
    assert client.read_end() == b""
    assert running.door.events.empty(), "no socket was opened"


class LenientDoor(RecordingDoor):
    async def admit(self, handshake: Handshake) -> Admission | Refusal:
        self.handshakes.append(handshake)
        return Admission(subprotocol="ocpp1.6")


def test_a_door_may_assume_a_subprotocol_that_was_not_offered(start: Start) -> None:
    running = start(LenientDoor())
    client, response = running.open(subprotocol=None)
    assert "sec-websocket-protocol" not in response.headers
    client.send_frame(TEXT, b"hi")
    assert client.read_text() == b"hi"
    assert running.door.sockets[0].subprotocol == "ocpp1.6"


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/CP1", [], 401),
        ("/CP1", ["Authorization: Basic Q1AxOnBhc3M="], 401),
        ("/CP1", ["Authorization: Bearer x"], 401),
        ("/CP2", AUTHORIZED, 404),
    ],
)
def test_a_client_that_is_refused_gets_status_and_headers(
    start_both: Start, target: str, headers: list[str], status: int
) -> None:
    running = start_both(StrictDoor())
    client = running.connect()
    client.send(make_request(target, headers=headers))
    response = client.read_response()
    assert response.status == status
    assert response.headers.get("www-authenticate") == (
        'Basic realm="charging station"' if status == 401 else None
    )
    assert response.headers["connection"] == "close"
    assert client.read_end() == (b"unknown" if status == 404 else b"")
    assert running.door.events.empty()


def test_the_lenient_handshake_leads_to_a_socket(running: Running) -> None:
    client, _ = running.open(target="ws://csms:9000/ocpp/CP1", connection=None)
    client.send_frame(TEXT, b"hi")
    assert client.read_text() == b"hi"
    assert running.door.handshakes[0].segments == ("ocpp", "CP1")


def test_a_request_may_come_byte_by_byte(running: Running) -> None:
    client = running.connect()
    for byte in make_request():
        client.send(bytes([byte]))
    assert client.read_response().status == 101


def test_a_request_that_is_too_large_is_refused(start_both: Start) -> None:
    client = start_both().connect()
    client.send(b"GET /ocpp/CP1 HTTP/1.1\r\nX: " + b"x" * 20_000)
    assert client.read_response().status == 431
    assert client.read_end() == b""


def test_a_request_that_is_whole_but_too_large_is_refused(running: Running) -> None:
    client = running.connect()
    client.send(make_request(headers=[f"X: {'x' * 17_000}"]))
    assert client.read_response().status == 431


def test_a_request_that_does_not_end_is_cut_off(start_both: Start) -> None:
    running = start_both(limits=patient(handshake_timeout=0.3))
    client = running.connect()
    client.send(b"GET /ocpp/CP1 HTTP/1.1\r\nHost: csms\r\n")
    assert client.read_response().status == 408
    assert client.read_end() == b""
    assert running.door.handshakes == []


def test_a_silent_connection_is_cut_off(start: Start) -> None:
    client = start(limits=patient(handshake_timeout=0.3)).connect()
    assert client.read_response().status == 408


def test_what_is_no_http_is_refused(running: Running) -> None:
    client = running.connect()
    client.send(b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n")
    assert client.read_response().status == 400


def test_plain_http_is_told_to_upgrade(running: Running) -> None:
    client = running.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: csms\r\n\r\n")
    response = client.read_response()
    assert (response.status, response.headers["upgrade"]) == (426, "websocket")


class SlowDoor(RecordingDoor):
    """Decides only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go: asyncio.Event | None = None
        self.asked = 0
        self.cancelled = 0

    async def admit(self, handshake: Handshake) -> Admission | Refusal:
        self.go = self.go or asyncio.Event()
        self.events.put(("asked",))
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.events.put(("cancelled",))
            raise
        return await super().admit(handshake)


def release(running: Running) -> None:
    assert isinstance(running.door, SlowDoor)
    assert running.door.go is not None
    running.call(running.door.go.set)


def test_messages_sent_before_the_door_decides_are_kept_and_come_after_opened(start_both: Start) -> None:
    running = start_both(SlowDoor())
    client = running.connect()
    frames = b"".join(make_frame(TEXT, str(i).encode()) for i in range(300))
    client.send(make_request() + frames[:1001])
    assert running.door.next() == ("asked",)
    client.send(frames[1001:])
    release(running)
    assert running.door.next() == ("opened",)
    assert [running.door.next() for _ in range(300)] == [("received", str(i).encode()) for i in range(300)]
    assert client.read_response().status == 101
    assert [client.read_text() for _ in range(300)] == [str(i).encode() for i in range(300)]


def test_more_than_may_wait_is_left_in_the_network_and_not_lost(start_both: Start) -> None:
    running = start_both(SlowDoor(), limits=patient(early_data=1000))
    client = running.connect()
    texts = [bytes([65 + i]) * 30_000 for i in range(20)]
    client.send(make_request())
    assert running.door.next() == ("asked",)
    client.send(b"".join(make_frame(TEXT, text) for text in texts[:5]))
    release(running)
    client.send(b"".join(make_frame(TEXT, text) for text in texts[5:]))
    assert client.read_response().status == 101
    assert [client.read_text() for _ in texts] == texts


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_client_that_goes_away_before_the_decision_leaves_nothing(start_both: Start, end: str) -> None:
    running = start_both(SlowDoor())
    client = running.connect()
    client.send(make_request())
    assert running.door.next() == ("asked",)
    getattr(client, end)()
    assert running.door.next() == ("cancelled",)
    assert running.door.sockets == []


def test_a_door_that_takes_too_long_is_answered_for(start: Start) -> None:
    running = start(SlowDoor(), limits=patient(admit_timeout=0.2))
    client = running.connect()
    client.send(make_request())
    response = client.read_response()
    assert (response.status, response.headers["retry-after"]) == (503, "60")
    assert client.read_end() == b""


class BrokenDoor(RecordingDoor):
    async def admit(self, handshake: Handshake) -> Admission | Refusal:
        raise RuntimeError(f"database is gone for {handshake.path}")


def test_a_door_that_fails_gives_a_500_without_details(start_both: Start) -> None:
    client = start_both(BrokenDoor()).connect()
    client.send(make_request())
    assert client.read_response().status == 500
    assert client.read_end() == b""


class WrongDoor(RecordingDoor):
    async def admit(self, handshake: Handshake) -> Admission | Refusal:
        return Refusal(401, (("WWW-Authenticate", f"Basic realm={handshake.path}\r\nX: y"),))


def test_an_answer_that_cannot_be_written_ends_the_connection_alone(start: Start) -> None:
    client = start(WrongDoor()).connect()
    client.send(make_request())
    assert client.read_end() == b""


class BrokenOpeningDoor(RecordingDoor):
    def opened(self, socket: object) -> None:
        super().opened(socket)  # type: ignore[arg-type]
        raise RuntimeError("a bug")

    def closed(self, socket: object, code: int, reason: str) -> None:
        super().closed(socket, code, reason)  # type: ignore[arg-type]
        raise RuntimeError("another bug")


def test_a_door_that_fails_on_opening_and_closing_harms_nobody_else(start: Start) -> None:
    running = start(BrokenOpeningDoor())
    client, _ = running.open()
    assert client.read_close() == 1011
    client.send_frame(CLOSE, b"\x03\xf3")
    assert running.door.next() == ("closed", 1011, "")
    running.open()


# TLS


def trust(certificates: Certificates, client: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificates.ca)
    if client is not None:
        context.load_cert_chain(*client)
    return context


def start_mutual(start: Start, certificates: Certificates) -> Running:
    context = make_tls_context(*certificates.server, certificates.ca)
    return start(ssl_context=context, client_context=trust(certificates))


def test_a_client_certificate_reaches_the_door(start: Start, certificates: Certificates) -> None:
    running = start_mutual(start, certificates)
    running.client_context = trust(certificates, certificates.client)
    running.open()
    der = running.door.handshakes[0].certificate
    assert der is not None
    assert x509.load_der_x509_certificate(der).subject.rfc4514_string() == "CN=CP1"


def test_a_client_without_certificate_may_use_the_same_port(start: Start, certificates: Certificates) -> None:
    running = start_mutual(start, certificates)
    running.open()
    assert running.door.handshakes[0].certificate is None


def test_a_certificate_of_another_authority_ends_the_handshake(
    start: Start, certificates: Certificates
) -> None:
    running = start_mutual(start, certificates)
    running.client_context = trust(certificates, certificates.stranger)
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
        running.open()
    assert running.door.handshakes == []


def test_a_client_that_begins_no_tls_handshake_is_cut_off(start: Start, certificates: Certificates) -> None:
    running = start(ssl_context=make_tls_context(*certificates.server), limits=patient(tls_timeout=0.3))
    client = running.connect()
    assert client.read_end() == b""
    assert running.door.handshakes == []


def test_a_client_that_stops_in_the_tls_handshake_is_cut_off(
    start: Start, certificates: Certificates
) -> None:
    running = start(ssl_context=make_tls_context(*certificates.server), limits=patient(tls_timeout=0.3))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trust(certificates).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    hello = outgoing.read()

    def answer() -> bytes:
        client = running.connect()
        with contextlib.suppress(ConnectionError):
            client.send(hello)
        return client.read_end()

    # Where the machine stalls it gives up before it answers: then once more.
    assert wait_for(answer) != b"", "the server answers, then gives up waiting"


def test_plain_http_at_a_tls_port_is_cut_off(start: Start, certificates: Certificates) -> None:
    running = start(ssl_context=make_tls_context(*certificates.server))
    client = running.connect()
    client.send(make_request())
    assert b"HTTP" not in client.read_end()


def test_a_client_that_vanishes_in_the_tls_handshake_leaves_nothing(
    start: Start, certificates: Certificates
) -> None:
    running = start(ssl_context=make_tls_context(*certificates.server))
    for _ in range(5):
        client = running.connect()
        client.send(b"\x16\x03\x01\x02\x00")
        client.reset()
    running.client_context = trust(certificates)
    running.open()


def test_a_session_is_resumed_with_its_certificate(start: Start, certificates: Certificates) -> None:
    running = start_mutual(start, certificates)
    context = trust(certificates, certificates.client)
    running.client_context = context
    client, _ = running.open()
    client.send_frame(TEXT, b"hi")
    assert client.read_text() == b"hi"
    assert isinstance(client.sock, ssl.SSLSocket)
    session = client.sock.session
    raw = socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE_S)
    resumed = context.wrap_socket(raw, server_hostname="localhost", session=session)
    with resumed:
        resumed.sendall(make_request())
        assert resumed.recv(12) == b"HTTP/1.1 101"
        assert resumed.session_reused
    assert running.door.next() == ("received", b"hi")
    assert running.door.handshakes[1].certificate == running.door.handshakes[0].certificate is not None
