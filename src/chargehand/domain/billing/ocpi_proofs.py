"""Signed meter records of a charge as OCPI's SignedData."""

import base64
from collections.abc import Sequence
from typing import Any, Final

from chargehand.domain.charging.signed.records import RecordFormat
from chargehand.domain.charging.signed_judgement import JudgedReading
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion

#: OCPI mod_cdrs, SignedData.encoding_method.
_METHODS: Final = {
    RecordFormat.OCMF: "OCMF",
    RecordFormat.ALFEN: "Alfen Eichrecht",
    RecordFormat.EDL40_SIG: "EDL40 E-Mobility Extension",
}
_NATURES: Final = {"Transaction.Begin": "Start", "Transaction.End": "End"}
#: How long SignedValue.plain_data may be (2.3.0 says that 512 was a mistake there).
_LONGEST_PLAIN: Final = {OcpiVersion.V2_2_1: 512, OcpiVersion.V2_3_0: 5000}
_LONGEST_SIGNED: Final = 5000
_LONGEST_KEY: Final = 512


def write_signed_data(readings: Sequence[JudgedReading], version: OcpiVersion) -> dict[str, Any] | None:
    """Return the signed records of the start and the end, else of all moments; None where there are none.

    `signed_data` is the record as the station sent it, in base64; `plain_data` what was signed in it. A record
    that is too long for a version is left out, for a part of one proves nothing.
    """
    ends = [each for each in readings if each.reading.context in _NATURES]
    chosen = ends or list(readings)
    method = _method(chosen[0]) if chosen else ""
    values = [_value(each) for each in chosen if _method(each) == method]
    fitting = [
        value
        for value in values
        if len(value["plain_data"]) <= _LONGEST_PLAIN[version]
        and len(value["signed_data"]) <= _LONGEST_SIGNED
    ]
    if not fitting:
        return None
    told: dict[str, Any] = {"encoding_method": method}
    key = _key(chosen[0])
    if key and len(key) <= _LONGEST_KEY:
        told["public_key"] = key
    return {**told, "signed_values": fitting}


def _value(judged: JudgedReading) -> dict[str, str]:
    reading, content = judged.reading, judged.verdict.content if judged.verdict else None
    plain = reading.signed_data
    if content is not None:
        try:
            plain = content.signed.decode()
        except UnicodeDecodeError:
            plain = content.signed.hex()
    return {
        "nature": _NATURES.get(reading.context, "Intermediate"),
        "plain_data": plain,
        "signed_data": base64.b64encode(reading.signed_data.encode()).decode(),
    }


def _method(judged: JudgedReading) -> str:
    if judged.verdict is not None:
        return _METHODS.get(judged.verdict.format, judged.verdict.format.value)
    return (judged.reading.encoding or "unknown")[:36]


def _key(judged: JudgedReading) -> str:
    return (judged.verdict.key if judged.verdict else "") or judged.reading.public_key
