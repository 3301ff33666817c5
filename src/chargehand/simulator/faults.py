"""What can go wrong with a simulated station: the interface of faults, and those of its connection."""

from abc import ABC, abstractmethod
from random import Random
from typing import ClassVar

from chargehand.simulator.orders import OrderedStation


class Fault(ABC):
    """A change of a station's physics or behaviour that begins, may grow, and may end.

    A fault acts on the station's public state (`outlet.conditions`, `break_down`, the link) and never on the
    messages. `grow` is called every `interval_s` simulated seconds with the time since the beginning. `kind` is
    the name under which a fault detector should find it.
    """

    kind: ClassVar[str]
    interval_s: float = 60.0

    @abstractmethod
    def begin(self, station: OrderedStation) -> None:
        """Change the station at the moment the fault sets in."""

    def grow(self, station: OrderedStation, since_s: float) -> None:  # noqa: B027 - not every fault grows
        """Change the station further; faults that do not grow leave this as it is."""

    @abstractmethod
    def end(self, station: OrderedStation) -> None:
        """Put everything right again."""


class PlantedFault:
    """One fault in one station between two times; the truth that a detector's findings are held against."""

    def __init__(
        self, station: OrderedStation, fault: Fault, *, begins_at: float, ends_at: float | None
    ) -> None:
        self.station = station
        self.fault = fault
        self.begins_at = begins_at
        self.ends_at = ends_at
        self.is_active = False
        station.timeline.at(begins_at, self._begin)
        if ends_at is not None:
            station.timeline.at(ends_at, self._end)

    def _begin(self) -> None:
        self.is_active = True
        self.fault.begin(self.station)
        self._grow_later()

    def _grow_later(self) -> None:
        self.station.timeline.after(self.fault.interval_s, self._grow)

    def _grow(self) -> None:
        if self.is_active:
            self.fault.grow(self.station, self.station.timeline.clock.now() - self.begins_at)
            self._grow_later()

    def _end(self) -> None:
        if self.is_active:
            self.is_active = False
            self.fault.end(self.station)


def plant(
    station: OrderedStation, fault: Fault, *, begins_at: float, ends_at: float | None = None
) -> PlantedFault:
    """Have `fault` befall `station` from `begins_at` to `ends_at` (seconds since 1970 of its clock)."""
    return PlantedFault(station, fault, begins_at=begins_at, ends_at=ends_at)


class FlappingConnectivity(Fault):
    """The connection breaks again and again; `mean_up_s` is the mean time between two breaks."""

    kind = "flapping-connectivity"

    def __init__(self, rng: Random, *, mean_up_s: float = 180.0) -> None:
        self.interval_s = 10.0
        self._rng = rng
        self._mean_up_s = mean_up_s

    def begin(self, station: OrderedStation) -> None:
        station.lose_link()

    def grow(self, station: OrderedStation, since_s: float) -> None:  # noqa: ARG002 - it does not get worse
        if station.is_connected and self._rng.random() < self.interval_s / self._mean_up_s:
            station.lose_link()

    def end(self, station: OrderedStation) -> None:
        """Nothing is to be undone: the station reconnects by itself."""


class SilentStation(Fault):
    """The station falls silent: the socket stays open, nothing is said and nothing heard."""

    kind = "silent-station"

    def begin(self, station: OrderedStation) -> None:
        station.is_silent = True

    def end(self, station: OrderedStation) -> None:
        station.is_silent = False
        station.lose_link()


class UnansweredCommands(Fault):
    """The station talks but does not answer what it is asked (quirk E8)."""

    kind = "unanswered-commands"

    def begin(self, station: OrderedStation) -> None:
        station.ignores_commands = True

    def end(self, station: OrderedStation) -> None:
        station.ignores_commands = False


class RebootLoop(Fault):
    """The watchdog restarts the station every `every_s` seconds."""

    kind = "reboot-loop"

    def __init__(self, *, every_s: float = 600.0) -> None:
        self.interval_s = every_s

    def begin(self, station: OrderedStation) -> None:
        station.crash()

    def grow(self, station: OrderedStation, since_s: float) -> None:  # noqa: ARG002 - it does not get worse
        station.crash()

    def end(self, station: OrderedStation) -> None:
        """Nothing is to be undone: the last restart brings the station back."""
