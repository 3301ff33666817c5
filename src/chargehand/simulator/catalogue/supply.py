"""Faults of the supply: sags, a lost neutral, a lost phase, a loose terminal."""

from chargehand.simulator.faults import Fault
from chargehand.simulator.orders import OrderedStation

_DAY_S = 86_400.0


class PhaseVoltages(Fault):
    """Each phase has a share of its healthy voltage; subclasses say which."""

    def __init__(self, shares: tuple[float, float, float]) -> None:
        self._shares = shares

    def begin(self, station: OrderedStation) -> None:
        for connector in station.connectors.values():
            connector.outlet.conditions.phase_voltage = self._shares

    def end(self, station: OrderedStation) -> None:
        for connector in station.connectors.values():
            connector.outlet.conditions.phase_voltage = (1.0, 1.0, 1.0)


class VoltageSag(PhaseVoltages):
    """All phases fall to `share` of the nominal voltage."""

    kind = "voltage-sag"

    def __init__(self, *, share: float = 0.8) -> None:
        super().__init__((share, share, share))


class LostNeutral(PhaseVoltages):
    """One phase rises, the others fall, as their loads have it."""

    kind = "voltage-swell"

    def __init__(self, *, high: float = 1.3, low: float = 0.85) -> None:
        super().__init__((low, high, low))


class PhaseLoss(PhaseVoltages):
    """A phase fails; other loads feed `share` of its voltage back."""

    kind = "phase-loss"

    def __init__(self, phase: int = 2, *, share: float = 0.1) -> None:
        first, second, third = (share if phase == number else 1.0 for number in (1, 2, 3))
        super().__init__((first, second, third))


class LooseTerminal(Fault):
    """A phase's terminal loosens up to `ohm` within `days`."""

    kind = "phase-imbalance"
    interval_s = 3_600.0

    def __init__(self, phase: int = 3, *, ohm: float = 0.1, days: float = 14.0) -> None:
        self._phase = phase
        self._ohm = ohm
        self._ramp_s = days * _DAY_S

    def begin(self, station: OrderedStation) -> None:
        self.grow(station, 0.0)

    def grow(self, station: OrderedStation, since_s: float) -> None:
        ohm = self._ohm * min(1.0, since_s / self._ramp_s)
        first, second, third = (ohm if self._phase == number else 0.0 for number in (1, 2, 3))
        for connector in station.connectors.values():
            connector.outlet.conditions.phase_resistance_ohm = (first, second, third)

    def end(self, station: OrderedStation) -> None:
        for connector in station.connectors.values():
            connector.outlet.conditions.phase_resistance_ohm = (0.0, 0.0, 0.0)
