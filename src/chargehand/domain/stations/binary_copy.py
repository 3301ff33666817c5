"""The binary form of PostgreSQL's COPY (PostgreSQL, "COPY", file formats): columns as bytes behind their lengths.

It saves PostgreSQL the reading of texts and us the writing of them; times, numbers and arrays most of all.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from struct import Struct
from time import time_ns
from typing import Final

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
NULL: Final = b"\xff\xff\xff\xff"
#: Texts of numbers remembered with their bytes (readings of a fleet repeat), and the longest that are.
MOST_NUMERICS: Final = 50_000
LONGEST_REMEMBERED: Final = 24
#: Most digits of a number before its point, and behind it.
MOST_WHOLE: Final = 40
MOST_FRACTION: Final = 200

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_MICROS: Final = int(_EPOCH.timestamp()) * 1_000_000
_ARRAY: Final = Struct(">iiiIii").pack
_GROUPS: Final = tuple(Struct(f">iHhHH{count}H").pack for count in range(64))
_INTEGER_OID: Final = 23
_NUMERIC_OID: Final = 1700
_is_plain = re.compile(rf"-?[0-9]{{1,{MOST_WHOLE}}}(?:\.[0-9]{{1,{MOST_FRACTION}}})?").fullmatch

pack_bigint: Final = Struct(">iq").pack
pack_integer: Final = Struct(">ii").pack


def micros(time: datetime) -> int:
    """Return an aware time as timestamptz has it: microseconds since 2000."""
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def micros_now() -> int:
    """Return the current time as `micros` does."""
    return time_ns() // 1000 - _EPOCH_MICROS


def time_of(moment: int) -> datetime:
    """Return the time, aware and in UTC, of which `micros` gives so many microseconds."""
    return _EPOCH + timedelta(microseconds=moment)


def integers_column(numbers: Iterable[int]) -> bytes:
    """Return numbers as a column of type integer[], of one dimension that begins at 1."""
    elements = [pack_integer(4, number) for number in numbers]
    return _ARRAY(20 + 8 * len(elements), 1, 0, _INTEGER_OID, len(elements), 1) + b"".join(elements)


def numerics_column(elements: list[bytes]) -> bytes:
    """Return what `Numerics` gave as a column of type numeric[], of one dimension that begins at 1."""
    body = b"".join(elements)
    return _ARRAY(20 + len(body), 1, 0, _NUMERIC_OID, len(elements), 1) + body


class Numerics(dict[str | bytes, bytes]):
    """The bytes of numbers in plain decimal notation (as text or in ASCII), each with its length as arrays have it.

    Looking up a text that is no such number raises ValueError.
    """

    def __missing__(self, text: str | bytes) -> bytes:
        """Make the bytes of a number and remember them."""
        made = self._make(text if isinstance(text, str) else text.decode())
        if len(text) <= LONGEST_REMEMBERED:
            if len(self) >= MOST_NUMERICS:
                self.clear()
            self[text] = made
        return made

    def _make(self, text: str) -> bytes:
        if _is_plain(text) is None:
            raise ValueError("not a plain number")
        whole, _, fraction = text.removeprefix("-").partition(".")
        before = (len(whole) + 3) // 4
        digits = whole.zfill(before * 4) + fraction
        count = before + (len(fraction) + 3) // 4
        digits = digits.ljust(count * 4, "0")
        groups = [int(digits[at : at + 4]) for at in range(0, count * 4, 4)]
        sign = 0x4000 if text[0] == "-" else 0
        return _GROUPS[count](8 + 2 * count, count, before - 1, sign, len(fraction), *groups)
