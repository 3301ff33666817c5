"""`chargehand gateway|web|worker`: one role, so that several can share a database on many hosts."""

from __future__ import annotations

import argparse
import importlib

from chargehand.project.startup import SUPERVISED_FLAG, prepare_role


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which of several like it, and the supervisor's flag."""
    parser.add_argument(
        "--number", type=int, default=0, help="counts processes of this role on this machine, from 0"
    )
    parser.add_argument(SUPERVISED_FLAG, action="store_true", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop. The role's module needs Django, so it is loaded when Django is."""
    with prepare_role(is_supervised=options.until_stdin_closes) as configuration:
        role = importlib.import_module(f"chargehand.project.roles.{options.command}")
        role.serve(configuration, options.number)
    return 0
