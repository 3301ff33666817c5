"""Faults of contactors, locks, protection, cables and power modules, and starts that fail."""

from random import Random

from chargehand.simulator.car import CAR_MODELS, Car
from chargehand.simulator.catalogue.tampering import WeldedOutlet, put
from chargehand.simulator.connector import Connector, ErrorReport
from chargehand.simulator.faults import Fault
from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.outlet import Outlet

_DAY_S = 86_400.0


class ContactorWelded(Fault):
    """The contactor does not open: the car goes on charging after the transaction, until it is unplugged.

    Drivers who end the transaction before they leave, after `patience_s`, make it visible.
    """

    kind = "contactor-welded"
    interval_s = 60.0

    def __init__(self, connector: int, *, patience_s: float = 1_800.0) -> None:
        self._connector = connector
        self._patience_s = patience_s
        self._seen = ""
        self._since_s = 0.0

    def begin(self, station: OrderedStation) -> None:
        put(station.connectors[self._connector], WeldedOutlet)
        settings = station.settings
        settings.aligned_interval_s = settings.sample_interval_s
        settings.aligned_measurands = settings.measurands
        station.settings_changed()

    def grow(self, station: OrderedStation, since_s: float) -> None:
        connector = station.connectors[self._connector]
        transaction = connector.transaction
        if transaction is None:
            return
        if transaction.id != self._seen:
            self._seen, self._since_s = transaction.id, since_s
        elif since_s - self._since_s > self._patience_s:
            station.stop(connector, reason="Local", trigger="StopAuthorized")

    def end(self, station: OrderedStation) -> None:
        put(station.connectors[self._connector], Outlet)
        station.settings.aligned_interval_s = 0
        station.settings_changed()


class Trips(Fault):
    """A connector reports a fault with some chance for each start, and recovers after a while.

    The chance grows from nothing to `chance` within `days`; `tries` counts transactions that began.
    """

    interval_s = 20.0

    def __init__(
        self, rng: Random, connector: int, report: ErrorReport, *, chance: float, days: float, lasts_s: float
    ) -> None:
        self._rng = rng
        self._connector = connector
        self._report = report
        self._chance = chance
        self._ramp_s = max(1.0, days * _DAY_S)
        self._lasts_s = lasts_s
        self._seen = ""

    def begin(self, station: OrderedStation) -> None:
        """Nothing fails before the next start."""

    def grow(self, station: OrderedStation, since_s: float) -> None:
        connector = station.connectors[self._connector]
        transaction = connector.transaction
        if transaction is None or transaction.id == self._seen:
            return
        self._seen = transaction.id
        if connector.fault is None and self._rng.random() < self._chance * min(1.0, since_s / self._ramp_s):
            station.break_down(self._connector, self._report)
            station.timeline.after(self._lasts_s, lambda: self._recover(station, connector))

    def _recover(self, station: OrderedStation, connector: Connector) -> None:
        if connector.fault is self._report:
            station.recover(self._connector)

    def end(self, station: OrderedStation) -> None:
        self._recover(station, station.connectors[self._connector])


class LockFailure(Trips):
    """The plug's lock fails ever more often."""

    kind = "connector-lock-failure"

    def __init__(self, rng: Random, connector: int, *, chance: float = 0.3, days: float = 28.0) -> None:
        report = ErrorReport("ConnectorLockFailure", "CX001")
        super().__init__(rng, connector, report, chance=chance, days=days, lasts_s=90.0)


class GroundFault(Trips):
    """The residual-current protection trips and is reset, again and again."""

    kind = "ground-fault"

    def __init__(self, rng: Random, connector: int, *, chance: float = 0.4, days: float = 4.0) -> None:
        super().__init__(
            rng, connector, ErrorReport("GroundFailure"), chance=chance, days=days, lasts_s=150.0
        )


class IsolationDecline(Trips):
    """The isolation test before charging fails ever more often."""

    kind = "isolation-decline"

    def __init__(self, rng: Random, connector: int, *, chance: float = 0.3, days: float = 14.0) -> None:
        report = ErrorReport("OtherError", "CX011", "cable check fault")
        super().__init__(rng, connector, report, chance=chance, days=days, lasts_s=120.0)


class FailedStarts(Fault):
    """A share of all starts ends within half a minute and without energy; no code is reported."""

    kind = "failed-starts"
    interval_s = 5.0

    def __init__(self, rng: Random, connector: int, *, chance: float = 0.6) -> None:
        self._rng = rng
        self._connector = connector
        self._chance = chance
        self._seen = ""

    def begin(self, station: OrderedStation) -> None:
        """Nothing fails before the next start."""

    def grow(self, station: OrderedStation, since_s: float) -> None:  # noqa: ARG002 - it does not get worse
        connector = station.connectors[self._connector]
        transaction = connector.transaction
        if transaction is not None and transaction.id != self._seen:
            self._seen = transaction.id
            if self._rng.random() < self._chance:
                station.stop(connector, reason="Other", trigger="AbnormalCondition")

    def end(self, station: OrderedStation) -> None:
        """The next start goes well again."""


class StuckState(Fault):
    """The station believes a car to be there that has left: the connector stays in Preparing."""

    kind = "stuck-state"

    def __init__(self, connector: int) -> None:
        self._connector = connector
        self._ghost: Car | None = None

    def begin(self, station: OrderedStation) -> None:
        self.grow(station, 0.0)

    def grow(self, station: OrderedStation, since_s: float) -> None:  # noqa: ARG002 - it only waits for a free plug
        if self._ghost is not None:
            return
        connector = station.connectors[self._connector]
        if connector.car is None and connector.is_free:
            self._ghost = Car(CAR_MODELS[0], 0.5)
            station.plug_in(self._connector, self._ghost)

    def end(self, station: OrderedStation) -> None:
        if self._ghost is not None and station.connectors[self._connector].car is self._ghost:
            station.unplug(self._connector)


class PowerDerating(Fault):
    """A power module has failed: only `share` of the power is there, and the plate's offer says nothing of it."""

    kind = "power-derating"

    def __init__(self, connector: int, *, share: float = 0.33) -> None:
        self._connector = connector
        self._share = share

    def begin(self, station: OrderedStation) -> None:
        station.connectors[self._connector].outlet.conditions.available_power = self._share

    def end(self, station: OrderedStation) -> None:
        station.connectors[self._connector].outlet.conditions.available_power = 1.0


class CableCut(Fault):
    """Somebody has cut the cable."""

    kind = "cable-cut"

    def __init__(self, connector: int) -> None:
        self._connector = connector

    def begin(self, station: OrderedStation) -> None:
        station.break_down(self._connector, ErrorReport("OtherError", "CX026", "output cable severed"))

    def end(self, station: OrderedStation) -> None:
        station.recover(self._connector)
