"""Errands: short visits on top of the usual ones, so that whoever looks on sees charges begin and end."""

from collections.abc import Sequence
from random import Random
from typing import Final

from chargehand.simulator.driver import Drivers
from chargehand.simulator.timeline import Timeline

#: How long somebody on an errand stays, simulated seconds.
_SHORTEST_S: Final = 75.0
_LONGEST_S: Final = 180.0


class Errands:
    """Send somebody who stays for a minute or two to a station with a free plug, fast ones first.

    `interval_s` is the mean time between two of them, in simulated seconds.
    """

    def __init__(
        self, drivers: Sequence[Drivers], timeline: Timeline, rng: Random, *, interval_s: float
    ) -> None:
        self._drivers = drivers
        self._timeline = timeline
        self._rng = rng
        self._interval_s = interval_s

    def start(self) -> None:
        """Let the first one set out soon."""
        self._timeline.after(self._rng.uniform(1, 10), self._send)

    def _send(self) -> None:
        free = [each for each in self._drivers if each.has_room]
        fast = [each for each in free if each.is_fast]
        if free:
            self._rng.choice(fast or free).run_errand(self._rng.uniform(_SHORTEST_S, _LONGEST_S))
            wait = self._rng.uniform(0.5, 1.5) * self._interval_s
        else:
            wait = self._rng.uniform(2, 6)
        self._timeline.after(wait, self._send)
