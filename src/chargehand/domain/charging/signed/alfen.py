"""ALFEN records: ``AP;type;version;public key;data set;signature;`` in base32.

The data set is 82 bytes, little endian, signed with ECDSA on secp192r1 over SHA-256.
"""

import datetime as dt
from decimal import Decimal
from typing import Final

from chargehand.domain.charging.signed.encodings import from_base32
from chargehand.domain.charging.signed.obis import is_energy_import
from chargehand.domain.charging.signed.records import (
    MeterReading,
    ReadingKind,
    RecordContent,
    SignedRecord,
    SignedRecordError,
)

MARK: Final = b"AP;"
ALGORITHM: Final = "ECDSA-secp192r1-SHA256"
WATT_HOUR: Final = 30
_LENGTH: Final = 82
_SIGNATURE_LENGTH: Final = 48
_KINDS: Final = {"0": ReadingKind.BEGIN, "1": ReadingKind.END, "2": ReadingKind.OTHER}
_STATUS_FAULTS: Final = {
    1: "The meter reports an error.",
    2: "The meter reports an error.",
    16: "The adapter reports an error.",
    26: "The meter reading at the start does not match.",
    30: "The adapter reports an error.",
    31: "The adapter reports an error.",
}


def read_alfen(record: SignedRecord) -> RecordContent:
    """Parse an ALFEN record.

    Raises:
        SignedRecordError: a part is missing, is no base32 or has another length.
    """
    parts = record.data.decode("ascii", "replace").strip().rstrip(";").split(";")
    if len(parts) != 6 or parts[0] != "AP" or parts[1] not in _KINDS:
        raise SignedRecordError("The record is not of the form AP;type;version;key;data;signature.")
    data, signature = from_base32(parts[4]), from_base32(parts[5])
    if data is None or len(data) != _LENGTH:
        raise SignedRecordError("The data set of the ALFEN record is not 82 bytes in base32.")
    if signature is None or len(signature) != _SIGNATURE_LENGTH:
        raise SignedRecordError("The signature of the ALFEN record is not 48 bytes in base32.")
    register = write_obis(data[38:44])
    reading = MeterReading(
        _KINDS[parts[1]], read_energy(data[45], data[46:54]), register, read_time(data[34:38])
    )
    return RecordContent(
        signed=data,
        signature=signature,
        algorithm=ALGORITHM,
        public_key=record.public_key or parts[3] or None,
        meter=data[16:26].hex().upper(),
        readings=(reading,),
        identity=data[54:74].rstrip(b"\0").decode("ascii", "replace"),
        series=str(int.from_bytes(data[74:78], "little")),
        page=int.from_bytes(data[78:82], "little"),
        faults=tuple(_find_faults(data, register)),
    )


def _find_faults(data: bytes, register: str) -> list[str]:
    status = int.from_bytes(data[26:30], "little")
    faults = list(dict.fromkeys(words for bit, words in _STATUS_FAULTS.items() if status >> bit & 1))
    if data[44] != WATT_HOUR:
        faults.append("The unit is not Wh.")
    if not is_energy_import(register):
        faults.append(f"The register {register} does not count energy for vehicles.")
    return faults


def write_obis(code: bytes) -> str:
    """Write six bytes of an OBIS code in hexadecimal groups: ``01-00:01.08.00.FF``."""
    a, b, c, d, e, f = code
    return f"{a:02X}-{b:02X}:{c:02X}.{d:02X}.{e:02X}.{f:02X}"


def read_energy(scaler: int, value: bytes) -> Decimal:
    """Return Wh from a signed power of ten and a little-endian counter."""
    exponent = scaler - 256 if scaler > 127 else scaler
    return Decimal(int.from_bytes(value, "little")).scaleb(max(-12, min(12, exponent)))


def read_time(seconds: bytes) -> dt.datetime | None:
    """Return the UTC time of little-endian seconds since 1970; zero is no time."""
    count = int.from_bytes(seconds, "little")
    return dt.datetime.fromtimestamp(count, dt.UTC) if count else None
