"""The verdict on signed records: first the signature over the raw bytes, then the law."""

from collections.abc import Callable
from typing import Final

from chargehand.domain.charging.signed.alfen import read_alfen
from chargehand.domain.charging.signed.containers import find_records
from chargehand.domain.charging.signed.curves import read_algorithm, verifies
from chargehand.domain.charging.signed.edl40 import read_edl40
from chargehand.domain.charging.signed.keys import read_key
from chargehand.domain.charging.signed.ocmf import read_ocmf
from chargehand.domain.charging.signed.pcdf import read_pcdf
from chargehand.domain.charging.signed.records import (
    RecordContent,
    RecordFormat,
    SignatureState,
    SignedRecord,
    SignedRecordError,
    Verdict,
)
from chargehand.domain.charging.signed.signatures import read_signature


def _refuse_unknown(_record: SignedRecord) -> RecordContent:
    raise SignedRecordError("The record is of a format that is not verified here.")


_READERS: Final[dict[RecordFormat, Callable[[SignedRecord], RecordContent]]] = {
    RecordFormat.OCMF: read_ocmf,
    RecordFormat.ALFEN: read_alfen,
    RecordFormat.EDL40_SIG: read_edl40,
    RecordFormat.PCDF: read_pcdf,
    RecordFormat.UNKNOWN: _refuse_unknown,
}
OWN_KEY: Final = "The key came with the record; compare it with the register of meters."
OTHER_KEY: Final = "The record brings another key than the register has."


def verify(data: bytes, public_key: str | None = None) -> tuple[Verdict, ...]:
    """Find the signed records in some bytes and judge each of them.

    ``public_key`` is the meter's key from the register, in any form of :func:`keys.read_key`. Without
    it the key that came with a record is used, and the verdict says so.

    Raises:
        SignedRecordError: the bytes hold no record of a known format.
    """
    return tuple(verify_record(record, public_key) for record in find_records(data))


def verify_record(record: SignedRecord, public_key: str | None = None) -> Verdict:
    """Judge one record; what cannot be read or decided is a verdict too, never an exception."""
    try:
        content = _READERS[record.format](record)
    except SignedRecordError as error:
        return _undecided(record, str(error), None)
    text = content.public_key if public_key is None else public_key
    if not text:
        return _undecided(record, "There is no public key to check the signature with.", content)
    try:
        curve, digest = read_algorithm(content.algorithm)
        point = read_key(text).on(curve)
        is_good = verifies(curve, point, content.signed, read_signature(content.signature, curve), digest)
    except SignedRecordError as error:
        return _undecided(record, str(error), content)
    cautions = [*content.cautions]
    if public_key is None:
        cautions.append(OWN_KEY)
    elif content.public_key and not _is_same_key(public_key, content.public_key):
        cautions.append(OTHER_KEY)
    return Verdict(
        format=record.format,
        signature=SignatureState.VALID if is_good else SignatureState.INVALID,
        is_accepted=is_good and not content.faults,
        reason=_reason(is_good=is_good, faults=content.faults),
        content=content,
        key=point.hex(),
        is_own_key=public_key is None,
        transaction=record.transaction,
        cautions=tuple(cautions),
    )


def _reason(*, is_good: bool, faults: tuple[str, ...]) -> str:
    if not is_good:
        return "The signature does not match the data and the key."
    if faults:
        return "The signature is good, but the record must not be billed: " + " ".join(faults)
    return "The signature is good and nothing in the record stands against billing it."


def _is_same_key(left: str, right: str) -> bool:
    try:
        points = [read_key(text).point.removeprefix(b"\x04") for text in (left, right)]
    except SignedRecordError:
        return False
    return points[0] == points[1]


def _undecided(record: SignedRecord, reason: str, content: RecordContent | None) -> Verdict:
    return Verdict(
        format=record.format,
        signature=SignatureState.UNDECIDABLE,
        is_accepted=False,
        reason=reason,
        content=content,
        transaction=record.transaction,
    )
