"""Faults that a station reports itself, at once."""

from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.faults import Fault
from chargehand.simulator.orders import OrderedStation

REPORTS = (
    ErrorReport("ConnectorLockFailure", "E-117", "Plug lock does not reach its end position"),
    ErrorReport("GroundFailure", "E-204", "Residual current above 30 mA"),
    ErrorReport("HighTemperature", "E-311", "Plug temperature above 90 °C"),
    ErrorReport("OverCurrentFailure", "E-122", "Current above the limit for 5 s"),
    ErrorReport("InternalError", "E-900", "Watchdog of the power module"),
)


class Reported(Fault):
    """A connector reports a fault until it is mended, or until the station restarts (`is_cured_by_restart`)."""

    kind = "reported-fault"
    interval_s = 2.0

    def __init__(self, connector: int, report: ErrorReport, *, is_cured_by_restart: bool = False) -> None:
        self._connector = connector
        self._report = report
        self._is_cured_by_restart = is_cured_by_restart

    def begin(self, station: OrderedStation) -> None:
        station.break_down(self._connector, self._report)

    def grow(self, station: OrderedStation, since_s: float) -> None:  # noqa: ARG002 - it does not get worse
        if self._is_cured_by_restart and not station.is_connected:
            self.end(station)

    def end(self, station: OrderedStation) -> None:
        if station.connectors[self._connector].fault is self._report:
            station.recover(self._connector)


class Restarted(Fault):
    """The station restarts without a word, once."""

    kind = "restart"

    def begin(self, station: OrderedStation) -> None:
        station.crash()

    def end(self, station: OrderedStation) -> None:
        """It is well again by itself."""
