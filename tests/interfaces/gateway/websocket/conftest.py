"""A server in a thread of its own, a door that writes everything down, and certificates."""

import asyncio
import datetime as dt
import queue
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from tests.interfaces.gateway.websocket.raw_client import CLOSE, RawClient, Response
from tests.patience import PATIENCE_S, wait_for

from chargehand.interfaces.gateway.websocket import server, station_socket
from chargehand.interfaces.gateway.websocket.handshake import Admission, Handshake, Refusal
from chargehand.interfaces.gateway.websocket.limits import Limits
from chargehand.interfaces.gateway.websocket.server import Server, serve
from chargehand.interfaces.gateway.websocket.station_socket import StationSocket
from chargehand.interfaces.gateway.websocket.tls import make_tls_context


def patient(**chosen: Any) -> Limits:
    """Return limits that a machine which stalls does not reach, but for those that are chosen."""
    times = ("tls_timeout", "handshake_timeout", "admit_timeout", "close_timeout")
    return Limits(**{**dict.fromkeys(times, PATIENCE_S), **chosen})


class Clock:
    """The clock by which silence is counted: it stands still until somebody lets time pass."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def let_pass(self, running: "Running", seconds: float) -> None:
        """Let time pass, and return once the server has looked after its sockets."""
        self.seconds += seconds
        wait_for(lambda: running.server._turn >= int(self.seconds / running.server._tick))
        running.call(lambda: None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of servers that start from now on."""
    made = Clock()
    monkeypatch.setattr(server, "monotonic", made)
    monkeypatch.setattr(station_socket, "monotonic", made)
    return made


class RecordingDoor:
    """Admits with the first subprotocol offered, echoes texts, and writes down what happens."""

    def __init__(self) -> None:
        self.events: queue.Queue[tuple[Any, ...]] = queue.Queue()
        self.handshakes: list[Handshake] = []
        self.sockets: list[StationSocket] = []
        self.ends: list[tuple[StationSocket, int, str]] = []

    async def admit(self, handshake: Handshake) -> Admission | Refusal:
        self.handshakes.append(handshake)
        return Admission(subprotocol=handshake.subprotocols[0] if handshake.subprotocols else None)

    def opened(self, socket: StationSocket) -> None:
        self.sockets.append(socket)
        self.events.put(("opened",))

    def received(self, socket: StationSocket, text: bytes) -> None:
        self.events.put(("received", text))
        socket.send(text)

    def closed(self, socket: StationSocket, code: int, reason: str) -> None:
        self.ends.append((socket, code, reason))
        self.events.put(("closed", code, reason))

    def next(self) -> tuple[Any, ...]:
        return self.events.get(timeout=PATIENCE_S)

    def wait_closed(self) -> tuple[int, str]:
        """Skip to the next end and return its code and reason."""
        while (event := self.next())[0] != "closed":
            pass
        return event[1], event[2]


class Running:
    """A server that runs in its thread, and clients that are closed with it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, server: Server, door: RecordingDoor) -> None:
        self.loop = loop
        self.server = server
        self.door = door
        self.port = server.port
        self.client_context: ssl.SSLContext | None = None
        self.clients: list[RawClient] = []
        self.errors: list[dict[str, Any]] = []

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE_S)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in the event loop and return its result."""

        async def call() -> Any:
            return function(*arguments)

        return self.run(call())

    def connect(self, *, receive_buffer: int = 0) -> RawClient:
        client = RawClient(self.port, self.client_context, receive_buffer=receive_buffer)
        self.clients.append(client)
        return client

    def open(self, **request: object) -> tuple[RawClient, Response]:
        """Return a client whose socket is open, and the answer it got."""
        client = self.connect()
        response = client.open(**request)
        assert self.door.next() == ("opened",)
        return client, response

    def close_code(self, data: bytes, **request: object) -> int | None:
        """Return the code of the close frame that `data` brings; the door must be told the same."""
        client, _ = self.open(**request)
        client.send(data)
        code = client.read_close()
        client.send_frame(CLOSE, code.to_bytes(2, "big") if code else b"")
        assert client.read_end() == b"", "exactly one close frame"
        client.close()
        assert self.door.wait_closed()[0] == code
        return code

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        self.run(self.server.close(drain=5))


