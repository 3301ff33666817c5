"""A technician: takes a work order, drives there, mends what is broken, charges a car to see it, reports it done."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from chargehand.simulator.car import CAR_MODELS, Car
from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.timeline import Timeline
from chargehand.simulator.work_desk import DeskError, WorkDesk

log = logging.getLogger(__name__)

#: How often a technician without a job looks for one, in real seconds.
LOOK_EVERY_S: Final = 15.0
#: A job is left for so many real seconds to whoever else may want it.
LEAVE_S: Final = 60.0
#: The way to a site, one step of the checklist, the test charge: simulated seconds.
DRIVE_S: Final = (40.0, 120.0)
STEP_S: Final = (8.0, 25.0)
TEST_S: Final = 150.0
#: How long to wait until a plug is back in service, or the last message of the test is told.
_PATIENCE_S: Final = 60.0
_A_LITTLE_S: Final = 5.0
#: Pauses before the desk is tried again where it cannot be reached, in real seconds.
_AGAIN_S: Final = (2.0, 10.0, 30.0)


class Technician:
    """Works through the jobs of a fleet, one after the other; `mend` puts a plug right, as hands do."""

    def __init__(
        self,
        desk: WorkDesk,
        stations: Sequence[OrderedStation],
        mend: Callable[[str, int], None],
        *,
        token: str,
        timeline: Timeline,
        rng: Random,
        leave_s: float = LEAVE_S,
    ) -> None:
        self._desk = desk
        self._leave_s = leave_s
        self._stations = {station.door.identity: station for station in stations}
        self._mend = mend
        self._token = token
        self._timeline = timeline
        self._rng = rng
        self._given_up: set[int] = set()
        self.done = 0

    async def work(self) -> None:
        """Look for jobs and do them, for ever."""
        while True:
            if not await self.take_one():
                await asyncio.sleep(LOOK_EVERY_S)

    async def take_one(self) -> bool:
        """Do the most urgent job; return whether there was one. One that cannot be done is left to people."""
        try:
            jobs = await asyncio.to_thread(self._desk.open_jobs)
        except DeskError as problem:
            log.info("%s", problem)
            return False
        for job in jobs:
            if job["id"] not in self._given_up and self._is_doable(job):
                await self._try(job["id"])
                return True
        return False

    def _is_doable(self, job: dict[str, Any]) -> bool:
        age = datetime.now(UTC) - datetime.fromisoformat(job["raised_at"])
        if age.total_seconds() < self._leave_s:
            return False
        station = self._stations.get(job["station_identity"])
        return station is not None and not station.is_replaying and (job["evse"] or 1) in station.connectors

    async def _try(self, number: int) -> None:
        try:
            await self._do(number)
        except DeskError as problem:
            log.info("Job %d is left: %s", number, problem)
            self._given_up.add(number)
        else:
            self.done += 1

    async def _do(self, number: int) -> None:
        job = await asyncio.to_thread(self._desk.job, number)
        if any(step["kind"] == "photo" and step["is_required"] for step in job["steps"]):
            raise DeskError("photo", "It wants photographs.")
        station, evse = self._stations[job["station_identity"]], job["evse"] or 1
        await self._say(number, "set-off")
        await self._pass(self._rng.uniform(*DRIVE_S))
        await self._say(number, "start")
        for step in job["steps"]:
            await self._pass(self._rng.uniform(*STEP_S))
            await self._fill_in(number, step)
        self._mend(job["station_identity"], evse)
        await self._say(number, "open-for-test")
        await self._charge(station, evse)
        await self._finish(number)

    async def _fill_in(self, number: int, step: dict[str, Any]) -> None:
        value: Any = None
        match step["kind"]:
            case "check":
                value = True
            case "text":
                value = "Found it and put it right."
            case "measurement":
                value = _good_value(step["least"], step["most"])
        if value is not None:
            now = datetime.now(UTC).isoformat()
            await self._reach(lambda: self._desk.fill_in(number, step["field"], value, now))

    async def _charge(self, station: OrderedStation, evse: int) -> None:
        """Charge a car for a while, as drivers do."""
        connector = station.connectors[evse]
        await self._wait_until(lambda: connector.is_in_order)
        if connector.car is not None:
            station.unplug(evse)
        station.plug_in(evse, Car(CAR_MODELS[1], soc=0.30))
        station.present_token(evse, self._token)
        await self._pass(TEST_S)
        if connector.car is not None:
            station.unplug(evse)
        await self._wait_until(lambda: len(station.outbox) == 0)

    async def _finish(self, number: int) -> None:
        """Report the job done; where no charge was seen after a while, say so and why."""
        for _ in range(3):
            await self._pass(_A_LITTLE_S)
            try:
                await self._say(number, "finish")
            except DeskError as problem:
                if problem.code != "no-test-charge":
                    raise
            else:
                return
        await self._say(number, "finish", no_test_reason="The plug gave no current to the test car.")

    async def _say(self, number: int, verb: str, **said: Any) -> None:
        await self._reach(lambda: self._desk.do(number, verb, **said))

    async def _reach(self, call: Callable[[], object]) -> None:
        """Do something at the desk; where it cannot be reached, again after a while, as phones do."""
        for pause in _AGAIN_S:
            try:
                await asyncio.to_thread(call)
            except DeskError as problem:
                if problem.code:
                    raise
                await asyncio.sleep(pause)
            else:
                return
        await asyncio.to_thread(call)

    async def _wait_until(self, condition: Callable[[], bool]) -> None:
        waited = 0.0
        while not condition() and waited < _PATIENCE_S:
            await self._pass(_A_LITTLE_S)
            waited += _A_LITTLE_S

    async def _pass(self, seconds: float) -> None:
        """Let simulated time pass."""
        over = asyncio.Event()
        self._timeline.after(seconds, over.set)
        await over.wait()


def _good_value(least: float | None, most: float | None) -> float:
    """Return a measured value within limits."""
    if least is not None and most is not None:
        return (least + most) / 2
    if least is not None:
        return least * 1.5
    return most * 0.5 if most is not None else 1.0
