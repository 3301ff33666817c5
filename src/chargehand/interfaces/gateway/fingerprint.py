"""A mark by which a message sent again is known, whatever its id."""

from zlib import adler32, crc32

from msgspec import Raw


def fingerprint_of(action: str, payload: Raw) -> int:
    """Return 63 bits that tell a message from the last few of its station.

    Two checksums of different kinds: quick, and no secret is at stake.
    """
    return crc32(payload, crc32(action.encode())) >> 1 << 32 | adler32(payload)
