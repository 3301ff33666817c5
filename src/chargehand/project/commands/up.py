"""`chargehand up`: everything on one machine."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

import structlog

from chargehand.project import checks, schema
from chargehand.project.checks import Problems
from chargehand.project.configuration import Configuration, read_configuration
from chargehand.project.embedded_postgres import EmbeddedPostgres
from chargehand.project.secret_key import ensure_secret_key
from chargehand.project.startup import SUPERVISED_FLAG, open_database, prepare_django
from chargehand.project.supervisor import Child, Supervisor

log = structlog.get_logger()


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none: the settings are in the environment."""


def run(_options: argparse.Namespace) -> int:
    """Start the database, bring its tables up to date, then keep the roles running until told to stop."""
    configuration = read_configuration(os.environ)
    problems = checks.check_data_directory(configuration)
    problems += checks.check_tls(configuration)
    problems += checks.check_ports(configuration)
    if problems:
        raise Problems(problems)
    ensure_secret_key(configuration)
    with open_database(configuration) as server:
        prepare_django()
        schema.migrate()
        return asyncio.run(supervise(children(configuration), server))


async def supervise(processes: list[Child], server: EmbeddedPostgres | None) -> int:
    """Keep the processes and the embedded PostgreSQL running until told to stop; return the exit code."""

    def revive() -> None:
        if server is not None and not server.is_running():
            log.error("postgres_gone", directory=str(server.directory))
            server.open()

    return await Supervisor(processes, _tell, revive).run()


def children(configuration: Configuration) -> list[Child]:
    """The processes of an installation on one machine."""
    host = address_to_reach(configuration.bind)
    gateways = [
        Child(
            name=f"gateway-{number}",
            command=_role("gateway", "--number", str(number)),
            ready_url=_ready_url(host, configuration.gateway_health_port, number),
            address="" if number else _gateway_addresses(configuration, host),
        )
        for number in range(configuration.gateway_processes)
    ]
    web = f"http://{host}:{configuration.web_port}"
    return [
        *gateways,
        Child(name="web", command=_role("web"), ready_url=f"{web}/readyz", address=f"Web       {web}/"),
        Child(
            name="worker",
            command=_role("worker"),
            ready_url=_ready_url(host, configuration.worker_health_port),
            address="Worker    running",
        ),
    ]


def _role(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "chargehand.project", name, *arguments, SUPERVISED_FLAG)


def _ready_url(host: str, port: int, number: int = 0) -> str:
    return f"http://{host}:{port + number}/readyz" if port else ""


def _gateway_addresses(configuration: Configuration, host: str) -> str:
    addresses = []
    if configuration.gateway_port:
        addresses.append(f"ws://{host}:{configuration.gateway_port}/")
    if configuration.tls_certificate is not None and configuration.gateway_tls_port:
        addresses.append(f"wss://{host}:{configuration.gateway_tls_port}/")
    return "Stations  " + ", ".join(f"{address}<identity>" for address in addresses)


def address_to_reach(bind: str) -> str:
    """The address at which this machine reaches what listens on `bind`."""
    if bind in {"0.0.0.0", "::", ""}:  # noqa: S104  # compared, not bound
        return "127.0.0.1"
    return f"[{bind}]" if ":" in bind else bind


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
