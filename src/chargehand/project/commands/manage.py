"""`chargehand manage`: Django's own commands on our settings and database."""

from __future__ import annotations

import argparse
import os

from django.core.management import execute_from_command_line

from chargehand.project.configuration import read_configuration
from chargehand.project.startup import open_database, prepare_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything after `manage` is Django's."""
    parser.add_argument("arguments", nargs=argparse.REMAINDER)


def run(options: argparse.Namespace) -> int:
    """Run it; Django ends the process by itself when it refuses."""
    with open_database(read_configuration(os.environ)):
        prepare_django()
        execute_from_command_line(["chargehand manage", *options.arguments])
    return 0
