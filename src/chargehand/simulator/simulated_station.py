"""One simulated station to tell stories with: an act returns when the CSMS has answered what came of it."""

import asyncio
from collections.abc import Iterable
from random import Random

from chargehand.simulator.car import CAR_MODELS, Car
from chargehand.simulator.clock import Clock, ManualClock, ScaledClock
from chargehand.simulator.connector import Connector, ErrorReport, Transaction
from chargehand.simulator.endpoint import Answer, Command, Sent
from chargehand.simulator.link import Door
from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.outbox import Payload
from chargehand.simulator.outlet import AC_22, Rating
from chargehand.simulator.plate import Hardware, Site
from chargehand.simulator.station16 import Station16
from chargehand.simulator.station21 import Station21
from chargehand.simulator.station201 import Station201
from chargehand.simulator.surroundings import Grid, Weather
from chargehand.simulator.timeline import Timeline

VERSIONS: dict[str, type[OrderedStation]] = {"1.6": Station16, "2.0.1": Station201, "2.1": Station21}


class SimulatedStation:
    """A station under a clock that stands still between acts, unless another clock is given.

    `url` is the CSMS's address without the identity, `version` one of `VERSIONS`. Lists of what was said
    are in order: `sent`, `answers`, `received`, `transactions`. A ManualClock makes `advance` free; with a
    ScaledClock it waits as long as the world needs.
    """

    def __init__(
        self,
        identity: str,
        url: str,
        version: str = "1.6",
        password: str | None = None,
        *,
        connectors: int = 2,
        rating: Rating = AC_22,
        hardware: Hardware | None = None,
        clock: Clock | None = None,
        seed: int = 1,
        call_timeout_s: float = 30.0,
        ca_file: str | None = None,
    ) -> None:
        rng = Random(f"{seed}/{identity}")  # noqa: S311 - a simulation wants repeatable chance
        self.timeline = Timeline(clock or ManualClock(ScaledClock().now()))
        plate = hardware or Hardware(
            serial=f"S-{identity}"[:25],
            rating=rating,
            connectors=connectors,
            cabinet_power_w=rating.max_power_w * connectors,
        )
        self.station = VERSIONS[version](
            Door(url, identity, password, ca_file),
            plate,
            Site(Grid(rng), Weather(rng)),
            timeline=self.timeline,
            rng=rng,
            remember=None,
        )
        self.station.boots_itself = False
        self.station.outbox.timeout_s = call_timeout_s
        self._heard = 0
        self._follower: asyncio.Task[None] | None = None

    @property
    def transactions(self) -> list[Transaction]:
        return list(self.station.transactions)

    @property
    def sent(self) -> list[Sent]:
        return list(self.station.sent)

    @property
    def answers(self) -> list[Answer]:
        return list(self.station.answers)

    @property
    def received(self) -> list[Command]:
        return list(self.station.received)

    def connector(self, number: int) -> Connector:
        """Return the connector's live state."""
        return self.station.connectors[number]

    def sent_of(self, action: str) -> list[Payload]:
        """Return the payloads of all messages of an action, in order."""
        return [each.payload for each in self.station.sent if each.action == action]

    def answers_to(self, action: str) -> list[Payload | None]:
        """Return what the CSMS answered to messages of an action, in order."""
        return [each.payload for each in self.station.answers if each.action == action]

    def status(self, number: int) -> str:
        """Return the connector's status in the words of the station's version."""
        return self.station.status_of(self.connector(number))

    async def connect(self) -> None:
        """Open the WebSocket; raise `LinkError` when the CSMS does not let the station in."""
        if not isinstance(self.timeline.clock, ManualClock) and self._follower is None:
            self._follower = asyncio.ensure_future(self.timeline.run())
        await self.station.open_link()
        await self.settle()

    async def boot(self) -> str:
        """Send BootNotification; return the status the CSMS answered, or "" for none."""
        self.station.say_boot(self.station.boot_reason)
        await self.settle()
        answers = self.answers_to("BootNotification")
        return str((answers[-1] or {}).get("status", "")) if answers else ""

    async def plug_in(self, number: int = 1, car: Car | None = None) -> Car:
        """Plug a car in (by default one with a 58 kWh battery, 30 % full) and return it."""
        car = car or Car(CAR_MODELS[1], soc=0.30)
        self.station.plug_in(number, car)
        await self.settle()
        return car

    async def unplug(self, number: int = 1) -> Car:
        """Take the plug out and return the car."""
        car = self.station.unplug(number)
        await self.settle()
        return car

    async def present_token(self, number: int, token: str) -> None:
        """Hold a card to the reader."""
        self.station.present_token(number, token)
        await self.settle()

    async def break_down(self, number: int, fault: ErrorReport) -> None:
        """Have the connector report a fault."""
        self.station.break_down(number, fault)
        await self.settle()

    async def recover(self, number: int) -> None:
        """Clear the connector's fault."""
        self.station.recover(number)
        await self.settle()

    async def advance(self, seconds: float) -> None:
        """Let `seconds` of simulated time pass, with everything that falls due in them."""
        clock = self.timeline.clock
        if not isinstance(clock, ManualClock):
            await asyncio.sleep(seconds / clock.simulated(1.0))
            await self.settle()
            return
        until = clock.now() + seconds
        while (due := self.timeline.next_due()) is not None and due <= until:
            self.timeline.run_next()
            await self.settle()
        clock.move_to(until)

    async def go_offline(self) -> None:
        """Lose the network without a word; nothing reconnects before `go_online`."""
        self.station.cut_link()

    async def go_online(self) -> None:
        """Come back: connect again and send what has been queued."""
        await self.station.open_link()
        await self.settle()

    async def wait_for(self, action: str) -> Command:
        """Wait for the next command of this name that was not waited for before, and for what comes of it."""
        while True:
            for index in range(self._heard, len(self.station.received)):
                if self.station.received[index].action == action:
                    self._heard = index + 1
                    await self.settle()
                    return self.station.received[index]
            await self.station.wait_for_command()

    async def settle(self) -> None:
        """Wait until every message that may be sent now has been answered."""
        clock = self.timeline.clock
        await self._hear_out()
        while isinstance(clock, ManualClock) and self._has_something_due(clock.now()):
            self.timeline.run_until(clock.now())
            await self._hear_out()

    def _has_something_due(self, now: float) -> bool:
        due = self.timeline.next_due()
        return due is not None and due <= now

    async def _hear_out(self) -> None:
        await self.station.outbox.settle()
        await self._finish_connecting()

    async def _finish_connecting(self) -> None:
        task = self.station.connecting
        if task is not None and not task.done():
            await asyncio.wait([task])
            await self.station.outbox.settle()

    async def breathe(self) -> None:
        """Let the loop run for a moment, so that what the network brings is taken in."""
        await asyncio.sleep(0.001)

    async def close(self) -> None:
        """Say goodbye and let go of everything."""
        link = self.station.shut()
        if link is not None:
            await link.ended()
        tasks: Iterable[asyncio.Task[None] | None] = (self._follower, self.station.connecting)
        for task in tasks:
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
