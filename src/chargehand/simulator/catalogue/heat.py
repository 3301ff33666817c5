"""Faults that make heat: a worn contact, a dying fan, a clogged filter."""

from math import log2

from chargehand.simulator.faults import Fault
from chargehand.simulator.orders import OrderedStation

_DAY_S = 86_400.0
_HEALTHY_K, _LIMIT_K = 16.0, 65.0


class ContactResistance(Fault):
    """A contact's resistance doubles every `doubling_days` days; the plug warms by I²R."""

    kind = "contact-resistance-rise"
    interval_s = 3_600.0

    def __init__(self, connector: int, *, doubling_days: float = 14.0) -> None:
        self._connector = connector
        self._doubling_s = doubling_days * _DAY_S

    @property
    def limit_after_s(self) -> float:
        """Return after how long (s) the plug warms by 65 K at full current and must be taken out of service."""
        return self._doubling_s * log2(_LIMIT_K / _HEALTHY_K)

    def begin(self, station: OrderedStation) -> None:
        """Nothing is to be seen yet."""

    def grow(self, station: OrderedStation, since_s: float) -> None:
        factor = 2.0 ** (since_s / self._doubling_s)
        station.connectors[self._connector].outlet.conditions.contact_resistance = factor

    def end(self, station: OrderedStation) -> None:
        station.connectors[self._connector].outlet.conditions.contact_resistance = 1.0


class FanFailure(Fault):
    """Within `days` the fan falls to `speed` of its turns and the cabinet sheds its heat `resistance` times worse."""

    kind = "fan-failure"
    interval_s = 3_600.0

    def __init__(self, *, days: float = 8.0, resistance: float = 2.0, speed: float = 0.4) -> None:
        self._ramp_s = days * _DAY_S
        self._resistance = resistance
        self._speed = speed

    def begin(self, station: OrderedStation) -> None:
        self.grow(station, 0.0)

    def grow(self, station: OrderedStation, since_s: float) -> None:
        share = min(1.0, since_s / self._ramp_s)
        for connector in station.connectors.values():
            conditions = connector.outlet.conditions
            conditions.cabinet_resistance = 1 + (self._resistance - 1) * share
            conditions.fan_speed = 1 - (1 - self._speed) * share

    def end(self, station: OrderedStation) -> None:
        for connector in station.connectors.values():
            connector.outlet.conditions.cabinet_resistance = connector.outlet.conditions.fan_speed = 1.0


class FilterClogging(Fault):
    """The cabinet's thermal resistance grows by `per_day` of its healthy value every day."""

    kind = "filter-clogging"
    interval_s = 6 * 3_600.0

    def __init__(self, *, per_day: float = 0.005) -> None:
        self._per_day = per_day

    def begin(self, station: OrderedStation) -> None:
        self.grow(station, 0.0)

    def grow(self, station: OrderedStation, since_s: float) -> None:
        for connector in station.connectors.values():
            connector.outlet.conditions.cabinet_resistance = 1 + self._per_day * since_s / _DAY_S

    def end(self, station: OrderedStation) -> None:
        for connector in station.connectors.values():
            connector.outlet.conditions.cabinet_resistance = 1.0
