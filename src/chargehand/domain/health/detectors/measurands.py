"""Readings that contradict each other: a factor of a thousand, a phase counted backwards, a value gone."""

from typing import ClassVar

import msgspec

from chargehand.domain.health.features import Reading
from chargehand.domain.health.findings import Evidence

_LEAST_VA = 500.0
_LEAST_WH = 300.0
_LONGEST_GAP_H = 1.1
_ENOUGH_ABSENT = 4
_BY_CAR = {"SoC", "Power.Factor"}


class MeasurandScale(msgspec.Struct, gc=False):
    """Power a thousand times too large or small beside voltage and current, the register or the plate."""

    kind: ClassVar[str] = "measurand-fault"
    count: int = 0
    told_w: float = 0.0
    expected_w: float = 0.0
    since: float = 0.0
    at: float = 0.0
    began: float = -1.0
    before_w: float = 0.0
    register_wh: float = -1.0
    counted_wh: float = 0.0
    flowed_wh: float = 0.0

    def learn_one(self, x: Reading) -> None:
        told = x.power_w
        if told is None:
            return
        expected = x.apparent
        is_wrong = False
        if expected is not None and abs(expected) > _LEAST_VA:
            is_wrong = not 0.01 < abs(told) / abs(expected) < 100
        elif expected is not None and abs(told) > 50 * x.plate.max_power_w:
            is_wrong = True
        elif expected is None:
            expected = self._by_register(x, told)
            is_wrong = expected > 0 or abs(told) > 20 * x.plate.max_power_w
            expected = expected or x.plate.max_power_w
        if not is_wrong:
            if abs(told) > 100 or (
                x.apparent is not None and expected is not None and abs(expected) > _LEAST_VA
            ):
                self.count = 0
            return
        if self.count == 0:
            self.since = x.at
        self.count += 1
        self.told_w, self.expected_w = told, expected or 0.0

    def _by_register(self, x: Reading, told: float) -> float:
        """Return the power (W) that the register's growth makes where a hundredth of it is told, else 0."""
        wh, hours = x.energy_wh, (x.at - self.at) / 3_600
        if x.began != self.began or wh is None or not x.in_session:
            self.began, self.register_wh, self.counted_wh, self.flowed_wh = x.began, -1.0, 0.0, 0.0
        power = 0.0
        if wh is not None and 0 <= self.register_wh <= wh and 0 < hours < _LONGEST_GAP_H:
            self.counted_wh += wh - self.register_wh
            self.flowed_wh += 0.5 * (abs(told) + abs(self.before_w)) * hours
            if self.counted_wh > _LEAST_WH:
                power = (wh - self.register_wh) / hours if self.flowed_wh < 0.01 * self.counted_wh else 0.0
                self.counted_wh = self.flowed_wh = 0.0
        self.at, self.before_w, self.register_wh = x.at, told, -1.0 if wh is None else wh
        return power

    def score_one(self) -> float:
        return self.count / 2

    def explain(self) -> Evidence:
        return Evidence(
            ("measurand-fault", "ct-reversed", "meter-drift"),
            f"Power is told as {self.told_w:.4g} W where about {self.expected_w:.4g} W are to be expected: the "
            "unit is wrong.",
            {"told_w": self.told_w, "expected_w": self.expected_w},
            self.since,
        )


