"""Public keys of meters in every form in which they are handed around."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from chargehand.domain.charging.signed.curves import CURVES, Curve, check_point
from chargehand.domain.charging.signed.encodings import from_base32, from_base64, from_hex
from chargehand.domain.charging.signed.records import SignedRecordError

_EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
_SEQUENCE: Final = 0x30
_OBJECT_IDENTIFIER: Final = 0x06
_BIT_STRING: Final = 0x03
_PEM_BEGIN: Final = "-----BEGIN PUBLIC KEY-----"
_OCA_MARK: Final = "oca:"
_PEM_END: Final = "-----END PUBLIC KEY-----"


@dataclass(frozen=True, slots=True)
class MeterKey:
    """A public point and, where the key says so itself, its curve."""

    point: bytes
    curve: Curve | None = None

    def on(self, curve: Curve) -> bytes:
        """Return the point for use on a curve.

        Raises:
            SignedRecordError: the key says it is of another curve, or the point is not on this one.
        """
        if self.curve is not None and self.curve.name != curve.name:
            raise SignedRecordError(f"The key is of {self.curve.name} and the signature of {curve.name}.")
        point = self.point
        if len(point) == 2 * curve.size:
            point = b"\x04" + point
        check_point(curve, point)
        return point


def read_key(text: str) -> MeterKey:
    """Read a public key: PEM, SubjectPublicKeyInfo or a point, in hexadecimal, base64 or base32.

    A point may be compressed, uncompressed, or just x and y one after the other. Blanks are ignored. The
    Open Charge Alliance's ``oca:base16:asn1:…`` (Signed Meter Values in OCPP) is known too.

    Raises:
        SignedRecordError: it is none of these.
    """
    stripped = text.strip()
    if stripped.startswith(_PEM_BEGIN):
        stripped = stripped.removeprefix(_PEM_BEGIN).partition(_PEM_END)[0]
    if stripped.startswith(_OCA_MARK):
        stripped = stripped.rpartition(":")[2]
    for data in (from_hex(stripped), from_base64(stripped), from_base32(stripped)):
        if not data:
            continue
        if data.startswith(_OCA_MARK.encode()):
            return read_key(data.decode("ascii", "replace"))
        if data[0] == _SEQUENCE:
            key = _read_spki(data)
            if key is not None:
                return key
        if _is_point(data):
            return MeterKey(data)
    raise SignedRecordError("The public key is in no form that is known here.")


def _is_point(data: bytes) -> bool:
    for curve in CURVES.values():
        is_pair = len(data) == 2 * curve.size
        is_uncompressed = len(data) == 2 * curve.size + 1 and data[0] == 4
        is_compressed = len(data) == curve.size + 1 and data[0] in {2, 3}
        if is_pair or is_uncompressed or is_compressed:
            return True
    return False


def _read_spki(data: bytes) -> MeterKey | None:
    """Read SubjectPublicKeyInfo (RFC 5480) with a named curve; ``None`` where it is not one."""
    try:
        ((tag, outer),) = _elements(data)
        (_tag, algorithm), (bits_tag, bits) = _elements(outer)
        (kind_tag, kind), (curve_tag, curve) = _elements(algorithm)
    except ValueError:
        return None
    if (tag, bits_tag, kind_tag, curve_tag) != (
        _SEQUENCE,
        _BIT_STRING,
        _OBJECT_IDENTIFIER,
        _OBJECT_IDENTIFIER,
    ):
        return None
    if _read_oid(kind) != _EC_PUBLIC_KEY or not bits or bits[0] != 0:
        return None
    oid = _read_oid(curve)
    for known in CURVES.values():
        if known.oid == oid:
            return MeterKey(bits[1:], known)
    raise SignedRecordError(f"The public key is of the curve {oid}, which is not known here.")


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of the DER elements that follow each other in some bytes.

    Raises:
        ValueError: the bytes are not DER.
    """
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError(at)
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            if not 0 < count <= 2 or at + count > len(data):
                raise ValueError(at)
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            raise ValueError(at)
        yield tag, data[at : at + length]
        at += length


def _read_oid(content: bytes) -> str:
    if not content:
        return ""
    numbers = [min(content[0] // 40, 2)]
    numbers.append(content[0] - 40 * numbers[0])
    value = 0
    for byte in content[1:]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    return ".".join(str(number) for number in numbers)
