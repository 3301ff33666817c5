"""A seeded fleet whose telemetry is written as JSON lines, with the truth about every fault planted in it."""

import heapq
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

import msgspec

from chargehand.simulator.catalogue.connection import (
    ClockDrift,
    ContactorWear,
    PaymentTerminalDead,
    WeakSignal,
)
from chargehand.simulator.catalogue.hardware import (
    CableCut,
    ContactorWelded,
    FailedStarts,
    GroundFault,
    IsolationDecline,
    LockFailure,
    PowerDerating,
    StuckState,
)
from chargehand.simulator.catalogue.heat import ContactResistance, FanFailure, FilterClogging
from chargehand.simulator.catalogue.metering import (
    CtReversed,
    MeterDrift,
    MeterFrozen,
    MeterRollback,
    MissingMeasurand,
    WrongUnit,
)
from chargehand.simulator.catalogue.recording import RecordedStation
from chargehand.simulator.catalogue.supply import LooseTerminal, LostNeutral, PhaseLoss, VoltageSag
from chargehand.simulator.clock import ManualClock
from chargehand.simulator.connector import ErrorReport
from chargehand.simulator.driver import Drivers
from chargehand.simulator.faults import Fault, FlappingConnectivity, RebootLoop, SilentStation, plant
from chargehand.simulator.fleet import Fleet, SitePlan, StationPlan, describe
from chargehand.simulator.plate import Site
from chargehand.simulator.surroundings import Grid, Weather
from chargehand.simulator.timeline import Timeline

DAY = 86_400.0
START = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
Make = Callable[[Random, int], Fault]

AC_ONLY = {"voltage-sag", "voltage-swell", "phase-loss", "phase-imbalance", "ct-reversed"}
DC_ONLY = {"fan-failure", "filter-clogging", "isolation-decline"}
OF_SITE = {"voltage-sag", "voltage-swell"}

#: kind: (a fault of that kind, shortest and longest duration in days)
FAULTS: dict[str, tuple[Make, float, float]] = {
    "contact-resistance-rise": (
        lambda rng, n: ContactResistance(n, doubling_days=rng.uniform(7, 30)), 25, 60),
    "fan-failure": (
        lambda rng, _: FanFailure(
            days=rng.uniform(3, 14), resistance=rng.uniform(1.5, 3), speed=rng.uniform(0, 0.8)
        ), 18, 30),
    "filter-clogging": (lambda rng, _: FilterClogging(per_day=rng.uniform(0.005, 0.012)), 60, 75),
    "voltage-sag": (lambda rng, _: VoltageSag(share=rng.uniform(0.7, 0.88)), 0.1, 0.4),
    "voltage-swell": (
        lambda rng, _: LostNeutral(high=rng.uniform(1.12, 1.6), low=rng.uniform(0.6, 0.9)), 0.1, 0.4),
    "phase-loss": (lambda rng, _: PhaseLoss(rng.choice((2, 3)), share=rng.uniform(0, 0.25)), 1, 4),
    "phase-imbalance": (
        lambda rng, _: LooseTerminal(rng.choice((1, 2, 3)), ohm=rng.uniform(0.04, 0.2), days=14), 20, 30),
    "contactor-welded": (lambda _, n: ContactorWelded(n), 2, 5),
    "contactor-wear": (lambda rng, _: ContactorWear(share=rng.uniform(0.12, 0.5), days=14), 25, 30),
    "meter-drift": (
        lambda rng, n: MeterDrift(n, per_week=rng.choice((-1, 1)) * rng.uniform(0.004, 0.02)), 25, 30),
    "meter-frozen": (lambda _, n: MeterFrozen(n), 1, 4),
    "meter-rollback": (lambda rng, n: MeterRollback(n, share=rng.choice((0, 0.5, 0.99))), 2, 3),
    "ct-reversed": (lambda rng, n: CtReversed(n, is_signed=rng.random() < 0.5), 5, 10),
    "measurand-fault": (
        lambda rng, n: rng.choice((
            WrongUnit(n, factor=0.001), WrongUnit(n, factor=1000), MissingMeasurand("Current.Import")
        )), 2, 6),
    "connector-lock-failure": (
        lambda rng, n: LockFailure(rng, n, chance=rng.uniform(0.25, 0.5), days=rng.uniform(7, 28)), 28, 35),
    "ground-fault": (lambda rng, n: GroundFault(rng, n, chance=rng.uniform(0.3, 0.6)), 8, 14),
    "isolation-decline": (lambda rng, n: IsolationDecline(rng, n, chance=rng.uniform(0.2, 0.5)), 20, 28),
    "flapping-connectivity": (
        lambda rng, _: FlappingConnectivity(rng, mean_up_s=rng.uniform(40, 600)), 0.3, 2),
    "weak-signal": (lambda rng, _: WeakSignal(loss_db=rng.uniform(20, 32)), 6, 10),
    "silent-station": (lambda _rng, _n: SilentStation(), 0.3, 3),
    "clock-drift": (
        lambda rng, _: ClockDrift(per_day_s=rng.choice((-1, 1)) * rng.uniform(1, 60)), 14, 25),
    "stuck-state": (lambda _, n: StuckState(n), 2, 4),
    "failed-starts": (lambda rng, n: FailedStarts(rng, n, chance=rng.uniform(0.5, 0.9)), 6, 10),
    "reboot-loop": (lambda rng, _: RebootLoop(every_s=rng.uniform(600, 6 * 3600)), 2, 5),
    "power-derating": (lambda rng, n: PowerDerating(n, share=rng.choice((0.3, 0.33, 0.5))), 18, 30),
    "cable-cut": (lambda _, n: CableCut(n), 2, 4),
    "payment-terminal-fault": (lambda _rng, _n: PaymentTerminalDead(), 12, 20),
}  # fmt: skip


