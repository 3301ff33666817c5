"""A meter that counts ever more or ever less than voltage, current and power say."""

from math import log
from typing import ClassVar

import msgspec

from chargehand.domain.health.features import Reading
from chargehand.domain.health.findings import Evidence
from chargehand.domain.health.statistics import Drift, Resolution

_LEAST_SHIFT = 0.007
_LEAST_BY_CURRENT = 0.025
_ENOUGH_WH = 1_500.0
_LONGEST_GAP_S = 1_900.0
_WIDEST = 0.01
_COARSEST = 0.0125


class Integral(msgspec.Struct, gc=False):
    """What flowed, by the first and by the last value of each interval; the truth lies between."""

    counted: float = 0.0
    first: float = 0.0
    last: float = 0.0

    def add(self, grown: float, before: float, now: float, hours: float) -> None:
        self.counted += grown
        self.first += before * hours
        self.last += now * hours

    def log_ratio(self, doubt_wh: float) -> tuple[float, float] | None:
        """Return the logarithm of counted to flowed, lowest and highest; None where they have nothing in common."""
        counted = self.counted
        least, most = min(self.first, self.last), max(self.first, self.last)
        if counted < _ENOUGH_WH or least <= 0 or counted <= 2 * doubt_wh:
            return None
        if not 0.7 * least < counted < 1.4 * most:
            return None
        return log((counted - doubt_wh) / most), log((counted + doubt_wh) / least)

    def is_narrow(self, doubt_wh: float) -> bool:
        """Tell whether power is known well; the register's steps err by chance, once up and once down."""
        least, most = min(self.first, self.last), max(self.first, self.last)
        return most < (1 + _WIDEST) * least and doubt_wh < _COARSEST * self.counted


class MeterDrift(msgspec.Struct, gc=False):
    """The register's growth against ∫P dt and, by bands of current, ∫U·I·cos φ dt; a charge counts once.

    Between two samples power is not known: a charge gives a range in which the ratio lies, wide where power falls
    or the register has coarse steps. A wide range says nothing while it holds the usual value, else its nearest end.
    """

    kind: ClassVar[str] = "meter-drift"
    at: float = 0.0
    began: float = 0.0
    watts: float = 0.0
    apparent: float = 0.0
    register_wh: float = -1.0
    by_power: Integral = msgspec.field(default_factory=Integral)
    by_current: Integral = msgspec.field(default_factory=Integral)
    power: Drift = msgspec.field(
        default_factory=lambda: Drift(floor=0.003, warm_up=20, bound=10.0, weight=0.15)
    )
    currents: dict[int, Drift] = {}
    level: int = 0
    resolution: Resolution = msgspec.field(default_factory=Resolution)
    has_factor: bool = False
    against: str = ""

    def learn_one(self, x: Reading) -> None:
        register = x.energy_wh
        if x.began != self.began:
            self._close(x)
            self.began, self.register_wh, self.level = x.began, -1.0, -1
        if register is None or not x.in_session:
            self.register_wh = -1.0
            return
        self.resolution.learn(register)
        watts, apparent = x.power_w or 0.0, x.apparent or 0.0
        if x.power_factor is not None and 0.5 < x.power_factor <= 1:
            apparent *= x.power_factor
            self.has_factor = True
        passed = x.at - self.at
        if self.register_wh >= 0 and 0 < passed < _LONGEST_GAP_S and self._is_steady(watts, apparent):
            grown = register - self.register_wh
            level = _level(x)
            if self.level == -1:
                self.level = level
            if 0 <= grown < 1e6:
                self.by_power.add(grown, self.watts, watts, passed / 3_600)
                if level == self.level:
                    self.by_current.add(grown, self.apparent, apparent, passed / 3_600)
        self.at, self.watts, self.apparent, self.register_wh = x.at, watts, apparent, register

    def _is_steady(self, watts: float, apparent: float) -> bool:
        most, least = (watts, self.watts) if watts > self.watts else (self.watts, watts)
        if watts == 0.0:
            most, least = max(apparent, self.apparent), min(apparent, self.apparent)
        return least > 1_000 and most < 1.06 * least

    def _close(self, x: Reading) -> None:
        by_power, self.by_power = self.by_power, Integral()
        by_current, self.by_current = self.by_current, Integral()
        if max(by_power.counted, by_current.counted) < _ENOUGH_WH:
            return
        self.against = ""
        doubt = self.resolution.step
        if self._take(self.power, by_power, doubt, x.at, _LEAST_SHIFT):
            self.against = "power"
        current = self.currents.get(self.level)
        if current is None:
            current = self.currents[self.level] = Drift(floor=0.004, warm_up=20, bound=12.0, weight=0.15)
        is_sure = x.plate.is_dc or self.has_factor
        least = _LEAST_SHIFT if is_sure else _LEAST_BY_CURRENT
        if self._take(current, by_current, doubt, x.at, least) and not self.against:
            self.against = "current"

    def _take(self, drift: Drift, flowed: Integral, doubt_wh: float, at: float, least: float) -> bool:
        span = flowed.log_ratio(doubt_wh)
        if span is None:
            return False
        low, high = span
        if flowed.is_narrow(doubt_wh):
            drift.learn((low + high) / 2, at)
        elif drift.is_ready and not low <= drift.centre <= high:
            drift.learn(low if drift.centre < low else high, at)
        return drift.rose(least) or drift.fell(least)

    def score_one(self) -> float:
        return 1.0 if self.against else 0.0

    def explain(self) -> Evidence:
        drift, against = self.power, "power"
        if self.against == "current":
            moved = [each for each in self.currents.values() if each.is_ready]
            drift, against = max(moved, key=lambda each: abs(each.shift)), "voltage times current"
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
    return 10 * int((x.amps + 1) / 4 if not x.plate.is_dc else x.amps / 100) + phases
