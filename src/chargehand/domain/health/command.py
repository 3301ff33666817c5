"""`chargehand detect`: judges recorded telemetry as if it were live and prints findings."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from chargehand.domain.health.engine import Engine
from chargehand.domain.health.telemetry import read_lines

BAD_INPUT: Final = 2
_ENCODER: Final = msgspec.json.Encoder()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `chargehand detect` to a parser."""
    parser.description = (
        "Find faults in recorded telemetry, in the order of receipt and without looking ahead."
    )
    parser.add_argument(
        "--telemetry",
        type=Path,
        metavar="FILE.jsonl",
        required=True,
        help="JSON lines as docs/reference/telemetry.md says; - reads stdin",
    )


def run(options: argparse.Namespace) -> int:
    """Print a JSON line for each finding; 0 when done, 2 when the file cannot be read.

    A line that cannot be read is reported on stderr with its number and skipped.
    """
    if str(options.telemetry) == "-":
        detect(sys.stdin.buffer, sys.stdout.buffer)
        return 0
    try:
        with options.telemetry.open("rb") as lines:
            detect(lines, sys.stdout.buffer)
    except OSError as error:
        sys.stderr.write(f"{options.telemetry} cannot be read: {error.strerror}.\n")
        return BAD_INPUT
    return 0


def detect(lines: Iterable[bytes], out: BinaryIO) -> None:
    """Write the findings in `lines` to `out`, each as soon as it is certain."""
    engine = Engine()
    for line in read_lines(lines, _complain):
        for finding in engine.feed(line):
            out.write(_ENCODER.encode(finding) + b"\n")
            out.flush()


def _complain(number: int, reason: str) -> None:
    sys.stderr.write(f"Line {number} cannot be read and is skipped: {' '.join(reason.split())}\n")
