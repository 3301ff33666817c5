"""An outlet or meter that has gone wrong in the place of the sound one, with the same car and register."""

from collections.abc import Callable
from typing import TypeVar

from chargehand.simulator.connector import Connector
from chargehand.simulator.meter import Meter
from chargehand.simulator.outlet import Outlet, Reading

AnOutlet = TypeVar("AnOutlet", bound=Outlet)


class FalseOutlet(Outlet):
    """Show what `distort` makes of the true reading."""

    distort: Callable[[Reading], Reading]

    def read(self) -> Reading:
        return self.distort(super().read())


class WeldedOutlet(Outlet):
    """The contactor does not open any more."""

    def energise(self, *, on: bool) -> None:
        super().energise(on=on or self.is_energised)


class FrozenMeter(Meter):
    """The register stands still."""

    __slots__ = ()

    def count(self, energy_wh: float) -> None:
        """Count nothing."""


def put(connector: Connector, make: type[AnOutlet]) -> AnOutlet:
    """Put an outlet of another make in the place of a connector's, in the same state; return it."""
    new = make.__new__(make)
    new.__dict__.update(connector.outlet.__dict__)
    connector.outlet = new
    return new
