"""Read the date-times stations write, however odd, and write ours as RFC 3339."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from chargehand.kernel.clock import NO_ZONE

Flag = Literal["absent", "unreadable", "no zone", "clock not set"]

CLOCK_FLOOR: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""Stations whose clock was never set report 1970, 2000 or the day their firmware was built."""


class ReadTime(Struct, frozen=True, gc=False):
    """What a station's date-time says: an aware UTC moment, or None when there is none to be had.

    Flags: `absent` and `unreadable` (then `at` is None: use the time of receipt), `no zone` (the
    station's was assumed), `clock not set` (before `CLOCK_FLOOR`: do not believe it).
    """

    at: datetime | None
    flags: tuple[Flag, ...] = ()

    @property
    def is_trusted(self) -> bool:
        """Whether the moment may stand as it is."""
        return self.at is not None and "clock not set" not in self.flags


_ABSENT: Final = ReadTime(None, ("absent",))
_UNREADABLE: Final = ReadTime(None, ("unreadable",))

_DATE_TIME: Final = re.compile(
    r"""(\d{4})-(\d{1,2})-(\d{1,2})
        (?:[Tt\ _]\ ?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d*))?)?)?
        \s*([Zz]|UTC|GMT|[+\-\u2212]\d{1,2}(?::?\d{2})?(?::?\d{2})?)?""",
    re.VERBOSE | re.ASCII,
)


def read_time(text: str | None, *, zone: str = "UTC") -> ReadTime:
    """Read a station's date-time into UTC.

    Takes offsets as `Z`, `+02:00`, `+0200`, `+02` or none at all (then `zone`, an IANA name, is assumed), any
    number of fraction digits (microseconds are kept), and a blank for the T. A moment that named no zone has
    `clock.NO_ZONE` for its own, which is UTC by another name.

    Raises `zoneinfo.ZoneInfoNotFoundError` for an unknown `zone`, never for any `text`.
    """
    if text is None:
        return _ABSENT
    if len(text) in (20, 24) and text[-1] == "Z" and text[10] == "T":
        return _read_usual(text)
    return _read_slowly(text, zone)


def write_time(moment: datetime) -> str:
    """Write an aware date-time as RFC 3339 in UTC with milliseconds and Z, as `2026-01-01T00:00:00.000Z`.

    Raises ValueError for a date-time without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a date-time without a zone names no moment")
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


@lru_cache(1024)
def _read_usual(text: str) -> ReadTime:
    """Read the usual form, which needs no zone; a message names its moment twice, and a fleet the same second."""
    try:
        return _judge(datetime.fromisoformat(text).astimezone(UTC), ())
    except (ValueError, OverflowError):
        return _read_slowly(text, "UTC")


def _judge(moment: datetime, flags: tuple[Flag, ...]) -> ReadTime:
    return ReadTime(moment, flags if moment >= CLOCK_FLOOR else (*flags, "clock not set"))


def _read_offset(text: str) -> timedelta:
    if text in ("Z", "z", "UTC", "GMT"):
        return timedelta(0)
    digits = text[1:].replace(":", "")
    if len(digits) % 2:
        digits = f"0{digits}"
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4] or 0), int(digits[4:6] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError("an offset is below 24 hours")
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return offset if text[0] == "+" else -offset


def _read_slowly(text: str, zone: str) -> ReadTime:
    # A zone that is unknown is the caller's mistake and is told even when the text has its own.
    assumed: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
    match = _DATE_TIME.fullmatch(text.strip())
    if match is None:
        return _UNREADABLE
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    microsecond = int((fraction or "")[:6].ljust(6, "0"))
    try:
        # RFC 3339 5.6 allows a leap second, and ISO 8601 midnight as 24:00.
        naive = datetime(int(year), int(month), int(day), microsecond=microsecond) + timedelta(  # noqa: DTZ001
            hours=int(hour or 0), minutes=int(minute or 0), seconds=int(second or 0)
        )
        if int(hour or 0) > 24 or int(minute or 0) > 59 or int(second or 0) > 60:
            return _UNREADABLE
        if offset is None:
            return _judge(naive.replace(tzinfo=assumed).astimezone(NO_ZONE), ("no zone",))
        return _judge((naive - _read_offset(offset)).replace(tzinfo=UTC), ())
    except (ValueError, OverflowError):
        return _UNREADABLE
