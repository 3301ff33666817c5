"""What each kind of fault does to a station of the second fleet, straight from the catalogue of faults."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import log2
from random import Random

DAY = 86_400.0


@dataclass
class Effects:
    """How far the hardware is from sound at a moment; all as in a sound station by default."""

    contact: float = 1.0
    shed: float = 1.0
    fan: float = 1.0
    volts: tuple[float, float, float] = (1.0, 1.0, 1.0)
    loose: tuple[float, float, float] = (0.0, 0.0, 0.0)
    delay: float = 1.0
    gain: float = 1.0
    clock_s: float = 0.0
    signal: float = 0.0
    share: float = 1.0
    most_a: float = 1e9
    unit: float = 1.0
    gone: str = ""
    fails: float = 0.0
    code: tuple[str, str] | None = None
    flags: frozenset[str] = frozenset()


@dataclass
class Flaw:
    """One fault: its kind, where (EVSE 0: the station), from when to when (s), and how strong (0 to 1)."""

    kind: str
    evse: int
    begins: float
    ends: float
    strength: float
    phase: int = 1
    choice: int = 0
    rises: bool = True
    limit_at: float | None = None
    spans: list[tuple[float, float]] = field(default_factory=list)

    def holds(self, at: float) -> bool:
        return self.begins <= at < self.ends

    def effects(self, at: float) -> Effects:
        return _EFFECTS[self.kind](self, (at - self.begins) / DAY) if self.holds(at) else SOUND


SOUND = Effects()


def _on(phase: int, value: float, other: float) -> tuple[float, float, float]:
    return (value if phase == 0 else other, value if phase == 1 else other, value if phase == 2 else other)


def _between(strength: float, weak: float, strong: float) -> float:
    return weak + (strong - weak) * strength


def doubling_days(flaw: Flaw) -> float:
    """Return in how many days a contact's resistance doubles."""
    return _between(flaw.strength, 30, 7)


def _fan(flaw: Flaw, days: float) -> Effects:
    ramp = min(1.0, days / _between(flaw.strength, 20, 3))
    return Effects(
        shed=1 + ramp * _between(flaw.strength, 0.5, 2), fan=1 - ramp * _between(flaw.strength, 0.2, 1)
    )


def _swell(flaw: Flaw, _: float) -> Effects:
    return Effects(
        volts=_on(flaw.phase, _between(flaw.strength, 1.12, 1.7), _between(flaw.strength, 0.92, 0.7))
    )


def _loss(flaw: Flaw, _: float) -> Effects:
    return Effects(volts=_on(flaw.phase, 0.25 * (1 - flaw.strength), 1.0))


def _loose(flaw: Flaw, days: float) -> Effects:
    ohm = min(1.0, days / 14) * _between(flaw.strength, 0.02, 0.2)
    return Effects(loose=_on(flaw.phase, ohm, 0.0))


def _drift(flaw: Flaw, days: float) -> Effects:
    by = _between(flaw.strength, 0.002, 0.02) * days / 7
    return Effects(gain=1 + by if flaw.rises else 1 - by)


def _measurand(flaw: Flaw, _: float) -> Effects:
    if flaw.choice == 2:
        return Effects(gone="I")
    return Effects(unit=1_000.0 if flaw.choice else 0.001)


def _lock(flaw: Flaw, days: float) -> Effects:
    chance = min(1.0, days / 28) * _between(flaw.strength, 0.25, 0.5)
    return Effects(fails=chance, code=("ConnectorLockFailure", "CX001"))


def _trips(code: str, vendor: str, weak: float, strong: float) -> Callable[[Flaw, float], Effects]:
    def make(flaw: Flaw, days: float) -> Effects:
        chance = min(1.0, (days + 0.5) / 4) * _between(flaw.strength, weak, strong)
        return Effects(fails=chance, code=(code, vendor))

    return make


def _clock(flaw: Flaw, days: float) -> Effects:
    by = _between(flaw.strength, 1, 60) * days
    return Effects(clock_s=by if flaw.rises else -by)


def _derated(flaw: Flaw, _: float) -> Effects:
    return Effects(share=_between(flaw.strength, 0.6, 0.3), most_a=_between(flaw.strength, 10, 6))


def _flag(name: str) -> Callable[[Flaw, float], Effects]:
    effects = Effects(flags=frozenset({name}))
    return lambda _flaw, _days: effects


