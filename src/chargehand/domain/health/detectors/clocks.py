"""A station's clock that runs away, or was never set."""

from typing import ClassVar

import msgspec

from chargehand.domain.health.findings import Evidence
from chargehand.domain.health.statistics import Drift
from chargehand.kernel.clock import EARLIEST_CREDIBLE

_EARLIEST = EARLIEST_CREDIBLE.timestamp()
_WINDOW_S = 6 * 3_600.0
_LEAST_S = 5.0
_FAR_S = 45.0
_HALF_HOUR = 1_800.0


class Skew(msgspec.Struct, gc=False):
    """The station's time and ours for the same message, in s."""

    told: float
    received: float


class ClockDrift(msgspec.Struct, gc=False):
    """How far the station's clock is ahead: an upper quantile over six hours, so that late data do not count.

    Whole half hours are time zones and daylight saving time (quirk D2), not drift.
    """

    kind: ClassVar[str] = "clock-drift"
    window: list[float] = []
    began: float = 0.0
    seen: int = 0
    drift: Drift = msgspec.field(
        default_factory=lambda: Drift(floor=0.5, warm_up=6, slack=1.0, bound=9.0, weight=0.5)
    )
    far: int = 0
    unset: int = 0
    ahead_s: float = 0.0
    since: float = 0.0

    def learn_one(self, x: Skew) -> None:
        if x.told < _EARLIEST:
            self.since = self.since if self.unset else x.received
            self.unset += 1
            return
        self.unset = 0
        if x.received - self.began > _WINDOW_S:
            self._close(x.received)
            self.began, self.seen = x.received, 0
        self.seen += 1
        if len(self.window) < 60:
            self.window.append(x.told - x.received)

    def _close(self, at: float) -> None:
        if len(self.window) >= 6:
            ahead = sorted(self.window)[int(0.8 * len(self.window))]
            if abs(ahead) > 900 and abs(ahead - round(ahead / _HALF_HOUR) * _HALF_HOUR) < 120:
                ahead -= round(ahead / _HALF_HOUR) * _HALF_HOUR
            self.ahead_s = ahead
            if abs(ahead) > _FAR_S:
                self.since = self.since if self.far else self.began
                self.far += 1
            else:
                self.far = 0
            self.drift.learn(ahead, at)
        self.window = []

    def score_one(self) -> float:
        if self.unset:
            return self.unset / 2
        drifted = self.drift.rose(_LEAST_S) or self.drift.fell(_LEAST_S)
        return 1.0 if drifted or self.far >= 2 else 0.0

    def explain(self) -> Evidence:
        kinds = ("clock-drift", "reboot-loop", "silent-station")
        if self.unset:
            return Evidence(
                kinds,
                "The station's clock stands before 2020: it was not set after a start; check its battery.",
                {"messages": self.unset},
                self.since,
            )
        way = "ahead" if self.ahead_s > 0 else "behind"
        since = self.since if self.far >= 2 else max(self.drift.up_since, self.drift.down_since)
        if self.far < 2:
            since = self.drift.up_since if self.drift.shift > 0 else self.drift.down_since
        return Evidence(
            kinds,
            f"The station's clock is {abs(self.ahead_s):.0f} s {way} of ours and moves: check its time "
            "synchronisation and battery.",
            {"ahead_s": self.ahead_s, "usual_ahead_s": self.drift.centre},
            since,
        )
