"""EDL40_SIG records: 320 bytes of an EDL40 meter with a customer number, and r and s beside them.

They come as the XML ``signedMeterValue``. The data are signed with ECDSA over SHA-256 on secp192r1, by
newer meters on secp256r1; what follows r and s in the signature is a logbook index that the data hold
as well.
"""

from typing import Final
from xml.etree import ElementTree as ET

from chargehand.domain.charging.signed.alfen import WATT_HOUR, read_energy, read_time, write_obis
from chargehand.domain.charging.signed.encodings import from_base64, from_hex
from chargehand.domain.charging.signed.obis import is_energy_import
from chargehand.domain.charging.signed.records import (
    MeterReading,
    ReadingKind,
    RecordContent,
    SignedRecord,
    SignedRecordError,
)
from chargehand.domain.charging.signed.xml_text import local_name, parse_xml

_LENGTH: Final = 320
_SIZES: Final = {48: "secp192r1", 50: "secp192r1", 64: "secp256r1", 66: "secp256r1"}
_TOTAL: Final = "01-00:01.11.00.FF"
# Meters whose server id begins with 0A (DIN 43863-5) put before the customer number whether the reading
# begins or ends the transaction; older ones put the kind of the number there, or nothing.
_TELLS_EDGE: Final = 0x0A
_EDGES: Final = {1: ReadingKind.BEGIN, 2: ReadingKind.END}


def read_edl40(record: SignedRecord) -> RecordContent:
    """Parse an EDL40_SIG record from its XML.

    Older meters do not say in the record what kind of reading it is; whoever pairs two records goes by
    their order. The time is the meter's wall clock. ``series`` is the index of the meter's logbook: if it
    moves on, something happened to the meter in between.

    Raises:
        SignedRecordError: a part is missing or has another length.
    """
    parts = {local_name(node): node for node in parse_xml(record.data).iter()}
    data = _read_part(parts.get("encodedMeterValue"), "meter value")
    signature = _read_part(parts.get("meterValueSignature"), "signature")
    if len(data) != _LENGTH:
        raise SignedRecordError("The meter value of the EDL40 record is not 320 bytes.")
    curve = _SIZES.get(len(signature))
    if curve is None:
        raise SignedRecordError("The signature of the EDL40 record has no known length.")
    key = parts.get("publicKey")
    own_key = None if key is None or not key.text else key.text.strip()
    register = write_obis(data[23:29])
    time = read_time(data[10:14])
    wall = None if time is None else time.replace(tzinfo=None)
    energy = read_energy(data[30], data[31:39])
    kind = _EDGES.get(data[41]) if data[0] == _TELLS_EDGE else None
    return RecordContent(
        signed=data,
        signature=signature[: 64 if curve == "secp256r1" else 48],
        algorithm=f"ECDSA-{curve}-SHA256",
        public_key=record.public_key or own_key,
        meter=data[0:10].hex().upper(),
        readings=(MeterReading(kind or ReadingKind.OTHER, energy, register, wall),),
        identity=data[41 if kind is None else 42 : 169].rstrip(b"\0").decode("latin-1"),
        series=data[39:41].hex(),
        page=int.from_bytes(data[19:23], "little"),
        faults=tuple(_find_faults(data, register)),
    )


def _read_part(node: ET.Element | None, name: str) -> bytes:
    text = "" if node is None else (node.text or "")
    found = from_hex(text) if node is not None and node.get("encoding") == "hex" else from_base64(text)
    if not found:
        raise SignedRecordError(f"The EDL40 record has no {name} that can be read.")
    return found


def _find_faults(data: bytes, register: str) -> list[str]:
    faults: list[str] = []
    if data[29] != WATT_HOUR:
        faults.append("The unit is not Wh.")
    # EDL40 meters count in 1-0:1.17.0*255, the last signed total register.
    if register != _TOTAL and not is_energy_import(register):
        faults.append(f"The register {register} does not count energy for vehicles.")
    return faults
