"""A whole fleet on one loop: stations, drivers, history, until someone says stop."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from chargehand.simulator.clock import ScaledClock
from chargehand.simulator.control import MEND, Control, Order
from chargehand.simulator.driver import Drivers
from chargehand.simulator.errands import Errands
from chargehand.simulator.fleet import Fleet, SitePlan, StationPlan, describe
from chargehand.simulator.history import replay
from chargehand.simulator.link import Door
from chargehand.simulator.meter_memory import MeterMemory
from chargehand.simulator.mishaps import Mishaps
from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.plate import Site
from chargehand.simulator.simulated_station import VERSIONS
from chargehand.simulator.surroundings import Grid, Weather
from chargehand.simulator.technician import Technician
from chargehand.simulator.timeline import Timeline
from chargehand.simulator.work_desk import WorkDesk

log = logging.getLogger(__name__)
_REPORT_INTERVAL_S = 10.0
_CONNECTIONS_PER_S = 200.0


class Options(msgspec.Struct, frozen=True):
    """What to simulate; `duration_s` counts real seconds after the history has been told, None is for ever."""

    url: str = "ws://127.0.0.1:9000"
    stations: int = 20
    seed: int = 7
    versions: tuple[str, ...] = ("1.6", "2.0.1")
    speed: float = 1.0
    stamps_simulated: bool = False
    history_days: float = 0.0
    password: str | None = None
    ca_file: str | None = None
    sample_interval_s: int | None = None
    duration_s: float | None = None
    mishaps_per_station_day: float = 0.0
    errand_interval_s: float | None = None
    control: Path | None = None
    meters: Path | None = None
    faults: tuple[Order, ...] = ()
    desk_url: str = ""
    desk_key: str = ""


class Tally(msgspec.Struct, frozen=True):
    """Where the simulation stands."""

    connected: int
    stations: int
    messages_sent: int
    open_transactions: int
    queued: int
    history_days: float = 0.0
    told_days: float = 0.0


class Simulation:
    """The stations of a fleet and their drivers; `start`, `tell_history`, then let time pass, then `close`."""

    def __init__(self, options: Options, fleet: Fleet | None = None) -> None:
        self.options = options
        self.fleet = fleet or describe(options.seed, options.stations, versions=options.versions)
        self.memory = MeterMemory(options.meters)
        self.timeline = Timeline(ScaledClock(options.speed, stamps_simulated=options.stamps_simulated))
        self.stations: list[OrderedStation] = []
        self.drivers: list[Drivers] = []
        self._days_open: list[float] = []
        self._follower: asyncio.Task[None] | None = None
        self._control: Control | None = None
        self._technician: asyncio.Task[None] | None = None
        self._told: set[str] = set()
        for site in self.fleet.sites:
            self._build_site(site)

    def _employ_technician(self) -> None:
        """Let somebody do the work orders, if the CSMS lets the fleet see them."""
        options = self.options
        if not options.desk_url:
            return
        rng = Random(f"{self.fleet.seed}/technician")  # noqa: S311 - repeatable chance
        technician = Technician(
            WorkDesk(options.desk_url, options.desk_key),
            self.stations,
            self._mend,
            token=self.fleet.drivers[0].token,
            timeline=self.timeline,
            rng=rng,
        )
        self._technician = asyncio.ensure_future(technician.work())

    def _mend(self, station: str, connector: int) -> None:
        if self._control is not None:
            self._control.take(Order(station=station, fault=MEND, connector=connector))
        for each in self.stations:
            if each.door.identity == station and each.connectors[connector].fault is not None:
                each.recover(connector)

    def _build_site(self, site: SitePlan) -> None:
        rng = Random(f"{self.fleet.seed}/{site.id}")  # noqa: S311 - repeatable chance
        surroundings = Site(Grid(rng), Weather(rng))
        days = self.options.history_days if site.days_open is None else site.days_open
        begins_at = self.timeline.clock.now() - min(days, self.options.history_days) * 86_400
        own: list[Drivers] = []
        for plan in site.stations:
            station = self._build_station(plan, surroundings, begins_at)
            self.stations.append(station)
            chance = Random(f"{self.fleet.seed}/drivers/{plan.id}")  # noqa: S311 - repeatable chance
            own.append(Drivers(station, site, self.fleet.drivers, chance))
            self._days_open.append(min(days, self.options.history_days))
        for drivers in own:
            drivers.neighbours = tuple(each for each in own if each is not drivers)
        self.drivers += own

    def _build_station(self, plan: StationPlan, surroundings: Site, begins_at: float) -> OrderedStation:
        station = VERSIONS[plan.version](
            Door(self.options.url, plan.id, self.options.password or plan.password, self.options.ca_file),
            plan.hardware(),
            surroundings,
            timeline=self.timeline,
            rng=Random(f"{self.fleet.seed}/{plan.id}"),  # noqa: S311 - repeatable chance
            registers_wh=self.memory.registers_of(plan.id, plan.connectors) or plan.registers_wh(begins_at),
            remember=0,
        )
        if self.options.sample_interval_s is not None:
            station.settings.sample_interval_s = self.options.sample_interval_s
        return station

    def start(self) -> None:
        """Have all stations connect, some hundreds a second, and boot; orders count from now on."""
        if self.options.control is not None or self.options.faults:
            rng = Random(f"{self.fleet.seed}/control")  # noqa: S311 - repeatable chance
            self._control = Control(
                self.options.control, self.stations, self.timeline, rng, planned=self.options.faults
            )
        self._follower = asyncio.ensure_future(self.timeline.run())
        real = self.timeline.clock.simulated
        for index, station in enumerate(self.stations):
            self.timeline.after(real(index / _CONNECTIONS_PER_S), station.start)

    async def wait_until_booted(self, *, timeout_s: float | None = None) -> None:
        """Wait until the CSMS has accepted every station; raise TimeoutError when that takes too long."""
        async with asyncio.timeout(timeout_s):
            for station in self.stations:
                await station.wait_until_accepted()

    async def live(self) -> None:
        """Send drivers to every station; with history, after every station has told its own past."""
        days = self.options.history_days
        self._let_things_break()
        self._employ_technician()
        if days <= 0:
            for drivers in self.drivers:
                drivers.start()
            return
        async with asyncio.TaskGroup() as group:
            told = zip(self.stations, self.drivers, self._days_open, strict=True)
            for station, drivers, days_open in told:
                group.create_task(self._tell(station, drivers, days_open))

    def _let_things_break(self) -> None:
        often = self.options.mishaps_per_station_day
        if often > 0:
            rng = Random(f"{self.fleet.seed}/mishaps")  # noqa: S311 - repeatable chance
            Mishaps(self.stations, self.timeline, rng, per_station_day=often).start()
        if self.options.errand_interval_s is not None:
            rng = Random(f"{self.fleet.seed}/errands")  # noqa: S311 - repeatable chance
            interval_s = self.options.errand_interval_s
            Errands(self.drivers, self.timeline, rng, interval_s=interval_s).start()
        if self._control is not None:
            self._control.start()

    async def _tell(self, station: OrderedStation, drivers: Drivers, days: float) -> None:
        await station.wait_until_accepted()
        await replay(station, drivers, days=days)
        self._told.add(station.door.identity)

    def tally(self) -> Tally:
        """Return where the simulation stands now."""
        return Tally(
            connected=sum(station.is_connected for station in self.stations),
            stations=len(self.stations),
            messages_sent=sum(station.messages_sent for station in self.stations),
            open_transactions=sum(station.open_transactions for station in self.stations),
            queued=sum(len(station.outbox) for station in self.stations),
            history_days=self.options.history_days,
            told_days=self._count_told_days(),
        )

    def _count_told_days(self) -> float:
        """Return how much of the past the stations that the CSMS has let in have told, on average (days)."""
        days, now = self.options.history_days, self.timeline.clock.now()
        told = [
            days - max(0.0, now - station.timeline.clock.now()) / 86_400 if station.is_replaying else days
            for station in self.stations
            if station.is_replaying or station.door.identity in self._told
        ]
        return sum(told) / len(told) if told else 0.0

    async def follow(self) -> None:
        """Follow the clock for ever; raise what a simulated act raises."""
        if self._follower is None:
            raise ValueError("A simulation is started before its clock is followed.")
        await asyncio.shield(self._follower)

    async def close(self) -> None:
        """Close every connection and stop the clock."""
        if self._technician is not None:
            self._technician.cancel()
            await asyncio.wait([self._technician])
        links = [link for station in self.stations if (link := station.shut()) is not None]
        await asyncio.gather(*(link.ended() for link in links))
        if self._follower is not None:
            self._follower.cancel()
            await asyncio.wait([self._follower])


async def run(options: Options, *, report: Callable[[Tally], None] | None = None) -> None:
    """Simulate until `duration_s` is over or the task is cancelled; `report` is told every ten seconds."""
    simulation = Simulation(options)
    simulation.start()
    tasks = [
        asyncio.ensure_future(simulation.follow()),
        asyncio.ensure_future(_live(simulation, options.duration_s)),
    ]
    if options.meters is not None:
        tasks.append(asyncio.ensure_future(simulation.memory.keep_on(simulation.stations)))
    if report is not None:
        tasks.append(asyncio.ensure_future(_report(simulation, report)))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await simulation.close()
        simulation.memory.keep(simulation.stations)
    if report is not None:
        report(simulation.tally())


async def _live(simulation: Simulation, duration_s: float | None) -> None:
    await simulation.live()
    if duration_s is None:
        await asyncio.Event().wait()
    else:
        await asyncio.sleep(duration_s)


async def _report(simulation: Simulation, report: Callable[[Tally], None]) -> None:
    while True:
        await asyncio.sleep(_REPORT_INTERVAL_S)
        report(simulation.tally())
