"""Where signed records hide: plain text, hexadecimal, base64, JSON of OCPP or OCPI, XML of S.A.F.E."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from chargehand.domain.charging.signed import alfen, ocmf, pcdf
from chargehand.domain.charging.signed.encodings import from_base64, from_hex
from chargehand.domain.charging.signed.records import RecordFormat, SignedRecord, SignedRecordError
from chargehand.domain.charging.signed.xml_text import local_name, parse_xml

_DEEPEST: Final = 6
_LARGEST: Final = 16_000_000
_NEW_OCMF: Final = re.compile(rb"(?m)(?:^|(?<=\})[ \t,;]+)[ \t]*(?=OCMF\|)")
_NEW_ALFEN: Final = re.compile(rb"(?m)(?:^|(?<=;)[ \t,]+)[ \t]*(?=AP;)")
_NEW_PCDF: Final = re.compile(rb"(?=128\.8\.0\()")
# Names of the same things in OCPP 1.6 (Signed Meter Values), OCPP 2.x SignedMeterValue, OCPI SignedData.
_MARKS: Final = (ocmf.MARK, alfen.MARK, pcdf.MARK)
_DATA_FIELDS: Final = ("signedMeterData", "signed_data", "signedData")
_KEY_FIELDS: Final = ("publicKey", "public_key")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")


def find_records(data: bytes) -> tuple[SignedRecord, ...]:
    """Return all signed records in some bytes, in the order in which they stand.

    Raises:
        SignedRecordError: the bytes hold none, or are larger than 16 MB.
    """
    if len(data) > _LARGEST:
        raise SignedRecordError("The file is larger than 16 MB.")
    found = tuple(_unwrap(_to_utf8(data), None, None, 0))
    if not found:
        raise SignedRecordError("No signed record of a known format was found.")
    return found


def _to_utf8(data: bytes) -> bytes:
    """Return text that an editor saved in UTF-16 as UTF-8; other bytes stay as they are."""
    if not data.startswith(_UTF16):
        return data
    try:
        return _DECLARATION.sub("", data.decode("utf-16")).encode()
    except UnicodeError:
        return data


def _unwrap(data: bytes, key: str | None, transaction: str | None, depth: int) -> Iterator[SignedRecord]:
    text = data.removeprefix(b"\xef\xbb\xbf").strip()
    if depth > _DEEPEST or not text:
        return
    if text.startswith(ocmf.MARK):
        yield from _split(_NEW_OCMF, text, RecordFormat.OCMF, key, transaction)
    elif text.startswith(alfen.MARK):
        yield from _split(_NEW_ALFEN, text, RecordFormat.ALFEN, key, transaction)
    elif text.startswith(b"<"):
        yield from _unwrap_xml(text, key, transaction, depth)
    elif text.startswith((b"{", b"[")):
        yield from _unwrap_json(_read_json(text), key, transaction, depth)
    elif pcdf.MARK in text[:64]:
        yield from _split(_NEW_PCDF, text, RecordFormat.PCDF, key, transaction)
    else:
        yield from _unwrap_encoded(text, key, transaction, depth)


def _split(
    border: re.Pattern[bytes], text: bytes, kind: RecordFormat, key: str | None, transaction: str | None
) -> Iterator[SignedRecord]:
    """Yield one record per beginning; line ends after a record belong to none."""
    for part in border.split(text):
        if part.strip() and (kind is not RecordFormat.PCDF or part.startswith(pcdf.MARK)):
            yield SignedRecord(kind, part.strip(), key, transaction)


def _unwrap_encoded(
    text: bytes, key: str | None, transaction: str | None, depth: int
) -> Iterator[SignedRecord]:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        by_line = [list(_unwrap_encoded(line, key, transaction, depth)) for line in lines]
        if all(by_line):
            yield from (record for records in by_line for record in records)
            return
    plain = text.decode("ascii", "replace")
    for decoded in (from_hex(plain), from_base64(plain)):
        if decoded:
            records = list(_unwrap(decoded, key, transaction, depth + 1))
            if records:
                yield from records
                return


def _read_json(text: bytes) -> Any:
    """Return a JSON value, or a list of those that stand one a line."""
    try:
        return json.loads(text)
    except RecursionError:
        return None
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def _unwrap_json(node: Any, key: str | None, transaction: str | None, depth: int) -> Iterator[SignedRecord]:
    if isinstance(node, list):
        for item in node:
            yield from _unwrap_json(item, key, transaction, depth + 1)
    elif isinstance(node, str) and node.lstrip().encode("utf-8", "replace").startswith(_MARKS):
        yield from _unwrap(node.encode("utf-8", "replace"), key, transaction, 1)
    elif isinstance(node, dict) and depth <= 4 * _DEEPEST:
        key = next(
            (node[name] for name in _KEY_FIELDS if isinstance(node.get(name), str) and node[name]), key
        )
        transaction = str(node["transactionId"]) if node.get("transactionId") is not None else transaction
        # OCPI's plain_data may repeat what signed_data holds.
        deeper = dict | list if any(name in node for name in _DATA_FIELDS) else dict | list | str
        for name, value in node.items():
            if isinstance(value, str) and (name in _DATA_FIELDS or _is_signed_sample(node, name)):
                yield from _unwrap(value.encode("utf-8", "replace"), key, transaction, 1)
            elif isinstance(value, deeper):
                yield from _unwrap_json(value, key, transaction, depth + 1)


def _is_signed_sample(node: dict[str, Any], name: str) -> bool:
    """Tell whether a field is the value of an OCPP 1.6 SampledValue in the format SignedData."""
    return name == "value" and node.get("format") == "SignedData"


def _unwrap_xml(text: bytes, key: str | None, transaction: str | None, depth: int) -> Iterator[SignedRecord]:
    root = parse_xml(text)
    if local_name(root) == "signedMeterValue":
        yield SignedRecord(RecordFormat.EDL40_SIG, text, key, transaction)
        return
    for node in root.iter():
        if local_name(node) != "value":
            continue
        children = {local_name(child): child for child in node}
        signed, own_key = children.get("signedData"), children.get("publicKey")
        if signed is None:
            signed = children.get("encodedData")
        if signed is not None and signed.text:
            found_key = (own_key.text or "").strip() if own_key is not None else ""
            name = node.get("transactionId") or root.get("transactionId") or transaction
            records = list(_unwrap(signed.text.encode(), found_key or key, name, depth + 1))
            yield from records or [SignedRecord(RecordFormat.UNKNOWN, signed.text.encode(), key, name)]
