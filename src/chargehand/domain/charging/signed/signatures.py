"""ECDSA signature values as meters write them: DER, DER with mistakes, or r and s one after the other."""

from typing import Final

from chargehand.domain.charging.signed.curves import Curve
from chargehand.domain.charging.signed.records import SignedRecordError

_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02


def read_signature(data: bytes, curve: Curve) -> tuple[int, int]:
    """Return r and s of a signature on a curve.

    DER is read leniently: meters in the field write integers without the leading zero that keeps them
    positive, or with zeros too many. Both are read as the positive number they stand for; that makes
    no wrong signature right, since r and s are what is verified.

    Raises:
        SignedRecordError: it is neither DER nor r and s of this curve's length.
    """
    if len(data) == 2 * curve.size:
        return int.from_bytes(data[: curve.size], "big"), int.from_bytes(data[curve.size :], "big")
    if data and data[0] == _SEQUENCE:
        found = _read_der(data)
        if found is not None:
            return found
    raise SignedRecordError(f"The signature of {len(data)} bytes has no form that is known here.")


def _read_der(data: bytes) -> tuple[int, int] | None:
    at = 2
    if len(data) > 2 and data[1] & 0x80:
        at += data[1] & 0x7F
    numbers: list[int] = []
    for _ in range(2):
        if at + 2 > len(data) or data[at] != _INTEGER or data[at + 1] & 0x80:
            return None
        length = data[at + 1]
        at += 2
        if not length or at + length > len(data):
            return None
        numbers.append(int.from_bytes(data[at : at + length], "big"))
        at += length
    return numbers[0], numbers[1]
