import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

from tests.patience import PATIENCE_S

from chargehand.simulator.clock import ManualClock
from chargehand.simulator.outbox import Call, Outbox, Payload
from chargehand.simulator.timeline import Timeline


class Wire:
    def __init__(self) -> None:
        self.timeline = Timeline(ManualClock(0.0))
        self.calls: list[Call] = []
        ids = count(1)
        self.outbox = Outbox(self.timeline, self.calls.append, lambda: f"m{next(ids)}", timeout_s=0.05)

    def open(self) -> None:
        self.outbox.connected()
        self.outbox.is_open = True
        self.outbox.pump()

    def answer(self, payload: Payload | None) -> bool:
        return self.outbox.answered(self.calls[-1].message_id, payload)

    def said(self) -> list[str]:
        return [call.action for call in self.calls]


def play(story: Callable[[Wire], Awaitable[None]]) -> None:
    async def whole() -> None:
        wire = Wire()
        await story(wire)
        wire.outbox.close()

    asyncio.run(whole())


def test_one_call_is_outstanding_at_a_time() -> None:
    async def story(wire: Wire) -> None:
        wire.open()
        wire.outbox.put("A", {}, is_lasting=True)
        wire.outbox.put("B", {}, is_lasting=True)
        assert wire.said() == ["A"]
        assert not wire.outbox.answered("someone else's", {})
        assert wire.said() == ["A"]
        assert wire.answer({})
        assert wire.said() == ["A", "B"]

    play(story)


def test_what_lasts_waits_for_the_link_and_the_rest_is_forgotten() -> None:
    async def story(wire: Wire) -> None:
        lost: list[Payload | None] = []
        wire.outbox.put("Start", {}, is_lasting=True)
        wire.outbox.put("Status", {}, lost.append)
        wire.outbox.put("Stop", {}, is_lasting=True)
        assert lost == [None]
        wire.open()
        wire.answer({})
        wire.answer({})
        assert wire.said() == ["Start", "Stop"]

    play(story)


def test_a_drop_repeats_the_call_on_its_way_with_its_id_before_anything_else() -> None:
    async def story(wire: Wire) -> None:
        wire.open()
        wire.outbox.put("Start", {}, is_lasting=True)
        wire.outbox.put("Stop", {}, is_lasting=True)
        wire.outbox.disconnected()
        wire.open()
        wire.answer({})
        wire.answer({})
        assert wire.said() == ["Start", "Start", "Stop"]
        assert [call.message_id for call in wire.calls] == ["m1", "m1", "m2"]

    play(story)


def test_a_refused_transaction_message_is_tried_again_later_and_given_up_at_last() -> None:
    async def story(wire: Wire) -> None:
        wire.outbox.retry.attempts = 2
        wire.outbox.retry.interval_s = 60
        wire.open()
        wire.outbox.put("Start", {}, is_lasting=True)
        wire.outbox.put("Stop", {}, is_lasting=True)
        wire.answer(None)
        wire.outbox.put("Heartbeat", {})
        assert wire.said() == ["Start", "Heartbeat"]
        wire.answer({})
        wire.timeline.run_until(59)
        assert wire.said() == ["Start", "Heartbeat"]
        wire.timeline.run_until(61)
        assert wire.said() == ["Start", "Heartbeat", "Start"]
        wire.answer(None)
        assert wire.said()[-1] == "Stop"
        assert [call.action for call in wire.outbox.dropped] == ["Start"]

    play(story)


def test_a_call_without_an_answer_makes_way_for_the_next() -> None:
    async def story(wire: Wire) -> None:
        lost: list[Payload | None] = []
        wire.open()
        wire.outbox.put("Authorize", {}, lost.append)
        wire.outbox.put("Heartbeat", {})
        await asyncio.wait_for(wire.outbox.settle(), PATIENCE_S)
        assert wire.said() == ["Authorize", "Heartbeat"]
        assert lost == [None]
        assert not wire.outbox.answered(wire.calls[0].message_id, {})

    play(story)


def test_nothing_but_the_boot_goes_before_the_gate_is_open() -> None:
    async def story(wire: Wire) -> None:
        wire.outbox.put("Start", {}, is_lasting=True)
        wire.outbox.connected()
        wire.outbox.put("Boot", {}, opens=True, is_urgent=True)
        wire.answer({})
        assert wire.said() == ["Boot"]
        wire.outbox.is_open = True
        wire.outbox.pump()
        assert wire.said() == ["Boot", "Start"]

    play(story)


def test_a_payload_is_made_when_it_is_sent() -> None:
    async def story(wire: Wire) -> None:
        number: list[int] = []
        wire.outbox.put("Start", {}, lambda _: number.append(7), is_lasting=True)
        wire.outbox.put("Stop", lambda: {"transactionId": number[0]}, is_lasting=True)
        wire.open()
        wire.answer({})
        payload = wire.calls[-1].payload
        assert callable(payload)
        assert payload() == {"transactionId": 7}

    play(story)
