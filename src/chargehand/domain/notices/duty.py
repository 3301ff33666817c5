"""Who is on duty by a rota, and when nobody is: weekly shifts on the wall clock, and what overrides them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

_DAY = timedelta(days=1)


class ShiftTime(msgspec.Struct, frozen=True, kw_only=True):
    """Every week from `starts` on `weekday` (0 Monday) to `ends`, on the day after if not later."""

    weekday: int
    starts: time
    ends: time
    user_id: int


class OverrideTime(msgspec.Struct, frozen=True, kw_only=True):
    """From `starts_at` to `ends_at` this person alone is on duty, or nobody; the last one said counts."""

    starts_at: datetime
    ends_at: datetime
    user_id: int | None


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """A rota: its shifts on the wall clock of `zone`, and its overrides, the last one said last."""

    zone: ZoneInfo
    shifts: tuple[ShiftTime, ...]
    overrides: tuple[OverrideTime, ...] = ()

    def on_duty(self, at: datetime) -> tuple[int, ...]:
        """Who is on duty at an aware time, without doubles, in the order of the shifts."""
        for each in reversed(self.overrides):
            if each.starts_at <= at < each.ends_at:
                return () if each.user_id is None else (each.user_id,)
        wall = at.astimezone(self.zone).replace(tzinfo=None)
        return tuple(dict.fromkeys(shift.user_id for shift in self.shifts if _holds(shift, wall)))

    def gaps(self, since: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
        """The times within so many days from `since` at which nobody is on duty, UTC."""
        until = since + timedelta(days=days)
        moments = sorted({since, until, *self._changes(since, until)})
        begun: datetime | None = None
        for moment in moments:
            if moment == until or self.on_duty(moment):
                if begun is not None:
                    yield begun, moment
                begun = None
            elif begun is None:
                begun = moment

    def _changes(self, since: datetime, until: datetime) -> Iterator[datetime]:
        walls: list[datetime] = []
        day = since.astimezone(self.zone).date() - _DAY
        last = until.astimezone(self.zone).date()
        while day <= last:
            walls += [moment for shift in self.shifts for moment in _ends_of(shift, day)]
            day += _DAY
        changes = [wall.replace(tzinfo=self.zone).astimezone(UTC) for wall in walls]
        changes += [moment for each in self.overrides for moment in (each.starts_at, each.ends_at)]
        return (moment for moment in changes if since < moment < until)


def _holds(shift: ShiftTime, wall: datetime) -> bool:
    return any(
        ends and ends[0] <= wall < ends[1]
        for ends in (_ends_of(shift, wall.date()), _ends_of(shift, wall.date() - _DAY))
    )


def _ends_of(shift: ShiftTime, day: date) -> tuple[datetime, ...]:
    """Start and end of the shift that starts on this day, on the wall clock; nothing on other weekdays."""
    if day.weekday() != shift.weekday:
        return ()
    end = day if shift.ends > shift.starts else day + _DAY
    return datetime.combine(day, shift.starts), datetime.combine(end, shift.ends)
