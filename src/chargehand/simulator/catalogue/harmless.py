"""What only looks like a fault, so that one can rehearse that nobody is woken for it."""

from chargehand.simulator.car import CAR_MODELS
from chargehand.simulator.faults import Fault
from chargehand.simulator.orders import OrderedStation

_FOR_LONG_S = 10 * 365 * 86_400.0


class HotDay(Fault):
    """The sun heats the air at the station by `kelvin`: give it to every station of a site."""

    kind = "hot-day"

    def __init__(self, *, kelvin: float = 15.0) -> None:
        self._kelvin = kelvin

    def begin(self, station: OrderedStation) -> None:
        for connector in station.connectors.values():
            connector.outlet.conditions.air_k = self._kelvin

    def end(self, station: OrderedStation) -> None:
        for connector in station.connectors.values():
            connector.outlet.conditions.air_k = 0.0


class SlowCar(Fault):
    """Cars that take little come to the connector: at AC one phase and 16 A, at DC no more than 50 kW."""

    kind = "slow-car"
    interval_s = 5.0

    def __init__(self, connector: int) -> None:
        self._connector = connector

    def begin(self, station: OrderedStation) -> None:
        self.grow(station, 0.0)

    def grow(self, station: OrderedStation, since_s: float) -> None:  # noqa: ARG002 - each car that comes is slow
        outlet = station.connectors[self._connector].outlet
        if outlet.car is not None:
            outlet.car.model = CAR_MODELS[7] if outlet.rating.kind == "AC" else CAR_MODELS[0]

    def end(self, station: OrderedStation) -> None:
        """The next car takes what it gets."""


class SmartLimit(Fault):
    """The site's limit leaves `amperes` a phase for the connector, which it offers to the car."""

    kind = "smart-limit"

    def __init__(self, connector: int, *, amperes: float = 8.0) -> None:
        self._connector = connector
        self._amperes = amperes

    def begin(self, station: OrderedStation) -> None:
        station.connectors[self._connector].outlet.limit_a = self._amperes

    def end(self, station: OrderedStation) -> None:
        outlet = station.connectors[self._connector].outlet
        outlet.limit_a = outlet.rating.max_current_a


class Maintenance(Fault):
    """Somebody has switched the station off for work that was planned."""

    kind = "planned-maintenance"

    def begin(self, station: OrderedStation) -> None:
        self._switch(station, operative=False)

    def end(self, station: OrderedStation) -> None:
        self._switch(station, operative=True)

    def _switch(self, station: OrderedStation, *, operative: bool) -> None:
        for connector in station.connectors.values():
            if connector.transaction is not None and not operative:
                connector.next_availability = False
            else:
                connector.next_availability = None
                connector.is_operative = operative
            station.refresh(connector)


class SiteOutage(Fault):
    """The street has no electricity: give it to every station of a site; it is one incident, not many."""

    kind = "site-outage"

    def begin(self, station: OrderedStation) -> None:
        station.restart("PowerUp", takes_s=_FOR_LONG_S, politely=False)
        for connector in station.connectors.values():
            if connector.transaction is not None:
                station.stop(connector, reason="PowerLoss", trigger="AbnormalCondition")

    def end(self, station: OrderedStation) -> None:
        station.restart("PowerUp", takes_s=0.0, politely=False)


class RepeatedMessages(Fault):
    """The network delivers every message of the station twice."""

    kind = "repeated-messages"

    def begin(self, station: OrderedStation) -> None:
        station.says_twice = True

    def end(self, station: OrderedStation) -> None:
        station.says_twice = False


class ClockChange(Fault):
    """The station's clock follows summer time or another zone: it is off by `hours`."""

    kind = "clock-change"

    def __init__(self, *, hours: float = 1.0) -> None:
        self._hours = hours

    def begin(self, station: OrderedStation) -> None:
        station.clock_error_s = self._hours * 3_600

    def end(self, station: OrderedStation) -> None:
        station.clock_error_s = 0.0


class Holiday(Fault):
    """Nobody comes: a public holiday, a closed road, a site that is seldom used."""

    kind = "holiday"

    def begin(self, station: OrderedStation) -> None:
        station.is_avoided = True

    def end(self, station: OrderedStation) -> None:
        station.is_avoided = False
