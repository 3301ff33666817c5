"""`chargehand create-admin`: the first person who can sign in, and their operator."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from chargehand.kernel.ids import new_secret
from chargehand.project import schema
from chargehand.project.checks import Problems
from chargehand.project.configuration import read_configuration
from chargehand.project.startup import open_database, prepare_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who, and for which operator."""
    parser.add_argument("email")
    parser.add_argument("--name", default="", help="the person's name")
    parser.add_argument("--operator", default="My charging", help="name of the operator, made if unknown")
    parser.add_argument("--country", default="DE", help="two capitals, ISO 3166-1 (default DE)")
    parser.add_argument("--time-zone", default="Europe/Berlin", help="default Europe/Berlin")
    parser.add_argument("--currency", default="EUR", help="three capitals, ISO 4217 (default EUR)")
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input, else one is made",
    )


def run(options: argparse.Namespace) -> int:
    """Make both; print the password when it was made here."""
    given = sys.stdin.readline().rstrip("\n") if options.password_stdin else ""
    password = given or new_secret()
    with open_database(read_configuration(os.environ)):
        prepare_django()
        if schema.missing_migrations():
            raise Problems(["The tables are not those of this version; run `chargehand migrate` first."])
        founding = importlib.import_module("chargehand.domain.accounts.founding")  # needs Django
        founding.found(
            operator_name=options.operator,
            country=options.country,
            time_zone=options.time_zone,
            currency=options.currency,
            email=options.email,
            password=password,
            name=options.name,
        )
    sys.stdout.write(f"{options.email} may sign in.\n")
    if not given:
        sys.stdout.write(f"Password (shown once): {password}\n")
    return 0
