"""Questions on the way to an answer: asked off the loop, answered once, never waited for too long."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from tests.patience import PATIENCE_S

from chargehand.interfaces.gateway import questions
from chargehand.interfaces.gateway.questions import Questions, join
from chargehand.interfaces.gateway.route import More
from chargehand.protocols.ocpp.v201 import authorization, transactions, types


def test_the_answer_of_a_question_is_handed_on_once() -> None:
    told: list[More | None] = []

    async def story() -> None:
        asked = Questions(within_s=60)
        done = asyncio.Event()

        def take(more: More | None) -> None:
            told.append(more)
            done.set()

        assert asked.ask(lambda is_in_time: {"totalCost": 1.0} if is_in_time() else None, take)
        await done.wait()
        await asked.stop()

    asyncio.run(story())
    assert told == [{"totalCost": 1.0}]


def test_an_answer_does_not_wait_for_a_slow_question_and_the_question_learns_of_it() -> None:
    told: list[More | None] = []
    in_time: list[bool] = []
    release = threading.Event()

    async def story() -> None:
        asked = Questions(within_s=0.01)
        done = asyncio.Event()

        def be_slow(is_in_time: Callable[[], bool]) -> More | None:
            release.wait(PATIENCE_S)
            in_time.append(is_in_time())
            return {"totalCost": 1.0}

        def take(more: More | None) -> None:
            told.append(more)
            done.set()

        assert asked.ask(be_slow, take)
        await done.wait()
        release.set()
        await asked.stop()

    asyncio.run(story())
    assert (told, in_time) == ([None], [False])


def test_a_question_that_fails_gives_an_answer_without_it() -> None:
    told: list[More | None] = []

    def fail(_: Callable[[], bool]) -> More | None:
        raise ValueError("nobody knows")

    async def story() -> None:
        asked = Questions(within_s=60)
        done = asyncio.Event()

        def take(more: More | None) -> None:
            told.append(more)
            done.set()

        assert asked.ask(fail, take)
        await done.wait()
        await asked.stop()

    asyncio.run(story())
    assert told == [None]


def test_no_more_is_asked_than_can_be_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_WAITING", 1)
    release = threading.Event()

    async def story() -> list[bool]:
        asked = Questions(within_s=60)

        def wait(_: Callable[[], bool]) -> More | None:
            release.wait(PATIENCE_S)
            return None

        taken = [asked.ask(wait, lambda _: None) for _ in range(3)]
        release.set()
        await asked.stop()
        return taken

    assert asyncio.run(story()) == [True, False, False]


def test_what_is_told_besides_joins_the_objects_of_the_answer() -> None:
    answer = authorization.AuthorizeResponse(id_token_info=types.IdTokenInfo(status="Accepted"))
    message = {"format": "UTF8", "content": "0.50 EUR per kWh."}
    assert join(answer, {"idTokenInfo": {"personalMessage": message}}) == {
        "idTokenInfo": {"status": "Accepted", "personalMessage": message}
    }
    empty = transactions.TransactionEventResponse()
    assert join(empty, None) is empty
    assert join(empty, {"totalCost": 0.0}) == {"totalCost": 0.0}
