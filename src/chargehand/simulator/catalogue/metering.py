"""Faults of meters: drift, standstill, a register that jumps, a reversed transformer, a wrong unit."""

import msgspec

from chargehand.simulator.catalogue.tampering import FalseOutlet, FrozenMeter, put
from chargehand.simulator.faults import Fault
from chargehand.simulator.meter import Meter
from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.outlet import Outlet, Reading

_WEEK_S = 7 * 86_400.0


class MeterDrift(Fault):
    """The meter counts `per_week` more (or, negative, less) of what flows every week."""

    kind = "meter-drift"
    interval_s = 3_600.0

    def __init__(self, connector: int, *, per_week: float = 0.01) -> None:
        self._connector = connector
        self._per_week = per_week

    def begin(self, station: OrderedStation) -> None:
        self.grow(station, 0.0)

    def grow(self, station: OrderedStation, since_s: float) -> None:
        station.connectors[self._connector].outlet.meter.gain = 1 + self._per_week * since_s / _WEEK_S

    def end(self, station: OrderedStation) -> None:
        station.connectors[self._connector].outlet.meter.gain = 1.0


class MeterFrozen(Fault):
    """The register stands still while energy flows."""

    kind = "meter-frozen"

    def __init__(self, connector: int) -> None:
        self._connector = connector

    def begin(self, station: OrderedStation) -> None:
        outlet = station.connectors[self._connector].outlet
        outlet.meter = FrozenMeter(outlet.meter.register_wh, resolution_wh=outlet.meter.resolution_wh)

    def end(self, station: OrderedStation) -> None:
        outlet = station.connectors[self._connector].outlet
        outlet.meter = Meter(outlet.meter.register_wh, resolution_wh=outlet.meter.resolution_wh)


class MeterRollback(Fault):
    """The register falls to `share` of what it showed."""

    kind = "meter-rollback"

    def __init__(self, connector: int, *, share: float = 0.0) -> None:
        self._connector = connector
        self._share = share

    def begin(self, station: OrderedStation) -> None:
        outlet = station.connectors[self._connector].outlet
        outlet.meter = Meter(outlet.meter.register_wh * self._share, resolution_wh=outlet.meter.resolution_wh)

    def end(self, station: OrderedStation) -> None:
        """Nothing is put right: registers are not wound forward."""


class FalseReadings(Fault):
    """The outlet shows something else than what flows; subclasses say what."""

    def __init__(self, connector: int) -> None:
        self._connector = connector

    def begin(self, station: OrderedStation) -> None:
        put(station.connectors[self._connector], FalseOutlet).distort = self.distort

    def distort(self, reading: Reading) -> Reading:
        """Return what is shown."""
        return reading

    def end(self, station: OrderedStation) -> None:
        connector = station.connectors[self._connector]
        connector.outlet.__dict__.pop("distort", None)
        put(connector, Outlet)


class CtReversed(FalseReadings):
    """A phase's current transformer is the wrong way round: its current is negative, its power is taken away."""

    kind = "ct-reversed"

    def __init__(self, connector: int, *, is_signed: bool = True) -> None:
        super().__init__(connector)
        self._is_signed = is_signed

    def distort(self, reading: Reading) -> Reading:
        volts, amps = reading.voltage_v, reading.current_a
        power = reading.power_w - 2 * volts[0] * amps[0] * reading.power_factor
        signed = (-amps[0], *amps[1:]) if self._is_signed else amps
        return msgspec.structs.replace(reading, current_a=signed, power_w=power)


class WrongUnit(FalseReadings):
    """Power is shown `factor` times too large: 0.001 is kW under the name of W."""

    kind = "measurand-fault"

    def __init__(self, connector: int, *, factor: float = 0.001) -> None:
        super().__init__(connector)
        self._factor = factor

    def distort(self, reading: Reading) -> Reading:
        return msgspec.structs.replace(reading, power_w=reading.power_w * self._factor)


class MissingMeasurand(Fault):
    """The station ceases to send a measurand."""

    kind = "measurand-fault"

    def __init__(self, measurand: str = "Current.Import") -> None:
        self._measurand = measurand
        self._before: tuple[str, ...] = ()

    def begin(self, station: OrderedStation) -> None:
        self._before = station.settings.measurands
        station.settings.measurands = tuple(name for name in self._before if name != self._measurand)

    def end(self, station: OrderedStation) -> None:
        station.settings.measurands = self._before
