"""Energy that flows between transactions."""

from typing import ClassVar

import msgspec

from chargehand.domain.health.findings import Evidence

_LEAST_WH = 100.0
#: What the station itself may take (W): display, modem, heating.
_STANDBY_W = 25.0
#: So much in one pause, where the register was clean so often and nobody came, is no lost message.
_PLAIN_WH = 1_000.0
_CLEAN = 20
#: A welded contactor feeds only a car that is not full: so many pauses without growth end what was found.
_PARDONED = 5


class Interlude(msgspec.Struct, gc=False):
    """The time (s) between two transactions and by how much the register grew in it (Wh).

    `is_empty`: as its states show, nobody came but who began the next one, and the plug could have given that much.
    """

    began: float
    ended: float
    grown_wh: float
    is_empty: bool = False


class RegisterLeak(msgspec.Struct, gc=False):
    """The register starts where the last transaction ended (OCPP 1.6 7.31); twice of late, or plainly, it did not."""

    kind: ClassVar[str] = "contactor-welded"
    clean: int = 0
    leaks: int = 0
    grown_wh: float = 0.0
    since: float = 0.0
    pardoned: int = 0
    is_plain: bool = False

    def learn_one(self, x: Interlude) -> None:
        passed = x.ended - x.began
        if x.grown_wh < 0 or passed < 120:
            return
        if x.grown_wh < max(_LEAST_WH, _STANDBY_W * passed / 3_600):
            self.clean += 1
            self.pardoned += 1
            if self.pardoned >= _PARDONED:
                self.leaks, self.grown_wh, self.is_plain = 0, 0.0, False
            return
        if self.leaks == 0:
            self.since = x.began
        self.leaks += 1
        self.pardoned = 0
        self.grown_wh += x.grown_wh
        self.is_plain = self.is_plain or (x.is_empty and x.grown_wh >= _PLAIN_WH and self.clean >= _CLEAN)

    def score_one(self) -> float:
        if self.pardoned or self.clean < 5:
            return 0.0
        return 1.0 if self.is_plain else self.leaks / 2

    def explain(self) -> Evidence:
        return Evidence(
            ("contactor-welded", "meter-rollback", "meter-drift"),
            f"The register grew by {self.grown_wh / 1000:.1f} kWh between transactions ({self.leaks} times): energy "
            "flows though nobody charges; check the contactor.",
            {"grown_wh": self.grown_wh, "times": self.leaks},
            self.since,
            2,
        )
