"""PCDF records: ``128.8.0(ST:…)(CT:…)…(PK:…)(SG:…)`` of Porsche's DC meter, one a session.

Signed with ECDSA on secp256r1 over SHA-256: all text before ``(SG:``, the public key included.
"""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from chargehand.domain.charging.signed.encodings import from_hex
from chargehand.domain.charging.signed.records import (
    MeterReading,
    ReadingKind,
    RecordContent,
    SignedRecord,
    SignedRecordError,
)

MARK: Final = b"128.8.0("
ALGORITHM: Final = "ECDSA-secp256r1-SHA256"
_FIELD: Final = re.compile(r"\(([A-Z]{2,3}):([^()]*)\)")
_NEEDED: Final = frozenset(
    {"ST", "CT", "CD", "TV", "SP", "RV", "SI", "CS", "HW", "DT", "PK", "SG", "BV", "CSC"}
)
_ENERGY: Final = re.compile(r"([0-9]{4}\.[0-9]{3})\*kWh")
_DURATION: Final = re.compile(r"([0-9]{2})([0-5][0-9])([0-5][0-9])")


def read_pcdf(record: SignedRecord) -> RecordContent:
    """Parse a PCDF record; its energy is that of the session, so it begins at zero.

    Raises:
        SignedRecordError: it does not begin with 128.8.0, or fields are missing or given twice.
    """
    text = record.data.decode("latin-1")
    start, end = text.find(MARK.decode()), text.rfind(")")
    if start < 0 or end < start:
        raise SignedRecordError("The record does not begin with 128.8.0.")
    text = text[start : end + 1]
    pairs = _FIELD.findall(text)
    fields = dict(pairs)
    missing = _NEEDED - fields.keys()
    if missing:
        raise SignedRecordError(f"The PCDF record has no {', '.join(sorted(missing))}.")
    whole = "128.8.0" + "".join(f"({name}:{value})" for name, value in pairs)
    if len(fields) != len(pairs) or whole != text:
        raise SignedRecordError("The PCDF record has a field twice or text between its fields.")
    signature = from_hex(fields["SG"])
    if not signature:
        raise SignedRecordError("The PCDF record has no signature that can be read.")
    identity, _star, session = fields["SI"].partition("*")
    return RecordContent(
        signed=text[: text.index("(SG:")].encode("latin-1"),
        signature=signature,
        algorithm=ALGORITHM,
        public_key=record.public_key or fields["PK"],
        meter=fields["HW"],
        readings=_read_readings(fields),
        identity=identity,
        series=session.partition("*")[2],
        page=int(fields["CSC"]) if fields["CSC"].isdecimal() else None,
        faults=tuple(_find_faults(fields)),
        cautions=() if fields["TV"] == "1" else ("The clock was not valid.",),
    )


def _read_readings(fields: Mapping[str, str]) -> tuple[MeterReading, ...]:
    found = _ENERGY.fullmatch(fields["RV"])
    if found is None:
        return ()
    energy = Decimal(found[1]) * 1000
    return (
        MeterReading(ReadingKind.BEGIN, Decimal(0), "128.8.0", _read_time(fields["ST"])),
        MeterReading(ReadingKind.END, energy, "128.8.0", _read_time(fields["CT"])),
    )


def _read_time(text: str) -> dt.datetime | None:
    """Return the wall clock of ``yymmddhhmmss``."""
    try:
        return dt.datetime.strptime(text, "%y%m%d%H%M%S")  # noqa: DTZ007 -- the meter gives no zone
    except ValueError:
        return None


def _find_faults(fields: Mapping[str, str]) -> list[str]:
    faults: list[str] = []
    if fields["BV"] != "1":
        faults.append("The meter says that the session must not be billed (BV).")
    if fields["SP"] != "1":
        faults.append("The record is not the last one of its session (SP).")
    if fields["TV"] not in {"0", "1"}:
        faults.append("The validity of the clock is neither 0 nor 1 (TV).")
    if _ENERGY.fullmatch(fields["RV"]) is None:
        faults.append("The energy is not of the form 0000.000*kWh (RV).")
    if _read_time(fields["ST"]) is None or _read_time(fields["CT"]) is None:
        faults.append("A time is not of the form yymmddhhmmss (ST, CT).")
    if _DURATION.fullmatch(fields["CD"]) is None:
        faults.append("The duration is not of the form hhmmss (CD).")
    return faults
