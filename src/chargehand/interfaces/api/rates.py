"""How many requests a caller may send: a bucket for each that fills at a steady rate."""

import math
import threading
from collections import OrderedDict
from typing import Final

#: Requests that may come at once, and how many a second may follow, for each key or person in each process.
BURST: Final = 200
PER_SECOND: Final = 20.0

#: Callers remembered; whoever has been quiet longest is forgotten first, with a full bucket.
MOST_CALLERS: Final = 10_000


class Buckets:
    """Token buckets by caller. Times are seconds of a clock that never goes back."""

    def __init__(self, burst: int = BURST, per_second: float = PER_SECOND) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str, now: float) -> int:
        """Take one request from a caller's bucket; return 0, or the whole seconds to wait if it is empty."""
        with self._lock:
            level, at = self._levels.pop(caller, (self._burst, now))
            level = min(self._burst, level + max(0.0, now - at) * self._per_second)
            is_free = level >= 1.0
            self._levels[caller] = (level - 1.0 if is_free else level, now)
            if len(self._levels) > MOST_CALLERS:
                self._levels.popitem(last=False)
        return 0 if is_free else max(1, math.ceil((1.0 - level) / self._per_second))

    def forget(self) -> None:
        """Fill all buckets."""
        with self._lock:
            self._levels.clear()


buckets: Final = Buckets()
