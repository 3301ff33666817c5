"""Contactors: one that does not open any more, one that takes ever longer to close."""

from math import exp, log
from typing import ClassVar

import msgspec

from chargehand.domain.health.features import Latency, Reading
from chargehand.domain.health.findings import Evidence
from chargehand.domain.health.statistics import Drift

_GRACE_S = 60.0
_LEAST_A = 0.5
_LEAST_W = 120.0
_LIVE_V = 60.0
_SHORTEST_S = 1.0
_LEAST = 0.05
#: The shift must be so many times its standard error: a start has a human share, and steps of whole seconds.
_DOUBTS = 2.5
#: What the network has its share in must change by more.
_LEAST_BY_NETWORK = 0.15
BY_NETWORK = "token to start"


class ContactorWelded(msgspec.Struct, gc=False):
    """Current, power or voltage at the plug though nothing has charged for a minute."""

    kind: ClassVar[str] = "contactor-welded"
    count: int = 0
    amps: float = 0.0
    watts: float = 0.0
    volts: float = 0.0
    since: float = 0.0

    def learn_one(self, x: Reading) -> None:
        if x.in_session or x.idle_since <= 0 or x.at < x.idle_since + _GRACE_S:
            if x.in_session:
                self.count = 0
            return
        volts = (x.u1 or 0.0) if x.plate.is_dc else 0.0
        if x.amps <= _LEAST_A and x.watts <= _LEAST_W and volts <= _LIVE_V:
            self.count = 0
            return
        if self.count == 0:
            self.since = x.at
        self.count += 1
        self.amps, self.watts, self.volts = x.amps, x.watts, volts

    def score_one(self) -> float:
        return self.count / 2

    def explain(self) -> Evidence:
        shown = f"{self.amps:.1f} A and {self.watts / 1000:.2f} kW flow"
        if self.amps <= _LEAST_A and self.watts <= _LEAST_W:
            shown = f"the plug carries {self.volts:.0f} V"
        return Evidence(
            ("contactor-welded", "meter-rollback", "measurand-fault"),
            f"No transaction runs, and yet {shown} ({self.count} readings): the contactor is probably welded; take "
            "the plug out of use at once.",
            {"current_a": self.amps, "power_w": self.watts, "voltage_v": self.volts, "readings": self.count},
            self.since,
        )


class ContactorWear(msgspec.Struct, gc=False):
    """The steps of a start take ever longer."""

    kind: ClassVar[str] = "contactor-wear"
    steps: dict[str, Drift] = {}
    worst: str = ""

    def learn_one(self, x: Latency) -> None:
        if x.took_s < _SHORTEST_S:
            return
        drift = self.steps.get(x.step)
        if drift is None:
            drift = self.steps[x.step] = Drift(floor=0.04, warm_up=30, slack=0.5, bound=12.0, weight=0.06)
        drift.learn(log(x.took_s), x.at)
        least = _LEAST_BY_NETWORK if x.step == BY_NETWORK else _LEAST
        self.worst = x.step if drift.rose(max(least, _DOUBTS * drift.doubt)) else ""

    def score_one(self) -> float:
        return 1.0 if self.worst else 0.0

    def explain(self) -> Evidence:
        drift = self.steps[self.worst]
        now, usual = exp(drift.recent), exp(drift.centre)
        return Evidence(
            ("contactor-wear", "connector-lock-failure", "failed-starts"),
            f"From {self.worst} it now takes {now:.1f} s, {100 * (now / usual - 1):.0f} % longer than the usual "
            f"{usual:.1f} s: the contactor wears, plan its replacement.",
            {"seconds": now, "usual_seconds": usual, "starts": drift.count},
            drift.up_since,
        )
