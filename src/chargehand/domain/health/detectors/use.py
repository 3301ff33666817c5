"""States that last too long, and plugs that nobody uses though somebody should."""

from typing import ClassVar

import msgspec

from chargehand.domain.health.findings import Evidence

_FLOORS_S = {
    "Preparing": 3_600.0,
    "Occupied": 3_600.0,
    "Finishing": 4 * 3_600.0,
    "SuspendedEVSE": 2 * 3_600.0,
}
_UNLEARNT_S = {
    "Preparing": 4 * 3_600.0,
    "Occupied": 12 * 3_600.0,
    "Finishing": 36 * 3_600.0,
    "SuspendedEVSE": 12 * 3_600.0,
}
_ENOUGH = 60
_EXPECTED = 14.0
_DAY = 86_400.0
_SAME_VISIT_S = 900.0


class Dwells(msgspec.Struct, gc=False):
    """How long connectors of a model stay in each state: how many stays were seen, and the longest (s)."""

    counts: dict[str, int] = {}
    longest: dict[str, float] = {}

    def learn(self, state: str, lasted_s: float) -> None:
        self.counts[state] = self.counts.get(state, 0) + 1
        self.longest[state] = max(self.longest.get(state, 0.0), lasted_s)

    def limit(self, state: str) -> float | None:
        """Return how long (s) is too long; None for states that may last."""
        floor = _FLOORS_S.get(state)
        if floor is None:
            return None
        if self.counts.get(state, 0) < _ENOUGH:
            return max(_UNLEARNT_S[state], 1.5 * self.longest.get(state, 0.0))
        return max(floor, 1.5 * self.longest[state])


class Stay(msgspec.Struct, gc=False):
    """A connector has been in a state since a time; `limit_s` is how long is too long."""

    now: float
    state: str
    since: float
    limit_s: float


class StuckState(msgspec.Struct, gc=False):
    """A connector stays in Preparing, Finishing or SuspendedEVSE far longer than any of its model did."""

    kind: ClassVar[str] = "stuck-state"
    stay: Stay | None = None

    def learn_one(self, x: Stay) -> None:
        self.stay = x

    def score_one(self) -> float:
        stay = self.stay
        return 0.0 if stay is None else (stay.now - stay.since) / stay.limit_s

    def explain(self) -> Evidence:
        stay = self.stay
        assert stay is not None
        hours = (stay.now - stay.since) / 3_600
        return Evidence(
            ("stuck-state", "failed-starts", "connector-lock-failure"),
            f"The plug has been in {stay.state} for {hours:.1f} hours (never more than "
            f"{stay.limit_s / 5_400:.1f} hours at this model): restart the station when it is idle.",
            {"state": stay.state, "hours": hours, "limit_hours": stay.limit_s / 3_600},
            stay.since,
        )


class Moment(msgspec.Struct, gc=False):
    """The present, and how busy all other plugs are compared with their usual (1.0)."""

    now: float
    elsewhere: float


class UnusedThoughExpected(msgspec.Struct, gc=False):
    """Nobody has come for so long that chance and quiet hours do not explain it.

    The rate of visits is learnt for each hour of working days and of weekends; the expected number since the last
    visit, less where others are quiet too, must reach 14, and the gap twice the longest so far.
    """

    kind: ClassVar[str] = "unused-though-expected"
    visits: list[float] = []
    hours: list[float] = []
    total: int = 0
    began: float = 0.0
    last: float = 0.0
    longest_gap: float = 0.0
    expected: float = 0.0
    looked: float = 0.0

    def visit(self, at: float) -> None:
        """Somebody came."""
        if not self.visits:
            self.visits, self.hours, self.began = [0.0] * 48, [0.0] * 48, at
        if self.last:
            self.longest_gap = max(self.longest_gap, at - self.last)
        if at - self.last > _SAME_VISIT_S or self.total == 0:
            self.visits[_slot(at)] += 1
            self.total += 1
        self.last, self.expected = at, 0.0

    def learn_one(self, x: Moment) -> None:
        """Let an hour pass."""
        if not self.visits or not self.looked:
            self.looked = x.now
            return
        passed = min(2.0, (x.now - self.looked) / 3_600)
        self.looked = x.now
        slot = _slot(x.now)
        if self.is_known(x.now):
            self.expected += self._rate(slot) * passed * min(1.0, x.elsewhere)
        if x.now - self.last < max(2 * self.longest_gap, 2 * _DAY):
            self.hours[slot] += passed

    def is_known(self, now: float) -> bool:
        """Tell whether two weekends and enough visits have been seen to know how busy the plug is."""
        return bool(self.visits) and now - self.began > 13 * _DAY and self.total >= 20

    def _rate(self, slot: int) -> float:
        """Return visits an hour: the hour's own, held by its sort of day, held by all hours."""
        days = slice(24, 48) if slot >= 24 else slice(0, 24)
        mean = self.total / max(24.0, sum(self.hours))
        of_day = (sum(self.visits[days]) + 12 * mean) / (sum(self.hours[days]) + 12)
        return (self.visits[slot] + 3 * of_day) / (self.hours[slot] + 3)

    def score_one(self) -> float:
        gap = self.looked - self.last
        if gap < max(_DAY, 2.0 * self.longest_gap):
            return 0.0
        return self.expected / _EXPECTED

    def explain(self) -> Evidence:
        days = (self.looked - self.last) / _DAY
        return Evidence(
            ("unused-though-expected", "cable-cut", "failed-starts"),
            f"Nobody has charged for {days:.1f} days where {self.expected:.0f} charges were to be expected (longest "
            f"gap so far: {self.longest_gap / _DAY:.1f} days): look at the plug, its cable, display and access.",
            {"days": days, "expected": self.expected, "longest_gap_days": self.longest_gap / _DAY},
            self.last,
        )


def _slot(at: float) -> int:
    weekday = int(at // _DAY + 3) % 7
    return int(at % _DAY // 3_600) + (24 if weekday >= 5 else 0)
