"""A second, independent fleet: written from the catalogue of faults alone, so that no simulator is fitted."""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec
from benchmarks.fault_fleet import Event, Options
from benchmarks.fault_other_kinds import SHAPES, Flaw, make_flaw
from benchmarks.fault_other_samples import Plate
from benchmarks.fault_other_station import Told, Unit
from benchmarks.fault_other_world import DAY, HOUR, Habits, Place, in_any, make_habits, make_place

BEGIN = datetime(2025, 9, 8, tzinfo=UTC).timestamp()
OF_SITE = {"voltage-sag", "voltage-swell"}
OF_STATION = {
    *("fan-failure", "filter-clogging", "phase-loss", "phase-imbalance", "flapping-connectivity"),
    *(
        "weak-signal",
        "silent-station",
        "clock-drift",
        "reboot-loop",
        "payment-terminal-fault",
        "measurand-fault",
    ),
}
_BUFFERED = {"start", "stop", "meter"}


class OtherScene:
    """A fleet of another make; `play` yields its lines in the order of receipt, `events` is the truth."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.rng = Random(f"other/{options.seed}")
        self.days = int(options.days)
        self.places: list[Place] = []
        self.units: list[Unit] = []
        self.events: list[Event] = []
        while len(self.units) < options.stations:
            self._build()
        self._plant()
        if "firmware-regression" in options.kinds:
            self._regress()
        for unit in self.units:
            if self.rng.random() < 0.25 and unit.flaw is None:
                at = BEGIN + self.rng.uniform(3, self.days - 1) * DAY
                unit.spared = [(at, at + self.rng.uniform(0.5, 6) * HOUR)]
        for place in self.places:
            self._cut_off(place)

    def _build(self) -> None:
        rng, options = self.rng, self.options
        place = make_place(options.seed, len(self.places), BEGIN, self.days, options.visits)
        self.places.append(place)
        is_dc = rng.random() < 0.35
        model = rng.choice(("Bolt 150", "Bolt 50") if is_dc else ("Post 22", "Post 11", "Wall 22"))
        max_w = {"Bolt 150": 150e3, "Bolt 50": 50e3, "Post 11": 11_040.0}.get(model, 22_080.0)
        max_a = {"Bolt 150": 400.0, "Bolt 50": 125.0, "Post 11": 16.0}.get(model, 32.0)
        for _ in range(rng.randint(1, 5)):
            number = len(self.units) + 1
            name = f"unit-{options.seed}-{number}"
            plate = Plate(name, is_dc, 1 if is_dc else 3, max_w, max_a, model, rng.choice((1, 2)))
            place.stations.append(name)
            unit = Unit(plate, place, make_habits(rng, is_dc=is_dc), None, name)
            self.units.append(unit)

    def _suits(self, unit: Unit, kind: str, begins: float) -> bool:
        _, _, letters, current = SHAPES[kind]
        habits: Habits = unit.habits
        if unit.flaw is not None or (current and (current == "DC") != unit.plate.is_dc):
            return False
        if kind in {"contactor-wear", "stuck-state"} and habits.is_new:
            return False
        if kind == "payment-terminal-fault" and not habits.has_kinds:
            return False
        if unit.place.visits < (2.4 if kind == "contact-resistance-rise" else 1.6):
            return False
        if kind in {"isolation-decline", "ground-fault", "connector-lock-failure"} and not habits.has_codes:
            return False
        if kind == "meter-rollback" and habits.resets:
            return False
        return set(letters) <= set(habits.letters) and in_any(unit.spared, begins) is None

    def _plant(self) -> None:
        rng, options = self.rng, self.options
        kinds = [kind for kind in options.kinds if kind in SHAPES]
        for number in range(int(options.share * len(self.units))):
            kind = kinds[number % len(kinds)]
            shortest, longest, _, _ = SHAPES[kind]
            lasts = min(rng.uniform(shortest, longest), self.days - 16)
            begins = BEGIN + rng.uniform(15, self.days - lasts - 0.5) * DAY
            units = [unit for unit in self.units if self._suits(unit, kind, begins)]
            if not units:
                continue
            unit = rng.choice(units)
            evse = 0 if kind in OF_SITE | OF_STATION else rng.randint(1, unit.plate.plugs)
            flaw = make_flaw(rng, kind, evse, begins, begins + lasts * DAY)
            struck = [unit]
            if kind in OF_SITE:
                struck = [each for each in self.units if each.place is unit.place and each.flaw is None]
            if kind == "voltage-sag" and rng.random() < 0.5:
                at = begins
                while at < flaw.ends:
                    flaw.spans.append((at, at + rng.uniform(60, 600)))
                    at += rng.uniform(0.2, 1.0) * HOUR
            for each in struck:
                each.flaw = flaw
            self._note(flaw, tuple(each.plate.name for each in struck), struck[0].habits.interval_s)

    def _note(self, flaw: Flaw, names: tuple[str, ...], interval_s: float) -> None:
        self.events.append(
            Event(flaw.kind, names, flaw.evse, flaw.begins, flaw.ends, flaw.limit_at, interval_s)
        )

    def _regress(self) -> None:
        models: dict[str, list[Unit]] = {}
        for unit in self.units:
            if unit.flaw is None:
                models.setdefault(unit.plate.model, []).append(unit)
        units = max(models.values(), key=len, default=[])
        if len(units) < 4:
            return
        begins = BEGIN + 22 * DAY
        flaw = Flaw("firmware-regression", 0, begins, BEGIN + self.days * DAY, 0.5)
        for unit in units:
            unit.flaw = flaw
            unit.failing = min(unit.failing, 0.04)
        self._note(flaw, tuple(unit.plate.name for unit in units), 0.0)

    def _cut_off(self, place: Place) -> None:
        """Let a site lose its router or mains now and then: one event, not one of each station."""
        if self.rng.random() < 0.12:
            begins = BEGIN + self.rng.uniform(12, self.days - 1) * DAY
            place.outages = [(begins, begins + self.rng.uniform(2, 8) * HOUR)]
            flaw = Flaw("silent-station", 0, *place.outages[0], 0.5)
            self._note(flaw, tuple(place.stations), 0.0)

    def play(self) -> Iterator[bytes]:
        """Yield the lines in the order of receipt."""
        merged = heapq.merge(*(unit.lines() for unit in self.units), key=lambda told: told[0])
        by_name = {unit.plate.name: unit for unit in self.units}
        heap: list[tuple[float, int, dict[str, Any]]] = []
        rng = Random(f"wire/{self.options.seed}")
        for number, (at, line) in enumerate(merged):
            while heap and heap[0][0] < at:
                yield _write(*heapq.heappop(heap))
            for received in self._receive(by_name[line["station"]], (at, line), rng):
                heapq.heappush(heap, (received, 2 * number + (received > at + 2), line))
        while heap:
            yield _write(*heapq.heappop(heap))

    def _receive(self, unit: Unit, told: Told, rng: Random) -> list[float]:
        """Return when a line is received: not at all, once, twice, late."""
        at, line = told
        event = line["event"]
        if event in {"station", "limit", "maintenance", "command"}:
            return [at]
        cut = in_any(unit.place.outages, at) or in_any(unit.spared, at)
        if cut is None and "silent" in unit.effects(at).flags and unit.flaw is not None:
            cut = unit.flaw.ends
        if cut is not None:
            return [cut + rng.uniform(1, 90)] if event in _BUFFERED and cut - at < DAY else []
        if rng.random() < self.options.lost:
            return []
        received = at + rng.uniform(0.1, 1.5)
        if rng.random() < 0.002 and event in {*_BUFFERED, "status"}:
            received = at + rng.uniform(60, DAY)
        return [received, received + rng.uniform(0.5, 30)] if rng.random() < 0.004 else [received]


def _write(received: float, _: int, line: dict[str, Any]) -> bytes:
    stamp = datetime.fromtimestamp(received, UTC).isoformat(timespec="milliseconds")
    return msgspec.json.encode({**line, "received": stamp})
