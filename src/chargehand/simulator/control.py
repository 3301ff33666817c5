"""Faults on demand in a fleet that runs: planned ones, and orders in a file that it reads as they are added."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from chargehand.simulator.catalogue.kinds import KINDS, make_fault
from chargehand.simulator.faults import Fault
from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.timeline import Timeline

#: How often the file is looked at, in real seconds.
_INTERVAL_S: Final = 1.0
_DAY_S: Final = 86_400.0
#: Ends whatever was asked for at the connector.
MEND: Final = "mend"
_NOTATION: Final = re.compile(
    r"(?P<fault>[a-z0-9-]+)(:(?P<parameters>[^@]*))?@(?P<station>[^/+]+)(/(?P<plug>[^+]+))?(\+(?P<delay>\d+))?"
)


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault for a connector of a station; it lasts `lasts_s` simulated seconds, None: until it is mended.

    It sets in `after_s` simulated seconds after the order; `parameters` are those of the catalogue, as text, and
    `age_days`, how long the fault has grown already.
    """

    station: str
    fault: str
    connector: int = 1
    lasts_s: float | None = None
    after_s: float = 0.0
    parameters: dict[str, str] = {}


def read_order(text: str) -> Order:
    """Read `KIND[:param=value,…]@STATION[/PLUG][+delay]`; raise ValueError with a sentence for anything else."""
    found = _NOTATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is not KIND[:param=value,…]@STATION[/PLUG][+seconds].")
    order = Order(
        station=found["station"],
        fault=found["fault"],
        connector=read_plug(found["plug"] or "A"),
        after_s=float(found["delay"] or 0),
        parameters=read_parameters((found["parameters"] or "").split(",")),
    )
    check_order(order)
    return order


def read_parameters(parts: Sequence[str]) -> dict[str, str]:
    """Read `name=value` pairs; raise ValueError for what is none."""
    pairs = [part.strip().partition("=") for part in parts if part.strip()]
    wrong = [name for name, equals, _ in pairs if not equals]
    if wrong:
        raise ValueError(f"{wrong[0]} is not name=value.")
    return {name: value for name, _, value in pairs}


def read_plug(text: str) -> int:
    """Return the number of a plug, given by its letter on the sign or its number; raise ValueError otherwise."""
    if len(text) == 1 and text.isascii() and text.isalpha():
        return ord(text.upper()) - ord("A") + 1
    return int(text)


def check_order(order: Order) -> None:
    """Raise ValueError, with a sentence, for a kind, a parameter or a value that does not exist."""
    if order.fault != MEND:
        _make(order, Random(0))  # noqa: S311 - made to see whether it can be


def _make(order: Order, rng: Random) -> tuple[Fault, float]:
    """Return the fault and how long (s) it has grown already."""
    parameters: Mapping[str, str] = {k: v for k, v in order.parameters.items() if k != "age_days"}
    fault = make_fault(order.fault, rng, order.connector, parameters)
    age = float(order.parameters.get("age_days", KINDS[order.fault].age_days))
    return fault, age * _DAY_S


class Standing:
    """A fault that was asked for and stands until it is mended."""

    def __init__(
        self, station: OrderedStation, fault: Fault, timeline: Timeline, *, age_s: float = 0.0
    ) -> None:
        self._station = station
        self._fault = fault
        self._timeline = timeline
        self._began = timeline.clock.now() - age_s
        self._is_active = True
        fault.begin(station)
        if age_s > 0:
            fault.grow(station, age_s)
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
    """Carries out orders: `planned` ones from the start, and lines of a file (JSON objects) as they are added."""

    def __init__(
        self,
        path: Path | None,
        stations: Sequence[OrderedStation],
        timeline: Timeline,
        rng: Random,
        *,
        planned: Sequence[Order] = (),
    ) -> None:
        self._path = path
        self._stations = {station.door.identity: station for station in stations}
        self._timeline = timeline
        self._rng = rng
        self._planned = planned
        self._standing: dict[tuple[str, int], Standing] = {}
        self._read = 0
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            self._read = path.stat().st_size

    def start(self) -> None:
        """Plan what is planned, and look at the file again and again."""
        for order in self._planned:
            self.take(order)
        if self._path is not None:
            self._look_later()

    def _look_later(self) -> None:
        self.look()
        self._timeline.after(self._timeline.clock.simulated(_INTERVAL_S), self._look_later)

    def look(self) -> None:
        """Carry out whole lines that were added; what is no order is passed over."""
        assert self._path is not None
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
                check_order(order)
            except (msgspec.DecodeError, ValueError):
                continue
            self.take(order)

    def take(self, order: Order) -> None:
        """Carry out an order when its time comes; for a station or plug that is not there, never."""
        station = self._stations.get(order.station)
        if station is None or order.connector not in station.connectors:
            return
        if station.is_replaying:
            self._timeline.after(self._timeline.clock.simulated(_INTERVAL_S), lambda: self.take(order))
        elif order.after_s > 0:
            self._timeline.after(order.after_s, lambda: self._carry_out(order, station))
        else:
            self._carry_out(order, station)

    def _carry_out(self, order: Order, station: OrderedStation) -> None:
        place = (order.station, order.connector)
        if (before := self._standing.pop(place, None)) is not None:
            before.end()
        if order.fault == MEND:
            return
        fault, age_s = _make(order, self._rng)
        standing = Standing(station, fault, self._timeline, age_s=age_s)
        self._standing[place] = standing
        if order.lasts_s is not None:
            self._timeline.after(order.lasts_s, standing.end)


def append(path: Path, order: Order) -> None:
    """Ask a running fleet for something; raise FileNotFoundError where none follows this file."""
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(msgspec.json.encode(order) + b"\n")