_EFFECTS: dict[str, Callable[[Flaw, float], Effects]] = {
    "contact-resistance-rise": lambda flaw, days: Effects(contact=2 ** (days / doubling_days(flaw))),
    "fan-failure": _fan,
    "filter-clogging": lambda flaw, days: Effects(shed=1 + _between(flaw.strength, 0.005, 0.012) * days),
    "voltage-sag": lambda flaw, _: Effects(volts=(_between(flaw.strength, 0.87, 0.7),) * 3),
    "voltage-swell": _swell,
    "phase-loss": _loss,
    "phase-imbalance": _loose,
    "contactor-welded": _flag("welded"),
    "contactor-wear": lambda flaw, days: Effects(
        delay=1 + min(1.0, days / 14) * _between(flaw.strength, 0.1, 0.5)
    ),
    "meter-drift": _drift,
    "meter-frozen": _flag("frozen"),
    "meter-rollback": _flag("rolled"),
    "ct-reversed": _flag("reversed"),
    "measurand-fault": _measurand,
    "connector-lock-failure": _lock,
    "ground-fault": _trips("GroundFailure", "CX002", 0.25, 0.6),
    "isolation-decline": _trips("OtherError", "CX011", 0.2, 0.6),
    "flapping-connectivity": _flag("flapping"),
    "weak-signal": lambda flaw, days: Effects(signal=min(1.0, days / 3) * _between(flaw.strength, 0.75, 1.0)),
    "silent-station": _flag("silent"),
    "clock-drift": _clock,
    "stuck-state": _flag("stuck"),
    "failed-starts": lambda flaw, _: Effects(fails=_between(flaw.strength, 0.4, 0.9)),
    "reboot-loop": _flag("boots"),
    "power-derating": _derated,
    "cable-cut": lambda _flaw, _days: Effects(
        fails=1.0, code=("OtherError", "CX026"), flags=frozenset({"cut"})
    ),
    "payment-terminal-fault": _flag("no adhoc"),
    "firmware-regression": lambda _flaw, _days: Effects(fails=0.24),
}

#: Shortest and longest duration (days), which letters of a station's measurands show it, and AC or DC.
SHAPES: dict[str, tuple[float, float, str, str]] = {
    "contact-resistance-rise": (25, 50, "T", ""),
    "fan-failure": (18, 30, "B", ""),
    "filter-clogging": (55, 68, "B", ""),
    "voltage-sag": (0.4, 0.9, "U", "AC"),
    "voltage-swell": (0.4, 0.9, "U", "AC"),
    "phase-loss": (2, 4, "U", "AC"),
    "phase-imbalance": (20, 30, "UI", "AC"),
    "contactor-welded": (3, 6, "", ""),
    "contactor-wear": (25, 35, "", ""),
    "meter-drift": (25, 40, "P", ""),
    "meter-frozen": (2, 4, "P", ""),
    "meter-rollback": (2, 4, "", ""),
    "ct-reversed": (5, 10, "PI", "AC"),
    "measurand-fault": (2, 6, "PI", ""),
    "connector-lock-failure": (28, 40, "", ""),
    "ground-fault": (8, 14, "", ""),
    "isolation-decline": (15, 25, "", "DC"),
    "flapping-connectivity": (0.4, 2, "", ""),
    "weak-signal": (6, 10, "", ""),
    "silent-station": (0.4, 3, "", ""),
    "clock-drift": (15, 30, "", ""),
    "stuck-state": (3, 5, "", ""),
    "failed-starts": (7, 12, "", ""),
    "reboot-loop": (2, 5, "", ""),
    "power-derating": (20, 35, "P", ""),
    "cable-cut": (3, 6, "", ""),
    "payment-terminal-fault": (15, 25, "", ""),
}


def make_flaw(rng: Random, kind: str, evse: int, begins: float, ends: float) -> Flaw:
    """Draw a fault of a kind."""
    flaw = Flaw(
        kind, evse, begins, ends, rng.random(), rng.randrange(3), rng.randrange(3), rng.random() < 0.5
    )
    if kind == "contact-resistance-rise":
        flaw.limit_at = begins + doubling_days(flaw) * log2(65 / 15) * DAY
        flaw.ends = min(ends, flaw.limit_at + DAY)
    return flaw
