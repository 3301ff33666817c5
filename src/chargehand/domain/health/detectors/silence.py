"""A station that says nothing for longer than its own rhythm allows."""

from math import ceil, log, log2, sqrt
from typing import ClassVar

import msgspec

from chargehand.domain.health.findings import Evidence

_UNKNOWN_S = 900.0
_LEAST_S = 20.0
_ENOUGH = 20
_MONTH_S = 30 * 86_400.0
_FALSE_A_MONTH = 1.5e-3
#: The share of lost lines is known by those few that were lost: so many standard errors more are reckoned with.
_DOUBTS = 1.6
_HOUR_S = 3_600.0
_HALF_A_DAY_S = 43_200.0
_WITHOUT_BEATS_S = 8 * 86_400.0


class Bin(msgspec.Struct, gc=False):
    """Gaps of about the same length: how many, and their sum in s."""

    count: float = 0.0
    total: float = 0.0


class SilentStation(msgspec.Struct, gc=False):
    """The usual interval is the gap in which nine tenths of the time are spent; three and more of them are silence.

    How many depends on how often single messages are lost on the way: a chance of about one in a thousand a month.
    """

    kind: ClassVar[str] = "silent-station"
    bins: dict[int, Bin] = {}
    gaps: int = 0
    beats: int = 0
    began: float = 0.0
    interval_s: float = _UNKNOWN_S
    lost_share: float = 0.02
    lost_most: float = 0.02
    heard_at: float = 0.0
    now: float = 0.0
    woke_at: float = 0.0
    beat_at: float = 0.0
    beat_s: float = 0.0
    is_rhythmic: bool = False

    def hear(self, at: float, *, is_beat: bool) -> None:
        """Something came at `at`: a heartbeat or anything else."""
        self.beats += is_beat
        if not self.began:
            self.began = at
        gap = at - self.heard_at
        if is_beat:
            self._beat(at)
        if self.heard_at and gap > max(_HOUR_S, self.patience_s):
            self.woke_at = at
        if self.heard_at and gap > 0.5:
            self._learn(min(gap, 4 * self.interval_s) if self.gaps > _ENOUGH else gap)
        self.heard_at = max(self.heard_at, at)

    def _beat(self, at: float) -> None:
        """Follow the usual time between two heartbeats; a beat that is lost counts as little as one too many."""
        gap = at - self.beat_at
        if self.beat_at and gap > 1.0:
            if self.beat_s == 0.0:
                self.beat_s = gap
            if self.gaps <= _ENOUGH:
                self.interval_s = max(self.interval_s, gap)
            self.beat_s *= 1 + max(-0.1, min(gap / self.beat_s - 1, 0.1)) * (0.5 if self.beats < 20 else 0.2)
        self.beat_at = max(at, self.beat_at)

    def _learn(self, gap: float) -> None:
        key = int(4 * log2(gap))
        kept = self.bins.get(key)
        if kept is None:
            kept = self.bins[key] = Bin()
        kept.count += 1
        kept.total += gap
        self.gaps += 1
        if self.gaps % _ENOUGH == 0 and (self.gaps % 100 == 0 or self.gaps < 400):
            self._settle()

    def _settle(self) -> None:
        whole = sum(kept.total for kept in self.bins.values())
        if whole < _HALF_A_DAY_S:
            longest = self.bins[max(self.bins)]
            # A charge with its readings hides how rarely a station tells of itself.
            self.interval_s = max(300.0, longest.total / longest.count, self.beat_s)
            return
        reached = 0.0
        for key in sorted(self.bins):
            kept = self.bins[key]
            reached += kept.total
            if reached >= 0.9 * whole:
                interval = max(_LEAST_S, kept.total / kept.count)
                # In busy times readings fill the day; what counts is how long a quiet station may be quiet.
                self.interval_s = max(interval, self.beat_s if self.beats >= 10 else 0.9 * self.interval_s)
                break
        doubled = regular = steady = 0.0
        for kept in self.bins.values():
            mean = kept.total / kept.count
            steady += kept.total if 0.6 < mean / self.interval_s < 1.6 else 0.0
            regular += kept.count if 0.7 < mean / self.interval_s < 1.4 else 0.0
            doubled += kept.count if 1.6 < mean / self.interval_s < 2.5 else 0.0
        # Until much has been heard, one line in fifty is taken to be lost.
        self.is_rhythmic = steady > 0.5 * whole
        self.lost_share = (doubled + 1.0) / (regular + 50.0)
        self.lost_most = self.lost_share + _DOUBTS * sqrt(doubled) / (regular + 50.0)
        if self.gaps >= 2_000:
            for kept in self.bins.values():
                kept.count, kept.total = kept.count / 2, kept.total / 2
            self.gaps //= 2

    @property
    def is_known(self) -> bool:
        """Tell whether there is a rhythm to hold silence against; without heartbeats that takes days."""
        if self.beats >= 3:
            return True
        return self.is_rhythmic and self.gaps >= _ENOUGH and self.heard_at - self.began > _WITHOUT_BEATS_S

    @property
    def patience_s(self) -> float:
        """Return how long (s) the station may be silent."""
        share = min(0.3, max(self.lost_most, 5e-4))
        wanted = log(_FALSE_A_MONTH * self.interval_s / _MONTH_S) / log(share)
        return max(120.0, (min(9, max(3, ceil(wanted))) + 0.2) * self.interval_s)

    def learn_one(self, x: float) -> None:
        """Let time pass up to `x`."""
        self.now = x

    def score_one(self) -> float:
        return (self.now - self.heard_at) / self.patience_s if self.is_known else 0.0

    def explain(self) -> Evidence:
        minutes = (self.now - self.heard_at) / 60
        return Evidence(
            ("silent-station", "flapping-connectivity", "weak-signal"),
            f"Nothing has been heard for {minutes:.0f} minutes where something comes every "
            f"{self.interval_s / 60:.1f} minutes: check supply, modem and network.",
            {"minutes": minutes, "usual_interval_s": self.interval_s},
            self.heard_at,
        )