class Event(msgspec.Struct, frozen=True):
    """One planted fault: where (EVSE 0: the whole station), what, from when to when (s).

    `limit_at` is when it would put the plug out of service, `interval_s` the time between two samples.
    """

    kind: str
    stations: tuple[str, ...]
    evse: int
    begins: float
    ends: float
    limit_at: float | None = None
    interval_s: float = 0.0


class Options(msgspec.Struct, frozen=True):
    """What to generate; `share` of the stations have a fault in the time, `visits` a day and connector."""

    seed: int = 1
    stations: int = 40
    days: float = 42.0
    sample_s: int = 300
    share: float = 0.6
    visits: float = 3.0
    lost: float = 0.02
    kinds: tuple[str, ...] = (*FAULTS, "firmware-regression")


class Tape:
    """Lines in the order of receipt: some are lost, some come twice, some late."""

    def __init__(self, rng: Random, lost: float) -> None:
        self._rng = rng
        self._lost = lost
        self._heap: list[tuple[float, int, dict[str, Any]]] = []
        self._count = 0

    def tell(self, received: float, line: dict[str, Any]) -> None:
        rng = self._rng
        if line["event"] not in {"station", "limit", "maintenance", "command"} and rng.random() < self._lost:
            return
        self._push(received, line)
        if rng.random() < 0.003:
            self._push(received + rng.uniform(0.5, 20), line)

    def _push(self, received: float, line: dict[str, Any]) -> None:
        self._count += 1
        heapq.heappush(self._heap, (received, self._count, line))

    def until(self, now: float) -> Iterator[bytes]:
        while self._heap and self._heap[0][0] < now:
            received, _, line = heapq.heappop(self._heap)
            stamp = datetime.fromtimestamp(received, UTC).isoformat(timespec="milliseconds")
            yield msgspec.json.encode({**line, "received": stamp})


