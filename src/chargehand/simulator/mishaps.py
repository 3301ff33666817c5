"""What goes wrong in a living fleet now and then: plugs that break, stations that lose their network or restart."""

from collections.abc import Sequence
from random import Random

from chargehand.simulator.catalogue.reported import REPORTS, Reported
from chargehand.simulator.faults import plant
from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.timeline import Timeline


class Mishaps:
    """Now and then something breaks somewhere, and is well again after a while: somebody has come and mended it.

    An internal error is well again as soon as the station restarts, on its own or because it was told to.

    `per_station_day` is the mean number of mishaps of one station in a simulated day; a mishap lasts between
    `shortest_s` and `longest_s` simulated seconds.
    """

    def __init__(
        self,
        stations: Sequence[OrderedStation],
        timeline: Timeline,
        rng: Random,
        *,
        per_station_day: float,
        shortest_s: float = 120.0,
        longest_s: float = 1800.0,
    ) -> None:
        self._stations = stations
        self._timeline = timeline
        self._rng = rng
        self._mean_s = 86_400 / (per_station_day * max(1, len(stations)))
        self._shortest_s = shortest_s
        self._longest_s = longest_s

    def start(self) -> None:
        """Let the first mishap come."""
        self._timeline.after(self._rng.expovariate(1 / self._mean_s), self._strike)

    def _strike(self) -> None:
        station = self._rng.choice(self._stations)
        lasts_s = self._rng.uniform(self._shortest_s, self._longest_s)
        if station.is_online and not station.is_replaying:
            kind = self._rng.random()
            if kind < 0.5:
                self._break_plug(station, lasts_s)
            elif kind < 0.8:
                self._cut_network(station, lasts_s)
            else:
                station.crash()
        self.start()

    def _break_plug(self, station: OrderedStation, lasts_s: float) -> None:
        number = self._rng.choice(sorted(station.connectors))
        if station.connectors[number].fault is not None:
            return
        report, now = self._rng.choice(REPORTS), self._timeline.clock.now()
        fault = Reported(number, report, is_cured_by_restart=report.error_code == "InternalError")
        plant(station, fault, begins_at=now, ends_at=now + lasts_s)

    def _cut_network(self, station: OrderedStation, lasts_s: float) -> None:
        station.is_silent = True

        def mend() -> None:
            station.is_silent = False
            station.lose_link()

        self._timeline.after(lasts_s, mend)
