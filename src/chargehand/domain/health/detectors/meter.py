"""Faults of the register: it stands still, runs backwards or jumps."""

from typing import ClassVar

import msgspec

from chargehand.domain.health.features import Plate, Reading
from chargehand.domain.health.findings import Evidence
from chargehand.domain.health.statistics import Resolution

_LEAST_POWER_W = 500.0
_TOLERANCE_WH = 10.0
_LONGEST_GAP_S = 3_700.0
_LATEST_S = 172_800.0


class MeterFrozen(msgspec.Struct, gc=False):
    """The register stands still while power flows: energy that should have been counted outgrows its steps."""

    kind: ClassVar[str] = "meter-frozen"
    at: float = 0.0
    power_w: float = 0.0
    register_wh: float = -1.0
    expected_wh: float = 0.0
    count: int = 0
    since: float = 0.0
    began: float = 0.0
    resolution: Resolution = msgspec.field(default_factory=Resolution)
    has_stepped: bool = False

    def learn_one(self, x: Reading) -> None:
        register = x.energy_wh
        if register is None or x.names == {"Energy.Active.Import.Register"}:
            return
        power = max(x.watts, x.apparent or 0.0)
        passed = x.at - self.at
        if x.began != self.began:
            self.began, self.register_wh = x.began, -1.0
        self.resolution.learn(register)
        if register != self.register_wh or power < _LEAST_POWER_W or not 0 < passed < _LONGEST_GAP_S:
            self.has_stepped = self.has_stepped or 0 <= self.register_wh < register
            self.expected_wh, self.count, self.since = 0.0, 0, x.at
        elif self.power_w >= _LEAST_POWER_W:
            self.count += 1
            self.expected_wh += min(power, self.power_w) * passed / 3_600
        self.at, self.power_w, self.register_wh = x.at, power, register

    def score_one(self) -> float:
        if self.count < 2:
            return 0.0
        # Before the register has moved its steps are not known: it may count in whole kWh.
        step = self.resolution.step if self.has_stepped else 1_000.0
        enough = self.expected_wh / max(20.0, 2.5 * step)
        return enough if self.count >= 3 or enough >= 2 else min(enough, 0.99)

    def explain(self) -> Evidence:
        return Evidence(
            ("meter-frozen", "meter-drift", "measurand-fault"),
            f"The register has stood at {self.register_wh / 1000:.2f} kWh for {self.count} readings while "
            f"{self.power_w / 1000:.1f} kW flowed; {self.expected_wh:.0f} Wh were not counted.",
            {
                "register_wh": self.register_wh,
                "power_w": self.power_w,
                "expected_wh": self.expected_wh,
                "readings": self.count,
            },
            self.since,
        )


class Register(msgspec.Struct, gc=False):
    """One reading of the register, in a session (which began at `session`, s) or at its ends."""

    plate: Plate
    at: float
    energy_wh: float
    begins: bool = False
    session: float = 0.0


class MeterRollback(msgspec.Struct, gc=False):
    """The register runs backwards or jumps further than the station can charge (OCPP 1.6 7.31, J02.FR.16).

    10 Wh backwards are rounding (quirk C5); a register that begins anew with every session or start is a habit
    of the station and no fault (quirk C3).
    """

    kind: ClassVar[str] = "meter-rollback"
    at: float = 0.0
    register_wh: float = -1.0
    begins: int = 0
    begins_near_zero: int = 0
    lost_wh: float = 0.0
    before_wh: float = 0.0
    after_wh: float = 0.0
    found_at: float = 0.0
    factor: float = 0.0
    score: float = 0.0
    session: float = -1.0

    def learn_one(self, x: Register) -> None:
        self.score = 0.0
        if x.energy_wh < 0 or 0 <= self.at - x.at < _LATEST_S:
            return
        if x.begins:
            self.begins += 1
            self.begins_near_zero += _is_near_zero(x)
        before, after = self.register_wh, x.energy_wh
        is_same = x.session == self.session > 0 and not x.begins
        if before >= 0 and (is_same or not self._resets(x)):
            self._compare(x, before, after)
        self.at, self.register_wh, self.session = x.at, after, x.session

    def _resets(self, x: Register) -> bool:
        """Tell whether the register begins anew with every charge; the first time is believed to be a habit."""
        habit = self.begins_near_zero >= 1 and self.begins_near_zero > 0.5 * self.begins
        return habit or (self.begins <= 2 and _is_near_zero(x))

    def _compare(self, x: Register, before: float, after: float) -> None:
        hours = max(0.0, x.at - self.at) / 3_600
        # A plate may be wrong, as may be the time of a reading: thrice the power, and 3 kWh.
        possible = 3 * x.plate.max_power_w * max(hours, 0.02) + 3_000
        if before - after <= _TOLERANCE_WH and (after - before <= possible or not self.begins):
            return
        ratio = after / before if before > 0 else 1.0
        self.factor = ratio if 0.00098 < ratio < 0.00102 or 980 < ratio < 1020 else 0.0
        if after > before and not self.factor and hours > 2:
            return
        self.lost_wh, self.before_wh, self.after_wh, self.found_at = before - after, before, after, x.at
        self.score = 1.0

    def score_one(self) -> float:
        return self.score

    def explain(self) -> Evidence:
        facts: dict[str, float | int | str | bool] = {"before_wh": self.before_wh, "after_wh": self.after_wh}
        if self.factor:
            return Evidence(
                ("measurand-fault", "meter-rollback", "meter-drift"),
                f"The register went from {self.before_wh:.0f} to {self.after_wh:.0f} Wh, a factor of a thousand: "
                "its unit has changed.",
                facts,
                self.found_at,
            )
        way = "backwards" if self.lost_wh > 0 else "forwards by more than the station can charge"
        return Evidence(
            ("meter-rollback", "measurand-fault", "meter-frozen"),
            f"The register ran {way}, from {self.before_wh / 1000:.2f} to {self.after_wh / 1000:.2f} kWh: reset, "
            "overflow or another meter.",
            {**facts, "lost_wh": self.lost_wh},
            self.found_at,
        )


def _is_near_zero(x: Register) -> bool:
    """Tell whether the register shows no more than this charge can have brought, and six minutes of full power."""
    hours = max(0.0, x.at - x.session) / 3_600 if x.session > 0 else 0.0
    return x.energy_wh < x.plate.max_power_w * (0.1 + min(24.0, hours))
