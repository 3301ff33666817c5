"""What `chargehand check` finds."""

import datetime as dt
import socket
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chargehand.project import checks
from chargehand.project.configuration import Configuration


def _pair(directory: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    files = directory / f"{name}.pem", directory / f"{name}.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def test_no_tls_and_good_tls_are_both_in_order(tmp_path: Path) -> None:
    certificate, key = _pair(tmp_path, "gateway")
    assert checks.check_tls(Configuration()) == []
    whole = Configuration(tls_certificate=certificate, tls_key=key, tls_client_ca=certificate)
    assert checks.check_tls(whole) == []


def test_half_a_pair_a_missing_file_and_a_foreign_key_are_said(tmp_path: Path) -> None:
    certificate, key = _pair(tmp_path, "gateway")
    _, foreign = _pair(tmp_path, "other")
    assert "go together" in checks.check_tls(Configuration(tls_certificate=certificate))[0]
    assert "needs CHARGEHAND_TLS_CERTIFICATE" in checks.check_tls(Configuration(tls_client_ca=certificate))[0]
    gone = Configuration(tls_certificate=certificate, tls_key=tmp_path / "gone.key")
    assert checks.check_tls(gone) == [f"CHARGEHAND_TLS_KEY: {tmp_path}/gone.key cannot be read."]
    assert "do not fit" in checks.check_tls(Configuration(tls_certificate=certificate, tls_key=foreign))[0]
    no_ca = Configuration(tls_certificate=certificate, tls_key=key, tls_client_ca=key)
    assert "holds no certificates" in checks.check_tls(no_ca)[0]


def test_a_taken_port_is_named(unused_ports: list[int]) -> None:
    gateway, health, web, worker = unused_ports
    configuration = Configuration(
        gateway_port=gateway, gateway_health_port=health, web_port=web, worker_health_port=worker
    )
    assert checks.check_ports(configuration) == []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", web))
        taken.listen()
        (problem,) = checks.check_ports(configuration)
    assert problem.startswith(f"CHARGEHAND_WEB_PORT: cannot listen on 127.0.0.1 port {web}")


def test_two_settings_with_one_port_are_named(unused_ports: list[int]) -> None:
    first, second, third, _ = unused_ports
    configuration = Configuration(
        gateway_port=first, gateway_health_port=second, web_port=first, worker_health_port=third
    )
    assert checks.check_ports(configuration) == [
        f"CHARGEHAND_WEB_PORT and CHARGEHAND_GATEWAY_PORT are both {first}."
    ]


def test_every_gateway_has_a_health_port_of_its_own() -> None:
    configuration = Configuration(gateway_processes=3, gateway_health_port=9_100)
    found = [port for name, port in checks.ports(configuration).items() if "GATEWAY_HEALTH" in name]
    assert found == [9_100, 9_101, 9_102]


def test_a_data_directory_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert checks.check_data_directory(Configuration(data_dir=tmp_path / "new" / "one")) == []
    (problem,) = checks.check_data_directory(Configuration(data_dir=tmp_path / "file" / "data"))
    assert problem.endswith("is not a directory.")


def test_a_database_that_does_not_answer_is_said(database_url: str, unused_ports: list[int]) -> None:
    assert checks.check_database(database_url) == []
    (problem,) = checks.check_database(f"postgresql://a:secret@127.0.0.1:{unused_ports[0]}/b")
    assert problem.startswith("The database cannot be reached")
    assert "secret" not in problem


@pytest.fixture
def unused_ports() -> list[int]:
    sockets = [socket.socket() for _ in range(4)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
