"""`chargehand check`: what is wrong with the configuration, in sentences."""

from __future__ import annotations

import argparse
import os
import sys

from chargehand.project import checks, schema
from chargehand.project.configuration import Configuration, read_configuration
from chargehand.project.startup import DATABASE_VARIABLE, embedded_postgres, prepare_django


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(_options: argparse.Namespace) -> int:
    """Print a sentence for each problem; 0 when there is none, 1 when there is."""
    configuration = read_configuration(os.environ)
    problems = checks.check_data_directory(configuration)
    problems += checks.check_tls(configuration)
    problems += checks.check_ports(configuration)
    problems += _check_database(configuration)
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    if not problems:
        sys.stdout.write("Everything is in order.\n")
    return 1 if problems else 0


def _check_database(configuration: Configuration) -> list[str]:
    url = configuration.database_url
    if not url:
        server = embedded_postgres(configuration)
        if not server.is_running():
            return []  # `chargehand up` makes, starts and migrates it
        url = server.url()
    if problems := checks.check_database(url):
        return problems
    os.environ[DATABASE_VARIABLE] = url
    prepare_django()
    if missing := schema.missing_migrations():
        return [f"{len(missing)} migrations are not applied; run `chargehand migrate`."]
    return []
