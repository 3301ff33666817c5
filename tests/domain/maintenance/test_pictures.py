"""Photos keep their picture and lose where and when they were taken."""

import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.domain.maintenance.pictures import NoPictureError, clean_picture


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _exif(way_up: int, order: str = "<") -> bytes:
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    entries = struct.pack(f"{order}HHHIHH", 1, 0x0112, 3, 1, way_up, 0) + struct.pack(f"{order}I", 0)
    return b"Exif\0\0" + head + entries + b"GPS 52.5 13.4"


JFIF = _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
ICC = _segment(0xE2, b"ICC_PROFILE\0\1\1profile")
TABLES = _segment(0xDB, b"\0" + bytes(64)) + _segment(0xC0, b"\10\0\1\0\1\1\1\21\0")
SCAN = _segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd3\x56"
END = b"\xff\xd9"


def _jpeg(*segments: bytes, after: bytes = b"") -> bytes:
    return b"\xff\xd8" + b"".join(segments) + END + after


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_jpeg_loses_place_maker_and_what_follows_its_end() -> None:
    dirty = _jpeg(
        JFIF,
        _segment(0xE1, _exif(1)),
        _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<gps/>"),
        _segment(0xED, b"Photoshop 3.0\0"),
        _segment(0xFE, b"a comment"),
        ICC,
        TABLES,
        SCAN,
        TABLES,
        SCAN,
        after=b"another picture with GPS",
    )
    picture = clean_picture(dirty)
    assert picture.media_type == "image/jpeg"
    assert picture.content == _jpeg(JFIF, ICC, TABLES, SCAN, TABLES, SCAN)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_jpeg_stays_the_right_way_up(order: str) -> None:
    picture = clean_picture(_jpeg(_segment(0xE1, _exif(6, order)), TABLES, SCAN))
    assert b"GPS" not in picture.content
    again = clean_picture(picture.content)
    assert again == picture
    assert struct.pack(">HHIH", 0x0112, 3, 1, 6) in picture.content


def test_a_png_loses_its_texts() -> None:
    head, data, end = _chunk(b"IHDR", bytes(13)), _chunk(b"IDAT", b"x"), _chunk(b"IEND", b"")
    gamma = _chunk(b"gAMA", bytes(4))
    dirty = (
        b"\x89PNG\r\n\x1a\n" + head + gamma + _chunk(b"eXIf", b"GPS") + _chunk(b"tEXt", b"me") + data + end
    )
    picture = clean_picture(dirty + b"tail")
    assert picture.media_type == "image/png"
    assert picture.content == b"\x89PNG\r\n\x1a\n" + head + gamma + data + end


def test_a_webp_loses_its_exif() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack("<4sI", kind, len(body)) + body + b"\0" * (len(body) & 1)

    body = b"WEBP" + chunk(b"VP8X", b"\x0c" + bytes(9)) + chunk(b"VP8 ", b"abc") + chunk(b"EXIF", b"GPS")
    picture = clean_picture(b"RIFF" + struct.pack("<I", len(body)) + body)
    kept = b"WEBP" + chunk(b"VP8X", bytes(10)) + chunk(b"VP8 ", b"abc")
    assert picture.content == b"RIFF" + struct.pack("<I", len(kept)) + kept


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"GIF89a",
        b"%PDF-1.7",
        b"\xff\xd8",
        b"\xff\xd8\xff\xe0\0",
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NoPictureError):
        clean_picture(content)


@given(
    st.sampled_from([b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\xff\xd8" + SCAN]), st.binary()
)
def test_rubbish_is_refused_and_never_breaks(start: bytes, rest: bytes) -> None:
    with contextlib.suppress(NoPictureError):
        assert clean_picture(clean_picture(start + rest).content)
