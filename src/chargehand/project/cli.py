"""The command `chargehand`: one table of subcommands, each in a module loaded when it is asked for."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

from chargehand.kernel.errors import Refused
from chargehand.project.checks import Problems
from chargehand.project.configuration import ConfigurationError
from chargehand.project.embedded_postgres import EmbeddedPostgresError


class Command(NamedTuple):
    """A subcommand. Its module has `add_arguments(parser)` and `run(options) -> int` (the exit code)."""

    name: str
    module: str
    sentence: str


_OURS = "chargehand.project.commands"

# A new subcommand is one line here.
COMMANDS = (
    Command("up", f"{_OURS}.up", "Start everything on this machine and keep it running."),
    Command("demo", f"{_OURS}.demo", "Start everything with a simulated fleet, to look around."),
    Command("gateway", f"{_OURS}.role", "Run one gateway, where stations connect."),
    Command("web", f"{_OURS}.role", "Run the web: console, API, drivers' pages."),
    Command("worker", f"{_OURS}.role", "Run a worker: what happens behind the scenes."),
    Command("migrate", f"{_OURS}.migrate", "Bring the database to this version's tables."),
    Command("check", f"{_OURS}.check", "Say what is wrong with the configuration."),
    Command("create-admin", f"{_OURS}.create_admin", "Make an operator and a person who may do everything."),
    Command("manage", f"{_OURS}.manage", "Run a command of Django, such as `manage shell`."),
    Command("simulate", "chargehand.simulator.command", "Simulate stations that charge cars."),
    Command(
        "simulate-fault", "chargehand.simulator.fault_command", "Let something break in a simulated fleet."
    ),
    Command("detect", "chargehand.domain.health.command", "Find faults in recorded telemetry."),
    Command("export-telemetry", f"{_OURS}.export_telemetry", "Write telemetry that `detect` reads."),
    Command("price", "chargehand.domain.tariffs.command", "Price a charging session by a tariff."),
    Command("ledger", f"{_OURS}.ledger", "Say whether the books add up: `ledger check`."),
    Command(
        "verify-meter",
        "chargehand.domain.charging.signed.command",
        "Verify the signature of a meter reading.",
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand that `arguments` (default: those of the process) name; return the exit code.

    2 for arguments or settings that cannot be used, 1 for anything else that went wrong.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="chargehand", description="Charging station management system.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="command")
    asked = given[0] if given else ""
    for command in COMMANDS:
        subparser = subparsers.add_parser(
            command.name,
            help=command.sentence,
            description=command.sentence,
            add_help=command.name != "manage",
        )
        if command.name == asked:
            importlib.import_module(command.module).add_arguments(subparser)
    options = parser.parse_args(given)
    module = importlib.import_module(next(each.module for each in COMMANDS if each.name == options.command))
    try:
        return int(module.run(options))
    except ConfigurationError as error:
        return _complain(error.problems, 2)
    except Problems as error:
        return _complain(error.sentences, 1)
    except Refused as error:
        return _complain([error.sentence], 1)
    except EmbeddedPostgresError as error:
        return _complain([str(error)], 1)


def _complain(sentences: Sequence[str], code: int) -> int:
    for sentence in sentences:
        sys.stderr.write(f"{sentence}\n")
    return code
