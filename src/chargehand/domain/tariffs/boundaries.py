"""Instants at which a restriction on the wall clock may begin or end, also on days of 23 or 25 hours."""

import datetime as dt
from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.sessions import from_microseconds, to_microseconds

_DAY: Final = 86_400_000_000
_SECOND: Final = 1_000_000


def open_zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name such as ``Europe/Berlin``.

    Raises:
        TariffError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise TariffError(f"{name!r} is not a time zone.") from None


def wall_instants(zone: ZoneInfo, start: int, end: int, times: Iterable[dt.time]) -> list[int]:
    """Return the instants strictly between start and end at which the wall clock shows a given time.

    Instants are microseconds since 1970. A time that comes twice in autumn gives both instants; the
    jump of the clock itself is an instant too, because it can begin or end a window that spring skips.
    """
    if end <= start:
        return []
    first = from_microseconds(start).astimezone(zone).date()
    last = from_microseconds(end).astimezone(zone).date()
    wanted = list(times)
    found = set(_jumps(zone, start, end))
    for ordinal in range(min(first, last).toordinal(), max(first, last).toordinal() + 1):
        day = dt.date.fromordinal(ordinal)
        for time in wanted:
            for fold in (0, 1):
                wall = dt.datetime.combine(day, time, tzinfo=zone).replace(fold=fold)
                found.add(to_microseconds(wall.astimezone(dt.UTC)))
    return sorted(instant for instant in found if start < instant < end)


def _offset(zone: ZoneInfo, instant: int) -> dt.timedelta | None:
    return from_microseconds(instant).astimezone(zone).utcoffset()


def _jumps(zone: ZoneInfo, start: int, end: int) -> Iterable[int]:
    """Yield the instants at which the zone changes its distance from UTC."""
    low = start
    while low < end:
        high = min(low + _DAY, end)
        if _offset(zone, low) != _offset(zone, high):
            yield _find_jump(zone, low, high)
        low = high


def _find_jump(zone: ZoneInfo, low: int, high: int) -> int:
    """Return the first whole second after ``low`` with the distance from UTC that ``high`` has."""
    before, low, high = _offset(zone, low), low // _SECOND, -(-high // _SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle * _SECOND) == before:
            low = middle
        else:
            high = middle
    return high * _SECOND
