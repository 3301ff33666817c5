"""`chargehand ledger check`: whether the books add up, in sentences."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from chargehand.kernel import clock
from chargehand.project import schema
from chargehand.project.checks import Problems
from chargehand.project.configuration import read_configuration
from chargehand.project.startup import open_database, prepare_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with the ledger."""
    parser.add_argument("what", choices=["check"], help="check: say what does not add up")


def run(_options: argparse.Namespace) -> int:
    """Print a sentence for each thing that does not add up; 0 when there is none, 1 when there is."""
    with open_database(read_configuration(os.environ)):
        prepare_django()
        if schema.missing_migrations():
            raise Problems(["The tables are not those of this version; run `chargehand migrate` first."])
        invariants = importlib.import_module("chargehand.domain.billing.invariants")  # needs Django
        breaks = invariants.find_breaks(clock.now())
    for sentence in breaks:
        sys.stderr.write(f"{sentence}\n")
    if not breaks:
        sys.stdout.write("The books add up.\n")
    return 1 if breaks else 0
