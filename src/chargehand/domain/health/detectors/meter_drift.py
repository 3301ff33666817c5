"""A meter that counts ever more or ever less than voltage, current and power say."""

from math import log
from typing import ClassVar

import msgspec

from chargehand.domain.health.features import Reading
from chargehand.domain.health.findings import Evidence
from chargehand.domain.health.statistics import Drift

_LEAST_SHIFT = 0.013
_LEAST_BY_CURRENT = 0.015
_ENOUGH_WH = 1_500.0
_PLENTY_WH = 3_000.0


class MeterDrift(msgspec.Struct, gc=False):
    """The register's growth against ∫P dt and, by bands of current, ∫U·I dt, over steady parts of a charge.

    A charge counts once, or once in 3 kWh: what is off in one reading of it is off in the next.
    """

    kind: ClassVar[str] = "meter-drift"
    at: float = 0.0
    began: float = 0.0
    watts: float = 0.0
    apparent: float = 0.0
    register_wh: float = -1.0
    counted: float = 0.0
    by_power: float = 0.0
    by_current: float = 0.0
    power: Drift = msgspec.field(default_factory=lambda: Drift(floor=0.002, warm_up=20, bound=12.0))
    currents: dict[int, Drift] = {}
    level: int = 0

    def learn_one(self, x: Reading) -> None:
        register = x.energy_wh
        if x.began != self.began:
            if self.counted > _ENOUGH_WH:
                self._close(x.at)
            self.counted = self.by_power = self.by_current = 0.0
            self.began, self.register_wh = x.began, -1.0
        if register is None or not x.in_session:
            self.register_wh = -1.0
            return
        watts, apparent = x.power_w or 0.0, x.apparent or 0.0
        passed = x.at - self.at
        level = _level(x)
        if level != self.level:
            self.counted = self.by_power = self.by_current = 0.0
            self.level = level
        elif self.register_wh >= 0 and 0 < passed < 1_900 and self._is_steady(watts, apparent):
            grown = register - self.register_wh
            if 0 < grown < 1e6:
                self.counted += grown
                self.by_power += (watts + self.watts) * passed / 7_200
                self.by_current += (apparent + self.apparent) * passed / 7_200
                if self.counted > _PLENTY_WH:
                    self._close(x.at)
        self.at, self.watts, self.apparent, self.register_wh = x.at, watts, apparent, register

    def _is_steady(self, watts: float, apparent: float) -> bool:
        most, least = (watts, self.watts) if watts > self.watts else (self.watts, watts)
        if watts == 0.0:
            most, least = max(apparent, self.apparent), min(apparent, self.apparent)
        return least > 1_000 and most < 1.06 * least

    def _close(self, at: float) -> None:
        current = self.currents.get(self.level)
        if current is None:
            current = self.currents[self.level] = Drift(floor=0.004, warm_up=20, bound=12.0)
        for drift, integral in ((self.power, self.by_power), (current, self.by_current)):
            if 0.7 * integral < self.counted < 1.4 * integral:
                drift.learn(log(self.counted / integral), at)
        self.counted = self.by_power = self.by_current = 0.0

    def _drifted(self) -> Drift | None:
        if self.power.rose(_LEAST_SHIFT) or self.power.fell(_LEAST_SHIFT):
            return self.power
        for drift in self.currents.values():
            if drift.rose(_LEAST_BY_CURRENT) or drift.fell(_LEAST_BY_CURRENT):
                return drift
        return None

    def score_one(self) -> float:
        return 0.0 if self._drifted() is None else 1.0

    def explain(self) -> Evidence:
        drift = self._drifted() or self.power
        against = "power" if drift is self.power else "voltage times current"
        way = "more" if drift.shift > 0 else "less"
        return Evidence(
            ("meter-drift", "ct-reversed", "measurand-fault"),
            f"The meter counts {100 * abs(drift.shift):.1f} % {way} than {against} say, compared with when it was "
            f"first seen (usual scatter {100 * drift.deviation:.1f} %): have it verified.",
            {"shift": drift.shift, "scatter": drift.deviation, "charges": drift.count},
            drift.up_since if drift.shift > 0 else drift.down_since,
        )


def _level(x: Reading) -> int:
    """Return a band of current and the number of phases: the power factor, which may not be told, goes by it."""
    phases = sum(current is not None and current > 1 for current in (x.i1, x.i2, x.i3))
    return 10 * int(x.amps / (4 if not x.plate.is_dc else 100)) + phases
