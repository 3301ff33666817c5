"""Answers that are shared for a moment."""

import threading

from tests.patience import PATIENCE_S

from chargehand.interfaces.console.sharing import Shared


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def test_an_answer_that_costs_much_is_worked_out_once_for_a_moment() -> None:
    shared: Shared[int] = Shared(lambda found: 2.0 if found >= 10 else 0.0)
    clock, worked = Clock(), [0]

    def work(result: int) -> int:
        worked[0] += 1
        return result

    assert [shared.ask("a", lambda: work(10), clock) for _ in range(3)] == [10, 10, 10]
    assert worked == [1]
    assert shared.ask("b", lambda: work(11), clock) == 11
    clock.at = 2.5
    assert shared.ask("a", lambda: work(12), clock) == 12
    assert worked == [3]


def test_an_answer_that_costs_little_is_always_fresh() -> None:
    shared: Shared[int] = Shared(lambda _found: 0.0)
    worked = iter(range(3))
    assert [shared.ask("a", lambda: next(worked)) for _ in range(3)] == [0, 1, 2]


def test_who_asks_while_it_is_worked_out_waits_for_the_same_answer() -> None:
    shared: Shared[object] = Shared(lambda _found: 60.0)
    begun, go_on = threading.Event(), threading.Event()
    answers: list[object] = []

    def work() -> object:
        begun.set()
        assert go_on.wait(PATIENCE_S)
        return object()

    threads = [threading.Thread(target=lambda: answers.append(shared.ask("a", work))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(PATIENCE_S)
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(answers) == 4
    assert len(set(map(id, answers))) == 1


def test_a_failure_is_not_kept() -> None:
    shared: Shared[int] = Shared(lambda _found: 60.0)

    def fail() -> int:
        raise ValueError

    try:
        shared.ask("a", fail)
    except ValueError:
        assert shared.ask("a", lambda: 1) == 1
    else:
        raise AssertionError


def test_only_so_many_answers_are_kept() -> None:
    shared: Shared[int] = Shared(lambda _found: 60.0, most=2)
    for key in range(3):
        shared.ask(key, lambda: 1)
    assert shared.ask(0, lambda: 2) == 2
    assert shared.ask(2, lambda: 2) == 1
