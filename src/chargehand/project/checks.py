"""What can be wrong with an installation, each in a sentence that says what to do."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

import psycopg

from chargehand.project.configuration import Configuration


class Problems(Exception):  # noqa: N818  # several problems, not one error
    """Something stands in the way; `sentences` say what."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def check_data_directory(configuration: Configuration) -> list[str]:
    """Whether the data directory can be written to, or made."""
    existing = configuration.data_dir.absolute()
    while not existing.exists():
        existing = existing.parent
    if not existing.is_dir():
        return [f"CHARGEHAND_DATA_DIR: {existing} is not a directory."]
    if not os.access(existing, os.W_OK | os.X_OK):
        return [f"CHARGEHAND_DATA_DIR: {existing} cannot be written to."]
    return []


def check_tls(configuration: Configuration) -> list[str]:
    """Whether the gateway's certificate, key and authorities can be read and fit together."""
    certificate, key = configuration.tls_certificate, configuration.tls_key
    problems: list[str] = []
    if (certificate is None) != (key is None):
        problems.append("CHARGEHAND_TLS_CERTIFICATE and CHARGEHAND_TLS_KEY go together; only one is set.")
    if configuration.tls_client_ca is not None and certificate is None:
        problems.append("CHARGEHAND_TLS_CLIENT_CA needs CHARGEHAND_TLS_CERTIFICATE as well.")
    files = {
        "CHARGEHAND_TLS_CERTIFICATE": certificate,
        "CHARGEHAND_TLS_KEY": key,
        "CHARGEHAND_TLS_CLIENT_CA": configuration.tls_client_ca,
    }
    unreadable = [f"{name}: {file} cannot be read." for name, file in files.items() if not _is_readable(file)]
    if problems or unreadable:
        return problems + unreadable
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(certificate, key)
        except (ssl.SSLError, OSError) as error:
            problems.append(f"The certificate and its key do not fit or are no PEM files: {error}.")
        if configuration.tls_client_ca is not None:
            try:
                context.load_verify_locations(configuration.tls_client_ca)
            except (ssl.SSLError, OSError) as error:
                problems.append(f"CHARGEHAND_TLS_CLIENT_CA holds no certificates: {error}.")
    return problems


def check_ports(configuration: Configuration) -> list[str]:
    """Whether the ports that will be listened on are free and ours to take."""
    problems: list[str] = []
    seen: dict[int, str] = {}
    for variable, port in ports(configuration).items():
        if port in seen:
            problems.append(f"{variable} and {seen[port]} are both {port}.")
        elif port:
            seen[port] = variable
            problems += _check_port(variable, configuration.bind, port)
    return problems


def ports(configuration: Configuration) -> dict[str, int]:
    """Every port an installation on one machine listens on, by the variable that chose it."""
    found = {
        "CHARGEHAND_GATEWAY_PORT": configuration.gateway_port,
        "CHARGEHAND_WEB_PORT": configuration.web_port,
        "CHARGEHAND_WORKER_HEALTH_PORT": configuration.worker_health_port,
    }
    if configuration.tls_certificate is not None:
        found["CHARGEHAND_GATEWAY_TLS_PORT"] = configuration.gateway_tls_port
    for number in range(configuration.gateway_processes):
        name = "CHARGEHAND_GATEWAY_HEALTH_PORT" + (f" + {number}" if number else "")
        found[name] = configuration.gateway_health_port + number if configuration.gateway_health_port else 0
    return found


def check_database(url: str) -> list[str]:
    """Whether the database answers and is new enough."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        return [f"The database cannot be reached: {' '.join(str(error).split())}."]
    if version < 140_000:
        return [f"PostgreSQL {version // 10_000} is too old; 14 is the oldest that works."]
    return []


def _is_readable(file: Path | None) -> bool:
    return file is None or (file.is_file() and os.access(file, os.R_OK))


def _check_port(variable: str, address: str, port: int) -> list[str]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            return [f"{variable}: cannot listen on {address} port {port} ({reason})."]
    return []
