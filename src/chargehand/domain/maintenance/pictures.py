"""Photos without what they need not tell: the type is sniffed, and place, time and camera are cut out."""

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

_PNG: Final = b"\x89PNG\r\n\x1a\n"
#: Chunks without which a PNG looks different (PNG 3rd edition, 11.3); all other ancillary ones go.
_PNG_KEPT: Final = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"})
_WEBP_CUT: Final = frozenset({b"EXIF", b"XMP "})
_ICC: Final = b"ICC_PROFILE\0"
_ORIENTATION: Final = 0x0112


class NoPictureError(ValueError):
    """The bytes are no JPEG, PNG or WebP that can be read."""


class Picture(msgspec.Struct, frozen=True):
    """A picture fit to be kept."""

    media_type: str
    content: bytes


def clean_picture(content: bytes) -> Picture:
    """Return a picture without its metadata; only the way up of a JPEG is kept.

    Raises NoPictureError for anything but JPEG, PNG and WebP.
    """
    try:
        if content.startswith(b"\xff\xd8"):
            return Picture("image/jpeg", b"".join(_clean_jpeg(content)))
        if content.startswith(_PNG):
            return Picture("image/png", b"".join(_clean_png(content)))
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return Picture("image/webp", _clean_webp(content))
    except (struct.error, IndexError) as error:
        raise NoPictureError("The picture ends too early.") from error
    raise NoPictureError("Only JPEG, PNG and WebP are pictures here.")


def _clean_jpeg(content: bytes) -> Iterator[bytes]:
    yield content[:2]
    at, way_up = 2, 1
    while True:
        if content[at] != 0xFF:
            raise NoPictureError("This JPEG is damaged.")
        marker = content[at + 1]
        if marker == 0xD9:
            yield content[at : at + 2]
            return
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        if length < 2 or len(segment) != 2 + length:
            raise NoPictureError("This JPEG is damaged.")
        at += 2 + length
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            way_up = _way_up(segment[10:])
            if way_up != 1:
                yield _way_up_segment(way_up)
        elif _is_kept(marker, segment):
            yield segment
        if marker == 0xDA:
            end = _end_of_scan(content, at)
            yield content[at:end]
            at = end


def _is_kept(marker: int, segment: bytes) -> bool:
    """Tell whether a decoder needs a segment: not APPn but JFIF, ICC and Adobe's, and no comment."""
    if marker == 0xFE or 0xE1 <= marker <= 0xEF:
        return marker == 0xEE or (marker == 0xE2 and segment[4:16] == _ICC)
    return True


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where entropy-coded data ends: at a marker that is neither stuffing nor a restart (T.81 B.1.1.5)."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise NoPictureError("This JPEG ends too early.")
        following = content[at + 1]
        if following == 0 or 0xD0 <= following <= 0xD7:
            at += 2
        elif following == 0xFF:
            at += 1
        else:
            return at


def _way_up(tiff: bytes) -> int:
    """Return the orientation in an Exif block, 1 (upright) where it holds none that can be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for number in range(min(count, 200)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * number)
            if tag == _ORIENTATION and kind == 3:
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _way_up_segment(way_up: int) -> bytes:
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, way_up, 0, 0)
    body = b"Exif\0\0" + tiff
    return struct.pack(">2sH", b"\xff\xe1", len(body) + 2) + body


def _clean_png(content: bytes) -> Iterator[bytes]:
    yield _PNG
    at = len(_PNG)
    while True:
        length, kind = struct.unpack_from(">I4s", content, at)
        chunk = content[at : at + 12 + length]
        if len(chunk) != 12 + length:
            raise NoPictureError("This PNG ends too early.")
        is_critical = not kind[0] & 0x20
        if is_critical or kind in _PNG_KEPT:
            yield chunk
        if kind == b"IEND":
            return
        at += len(chunk)


def _clean_webp(content: bytes) -> bytes:
    (size,) = struct.unpack_from("<I", content, 4)
    kept, at, end = bytearray(b"WEBP"), 12, 8 + size
    if end > len(content):
        raise NoPictureError("This WebP ends too early.")
    while at < end:
        kind, length = struct.unpack_from("<4sI", content, at)
        chunk = bytearray(content[at : at + 8 + length + (length & 1)])
        at += 8 + length + (length & 1)
        if kind in _WEBP_CUT:
            continue
        if kind == b"VP8X":
            chunk[8] &= ~0x0C & 0xFF  # the flags that promise Exif and XMP
        kept += chunk
    return b"RIFF" + struct.pack("<I", len(kept)) + bytes(kept)
