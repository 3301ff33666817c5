"""One answer for many who look at the same moment: what a large network takes long to work out."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Keeps answers for a moment; who asks while one is being worked out waits for it.

    `seconds_of` says for how long an answer may be shown again: 0 for one that costs little. Times are those of
    a clock that never goes back.
    """

    def __init__(self, seconds_of: Callable[[T], float], most: int = 200) -> None:
        self._seconds_of = seconds_of
        self._most = most
        self._answers: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._busy: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def ask(self, key: Hashable, work: Callable[[], T], now: Callable[[], float] = time.monotonic) -> T:
        """Return the answer kept under this key, or work it out."""
        kept = self._kept(key, now())
        if kept is not None:
            return kept[1]
        with self._lock:
            turn = self._busy.setdefault(key, threading.Lock())
        with turn:
            kept = self._kept(key, now())
            if kept is not None:
                return kept[1]
            answer = work()
            self._keep(key, answer, now())
        return answer

    def _kept(self, key: Hashable, now: float) -> tuple[float, T] | None:
        with self._lock:
            kept = self._answers.get(key)
            return kept if kept is not None and now < kept[0] else None

    def _keep(self, key: Hashable, answer: T, now: float) -> None:
        seconds = self._seconds_of(answer)
        with self._lock:
            self._answers.pop(key, None)
            if seconds > 0:
                self._answers[key] = (now + seconds, answer)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
            if len(self._busy) > self._most:
                self._busy = {key: turn for key, turn in self._busy.items() if turn.locked()}
