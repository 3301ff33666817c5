"""ECDSA verification on every curve that meters use, also the one that OpenSSL does not have.

`cryptography` verifies all curves but secp192k1, which some OCMF meters sign with. For that one the
arithmetic of SEC 1 section 4.1.4 is done here. It handles public data only, so its timing gives
nothing away; it must never be used for signing.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from chargehand.domain.charging.signed.records import SignedRecordError


@dataclass(frozen=True, slots=True)
class WeierstrassCurve:
    """y² = x³ + ax + b over a prime field, with base point and its order (SEC 2)."""

    p: int
    a: int
    b: int
    x: int
    y: int
    n: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A named curve: its object identifier, the bytes of a coordinate, and who does its arithmetic."""

    name: str
    oid: str
    size: int
    openssl: ec.EllipticCurve | None = None
    own: WeierstrassCurve | None = None


SECP192K1: Final = WeierstrassCurve(
    p=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFEE37,
    a=0,
    b=3,
    x=0xDB4FF10EC057E9AE26B07D0280B7F4341DA5D1B1EAE06C7D,
    y=0x9B2F2F6D9C5628A7844163D015BE86344082AA88D95E2F9D,
    n=0xFFFFFFFFFFFFFFFFFFFFFFFE26F2FC170F69466A74DEFD8D,
)
CURVES: Final[dict[str, Curve]] = {
    curve.name: curve
    for curve in (
        Curve("secp192k1", "1.3.132.0.31", 24, own=SECP192K1),
        Curve("secp192r1", "1.2.840.10045.3.1.1", 24, ec.SECP192R1()),
        Curve("secp256k1", "1.3.132.0.10", 32, ec.SECP256K1()),
        Curve("secp256r1", "1.2.840.10045.3.1.7", 32, ec.SECP256R1()),
        Curve("secp384r1", "1.3.132.0.34", 48, ec.SECP384R1()),
        Curve("secp521r1", "1.3.132.0.35", 66, ec.SECP521R1()),
        Curve("brainpoolp256r1", "1.3.36.3.3.2.8.1.1.7", 32, ec.BrainpoolP256R1()),
        Curve("brainpoolp384r1", "1.3.36.3.3.2.8.1.1.11", 48, ec.BrainpoolP384R1()),
        Curve("brainpoolp512r1", "1.3.36.3.3.2.8.1.1.13", 64, ec.BrainpoolP512R1()),
    )
}
HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_Point = tuple[int, int] | None


def read_algorithm(name: str) -> tuple[Curve, str]:
    """Return curve and hash of a name such as ``ECDSA-secp256r1-SHA256``.

    OCMF writes ``brainpool256r1`` (in older texts ``brainpool256r11``), meters also ``brainpoolP256r1``;
    all are the same curve.

    Raises:
        SignedRecordError: it names another algorithm, a curve or a hash that is not known here.
    """
    parts = name.strip().lower().split("-")
    if len(parts) != 3 or parts[0] != "ecdsa":
        raise SignedRecordError(f"The signature algorithm {name!r} is not supported.")
    wanted = parts[1].replace("brainpoolp", "brainpool").replace("brainpool", "brainpoolp")
    if wanted.startswith("brainpoolp") and wanted.endswith("r11"):
        wanted = wanted.removesuffix("1")
    curve = CURVES.get(wanted)
    if curve is None or parts[2] not in HASHES:
        raise SignedRecordError(f"The signature algorithm {name!r} is not supported.")
    return curve, parts[2]


def check_point(curve: Curve, point: bytes) -> None:
    """Make sure that an encoded point (SEC 1 section 2.3.3) is on a curve.

    Raises:
        SignedRecordError: it is not.
    """
    try:
        if curve.openssl is not None:
            ec.EllipticCurvePublicKey.from_encoded_point(curve.openssl, point)
        elif curve.own is not None:
            _decode(curve.own, curve.size, point)
    except ValueError:
        raise SignedRecordError(f"The public key is not a point of {curve.name}.") from None


def verifies(curve: Curve, point: bytes, data: bytes, signature: tuple[int, int], digest: str) -> bool:
    """Tell whether a signature (r, s) over raw data is good under an encoded public point.

    Raises:
        SignedRecordError: the point is not on the curve, or this machine's OpenSSL lacks the curve.
    """
    check_point(curve, point)
    if curve.own is not None:
        return _own_verifies(curve, point, hashlib.new(digest, data).digest(), signature)
    assert curve.openssl is not None
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(curve.openssl, point)
        key.verify(encode_dss_signature(*signature), data, ec.ECDSA(HASHES[digest]))
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm:
        raise SignedRecordError(f"OpenSSL on this machine has no {curve.name}.") from None
    return True


def _own_verifies(curve: Curve, point: bytes, digest: bytes, signature: tuple[int, int]) -> bool:
    """Verify by SEC 1 section 4.1.4: R = u₁G + u₂Q and r = x(R) mod n."""
    own = curve.own
    assert own is not None
    r, s = signature
    if not (0 < r < own.n and 0 < s < own.n):
        return False
    bits = own.n.bit_length()
    e = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - bits)
    inverse = pow(s, -1, own.n)
    first = _multiply(own, e * inverse % own.n, (own.x, own.y))
    second = _multiply(own, r * inverse % own.n, _decode(own, curve.size, point))
    found = _add(own, first, second)
    return found is not None and found[0] % own.n == r


def _decode(curve: WeierstrassCurve, size: int, encoded: bytes) -> tuple[int, int]:
    """Decode an uncompressed or compressed point (SEC 1 section 2.3.4); p ≡ 3 (mod 4) is used."""
    if len(encoded) == 1 + 2 * size and encoded[0] == 4:
        x, y = int.from_bytes(encoded[1 : 1 + size], "big"), int.from_bytes(encoded[1 + size :], "big")
    elif len(encoded) == 1 + size and encoded[0] in {2, 3}:
        x = int.from_bytes(encoded[1:], "big")
        y = pow(x**3 + curve.a * x + curve.b, (curve.p + 1) // 4, curve.p)
        y = y if y % 2 == encoded[0] % 2 else curve.p - y
    else:
        raise ValueError(len(encoded))
    if x >= curve.p or y >= curve.p or (y * y - x**3 - curve.a * x - curve.b) % curve.p:
        raise ValueError(x)
    return x, y


def _add(curve: WeierstrassCurve, left: _Point, right: _Point) -> _Point:
    if left is None:
        return right
    if right is None:
        return left
    (x1, y1), (x2, y2) = left, right
    if x1 == x2:
        if (y1 + y2) % curve.p == 0:
            return None
        slope = (3 * x1 * x1 + curve.a) * pow(2 * y1, -1, curve.p)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, curve.p)
    x3 = (slope * slope - x1 - x2) % curve.p
    return x3, (slope * (x1 - x3) - y1) % curve.p


def _multiply(curve: WeierstrassCurve, factor: int, point: _Point) -> _Point:
    result: _Point = None
    while factor:
        if factor & 1:
            result = _add(curve, result, point)
        point = _add(curve, point, point)
        factor >>= 1
    return result
