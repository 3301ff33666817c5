"""`chargehand export-telemetry`: what the database holds as telemetry that `chargehand detect` reads."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from chargehand.project import schema
from chargehand.project.checks import Problems
from chargehand.project.configuration import read_configuration
from chargehand.project.startup import open_database, prepare_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, from when, and where to."""
    parser.add_argument("--operator", metavar="SLUG", help="the operator; may be left out if there is one")
    parser.add_argument("--from", dest="since", type=_moment, metavar="TIME", help="received at or after")
    parser.add_argument("--to", dest="until", type=_moment, metavar="TIME", help="received before")
    parser.add_argument("--station", metavar="IDENTITY", help="only this station")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")


def _moment(text: str) -> datetime:
    """Return a time in ISO 8601; without a zone it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def run(options: argparse.Namespace) -> int:
    """Write JSON lines as docs/reference/telemetry.md says; 0 when all is written."""
    with open_database(read_configuration(os.environ)):
        prepare_django()
        if schema.missing_migrations():
            raise Problems(["The tables are not those of this version; run `chargehand migrate` first."])
        export = importlib.import_module("chargehand.domain.health.export")  # needs Django
        operator_id = _operator(options.operator)
        lines = export.telemetry(
            operator_id,
            since=options.since,
            until=options.until,
            station_id=_station(operator_id, options.station),
        )
        try:
            opened = options.output.open("wb") if options.output else nullcontext(sys.stdout.buffer)
            with opened as out:
                count = export.write(lines, out)
        except OSError as error:
            raise Problems(
                [f"{options.output or 'The output'} cannot be written: {error.strerror}."]
            ) from None
    sys.stderr.write(f"{count} lines written.\n")
    return 0


def _operator(slug: str | None) -> int:
    accounts = importlib.import_module("chargehand.domain.accounts.queries")  # needs Django
    operators = [each for each in accounts.operators() if slug in {None, each.slug}]
    if len(operators) == 1:
        return int(operators[0].id)
    if slug is None and operators:
        names = ", ".join(each.slug for each in operators)
        raise Problems([f"There are several operators; name one with --operator: {names}."])
    raise Problems(["There is no such operator." if slug else "There is no operator yet."])


def _station(operator_id: int, identity: str | None) -> int | None:
    if identity is None:
        return None
    entry = importlib.import_module("chargehand.domain.stations.entry")  # needs Django
    found = entry.find_station(identity)
    if found is None or found.operator_id != operator_id:
        raise Problems([f"The operator has no station {identity}."])
    return int(found.id)
