"""The connection: one that flaps, one that is weak, and a station that restarts again and again."""

from itertools import pairwise
from math import log2
from typing import ClassVar

import msgspec

from chargehand.domain.health.findings import Evidence
from chargehand.domain.health.statistics import Drift, poisson_tail
from chargehand.domain.health.telemetry import Signalled

_HOUR = 3_600.0
_DAY = 86_400.0


class FlappingConnectivity(msgspec.Struct, gc=False):
    """The connection was opened or lost five times in an hour, or nine times in six hours."""

    kind: ClassVar[str] = "flapping-connectivity"
    times: list[float] = []
    is_flapping: bool = False

    def learn_one(self, x: float) -> None:
        """Take the time of a connection (s)."""
        self.times.append(x)
        if len(self.times) > 12:
            del self.times[0]
        times = self.times
        self.is_flapping = (len(times) >= 5 and x - times[-5] <= _HOUR) or (
            len(times) >= 9 and x - times[-9] <= 6 * _HOUR
        )

    def score_one(self) -> float:
        return 1.0 if self.is_flapping else 0.0

    def explain(self) -> Evidence:
        since = self.times[-5] if self.times[-1] - self.times[-5] <= _HOUR else self.times[-9]
        count = sum(at >= since for at in self.times)
        minutes = (self.times[-1] - since) / 60
        return Evidence(
            ("flapping-connectivity", "weak-signal", "reboot-loop"),
            f"The station connected {count} times in {minutes:.0f} minutes: check modem, antenna and network.",
            {"connections": count, "minutes": minutes},
            since,
        )


class WeakSignal(msgspec.Struct, gc=False):
    """Signal strength lost against what was usual, or answers that take twice as long as they did."""

    kind: ClassVar[str] = "weak-signal"
    strength: Drift = msgspec.field(
        default_factory=lambda: Drift(floor=2.0, warm_up=12, bound=6.0, weight=0.2)
    )
    latency: Drift = msgspec.field(default_factory=lambda: Drift(floor=0.15, warm_up=20, weight=0.1))
    weak: int = 0
    rssi: float = 0.0
    milliseconds: float = 0.0
    since: float = 0.0

    def learn_one(self, x: Signalled) -> None:
        at = x.stamps()[1]
        if x.rssi_dbm is not None:
            self.rssi = x.rssi_dbm
            self.strength.learn(self.rssi, at)
            if self.rssi > -104:
                self.since, self.weak = at, 0
            else:
                self.weak += 1
        if x.latency_ms is not None and x.latency_ms > 0:
            self.milliseconds = x.latency_ms
            self.latency.learn(log2(x.latency_ms), at)

    def score_one(self) -> float:
        usual = self.strength.centre if self.strength.is_ready else 0.0
        if self.weak >= 4 and usual > -102:
            return 1.0
        if self.strength.fell(8.0) and self.strength.recent < -94:
            return 1.0
        return 1.0 if self.latency.rose(1.0) else 0.0

    def explain(self) -> Evidence:
        usual = self.strength.centre
        if self.weak >= 4 or self.strength.fell(8.0):
            what = f"The signal has fallen to {self.rssi:.0f} dBm (usual: {usual:.0f} dBm)"
            since = min(self.since, self.strength.down_since) or self.since
        else:
            what = f"Answers take {self.milliseconds:.0f} ms, {2**self.latency.shift:.1f} times as long as they did"
            since = self.latency.up_since
        return Evidence(
            ("weak-signal", "flapping-connectivity", "silent-station"),
            f"{what}: check antenna, SIM and reception.",
            {"rssi_dbm": self.rssi, "usual_dbm": usual, "latency_ms": self.milliseconds},
            since,
        )


class Boot(msgspec.Struct, gc=False):
    """The station started without having been asked to."""

    at: float
    reason: str


class RebootLoop(msgspec.Struct, gc=False):
    """More starts than once a week explains, within an hour, a day, three days or ten."""

    kind: ClassVar[str] = "reboot-loop"
    times: list[float] = []
    count: int = 0
    window_s: float = 0.0

    def learn_one(self, x: Boot) -> None:
        self.times.append(x.at)
        if len(self.times) > 20:
            del self.times[0]
        self.count = 0
        for window, bound in ((_HOUR, 1e-6), (_DAY, 3e-5), (3 * _DAY, 1e-5), (10 * _DAY, 1e-5)):
            count = sum(x.at - at <= window for at in self.times)
            if count >= 3 and poisson_tail(count, window / (7 * _DAY)) < bound:
                self.count, self.window_s = count, window
                return

    def score_one(self) -> float:
        return 1.0 if self.count else 0.0

    def explain(self) -> Evidence:
        since = self.times[-self.count]
        hours = (self.times[-1] - since) / _HOUR
        gaps = [b - a for a, b in pairwise(self.times)][-4:]
        shrinks = len(gaps) == 4 and all(b < a for a, b in pairwise(gaps))
        hint = "; the intervals shrink, as with a memory leak" if shrinks else ""
        return Evidence(
            ("reboot-loop", "firmware-regression", "flapping-connectivity"),
            f"The station restarted {self.count} times in {hours:.1f} hours without being asked to{hint}: check "
            "supply, watchdog and firmware.",
            {"boots": self.count, "hours": hours, "intervals_shrink": shrinks},
            since,
        )