class Scene:
    """A fleet on one timeline."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.rng = Random(f"faults/{options.seed}")
        self.timeline = Timeline(ManualClock(START))
        self.tape = Tape(Random(f"tape/{options.seed}"), options.lost)
        self.stations: dict[str, RecordedStation] = {}
        self.sites: dict[str, list[str]] = {}
        self.events: list[Event] = []
        self.fleet: Fleet = describe(options.seed, options.stations, versions=("1.6",))
        for site in self.fleet.sites:
            self._build(site)
        ill = self._plant()
        for name, station in self.stations.items():
            self._disturb(station, is_ill=name in ill)

    def _build(self, plan: SitePlan) -> None:
        rng = Random(f"{self.options.seed}/{plan.id}")
        surroundings = Site(Grid(rng), Weather(rng))
        visits = self.options.visits * rng.uniform(0.7, 1.3)
        plan = msgspec.structs.replace(plan, visits_per_connector_day=visits)
        self.sites[plan.id] = [each.id for each in plan.stations]
        for each in plan.stations:
            chance = Random(f"{self.options.seed}/{each.id}")
            station = RecordedStation(
                each.id, each.hardware(), surroundings, self.tape, timeline=self.timeline, rng=chance
            )
            station.settings.sample_interval_s = self.options.sample_s
            if rng.random() < 0.7:
                station.settings.measurands += ("Current.Offered", "Power.Offered", "Power.Factor")
            self.stations[each.id] = station
            self.tape.tell(START, self._describe(plan, each))
            station.switch_on()
            Drivers(station, plan, self.fleet.drivers, Random(f"{self.options.seed}/d/{each.id}")).start()

    def _describe(self, site: SitePlan, plan: StationPlan) -> dict[str, Any]:
        rating = plan.rating
        return {
            "t": datetime.fromtimestamp(START, UTC).isoformat(), "station": plan.id, "evse": 0,
            "event": "station", "site": site.id, "vendor": plan.vendor, "model": plan.model,
            "firmware": plan.firmware, "kind": rating.kind, "phases": 3 if rating.kind == "AC" else 1,
            "max_power_w": rating.max_power_w, "max_current_a": rating.max_current_a,
            "connectors": plan.connectors, "nominal_voltage_v": 230 if rating.kind == "AC" else 400,
        }  # fmt: skip

    def _plant(self) -> set[str]:
        rng, options = self.rng, self.options
        names = list(self.stations)
        rng.shuffle(names)
        taken: set[str] = set()
        kinds = [kind for kind in options.kinds if kind in FAULTS]
        wanted = int(options.share * len(names))
        for number in range(wanted):
            kind = kinds[number % len(kinds)]
            name = self._choose(kind, names, taken)
            if name is not None:
                self._plant_one(kind, name, taken)
        if "firmware-regression" in options.kinds:
            self._plant_regression(taken)
        return taken

    def _choose(self, kind: str, names: list[str], taken: set[str]) -> str | None:
        for name in names:
            is_dc = self.stations[name].hardware.rating.kind == "DC"
            if name in taken or (kind in AC_ONLY and is_dc) or (kind in DC_ONLY and not is_dc):
                continue
            return name
        return None

    def _plant_one(self, kind: str, name: str, taken: set[str]) -> None:
        rng = self.rng
        make, shortest, longest = FAULTS[kind]
        lasts = min(rng.uniform(shortest, longest), self.options.days - 15) * DAY
        begins = START + rng.uniform(13 * DAY, self.options.days * DAY - lasts - DAY)
        site = next(names for names in self.sites.values() if name in names)
        names = tuple(site) if kind in OF_SITE else (name,)
        evse = rng.randint(1, 2)
        for each in names:
            fault = make(rng, evse)
            plant(self.stations[each], fault, begins_at=begins, ends_at=begins + lasts)
            taken.add(each)
        limit_at = begins + fault.limit_after_s if isinstance(fault, ContactResistance) else None
        self.events.append(Event(kind, names, evse, begins, begins + lasts, limit_at, self.options.sample_s))

    def _plant_regression(self, taken: set[str]) -> None:
        """Update the stations of one model; three times as many of their starts fail from then on."""
        models: dict[str, list[str]] = {}
        for name, station in self.stations.items():
            if name not in taken:
                models.setdefault(station.hardware.model, []).append(name)
        names = max(models.values(), key=len, default=[])
        if len(names) < 4:
            return
        begins = START + 20 * DAY
        for name in names:
            taken.add(name)
            self.timeline.at(begins, lambda name=name: self._update(name, "9.9.0"))  # type: ignore[misc]
            for number in self.stations[name].connectors:
                fault = FailedStarts(self.rng, number, chance=0.25)
                plant(self.stations[name], fault, begins_at=begins + 600, ends_at=None)
        ends = START + self.options.days * DAY
        self.events.append(Event("firmware-regression", tuple(names), 0, begins, ends))

    def _update(self, name: str, firmware: str) -> None:
        """Have a station go offline for half an hour and come back with another firmware: no fault."""
        station = self.stations[name]
        station.tell("command", action="UpdateFirmware", outcome="Accepted")
        station.hardware = msgspec.structs.replace(station.hardware, firmware=firmware)
        station.restart("FirmwareUpdate", takes_s=1_800)

    def _disturb(self, station: RecordedStation, *, is_ill: bool) -> None:
        """Let happen what is no fault: reconnections, limits, maintenance, an error of the car, a restart."""
        rng, days = self.rng, self.options.days
        at = self.timeline.at
        for _ in range(int(days / 2)):
            at(START + rng.uniform(0, days) * DAY, station.lose_link)
        for _ in range(int(days / 12)):
            at(START + rng.uniform(0, days) * DAY, station.crash)
        if rng.random() < 0.3:
            begins = START + rng.uniform(10, days) * DAY
            for hour in range(0, 24 * 6, 24):
                low = station.hardware.rating.max_power_w * rng.uniform(0.3, 0.6)
                at(begins + hour * 3600, partial(self._limit, station, low))
                at(begins + hour * 3600 + 4 * 3600, lambda: self._limit(station, None))
        if rng.random() < 0.2 and not is_ill:
            begins = START + rng.uniform(10, days) * DAY
            at(begins, lambda: self._maintain(station, begins=True))
            at(begins + 7200, lambda: self._maintain(station, begins=False))
        for _ in range(int(days / 15)):
            at(START + rng.uniform(5, days) * DAY, lambda: self._startle(station))

    def _limit(self, station: RecordedStation, watts: float | None) -> None:
        station.tell("limit", limit_w=watts)
        for connector in station.connectors.values():
            outlet = connector.outlet
            outlet.advance(self.timeline.clock.now())
            outlet.limit_w = float(watts or outlet.rating.max_power_w)

    def _maintain(self, station: RecordedStation, *, begins: bool) -> None:
        if begins:
            station.tell("maintenance", state="begin")
            station.leave(5_400)
        else:
            station.tell("maintenance", state="end")

    def _startle(self, station: RecordedStation) -> None:
        number = self.rng.choice((1, 2))
        if station.connectors[number].fault is None and station.connectors[number].car is not None:
            station.break_down(number, ErrorReport("EVCommunicationError"))
            self.timeline.after(60, lambda: station.recover(number))

    def play(self) -> Iterator[bytes]:
        """Yield the lines, simulated hour by hour."""
        now, end = START, START + self.options.days * DAY
        while now < end:
            now += 3_600
            self.timeline.run_until(now)
            yield from self.tape.until(now - 120)
        yield from self.tape.until(end + DAY)