class Certificates(msgspec.Struct):
    """Files (PEM) of an authority, a server and clients."""

    ca: Path
    server: tuple[Path, Path]
    client: tuple[Path, Path]
    stranger: tuple[Path, Path]


@pytest.fixture(params=["asyncio", "uvloop"])
def new_loop(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    return uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop


Start = Callable[..., Running]


@pytest.fixture
def start(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> Iterator[Start]:
    """Return a function that starts a server; in the end nothing may be left of any connection."""
    started: list[tuple[Running, threading.Thread]] = []

    def start_one(
        door: RecordingDoor | None = None,
        *,
        limits: Limits | None = None,
        ssl_context: ssl.SSLContext | None = None,
        client_context: ssl.SSLContext | None = None,
        **options: Any,
    ) -> Running:
        loop = new_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        door = door if door is not None else RecordingDoor()
        start_server = serve(door, ssl_context=ssl_context, limits=limits or patient(), **options)
        made = asyncio.run_coroutine_threadsafe(start_server, loop).result(PATIENCE_S)
        running = Running(loop, made, door)
        running.client_context = client_context
        loop.call_soon_threadsafe(
            loop.set_exception_handler, lambda _, context: running.errors.append(context)
        )
        started.append((running, thread))
        return running

    yield start_one
    for running, thread in started:
        running.stop()
        running.loop.call_soon_threadsafe(running.loop.stop)
        thread.join(PATIENCE_S)
        running.loop.close()
    for running, _ in started:
        assert not running.errors
        assert running.server.connections == 0
        # Every socket opened was closed, and once.
        assert sorted(id(end[0]) for end in running.door.ends) == sorted(map(id, running.door.sockets))


@pytest.fixture(params=["plain", "tls"])
def start_both(request: pytest.FixtureRequest, start: Start, certificates: Certificates) -> Start:
    """Return `start`, once for plain TCP and once for TLS."""
    if request.param == "plain":
        return start

    def start_tls(door: RecordingDoor | None = None, **options: Any) -> Running:
        return start(
            door,
            ssl_context=make_tls_context(*certificates.server),
            client_context=ssl.create_default_context(cafile=certificates.ca),
            **options,
        )

    return start_tls


@pytest.fixture
def running(start: Start) -> Running:
    return start()


def _sign(
    name: str, issuer: x509.Name, public_key: Any, signer: ec.EllipticCurvePrivateKey, *, is_ca: bool = False
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )


def _write(path: Path, certificate: x509.Certificate, key: Any) -> tuple[Path, Path]:
    certificate_file, key_file = path.with_suffix(".pem"), path.with_suffix(".key")
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_file, key_file


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return an authority, a server with an RSA key, its client, and a client of another authority."""
    folder = tmp_path_factory.mktemp("certificates")

    def make_authority(name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return _sign(name, issuer, key.public_key(), key, is_ca=True), key

    def make_leaf(
        name: str, authority: tuple[x509.Certificate, ec.EllipticCurvePrivateKey], key: Any
    ) -> x509.Certificate:
        return _sign(name, authority[0].subject, key.public_key(), authority[1])

    ours, theirs = make_authority("Authority"), make_authority("Another authority")
    server_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    client_key = ec.generate_private_key(ec.SECP256R1())
    return Certificates(
        ca=_write(folder / "ca", *ours)[0],
        server=_write(folder / "server", make_leaf("localhost", ours, server_key), server_key),
        client=_write(folder / "client", make_leaf("CP1", ours, client_key), client_key),
        stranger=_write(folder / "stranger", make_leaf("CP1", theirs, client_key), client_key),
    )