class CtReversed(msgspec.Struct, gc=False):
    """A current transformer the wrong way round: negative current, power or power factor while charging.

    Where only the total is told, power is a third of voltage times current (three phases, one counted backwards).
    """

    kind: ClassVar[str] = "ct-reversed"
    count: int = 0
    thirds: int = 0
    sign: str = ""
    value: float = 0.0
    since: float = 0.0

    def learn_one(self, x: Reading) -> None:
        lowest = min(x.i1 or 0.0, x.i2 or 0.0, x.i3 or 0.0)
        sign, value = "", 0.0
        if lowest < -0.7:
            sign, value = "a phase's current is", lowest
        elif x.power_w is not None and x.power_w < -150:
            sign, value = "the power is", x.power_w
        elif x.least_phase_w is not None and x.least_phase_w < -100:
            sign, value = "a phase's power is", x.least_phase_w
        elif x.power_factor is not None and x.power_factor < -0.2:
            sign, value = "the power factor is", x.power_factor
        if sign:
            if self.count == 0:
                self.since = x.at
            self.count, self.sign, self.value = self.count + 1, sign, value
            return
        self._compare(x)

    def _compare(self, x: Reading) -> None:
        if x.amps < 3:
            return
        self.count = 0
        if x.power_w is None or x.apparent is None or x.i3 is None or x.i2 is None or x.i1 is None:
            return
        if min(x.i1, x.i2, x.i3) < 0.8 * x.amps:
            return
        share = x.power_w / x.apparent
        if 0.26 < share < 0.40:
            if self.thirds == 0:
                self.since = x.at
            self.thirds, self.value = self.thirds + 1, share
        else:
            self.thirds = 0

    def score_one(self) -> float:
        return max(self.count / 2, self.thirds / 3)

    def explain(self) -> Evidence:
        what = f"{self.sign} {self.value:.4g}" if self.count else f"power is {self.value:.2f} of U·I"
        return Evidence(
            ("ct-reversed", "measurand-fault", "meter-drift"),
            f"While a car charges {what}: a current transformer is the wrong way round.",
            {"value": self.value, "readings": max(self.count, self.thirds)},
            self.since,
        )


class MissingMeasurand(msgspec.Struct, gc=False):
    """A measurand that came with nearly every reading comes no more, though others do."""

    kind: ClassVar[str] = "measurand-fault"
    readings: int = 0
    present: dict[str, float] = {}
    absent: dict[str, int] = {}
    usual: frozenset[str] = frozenset()
    gaps: dict[str, int] = {}
    since: float = 0.0
    lost: str = ""
    arrived: str = ""

    def learn_one(self, x: Reading) -> None:
        names = x.names
        if not x.in_session or not names:
            return
        self.readings += 1
        if names == self.usual and not self.absent:
            if self.readings > 40:
                return
        elif self.readings > 40:
            self._miss(x, names)
        self._count(names)

    def _count(self, names: frozenset[str]) -> None:
        for name in names:
            if name not in self.present and len(self.present) < 40:
                self.present[name] = 0.0
        for name in self.present:
            if self.absent.get(name, _ENOUGH_ABSENT) >= _ENOUGH_ABSENT:
                self.present[name] += 0.05 * ((name in names) - self.present[name])
        if self.readings % 10 == 0 or not self.usual:
            self.usual = frozenset(name for name, share in self.present.items() if share > 0.8)

    def _miss(self, x: Reading, names: frozenset[str]) -> None:
        held = [name for name in self.usual if name not in _BY_CAR]
        gone = [name for name in held if name not in names]
        if len(gone) > max(1, len(held) // 2):
            return
        for name in list(self.absent):
            if name in names:
                self.gaps[name] = max(self.gaps.get(name, 0), self.absent.pop(name))
                if self.lost == name:
                    self.lost = ""
        for name in gone:
            if name not in self.absent:
                self.since = x.at
            self.absent[name] = self.absent.get(name, 0) + 1
            if self.absent[name] >= max(_ENOUGH_ABSENT, 2 * self.gaps.get(name, 0)):
                self.lost = name
                fresh = [each for each in names if self.present.get(each, 0.0) < 0.3]
                self.arrived = min(fresh, default="")

    def score_one(self) -> float:
        return 1.0 if self.lost else 0.0

    def explain(self) -> Evidence:
        instead = f" and {self.arrived} comes instead" if self.arrived else ""
        return Evidence(
            ("measurand-fault", "meter-frozen", "meter-drift"),
            f"{self.lost} came with every reading and is now missing{instead}: check the meter and the settings of "
            "its samples.",
            {"measurand": self.lost, "readings_without": self.absent.get(self.lost, 0)},
            self.since,
        )
