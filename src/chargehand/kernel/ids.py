"""Identifiers: random, sortable where that helps an index."""

import os
import secrets
import time
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62


def new_id() -> UUID:
    """Return a time-ordered UUID, version 7 (RFC 9562 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | _VERSION_7 | _VARIANT
    value |= (random >> 62 & 0xFFF) << 64 | random & (1 << 62) - 1
    return UUID(int=value)


def new_secret(length: int = 20) -> str:
    """Return a random password of `length` letters and digits that are hard to confuse."""
    alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(secrets.choice(alphabet) for _ in range(length))
