"""Faults of the supply: sag, swell and lost neutral, a lost phase."""

from typing import ClassVar

import msgspec

from chargehand.domain.health.features import Reading
from chargehand.domain.health.findings import Evidence

_LOW = 0.90
_HIGH = 1.10
_GONE = 0.30
_PRESENT = 0.75


def phase_voltages(reading: Reading) -> list[float]:
    """Return the supply's voltages to neutral that the reading holds."""
    if reading.plate.is_dc:
        return [] if reading.supply_v is None else [reading.supply_v]
    return [volts for volts in (reading.u1, reading.u2, reading.u3) if volts is not None]


class VoltageSag(msgspec.Struct, gc=False):
    """A phase below 90 % of the nominal voltage (EN 50160: ±10 %), and well below what is usual here."""

    kind: ClassVar[str] = "voltage-sag"
    seen: int = 0
    usual: float = 0.0
    spread: float = 0.015
    lowest: float = 1.0
    nominal_v: float = 230.0
    at: float = 0.0
    score: float = 0.0

    def learn_one(self, x: Reading) -> None:
        self.score = 0.0
        volts = phase_voltages(x)
        if not volts:
            return
        nominal = x.plate.nominal_v
        least = min(volts) / nominal
        if least < _GONE:
            return
        others = max(volts) / nominal
        is_usual = self.seen >= 5 and least > self.usual - max(0.03, 4 * self.spread)
        if least < _LOW and not is_usual and others < _HIGH:
            self.lowest, self.nominal_v, self.at, self.score = least, nominal, x.at, 1.0
            return
        self.seen += 1
        rate = max(0.02, 1 / self.seen)
        self.spread += rate * (abs(least - self.usual) * 1.25 - self.spread) if self.seen > 5 else 0.0
        self.usual += rate * (least - self.usual)

    def score_one(self) -> float:
        return self.score

    def explain(self) -> Evidence:
        volts = self.lowest * self.nominal_v
        return Evidence(
            ("voltage-sag", "phase-loss", "phase-imbalance"),
            f"The supply fell to {volts:.0f} V, {100 * self.lowest:.0f} % of {self.nominal_v:.0f} V "
            f"(allowed: 90 %); check the grid connection of the site.",
            {"voltage_v": volts, "share_of_nominal": self.lowest, "limit_v": _LOW * self.nominal_v},
            self.at,
        )


class VoltageSwell(msgspec.Struct, gc=False):
    """A phase above 110 % of the nominal voltage, or one high while another is low: the neutral is lost."""

    kind: ClassVar[str] = "voltage-swell"
    seen: int = 0
    usual: float = 1.0
    highest: float = 1.0
    lowest: float = 1.0
    nominal_v: float = 230.0
    at: float = 0.0
    score: float = 0.0

    def learn_one(self, x: Reading) -> None:
        self.score = 0.0
        volts = phase_voltages(x)
        if not volts:
            return
        nominal = x.plate.nominal_v
        highest, lowest = max(volts) / nominal, min(volts) / nominal
        is_usual = self.seen >= 5 and highest < self.usual + 0.03
        is_skewed = highest > 1.06 and highest - lowest > 0.12 and lowest > _GONE
        if (highest > _HIGH and not is_usual) or is_skewed:
            self.highest, self.lowest, self.nominal_v, self.at = highest, lowest, nominal, x.at
            self.score = 1.0
            return
        self.seen += 1
        self.usual += max(0.02, 1 / self.seen) * (highest - self.usual)

    def score_one(self) -> float:
        return self.score

    def explain(self) -> Evidence:
        high, low = self.highest * self.nominal_v, self.lowest * self.nominal_v
        lost = self.highest - self.lowest > 0.12
        cause = "the neutral is probably lost: switch off at once" if lost else "check the grid connection"
        return Evidence(
            ("voltage-swell", "phase-imbalance", "voltage-sag"),
            f"A phase rose to {high:.0f} V (allowed: {_HIGH * self.nominal_v:.0f} V) with another at "
            f"{low:.0f} V; {cause}.",
            {"voltage_v": high, "lowest_v": low, "limit_v": _HIGH * self.nominal_v, "neutral_lost": lost},
            self.at,
        )


class PhaseLoss(msgspec.Struct, gc=False):
    """One or two phases without voltage while another has it; or one phase's current gone in mid-charge."""

    kind: ClassVar[str] = "phase-loss"
    had_volts: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0])
    had_amps: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0])
    count: int = 0
    lost: str = ""
    voltage_v: float = 0.0
    since: float = 0.0
    session: bool = False
    began: float = 0.0

    def learn_one(self, x: Reading) -> None:
        if x.plate.is_dc:
            return
        if x.in_session != self.session or x.began != self.began:
            self.session, self.began, self.had_amps = x.in_session, x.began, [0, 0, 0]
        lost = self._by_voltage(x) or self._by_current(x)
        if not lost:
            self.count = 0
            return
        if self.count == 0:
            self.since = x.at
        self.count += 2 if self.voltage_v >= 0 else 1
        self.lost = lost

    def _by_voltage(self, x: Reading) -> str:
        nominal = x.plate.nominal_v
        lost = []
        present = False
        for index, volts in enumerate((x.u1, x.u2, x.u3)):
            if volts is None:
                continue
            share = volts / nominal
            if share > _PRESENT:
                present = True
                self.had_volts[index] = min(3, self.had_volts[index] + 1)
            elif share < _GONE and self.had_volts[index] >= 3:
                lost.append(f"L{index + 1}")
                self.voltage_v = volts
        return " and ".join(lost) if present else ""

    def _by_current(self, x: Reading) -> str:
        if x.u2 is not None or x.i2 is None or not x.in_session:
            return ""
        amps = [abs(x.i1 or 0.0), abs(x.i2), abs(x.i3 or 0.0)]
        gone = [
            index for index in range(3) if amps[index] < 0.3 and self.had_amps[index] >= 2 and max(amps) > 3
        ]
        for index in range(3):
            if amps[index] > 3:
                self.had_amps[index] += 1
        if len(gone) != 1:
            return ""
        self.voltage_v = -1.0
        return f"L{gone[0] + 1}"

    def score_one(self) -> float:
        return self.count / 2

    def explain(self) -> Evidence:
        how = f"shows {self.voltage_v:.0f} V" if self.voltage_v >= 0 else "carries no current"
        facts: dict[str, float | int | str | bool] = {"phase": self.lost}
        if self.voltage_v >= 0:
            facts["voltage_v"] = self.voltage_v
        return Evidence(
            ("phase-loss", "voltage-sag", "phase-imbalance"),
            f"Phase {self.lost} {how} while the others are live; check fuse, main switch and terminals.",
            facts,
            self.since,
        )
