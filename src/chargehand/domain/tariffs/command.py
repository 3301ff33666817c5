"""`chargehand price`: prices OCPI sessions by OCPI tariffs and prints JSON."""

import argparse
import codecs
import functools
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from chargehand.domain.tariffs.boundaries import open_zone
from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.ocpi_sessions import read_session
from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.domain.tariffs.pricing import Pricer
from chargehand.domain.tariffs.report import to_json
from chargehand.kernel.money import MoneyError

BAD_INPUT: Final = 2
CLOSED_PIPE: Final = 141  # as of a program that SIGPIPE ended


class _BatchLine(msgspec.Struct):
    tariff: msgspec.Raw
    session: msgspec.Raw
    time_zone: str
    id: msgspec.Raw = msgspec.Raw(b"null")
    reservation_expired: bool | None = None


class _Identity(msgspec.Struct):
    id: msgspec.Raw = msgspec.Raw(b"null")


_LINE_DECODER: Final = msgspec.json.Decoder(_BatchLine)
_IDENTITY_DECODER: Final = msgspec.json.Decoder(_Identity)
_ENCODER: Final = msgspec.json.Encoder()
_ID_IN_FRONT: Final = re.compile(rb'\s*\{\s*"id"\s*:\s*("[^"\\\x00-\x1f]*"|-?(?:0|[1-9][0-9]*)(?=\s*[,}]))')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `chargehand price` to a parser."""
    parser.description = "Price charging sessions exactly by an OCPI 2.2.1 or 2.3.0 tariff."
    parser.add_argument("--tariff", type=Path, metavar="T.json", help="an OCPI tariff")
    parser.add_argument("--session", type=Path, metavar="S.json", help="an OCPI session or CDR")
    parser.add_argument("--time-zone", metavar="ZONE", help="the location's zone, such as Europe/Berlin")
    parser.add_argument(
        "--reservation-expired", action="store_true", help="the driver reserved and never came"
    )
    parser.add_argument(
        "--batch",
        type=Path,
        metavar="FILE.jsonl",
        help="one JSON object a line: id, tariff, session, time_zone, reservation_expired; - reads stdin",
    )


def run(namespace: argparse.Namespace) -> int:
    """Price what the arguments name; 0 when done, 2 with one sentence on stderr when it cannot be.

    A bad line of a batch gives a line with its `id` and `error`, and the rest goes on.
    """
    try:
        if namespace.batch is not None:
            return _run_batch(namespace.batch)
        return _run_single(namespace)
    except (TariffError, MoneyError) as error:
        return _refuse(str(error))
    except BrokenPipeError:
        return _stop_writing()
    except OSError as error:
        if error.filename is None:
            return _refuse(f"The answer cannot be written: {error.strerror}.")
        return _refuse(f"{error.filename} cannot be read: {error.strerror}.")


def _stop_writing() -> int:
    """End without a word: who reads the answer has seen enough. Nothing is left for the exit to flush."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return CLOSED_PIPE


def _refuse(sentence: str) -> int:
    sys.stderr.write(" ".join(sentence.split()) + "\n")
    return BAD_INPUT


def _run_single(namespace: argparse.Namespace) -> int:
    for name in ("tariff", "session", "time_zone"):
        if getattr(namespace, name) is None:
            return _refuse(f"--{name.replace('_', '-')} is missing; without --batch it is needed.")
    tariff = read_tariff(_read(namespace.tariff))
    session = read_session(_read(namespace.session), reservation_expired=namespace.reservation_expired)
    found = Pricer(tariff, open_zone(namespace.time_zone)).price(session)
    text = msgspec.json.format(_ENCODER.encode(to_json(found)), indent=2)
    _write([text])
    return 0


def _read(path: Path) -> bytes:
    """Return a file, for - standard input, without the byte order mark that some editors put in front."""
    data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    return data.removeprefix(codecs.BOM_UTF8)


def _run_batch(path: Path) -> int:
    if str(path) == "-":
        _write(price_lines(sys.stdin.buffer))
        return 0
    with path.open("rb") as lines:
        _write(price_lines(lines))
    return 0


def _write(results: Iterable[bytes]) -> None:
    for result in results:
        sys.stdout.buffer.write(result + b"\n")
    sys.stdout.buffer.flush()


def price_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Price JSON lines one by one and yield a JSON line for each; blank lines are skipped."""
    for number, line in enumerate(lines):
        text = line.removeprefix(codecs.BOM_UTF8) if number == 0 else line
        if text.strip():
            yield _price_line(text)


def _price_line(line: bytes) -> bytes:
    try:
        wanted = _LINE_DECODER.decode(line)
        pricer = _pricer(bytes(wanted.tariff), wanted.time_zone)
        session = read_session(bytes(wanted.session), reservation_expired=bool(wanted.reservation_expired))
        return _ENCODER.encode({"id": _readable(wanted.id), **to_json(pricer.price(session))})
    except (TariffError, MoneyError) as error:
        sentence = str(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        sentence = f"The line is not a pricing request: {error}."
    return _ENCODER.encode({"id": _identity(line), "error": sentence})


def _identity(line: bytes) -> msgspec.Raw:
    """Return the id of a bad line as far as it can be found, else null."""
    try:
        return _readable(_IDENTITY_DECODER.decode(line).id)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _identity_of_broken(line)


def _identity_of_broken(line: bytes) -> msgspec.Raw:
    """Return the id of a line that is not JSON: one with NaN in it, or one that was cut off."""
    try:
        found = json.loads(line)
        return msgspec.Raw(_ENCODER.encode(found.get("id") if isinstance(found, dict) else None))
    except (ValueError, RecursionError):
        in_front = _ID_IN_FRONT.match(line)
    return _readable(msgspec.Raw(in_front[1])) if in_front else msgspec.Raw(b"null")


def _readable(identity: msgspec.Raw) -> msgspec.Raw:
    """Return an id as it came, or null where it is not text that could be given back."""
    try:
        bytes(identity).decode()
    except UnicodeDecodeError:
        return msgspec.Raw(b"null")
    return identity


@functools.lru_cache(maxsize=256)
def _pricer(tariff: bytes, time_zone: str) -> Pricer:
    """Return the pricer of a tariff at a place; a fleet's sessions share a few tariffs."""
    return Pricer(read_tariff(tariff), open_zone(time_zone))
