"""OCMF records: ``OCMF|payload|signature``, signed over the raw bytes between the pipes.

Source: Open Charge Metering Format 1.0 to 1.4 (S.A.F.E. e.V.).
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from chargehand.domain.charging.signed.encodings import from_base64, from_hex
from chargehand.domain.charging.signed.obis import is_energy
from chargehand.domain.charging.signed.records import (
    MeterReading,
    ReadingKind,
    RecordContent,
    SignedRecord,
    SignedRecordError,
)

MARK: Final = b"OCMF|"
DEFAULT_ALGORITHM: Final = "ECDSA-secp256r1-SHA256"
_NEWEST_CHECKED: Final = (1, 3)
_ENDS: Final = frozenset("ELRAP")
_BAD_LEVELS: Final = frozenset({"MISMATCH", "INVALID", "OUTDATED", "UNKNOWN"})
_INHERITED: Final = ("TM", "TX", "RI", "RU", "RT", "EF", "ST")
_UNITS: Final = {"wh": Decimal(1), "kwh": Decimal(1000)}
_FINEST: Final = -15
_PAGE: Final = re.compile(r"([TF]?)([0-9]+)")
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,6})\d*)?\s*(Z|[+-]\d\d:?\d\d)(?:\s+([UISR]))?"
)


def read_ocmf(record: SignedRecord) -> RecordContent:
    """Parse an OCMF record; the payload is kept as the bytes it came in.

    Raises:
        SignedRecordError: it is not of the form ``OCMF|payload|signature`` with JSON in both parts.
    """
    head, _pipe, tail = record.data.strip().rpartition(b"|")
    if not head.startswith(MARK):
        raise SignedRecordError("The record is not of the form OCMF|payload|signature.")
    signed = head[len(MARK) :]
    payload, seal = _read_json(signed, "payload"), _read_json(tail, "signature")
    judged = _judge(payload)
    page = _PAGE.fullmatch(_text(payload, "PG"))
    return RecordContent(
        signed=signed,
        signature=_read_signature(seal),
        algorithm=_text(seal, "SA") or DEFAULT_ALGORITHM,
        public_key=record.public_key,
        meter=_text(payload, "MS") or _text(payload, "GS"),
        readings=tuple(judged.readings),
        identity=_text(payload, "ID"),
        series="" if page is None else page[1],
        page=None if page is None else int(page[2]),
        faults=tuple(judged.faults),
        cautions=tuple(judged.cautions),
    )


def _read_json(raw: bytes, name: str) -> dict[str, Any]:
    """Decode a JSON object with exact numbers; a name given twice is refused, for which would count?"""

    def make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise SignedRecordError(f"The {name} of the OCMF record gives a field twice.")
        return found

    try:
        value = json.loads(
            raw.decode("utf-8"), parse_float=Decimal, parse_int=Decimal, object_pairs_hook=make_object
        )
    except SignedRecordError:
        raise
    except (ValueError, InvalidOperation, RecursionError):
        raise SignedRecordError(f"The {name} of the OCMF record is not JSON.") from None
    if not isinstance(value, dict):
        raise SignedRecordError(f"The {name} of the OCMF record is not a JSON object.")
    return value


def _text(source: Mapping[str, Any], name: str) -> str:
    value = source.get(name)
    return "" if value is None else str(value).strip()


def _read_signature(seal: Mapping[str, Any]) -> bytes:
    text = _text(seal, "SD")
    encoding = _text(seal, "SE").lower() or "hex"
    found = from_base64(text) if encoding == "base64" else from_hex(text)
    if found is None:
        # Meters are seen that write base64 and leave SE out.
        found = from_base64(text) if encoding == "hex" else from_hex(text)
    if not found:
        raise SignedRecordError("The OCMF record has no signature that can be read.")
    return found


@dataclass(slots=True)
class _Judged:
    """The energy readings of a payload and what is wrong with them."""

    readings: list[MeterReading] = field(default_factory=list)
    flags: list[tuple[ReadingKind, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)


def _judge(payload: Mapping[str, Any]) -> _Judged:
    judged = _Judged()
    _judge_version(_text(payload, "FV"), judged)
    level = _text(payload, "IL").upper()
    if level in _BAD_LEVELS:
        judged.faults.append(f"The identification of the user is {level}.")
    rows = payload.get("RD")
    if not isinstance(rows, list) or not rows:
        judged.faults.append("There is no reading.")
        return judged
    inherited: dict[str, Any] = {}
    for row in rows:
        if not isinstance(row, dict):
            judged.faults.append("A reading is not a JSON object.")
            continue
        # A reading takes over from the one before what it does not say itself (OCMF 1.0, table 5).
        inherited = {name: row[name] if name in row else inherited.get(name) for name in _INHERITED}
        _judge_reading({**row, **inherited}, judged)
    if not judged.readings:
        judged.faults.append("There is no reading of an energy register.")
    _judge_clock(judged)
    return judged


def _judge_version(version: str, judged: _Judged) -> None:
    numbers = re.fullmatch(r"(\d+)\.(\d+)", version)
    if numbers is None:
        judged.cautions.append(f"The format version {version!r} is not a version.")
    elif (int(numbers[1]), int(numbers[2])) > _NEWEST_CHECKED:
        judged.cautions.append(f"The format version {version} is newer than reference verifiers accept.")


def _judge_reading(row: Mapping[str, Any], judged: _Judged) -> None:
    register, unit = _text(row, "RI"), _text(row, "RU").lower()
    if (register and not is_energy(register)) or unit not in _UNITS:
        if is_energy(register):
            judged.faults.append(f"The unit {unit!r} of register {register} is not Wh or kWh.")
        return
    value = _read_value(row.get("RV"))
    if value is None or value < 0:
        judged.faults.append(f"The value of register {register} is not a number from 0 on.")
        return
    state, error = _text(row, "ST"), _text(row, "EF")
    if state != "G":
        judged.faults.append(f"The meter state is {state or 'missing'} and not G (good).")
    if error:
        judged.faults.append(f"The error flags {error} are set.")
    mark = _text(row, "TX").upper()
    kind = ReadingKind.BEGIN if mark == "B" else ReadingKind.END if mark in _ENDS else ReadingKind.OTHER
    time, flag = _read_time(_text(row, "TM"))
    if time is None:
        judged.faults.append("A reading has no time that can be read.")
    judged.flags.append((kind, flag))
    judged.readings.append(MeterReading(kind, value * _UNITS[unit], register, time))


def _read_value(value: object) -> Decimal | None:
    """Return a value given as number or text; trailing zeros are digits of the meter and stay."""
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    exponent = found.as_tuple().exponent
    is_fine = isinstance(exponent, int) and exponent >= _FINEST and found.adjusted() < 18
    return found if is_fine else None


def _read_time(text: str) -> tuple[dt.datetime | None, str]:
    """Return time and synchronisation flag of ``2021-04-09T09:09:51,000+0200 S``."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None, ""
    offset = "+00:00" if found[3] == "Z" else found[3]
    fraction = (found[2] or "0").ljust(6, "0")
    try:
        time = dt.datetime.fromisoformat(f"{found[1]}.{fraction}{offset}")
    except ValueError:
        return None, ""
    return time, found[4] or "U"


def _judge_clock(judged: _Judged) -> None:
    """A clock counting from the start (R) at one end only makes the duration meaningless."""
    edges = {kind: flag for kind, flag in judged.flags if kind is not ReadingKind.OTHER}
    begin, end = edges.get(ReadingKind.BEGIN), edges.get(ReadingKind.END)
    if begin == "R" and end not in {"R", None}:
        judged.faults.append("The clock is relative at the begin and not at the end.")
    unsure = {"U": "unknown", "I": "informative only", "": "unknown"}
    flags = {unsure[flag] for _kind, flag in judged.flags if flag in unsure}
    judged.cautions.extend(f"The synchronisation of the clock is {words}." for words in sorted(flags))
