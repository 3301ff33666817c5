"""Bytes written as text: hexadecimal, base64 and base32, as keys and signatures come."""

import base64
import binascii
import re
from typing import Final

_HEX: Final = re.compile(r"[0-9A-Fa-f]+")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_BLANK: Final = re.compile(r"[\s:]+")


def squeeze(text: str) -> str:
    """Drop blanks, line ends and colons, with which hexadecimal is often grouped."""
    return _BLANK.sub("", text)


def from_hex(text: str) -> bytes | None:
    """Return the bytes of hexadecimal text, ``None`` where it is not that."""
    compact = squeeze(text)
    if len(compact) % 2 or not _HEX.fullmatch(compact):
        return None
    return bytes.fromhex(compact)


def from_base64(text: str) -> bytes | None:
    """Return the bytes of base64 text, plain or URL-safe, padded or not; ``None`` where it is not that."""
    compact = squeeze(text)
    if not _BASE64.fullmatch(compact):
        return None
    standard = compact.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def from_base32(text: str) -> bytes | None:
    """Return the bytes of base32 text, padded or not; ``None`` where it is not that."""
    compact = squeeze(text).rstrip("=")
    try:
        return base64.b32decode(compact + "=" * (-len(compact) % 8), casefold=True)
    except (binascii.Error, ValueError):
        return None
