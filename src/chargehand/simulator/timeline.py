"""The one list of things that are to happen later, shared by all stations on a clock."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from chargehand.simulator.clock import Clock, ManualClock


class Timer:
    """One act that is due at a time and may be cancelled."""

    __slots__ = ("act", "due")

    def __init__(self, due: float, act: Callable[[], None]) -> None:
        self.due = due
        self.act: Callable[[], None] | None = act

    def cancel(self) -> None:
        self.act = None


class Timeline:
    """Run acts in the order of their time; acts of the same time run in the order they were asked for."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._woken: asyncio.Event | None = None

    def at(self, due: float, act: Callable[[], None]) -> Timer:
        """Have `act` called at `due` (seconds since 1970 of this clock)."""
        timer = Timer(due, act)
        self.adopt(due, timer)
        return timer

    def after(self, delay_s: float, act: Callable[[], None]) -> Timer:
        """Have `act` called `delay_s` simulated seconds from now."""
        return self.at(self.clock.now() + delay_s, act)

    def hand_over(self, other: "Timeline") -> None:
        """Give everything that is still to come to another timeline that counts the same seconds."""
        for due, _, timer in sorted(self._heap):
            if timer.act is not None:
                other.adopt(due, timer)
        self._heap.clear()

    def adopt(self, due: float, timer: Timer) -> None:
        """Take a timer of another timeline, which can still be cancelled."""
        if self._woken is not None and (not self._heap or due < self._heap[0][0]):
            self._woken.set()
        heapq.heappush(self._heap, (due, next(self._order), timer))

    def next_due(self) -> float | None:
        """Return when the next act is due, or None when nothing is to happen."""
        while self._heap and self._heap[0][2].act is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run_next(self) -> None:
        """Run the next act; a clock that is moved by hand is moved to its time."""
        if self.next_due() is None:
            return
        due, _, timer = heapq.heappop(self._heap)
        if isinstance(self.clock, ManualClock):
            self.clock.move_to(due)
        if timer.act is not None:
            timer.act()

    def run_until(self, until: float) -> None:
        """Run everything that is due up to `until`, then move a clock that is moved by hand there."""
        while (due := self.next_due()) is not None and due <= until:
            self.run_next()
        if isinstance(self.clock, ManualClock):
            self.clock.move_to(until)

    async def run(self) -> None:
        """Follow the world's clock for ever: for clocks that run by themselves."""
        self._woken = asyncio.Event()
        real_second = self.clock.simulated(1.0)
        while True:
            self._woken.clear()
            self.run_until(self.clock.now())
            due = self.next_due()
            wait = None if due is None else max(0.0, (due - self.clock.now()) / real_second)
            try:
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            except TimeoutError:
                continue
