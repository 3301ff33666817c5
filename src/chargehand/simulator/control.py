"""Faults on demand in a fleet that runs: orders are lines in a file, which the fleet reads as they are added."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from chargehand.simulator.catalogue.hardware import FailedStarts
from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.faults import Fault, SilentStation
from chargehand.simulator.mishaps import REPORTS
from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.timeline import Timeline

#: How often the file is looked at, in real seconds.
_INTERVAL_S: Final = 1.0


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault for a connector of a station; it lasts `lasts_s` simulated seconds, None: until it is mended."""

    station: str
    fault: str
    connector: int = 1
    lasts_s: float | None = None


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
            station.recover(self._connector)

    def end(self, station: OrderedStation) -> None:
        station.recover(self._connector)


class Restarted(Fault):
    """The station restarts without a word, once."""

    kind = "restart"

    def begin(self, station: OrderedStation) -> None:
        station.crash()

    def end(self, station: OrderedStation) -> None:
        """It is well again by itself."""


_REPORTS: Final = {report.error_code: report for report in REPORTS}

#: What may be asked for, by the names people type; `mend` ends whatever was asked for at the connector.
FAULTS: Final[Mapping[str, Callable[[Random, int], Fault]]] = {
    "lock": lambda _rng, number: Reported(number, _REPORTS["ConnectorLockFailure"]),
    "ground-fault": lambda _rng, number: Reported(number, _REPORTS["GroundFailure"]),
    "overheated": lambda _rng, number: Reported(number, _REPORTS["HighTemperature"]),
    "overcurrent": lambda _rng, number: Reported(number, _REPORTS["OverCurrentFailure"]),
    "internal": lambda _rng, number: Reported(number, _REPORTS["InternalError"], is_cured_by_restart=True),
    "starts-fail": lambda rng, number: FailedStarts(rng, number, chance=1.0),
    "silent": lambda _rng, _number: SilentStation(),
    "restart": lambda _rng, _number: Restarted(),
}
MEND: Final = "mend"


class Standing:
    """A fault that was asked for and stands until it is mended."""

    def __init__(self, station: OrderedStation, fault: Fault, timeline: Timeline) -> None:
        self._station = station
        self._fault = fault
        self._timeline = timeline
        self._began = timeline.clock.now()
        self._is_active = True
        fault.begin(station)
        self._grow_later()

    def end(self) -> None:
        """Put it right; a second time changes nothing."""
        if self._is_active:
            self._is_active = False
            self._fault.end(self._station)

    def _grow_later(self) -> None:
        self._timeline.after(self._fault.interval_s, self._grow)

    def _grow(self) -> None:
        if self._is_active:
            self._fault.grow(self._station, self._timeline.clock.now() - self._began)
            self._grow_later()


class Control:
    """Follows a file of orders, one JSON object a line; lines that were there before are past."""

    def __init__(
        self, path: Path, stations: Sequence[OrderedStation], timeline: Timeline, rng: Random
    ) -> None:
        self._path = path
        self._stations = {station.door.identity: station for station in stations}
        self._timeline = timeline
        self._rng = rng
        self._standing: dict[tuple[str, int], Standing] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self._read = path.stat().st_size

    def start(self) -> None:
        """Look at the file again and again."""
        self.look()
        self._timeline.after(self._timeline.clock.simulated(_INTERVAL_S), self.start)

    def look(self) -> None:
        """Carry out whole lines that were added; what is no order is passed over."""
        if self._path.stat().st_size < self._read:
            self._read = 0
        with self._path.open("rb") as file:
            file.seek(self._read)
            lines = file.readlines()
        for line in lines:
            if not line.endswith(b"\n"):
                return
            self._read += len(line)
            try:
                order = msgspec.json.decode(line, type=Order)
            except msgspec.DecodeError:
                continue
            self._carry_out(order)

    def _carry_out(self, order: Order) -> None:
        station = self._stations.get(order.station)
        if station is None or order.connector not in station.connectors:
            return
        place = (order.station, order.connector)
        if (before := self._standing.pop(place, None)) is not None:
            before.end()
        make = FAULTS.get(order.fault)
        if make is None:
            return
        standing = Standing(station, make(self._rng, order.connector), self._timeline)
        self._standing[place] = standing
        if order.lasts_s is not None:
            self._timeline.after(order.lasts_s, standing.end)


def append(path: Path, order: Order) -> None:
    """Ask a running fleet for something; raise FileNotFoundError where none follows this file."""
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(msgspec.json.encode(order) + b"\n")
