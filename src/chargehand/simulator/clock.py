"""Time for simulated stations: the world's own clock, the same run faster, or one that is moved by hand."""

import time
from datetime import UTC, datetime
from typing import Protocol


def write_stamp(at: float) -> str:
    """Return `at` (seconds since 1970, UTC) as RFC 3339 with milliseconds and `Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


class Clock(Protocol):
    """What a station may ask of time: all values are seconds."""

    def now(self) -> float:
        """Return the simulated time in seconds since 1970 (UTC)."""

    def stamp(self, offset_s: float = 0.0) -> str:
        """Return the timestamp a message made now carries; `offset_s` is the station's own clock error."""

    def simulated(self, real_s: float) -> float:
        """Return how many simulated seconds pass in `real_s` seconds of the world."""


class ScaledClock:
    """Run with the world, `speed` times as fast.

    Messages carry the world's time unless `stamps_simulated`: a CSMS that compares a station's time with
    its own would otherwise see every station's clock run away.
    """

    def __init__(
        self, speed: float = 1.0, *, start: float | None = None, stamps_simulated: bool = False
    ) -> None:
        if speed <= 0:
            raise ValueError("The speed of simulated time is a positive number.")
        self.speed = speed
        self._started = time.monotonic()
        self._start = time.time() if start is None else start
        self._stamps_simulated = stamps_simulated

    def now(self) -> float:
        return self._start + (time.monotonic() - self._started) * self.speed

    def stamp(self, offset_s: float = 0.0) -> str:
        return write_stamp((self.now() if self._stamps_simulated else time.time()) + offset_s)

    def simulated(self, real_s: float) -> float:
        return real_s * self.speed


class ManualClock:
    """Stand still until someone moves it."""

    def __init__(self, start: float) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def stamp(self, offset_s: float = 0.0) -> str:
        return write_stamp(self._now + offset_s)

    def simulated(self, real_s: float) -> float:
        return real_s

    def move_to(self, at: float) -> None:
        """Set the time to `at`; never backwards."""
        self._now = max(self._now, at)
