import ssl
import warnings

import pytest
from tests.interfaces.gateway.websocket.conftest import Certificates, Running, Start

from chargehand.interfaces.gateway.websocket.tls import make_tls_context

SUITES = [
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
]


def client(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificates.ca)


@pytest.fixture
def secure(start: Start, certificates: Certificates) -> Running:
    return start(ssl_context=make_tls_context(*certificates.server))


@pytest.mark.parametrize("suite", SUITES)
def test_the_required_suites_are_spoken(secure: Running, certificates: Certificates, suite: str) -> None:
    context = client(certificates)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite)
    secure.client_context = context
    connection, _ = secure.open()
    assert isinstance(connection.sock, ssl.SSLSocket)
    cipher = connection.sock.cipher()
    assert cipher is not None
    assert cipher[0] == suite


def test_the_suites_for_elliptic_keys_are_offered(certificates: Certificates) -> None:
    names = {cipher["name"] for cipher in make_tls_context(*certificates.server).get_ciphers()}
    assert {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"} <= names


@pytest.mark.parametrize("suite", ["AES128-SHA", "ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-CHACHA20-POLY1305"])
def test_other_suites_are_refused(secure: Running, certificates: Certificates, suite: str) -> None:
    context = client(certificates)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite)
    secure.client_context = context
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_versions_below_12_are_refused(
    secure: Running, certificates: Certificates, version: ssl.TLSVersion
) -> None:
    context = client(certificates)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    secure.client_context = context
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect()


def test_tls_13_is_spoken(secure: Running, certificates: Certificates) -> None:
    secure.client_context = client(certificates)
    connection, _ = secure.open()
    assert isinstance(connection.sock, ssl.SSLSocket)
    assert connection.sock.version() == "TLSv1.3"


def test_a_client_certificate_is_asked_for_only_with_an_authority(certificates: Certificates) -> None:
    assert make_tls_context(*certificates.server).verify_mode is ssl.CERT_NONE
    by_file = make_tls_context(*certificates.server, certificates.ca)
    by_text = make_tls_context(*certificates.server, client_ca_data=certificates.ca.read_text())
    assert by_file.verify_mode is by_text.verify_mode is ssl.CERT_OPTIONAL
    assert by_file.cert_store_stats() == by_text.cert_store_stats()


def test_a_key_that_does_not_fit_is_an_error(certificates: Certificates) -> None:
    with pytest.raises(ssl.SSLError):
        make_tls_context(certificates.server[0], certificates.client[1])
