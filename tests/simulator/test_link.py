import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.patience import PATIENCE_S
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from chargehand.simulator.link import Door, Link, LinkError


class Listener:
    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.closed = asyncio.Event()
        self.heard = asyncio.Event()

    def link_received(self, text: bytes) -> None:
        self.texts.append(text)
        self.heard.set()

    def link_closed(self, link: Link) -> None:
        assert not link.is_open
        self.closed.set()


def write_certificate(folder: Path) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return str(paths[0]), str(paths[1])


async def greet(connection: ServerConnection) -> None:
    async for text in connection:
        await connection.send(text)


def port_of(server: object) -> int:
    sockets = getattr(server, "sockets")  # noqa: B009 - asyncio's server, whatever wraps it
    return int(next(iter(sockets)).getsockname()[1])


def test_a_station_trusts_the_certificates_it_was_given_and_no_others(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def story() -> None:
        names = [Subprotocol("ocpp1.6")]
        async with serve(greet, "127.0.0.1", 0, subprotocols=names, ssl=context) as server:
            url = f"wss://127.0.0.1:{port_of(server)}/ocpp"
            listener = Listener()
            link = Link(listener)
            await link.open(Door(url, "4107", ca_file=certificate), "ocpp1.6")
            link.send(b'[2,"1","Heartbeat",{}]')
            await asyncio.wait_for(listener.heard.wait(), PATIENCE_S)
            assert listener.texts == [b'[2,"1","Heartbeat",{}]']
            link.close()
            with pytest.raises(LinkError):
                await Link(Listener()).open(Door(url, "4107"), "ocpp1.6")

    asyncio.run(story())


def test_a_message_in_fragments_is_taken_as_one() -> None:
    async def fragment(connection: ServerConnection) -> None:
        await connection.send(iter(["[3,", '"1"', ",{}]"]))
        await connection.wait_closed()

    async def story() -> None:
        async with serve(fragment, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")]) as server:
            listener = Listener()
            link = Link(listener)
            await link.open(Door(f"ws://127.0.0.1:{port_of(server)}", "4107"), "ocpp1.6")
            await asyncio.wait_for(listener.heard.wait(), PATIENCE_S)
            assert listener.texts == [b'[3,"1",{}]']
            link.close()

    asyncio.run(story())


def test_a_csms_that_does_not_speak_the_version_is_left() -> None:
    async def story() -> None:
        async with serve(greet, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp2.0.1")]) as server:
            door = Door(f"ws://127.0.0.1:{port_of(server)}", "4107")
            with pytest.raises(LinkError):
                await Link(Listener()).open(door, "ocpp1.6")

    asyncio.run(story())


def test_an_identity_with_odd_letters_is_written_as_a_url_needs_it() -> None:
    paths: list[str] = []

    async def look(connection: ServerConnection) -> None:
        assert connection.request is not None
        paths.append(connection.request.path)
        await connection.wait_closed()

    async def story() -> None:
        async with serve(look, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")]) as server:
            link = Link(Listener())
            await link.open(Door(f"ws://127.0.0.1:{port_of(server)}/ocpp/", "Süd 7/a"), "ocpp1.6")
            link.close()

    asyncio.run(story())
    assert paths == ["/ocpp/S%C3%BCd%207%2Fa"]


def test_a_link_tells_when_the_other_side_closes() -> None:
    async def leave(connection: ServerConnection) -> None:
        await connection.close(1012)

    async def story() -> None:
        async with serve(leave, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")]) as server:
            listener = Listener()
            link = Link(listener)
            await link.open(Door(f"ws://127.0.0.1:{port_of(server)}", "4107"), "ocpp1.6")
            await asyncio.wait_for(listener.closed.wait(), PATIENCE_S)
            assert not link.is_open

    asyncio.run(story())
