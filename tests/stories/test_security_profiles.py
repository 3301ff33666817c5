"""Each station is held to its security profile: password, TLS with password, TLS with its own certificate."""

import asyncio
import datetime as dt
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.patience import PATIENCE_S
from tests.plugins.gateway import PASSWORD, RunningGateway
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from chargehand.domain.stations.models import ChargingStation, StationConnection
from chargehand.simulator.link import LinkError
from chargehand.simulator.simulated_station import SimulatedStation

BOOT = '[2,"1","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]'


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(_pem(self._sign(self.name, self.key, is_authority=True)))

    def issue(self, name: str, organisation: str = "") -> tuple[Path, Path]:
        """Make a key and a certificate for a name; return their files."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
        if organisation:
            names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
        subject = x509.Name(names)
        certificate, secret = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        certificate.write_bytes(_pem(self._sign(subject, key, is_authority=False)))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, secret

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .sign(self.key, hashes.SHA256())
        )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "Our authority")


@pytest.fixture
def secure(start_gateway: Callable[..., RunningGateway], authority: Authority) -> RunningGateway:
    certificate, key = authority.issue("localhost")
    return start_gateway(certificate=certificate, key=key, client_authorities=authority.file)


async def _boot(gateway: RunningGateway, authority: Authority, pair: tuple[Path, Path] | None) -> str:
    context = ssl.create_default_context(cafile=str(authority.file))
    if pair is not None:
        context.load_cert_chain(*pair)
    async with connect(
        f"wss://localhost:{gateway.process.tls_port}/4107",
        ssl=context,
        subprotocols=[Subprotocol("ocpp1.6")],
        open_timeout=PATIENCE_S,
        close_timeout=PATIENCE_S,
    ) as socket:
        await socket.send(BOOT)
        return str(await socket.recv())


async def _connect(station: SimulatedStation) -> str:
    try:
        await station.connect()
        return await station.boot()
    finally:
        await station.close()


def test_profile_2_charges_over_tls_and_is_refused_without(
    secure: RunningGateway, authority: Authority, make_station: Callable[..., ChargingStation]
) -> None:
    make_station("4107", security_profile=2)
    plain = SimulatedStation("4107", secure.url, "1.6", PASSWORD)
    with pytest.raises(LinkError):
        asyncio.run(_connect(plain))
    url = f"wss://localhost:{secure.process.tls_port}"
    station = SimulatedStation("4107", url, "2.0.1", PASSWORD, ca_file=str(authority.file))
    assert asyncio.run(_connect(station)) == "Accepted"
    assert StationConnection.objects.get().security_profile == 2


def test_profile_3_is_let_in_by_its_own_certificate_only(
    secure: RunningGateway,
    authority: Authority,
    tmp_path: Path,
    make_station: Callable[..., ChargingStation],
) -> None:
    make_station("4107", security_profile=3)
    assert '"Accepted"' in asyncio.run(_boot(secure, authority, authority.issue("4107")))
    assert StationConnection.objects.get().security_profile == 3
    for pair in (None, authority.issue("4108")):
        with pytest.raises(websockets.InvalidStatus):
            asyncio.run(_boot(secure, authority, pair))
    stranger = Authority(tmp_path, "Somebody else")
    with pytest.raises((ssl.SSLError, OSError, websockets.InvalidMessage)):
        asyncio.run(_boot(secure, authority, stranger.issue("4107")))


def test_a_certificate_has_to_name_the_operator_where_that_is_set(
    start_gateway: Callable[..., RunningGateway],
    authority: Authority,
    make_station: Callable[..., ChargingStation],
) -> None:
    certificate, key = authority.issue("localhost")
    gateway = start_gateway(
        certificate=certificate,
        key=key,
        client_authorities=authority.file,
        client_organisations=("Stadtwerke", "Ladewerk GmbH"),
    )
    make_station("4107", security_profile=3)
    for organisation in ("", "Somebody else"):
        with pytest.raises(websockets.InvalidStatus):
            asyncio.run(_boot(gateway, authority, authority.issue("4107", organisation)))
    assert '"Accepted"' in asyncio.run(_boot(gateway, authority, authority.issue("4107", "Ladewerk GmbH")))


def test_profile_0_needs_to_be_allowed_for_the_station(
    gateway: RunningGateway, make_station: Callable[..., ChargingStation]
) -> None:
    make_station("4107", security_profile=0)
    make_station("4108", security_profile=1)
    assert asyncio.run(_connect(SimulatedStation("4107", gateway.url, "1.6", PASSWORD))) == "Accepted"
    ChargingStation.objects.filter(identity="4107").update(password_hash="")
    assert asyncio.run(_connect(SimulatedStation("4107", gateway.url, "1.6"))) == "Accepted"
    with pytest.raises(LinkError):
        asyncio.run(_connect(SimulatedStation("4108", gateway.url, "1.6")))
