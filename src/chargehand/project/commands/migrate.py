"""`chargehand migrate`: bring the database to this version's tables."""

from __future__ import annotations

import argparse
import os

from chargehand.project import schema
from chargehand.project.configuration import read_configuration
from chargehand.project.startup import open_database, prepare_django


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(_options: argparse.Namespace) -> int:
    """Apply what is missing and say what."""
    with open_database(read_configuration(os.environ)):
        prepare_django()
        schema.migrate(verbosity=1)
    return 0
