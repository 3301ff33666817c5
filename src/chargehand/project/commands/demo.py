"""`chargehand demo`: everything on one machine, with an operator and a simulated fleet that charges."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from chargehand.project import checks, schema
from chargehand.project.checks import Problems
from chargehand.project.commands import up
from chargehand.project.configuration import Configuration, read_configuration
from chargehand.project.embedded_postgres import EmbeddedPostgres
from chargehand.project.secret_key import ensure_secret_key
from chargehand.project.startup import open_database, prepare_django
from chargehand.project.supervisor import Child
from chargehand.simulator import fault_command

_HISTORY_DAYS = 60
_LOOK_S = 5.0
_METERS = "fleet-meters.json"
_ERRANDS_S = 45.0  # somebody comes for a minute or two, so that charges begin and end while one looks
_FIRST_FAULT = "ground-fault@4136/A+60"  # at a site that is new, and so soon done with its past
_MISHAPS = 4.0  # a station and day: with forty stations something breaks every nine minutes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much past the fleet tells when it is new."""
    parser.add_argument(
        "--history-days", type=float, default=_HISTORY_DAYS, help=f"days of past (default {_HISTORY_DAYS})"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="simulated seconds in a second (default 1)")


def run(options: argparse.Namespace) -> int:
    """Make the demonstration unless it is there, then keep everything running until told to stop."""
    os.environ.setdefault("CHARGEHAND_DATA_DIR", "data/demo")
    os.environ.setdefault("CHARGEHAND_LOG_LEVEL", "warning")
    if "CHARGEHAND_WEB_PORT" in os.environ:
        os.environ.setdefault(
            "CHARGEHAND_PUBLIC_URL", f"http://localhost:{os.environ['CHARGEHAND_WEB_PORT']}"
        )
    configuration = read_configuration(os.environ)
    if problems := checks.check_data_directory(configuration) + checks.check_ports(configuration):
        raise Problems(problems)
    ensure_secret_key(configuration)
    _tell("Starting PostgreSQL …")
    with open_database(configuration) as server:
        prepare_django()
        _tell("Making the tables …")
        schema.migrate()
        seeding = importlib.import_module("chargehand.project.demo.seeding")  # needs Django
        _tell("Registering the simulated fleet …")
        seeded = seeding.seed()
        history = options.history_days if seeded.is_new else 0
        key = seeding.technician_key(configuration.data_dir)
        fleet = _fleet(configuration, seeding, history, options.speed, key)
        children = [*up.children(configuration), fleet]
        _greet(configuration, seeding, history)
        return asyncio.run(_run(children, server))


async def _run(children: list[Child], server: EmbeddedPostgres | None) -> int:
    """Keep everything running; say where a receipt is as soon as there is one."""
    showing = asyncio.create_task(_show_receipt())
    try:
        return await up.supervise(children, server)
    finally:
        showing.cancel()


async def _show_receipt() -> None:
    examples = importlib.import_module("chargehand.project.demo.examples")  # needs Django
    while True:
        await asyncio.sleep(_LOOK_S)
        address = await asyncio.to_thread(_without_a_connection, examples.receipt_address)
        if address is not None:
            _tell(f"A receipt, as a driver sees it:  {address}")
            return


def _without_a_connection(question: Callable[[], str | None]) -> str | None:
    """Ask the database something in a thread, and leave no connection behind."""
    connections = importlib.import_module("django.db").connections
    try:
        return question()
    finally:
        connections.close_all()


def _fleet(
    configuration: Configuration, seeding: object, history_days: float, speed: float, key: Path
) -> Child:
    """The simulated fleet as one more process, and its technician, who does the work orders."""
    reach = up.address_to_reach(configuration.bind)
    command = (
        *(sys.executable, "-m", "chargehand.project", "simulate"),
        *("--url", f"ws://{reach}:{configuration.gateway_port}"),
        *("--desk-url", f"http://{reach}:{configuration.web_port}", "--desk-key-file", str(key)),
        *("--stations", str(getattr(seeding, "STATIONS"))),  # noqa: B009 -- a module loaded late
        *("--seed", str(getattr(seeding, "SEED"))),  # noqa: B009 -- as above
        *("--history-days", str(history_days), "--speed", str(speed), "--mishaps", str(_MISHAPS)),
        *("--errands", str(_ERRANDS_S), *(("--fault", _FIRST_FAULT) if history_days else ())),
        *("--control", str(configuration.data_dir / fault_command.FILE)),
        *("--meters", str(configuration.data_dir / _METERS)),
    )
    return Child(name="fleet", command=command)


def _greet(configuration: Configuration, seeding: object, history_days: float) -> None:
    people = getattr(seeding, "PEOPLE")  # noqa: B009 -- a module loaded late
    password = getattr(seeding, "PASSWORD")  # noqa: B009 -- as above
    web = f"http://{up.address_to_reach(configuration.bind)}:{configuration.web_port}"
    _tell(f"\nConsole   {web}/\nLog-ins   password of all: {password}")
    for role, (email, _) in people.items():
        _tell(f"          {email:26} {role.value.replace('_', ' ')}")
    _tell(f"Mails     are files in {configuration.data_dir / 'outbox'} (*.eml)")
    _tell("Break     chargehand simulate-fault 4107 internal --plug A     (--list-faults shows what else)")
    _tell("Mend      chargehand simulate-fault 4107 mend --plug A")
    if history_days:
        _tell(
            f"\nThe fleet tells its last {history_days:g} days; that takes a minute or two. Look around meanwhile."
        )
    _tell("Ctrl+C ends everything.\n")


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
