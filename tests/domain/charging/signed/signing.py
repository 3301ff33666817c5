"""A meter in software: signs records on any curve with a fresh key, for the tests of verification."""

import base64
import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from chargehand.domain.charging.signed import curves

SPKI_SECP192K1 = bytes.fromhex("3046301006072a8648ce3d020106052b8104001f033200")


class SoftMeter:
    """A key pair on a named curve."""

    def __init__(self, curve: str = "secp256r1") -> None:
        self.curve = curves.CURVES[curve]
        self._secret = 0
        self._key: ec.EllipticCurvePrivateKey | None = None
        if self.curve.openssl is None:
            self._secret = 1 + secrets.randbelow(curves.SECP192K1.n - 1)
            public = curves._multiply(curves.SECP192K1, self._secret, _base())
            assert public is not None
            self.point = b"\x04" + b"".join(part.to_bytes(24, "big") for part in public)
            self.spki = SPKI_SECP192K1 + self.point
        else:
            self._key = ec.generate_private_key(self.curve.openssl)
            public_key = self._key.public_key()
            form = serialization.PublicFormat
            self.point = public_key.public_bytes(serialization.Encoding.X962, form.UncompressedPoint)
            self.compressed = public_key.public_bytes(serialization.Encoding.X962, form.CompressedPoint)
            self.spki = public_key.public_bytes(serialization.Encoding.DER, form.SubjectPublicKeyInfo)
            self.pem = public_key.public_bytes(serialization.Encoding.PEM, form.SubjectPublicKeyInfo)

    def sign(self, data: bytes) -> bytes:
        """Return a DER signature over SHA-256."""
        if self._key is not None:
            return self._key.sign(data, ec.ECDSA(hashes.SHA256()))
        n = curves.SECP192K1.n
        k = 1 + secrets.randbelow(n - 1)
        point = curves._multiply(curves.SECP192K1, k, _base())
        assert point is not None
        e = int.from_bytes(hashlib.sha256(data).digest(), "big") >> 64
        r = point[0] % n
        return encode_dss_signature(r, pow(k, -1, n) * (e + r * self._secret) % n)

    def sign_raw(self, data: bytes) -> bytes:
        """Return r and s one after the other."""
        return b"".join(
            part.to_bytes(self.curve.size, "big") for part in decode_dss_signature(self.sign(data))
        )

    def ocmf(self, payload: dict[str, Any] | str, **seal: str) -> bytes:
        """Return an OCMF record over a payload, with a hexadecimal DER signature unless told otherwise."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        fields = {"SA": f"ECDSA-{self.curve.name}-SHA256", "SD": self.sign(text.encode()).hex()}
        return f"OCMF|{text}|{json.dumps({**fields, **seal})}".encode()


def _base() -> tuple[int, int]:
    return curves.SECP192K1.x, curves.SECP192K1.y


def payload(*readings: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an OCMF payload whose readings begin and end a session of 7.5 kWh unless given."""
    found = readings or (
        reading("B", "2025-05-01T10:00:00,000+0200 S", 100.5),
        reading("E", "2025-05-01T11:00:00,000+0200 S", 108.0),
    )
    return {"FV": "1.0", "GS": "G1", "PG": "T12", "MS": "M1", "IL": "NONE", "RD": list(found), **more}


def reading(mark: str, time: str, value: float | str, **more: Any) -> dict[str, Any]:
    """Return an OCMF reading of the imported energy."""
    row = {"TM": time, "TX": mark, "RV": value, "RI": "1-b:1.8.0", "RU": "kWh", "EF": "", "ST": "G"}
    return {**row, **more}


def alfen(meter: SoftMeter, *, kind: str, page: int, energy: int, **change: Any) -> bytes:
    """Return an ALFEN record of a counter in Wh."""
    data = bytearray(82)
    data[16:26] = b"METER-0001"
    data[26:30] = change.get("status", 0).to_bytes(4, "little")
    data[34:38] = (1_700_000_000 + 60 * page).to_bytes(4, "little")
    data[38:44] = change.get("obis", bytes.fromhex("0100010800ff"))
    data[44], data[45] = change.get("unit", 30), 0
    data[46:54] = energy.to_bytes(8, "little")
    data[54:58] = b"04AB"
    data[74:78] = change.get("session", 7).to_bytes(4, "little")
    data[78:82] = page.to_bytes(4, "little")
    parts = [meter.compressed, bytes(data), meter.sign_raw(bytes(data))]
    key, body, seal = (base64.b32encode(part).decode() for part in parts)
    return f"AP;{kind};3;{key};{body};{seal};".encode()


def edl40(meter: SoftMeter, *, page: int, energy: int, **change: Any) -> bytes:
    """Return the XML of an EDL40_SIG record of a counter in tenths of Wh."""
    data = bytearray(320)
    data[0:10] = change.get("server", b"\x09\x01EMH\0\0\x01\x02\x03")
    data[10:14] = (1_700_000_000 + 60 * page).to_bytes(4, "little")
    data[19:23] = page.to_bytes(4, "little")
    data[23:29] = change.get("obis", bytes.fromhex("0100011100ff"))
    data[29], data[30] = change.get("unit", 30), 0xFF
    data[31:39] = energy.to_bytes(8, "little")
    data[39:41] = change.get("logbook", b"\x00\x46")
    data[41:49] = change.get("customer", b"CUSTOMER")
    seal = meter.sign_raw(bytes(data)) + b"\x00\x01"
    return (
        "<?xml version='1.0' encoding='UTF-8'?><signedMeterValue>"
        f"<publicKey encoding='base64'>{base64.b64encode(meter.point[1:]).decode()}</publicKey>"
        f"<meterValueSignature encoding='base64'>{base64.b64encode(seal).decode()}</meterValueSignature>"
        f"<encodedMeterValue encoding='base64'>{base64.b64encode(bytes(data)).decode()}</encodedMeterValue>"
        "</signedMeterValue>"
    ).encode()


def pcdf(meter: SoftMeter, **change: str) -> bytes:
    """Return a PCDF record of a session of 3.276 kWh."""
    fields = {
        "ST": "250501100000",
        "CT": "250501103000",
        "CD": "003000",
        "TV": "1",
        "BV": "1",
        "CSC": "4",
        "SP": "1",
        "RV": "0003.276*kWh",
        "SI": "TAG1*1*tx-1",
        "CS": "513f627b",
        "HW": "12345678901",
        "DT": "0",
        "PK": meter.point.hex(),
        **change,
    }
    text = "128.8.0" + "".join(f"({name}:{value})" for name, value in fields.items())
    return f"{text}(SG:{meter.sign(text.encode()).hex()})".encode()
