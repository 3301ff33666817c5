"""What the station itself reports: codes that come again, codes that last, monitors that move."""

from typing import ClassVar

import msgspec

from chargehand.domain.health.codes import Code
from chargehand.domain.health.findings import Evidence

_WEEK = 7 * 86_400.0
_LASTS_S = {"at once": 0.0, "repeated": 300.0, "lasting": 300.0, "often": 7_200.0}
_TIMES = {"at once": (1, _WEEK), "repeated": (2, 2 * _WEEK), "lasting": (3, _WEEK), "often": (3, _WEEK)}


class Report(msgspec.Struct, gc=False):
    """A code, reported at a time; `name` is the code as it was told."""

    at: float
    name: str
    code: Code


class ReportedFault(msgspec.Struct, gc=False):
    """One kind of fault as a connector reports it: by its weight at once, when it comes again or when it lasts."""

    kind: ClassVar[str] = "reported-fault"
    hint: str = "reported-fault"
    name: str = ""
    meaning: str = ""
    weight: str = "lasting"
    times: list[float] = []
    standing_since: float = 0.0
    now: float = 0.0
    is_dc: bool = False

    def learn_one(self, x: Report) -> None:
        code = x.code
        self.hint, self.name, self.meaning, self.weight = code.kind, x.name, code.meaning, code.weight
        if not self.standing_since:
            self.times.append(x.at)
            del self.times[:-5]
            self.standing_since = x.at
        self.now = x.at

    def clear(self) -> None:
        """The station says that it is in order again."""
        self.standing_since = 0.0

    def look(self, now: float) -> None:
        """Let time pass up to `now`."""
        self.now = now

    def score_one(self) -> float:
        if self.weight == "ignored" or not self.times:
            return 0.0
        count, span = _TIMES[self.weight]
        if len(self.times) >= count and self.times[-1] - self.times[-count] <= span:
            return 1.0
        lasts = self.standing_since and self.now - self.standing_since >= _LASTS_S[self.weight]
        return 1.0 if lasts else 0.0

    def explain(self) -> Evidence:
        count = len(self.times)
        stands = (self.now - self.standing_since) / 60 if self.standing_since else 0.0
        how = f"{count} times" if count > 1 else "once"
        lasting = f", standing for {stands:.0f} minutes" if stands >= 1 else ""
        kinds = (self.hint, *_NEIGHBOURS.get(self.hint, ()), "reported-fault")
        if self.hint == "reported-fault":
            # OCPP 1.6 has no code of its own for these two.
            kinds = ("reported-fault", "failed-starts", "isolation-decline" if self.is_dc else "cable-cut")
        return Evidence(
            kinds,
            f"The station reports {self.name} ({self.meaning}), {how}{lasting}.",
            {"code": self.name, "reports": count, "minutes": stands},
            self.times[0],
        )


_NEIGHBOURS = {
    "contact-resistance-rise": ("fan-failure",),
    "fan-failure": ("contact-resistance-rise", "filter-clogging"),
    "ground-fault": ("isolation-decline",),
    "isolation-decline": ("ground-fault",),
    "contactor-welded": ("meter-rollback",),
    "failed-starts": ("connector-lock-failure",),
    "connector-lock-failure": ("failed-starts",),
    "meter-frozen": ("meter-drift",),
    "cable-cut": ("failed-starts",),
}


class Measured(msgspec.Struct, gc=False):
    """A number that a monitor of the device model told."""

    at: float
    value: float


class MonitoredValue(msgspec.Struct, gc=False):
    """A monitored number that has moved to the wrong side of half or twice its usual value, twice in a row."""

    kind: ClassVar[str] = "reported-fault"
    hint: str = "reported-fault"
    name: str = ""
    falls: bool = True
    first: list[float] = []
    usual: float = 0.0
    beyond: int = 0
    value: float = 0.0
    since: float = 0.0

    def learn_one(self, x: Measured) -> None:
        self.value = x.value
        if len(self.first) < 5:
            self.first.append(x.value)
            self.usual = sorted(self.first)[len(self.first) // 2]
            return
        is_beyond = x.value < 0.5 * self.usual if self.falls else x.value > 2.0 * self.usual
        if is_beyond and self.usual > 0:
            self.since = self.since if self.beyond else x.at
            self.beyond += 1
        else:
            self.beyond = 0

    def score_one(self) -> float:
        return self.beyond / 2

    def explain(self) -> Evidence:
        way = "fallen" if self.falls else "risen"
        return Evidence(
            (self.hint, *_NEIGHBOURS.get(self.hint, ()), "reported-fault"),
            f"{self.name} has {way} to {self.value:.4g} from the usual {self.usual:.4g}.",
            {"value": self.value, "usual": self.usual},
            self.since,
        )
