"""What a station still has to say: an ordered queue with one CALL outstanding (OCPP-J 1.6 4.1.1)."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from chargehand.simulator.timeline import Timeline

Payload = dict[str, Any]
OnAnswer = Callable[[Payload | None], None]


class Call:
    """One CALL: a payload may be made only when it is sent, because it may need an earlier answer."""

    __slots__ = (
        "action",
        "attempts",
        "is_lasting",
        "is_urgent",
        "message_id",
        "on_answer",
        "opens",
        "payload",
    )

    def __init__(
        self,
        action: str,
        payload: Payload | Callable[[], Payload],
        on_answer: OnAnswer | None,
        *,
        is_lasting: bool,
        is_urgent: bool,
        opens: bool,
    ) -> None:
        self.action = action
        self.payload = payload
        self.on_answer = on_answer
        self.is_lasting = is_lasting
        self.is_urgent = is_urgent
        self.opens = opens
        self.attempts = 0
        self.message_id = ""


class Retry(msgspec.Struct):
    """How transaction messages are repeated: `TransactionMessageAttempts` and `…RetryInterval` (1.6 9.1)."""

    attempts: int = 3
    interval_s: float = 60.0


class Outbox:
    """Send calls in order, one at a time, and keep lasting ones (transactions) until they are answered.

    `transmit` sends one call now. A lasting call that gets a CALLERROR or no answer is sent again with the
    same message id, at most `retry.attempts` times, before anything lasting behind it. Other calls die with
    the link.
    """

    def __init__(
        self,
        timeline: Timeline,
        transmit: Callable[[Call], None],
        new_id: Callable[[], str],
        *,
        timeout_s: float = 30.0,
    ) -> None:
        self.timeline = timeline
        self.retry = Retry()
        self.timeout_s = timeout_s
        self.outstanding: Call | None = None
        self.dropped: list[Call] = []
        self.has_link = False
        self.is_open = False
        self._transmit = transmit
        self._new_id = new_id
        self._urgent: deque[Call] = deque()
        self._calls: deque[Call] = deque()
        self._lasting_may_go = True
        self._waiters: list[asyncio.Future[None]] = []
        self._below = 1
        self._watchdog: asyncio.TimerHandle | None = None
        self._sent_at = 0.0

    def __len__(self) -> int:
        return len(self._urgent) + len(self._calls) + (self.outstanding is not None)

    @property
    def lasting(self) -> int:
        """Return how many transaction messages wait for their answer."""
        waiting = sum(call.is_lasting for call in self._calls)
        return waiting + (self.outstanding is not None and self.outstanding.is_lasting)

    def waiting(self) -> Iterator[Call]:
        """Return every call that is not answered yet, the one on its way first."""
        if self.outstanding is not None:
            yield self.outstanding
        yield from self._urgent
        yield from self._calls

    def put(
        self,
        action: str,
        payload: Payload | Callable[[], Payload],
        on_answer: OnAnswer | None = None,
        *,
        is_lasting: bool = False,
        is_urgent: bool = False,
        opens: bool = False,
    ) -> None:
        """Queue a call; `opens` marks those that may go before the CSMS accepted the boot.

        A call that does not last is forgotten when there is no link: `on_answer(None)` says so at once.
        """
        call = Call(action, payload, on_answer, is_lasting=is_lasting, is_urgent=is_urgent, opens=opens)
        if not is_lasting and not (self.has_link and (self.is_open or opens)):
            if on_answer is not None:
                on_answer(None)
            return
        (self._urgent if is_urgent else self._calls).append(call)
        self.pump()

    def pump(self) -> None:
        """Send the next call that may go."""
        if self.outstanding is not None or not self.has_link:
            return
        call = self._next()
        if call is None:
            self._release()
            return
        self.outstanding = call
        if not call.message_id:
            call.message_id = self._new_id()
        call.attempts += 1
        self._watch()
        self._transmit(call)

    def _next(self) -> Call | None:
        for queue in (self._urgent, self._calls):
            for index, call in enumerate(queue):
                if (self.is_open or call.opens) and (self._lasting_may_go or not call.is_lasting):
                    del queue[index]
                    return call
        return None

    def answered(self, message_id: str, payload: Payload | None) -> bool:
        """Take an answer (None for a CALLERROR); return whether it belonged to the outstanding call."""
        call = self.outstanding
        if call is None or call.message_id != message_id:
            return False
        self.outstanding = None
        if payload is None:
            self._failed(call)
        elif call.on_answer is not None:
            call.on_answer(payload)
        self.pump()
        if self._waiters and len(self) < self._below:
            self._release()
        return True

    def _failed(self, call: Call) -> None:
        if call.is_lasting and call.attempts < self.retry.attempts:
            self._calls.appendleft(call)
            self._lasting_may_go = False
            self.timeline.after(self.retry.interval_s * call.attempts, self._retry)
            return
        if call.is_lasting:
            self.dropped.append(call)
        if call.on_answer is not None:
            call.on_answer(None)

    def _retry(self) -> None:
        self._lasting_may_go = True
        self.pump()

    def connected(self) -> None:
        """Start to send: the link is up."""
        self.has_link = True
        self._lasting_may_go = True

    def disconnected(self) -> None:
        """Stop: the call on its way, if it lasts, comes first next time; the rest is kept or forgotten."""
        self.has_link = False
        call, self.outstanding = self.outstanding, None
        if call is not None:
            (self._calls if call.is_lasting else self._urgent).appendleft(call)
            call.attempts -= call.is_lasting
        forgotten = [call for queue in (self._urgent, self._calls) for call in queue if not call.is_lasting]
        self._calls = deque(call for call in self._calls if call.is_lasting)
        self._urgent.clear()
        for call in forgotten:
            if call.on_answer is not None:
                call.on_answer(None)
        self._release()

    async def settle(self, *, below: int = 1) -> None:
        """Wait until nothing more can be sent now, or fewer than `below` calls are left."""
        while self.has_link and self.outstanding is not None and len(self) >= below:
            waiter = asyncio.get_running_loop().create_future()
            self._below = below
            self._waiters.append(waiter)
            await waiter

    def _release(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _watch(self) -> None:
        """Keep one timer, not one per call: it looks at the age of whatever is outstanding when it rings."""
        loop = asyncio.get_running_loop()
        self._sent_at = loop.time()
        if self._watchdog is None:
            self._watchdog = loop.call_later(self.timeout_s, self._look)

    def _look(self) -> None:
        self._watchdog = None
        call = self.outstanding
        if call is None:
            return
        loop = asyncio.get_running_loop()
        left = self._sent_at + self.timeout_s - loop.time()
        if left > 0:
            self._watchdog = loop.call_later(left, self._look)
            return
        self.outstanding = None
        self._failed(call)
        self.pump()

    def close(self) -> None:
        """Let go of the loop's timer."""
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None
