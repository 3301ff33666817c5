"""`chargehand detect`: judges recorded telemetry as if it were live and prints findings."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from chargehand.domain.health.engine import Engine
from chargehand.domain.health.recording import SortedLines, is_in_order
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
        with options.telemetry.open("rb") as recording:
            _detect_in(recording)
    except OSError as error:
        sys.stderr.write(f"{options.telemetry} cannot be read: {error.strerror}.\n")
        return BAD_INPUT
    return 0


def _detect_in(recording: BinaryIO) -> None:
    """Judge a file, sorted before if it is not in the order of receipt; a pipe is taken as it comes."""
    if not recording.seekable() or is_in_order(recording):
        detect(recording, sys.stdout.buffer)
        return
    sys.stderr.write("The lines are not in the order of receipt; they are sorted before they are judged.\n")
    recording.seek(0)
    lines = SortedLines(recording)
    detect(lines, sys.stdout.buffer, lines.number_of)


def detect(
    lines: Iterable[bytes], out: BinaryIO, number_of: Callable[[int], int] = lambda position: position
) -> None:
    """Write the findings in `lines` to `out`, each as soon as it is certain.

    `number_of` gives the number by which a line is named when it cannot be read.
    """
    engine = Engine()
    for line in read_lines(lines, lambda position, reason: _complain(number_of(position), reason)):
        for finding in engine.feed(line):
            out.write(_ENCODER.encode(finding) + b"\n")
            out.flush()


def _complain(number: int, reason: str) -> None:
    sys.stderr.write(f"Line {number} cannot be read and is skipped: {' '.join(reason.split())}\n")
