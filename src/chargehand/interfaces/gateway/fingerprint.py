"""A mark by which a message sent again is known, whatever its id."""

from zlib import adler32, crc32

from msgspec import Raw


def fingerprint_of(action: str, payload: bytes | Raw) -> int:
    """Return 63 bits that tell a message from the last few of its station.

    Two checksums of different kinds: quick, and no secret is at stake.
    """
    return mark_of(seed_of(action), payload)


def seed_of(action: str) -> int:
    """Return what an action adds to the marks of its messages."""
    return crc32(action.encode())


def mark_of(seed: int, payload: bytes | Raw) -> int:
    """Return the mark of a message whose action has this seed."""
    return crc32(payload, seed) >> 1 << 32 | adler32(payload)
