"""Hours of the day on people's own clocks: whether it is quiet now, and when that is over."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec


class Hours(msgspec.Struct, frozen=True):
    """From `begins` to `ends` on the wall clock of `zone`, past midnight where `ends` is not later."""

    begins: time
    ends: time
    zone: ZoneInfo

    def include(self, at: datetime) -> bool:
        """Whether these hours hold at an aware time; equal ends mean the whole day."""
        wall = at.astimezone(self.zone).time()
        if self.begins < self.ends:
            return self.begins <= wall < self.ends
        return wall >= self.begins or wall < self.ends

    def end_after(self, at: datetime) -> datetime:
        """When these hours end next after an aware time, UTC.

        A clock that is set back shows the end twice: the first one that is still to come counts.
        """
        day = at.astimezone(self.zone).date()
        ends = [
            datetime.combine(day + timedelta(days=ahead), self.ends, self.zone)
            .replace(fold=fold)
            .astimezone(UTC)
            for ahead in range(2)
            for fold in range(2)
        ]
        return min(end for end in ends if end > at)
