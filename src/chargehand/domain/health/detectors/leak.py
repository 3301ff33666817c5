"""Energy that flows between transactions."""

from typing import ClassVar

import msgspec

from chargehand.domain.health.findings import Evidence

_LEAST_WH = 100.0


class Interlude(msgspec.Struct, gc=False):
    """The time (s) between two transactions and by how much the register grew in it (Wh)."""

    began: float
    ended: float
    grown_wh: float


class RegisterLeak(msgspec.Struct, gc=False):
    """The register starts where the last transaction ended (OCPP 1.6 7.31); twice in a row it did not."""

    kind: ClassVar[str] = "contactor-welded"
    clean: int = 0
    leaks: int = 0
    grown_wh: float = 0.0
    since: float = 0.0

    def learn_one(self, x: Interlude) -> None:
        if x.grown_wh < 0 or x.ended - x.began < 120:
            return
        if x.grown_wh < _LEAST_WH:
            self.clean += 1
            self.leaks = 0
            self.grown_wh = 0.0
            return
        if self.leaks == 0:
            self.since = x.began
        self.leaks += 1
        self.grown_wh += x.grown_wh

    def score_one(self) -> float:
        return self.leaks / 2 if self.clean >= 5 else 0.0

    def explain(self) -> Evidence:
        return Evidence(
            ("contactor-welded", "meter-rollback", "meter-drift"),
            f"The register grew by {self.grown_wh / 1000:.1f} kWh between transactions, {self.leaks} times in a row: "
            "energy flows though nobody charges; check the contactor.",
            {"grown_wh": self.grown_wh, "times": self.leaks},
            self.since,
            2,
        )
