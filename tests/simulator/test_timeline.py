import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.simulator.clock import ManualClock, ScaledClock, write_stamp
from chargehand.simulator.timeline import Timeline


@given(st.lists(st.integers(0, 50)))
def test_acts_run_in_the_order_of_their_time_and_then_of_asking(dues: list[int]) -> None:
    timeline = Timeline(ManualClock(0.0))
    seen: list[tuple[int, int, float]] = []
    for index, due in enumerate(dues):
        timeline.at(due, lambda due=due, index=index: seen.append((due, index, timeline.clock.now())))  # type: ignore[misc]
    timeline.run_until(100)
    assert [(due, index) for due, index, _ in seen] == sorted((due, index) for index, due in enumerate(dues))
    assert all(due == at for due, _, at in seen)
    assert timeline.clock.now() == 100


def test_a_cancelled_act_does_not_run() -> None:
    timeline = Timeline(ManualClock(0.0))
    seen: list[str] = []
    timeline.at(1, lambda: seen.append("kept"))
    timeline.at(2, lambda: seen.append("cancelled")).cancel()
    assert timeline.next_due() == 1
    timeline.run_until(5)
    assert seen == ["kept"]
    assert timeline.next_due() is None


def test_another_timeline_can_take_over_what_is_still_to_come() -> None:
    past, present = Timeline(ManualClock(0.0)), Timeline(ManualClock(10.0))
    seen: list[str] = []
    past.at(12, lambda: seen.append("second"))
    past.at(11, lambda: seen.append("first"))
    cancelled = past.at(13, lambda: seen.append("third"))
    past.hand_over(present)
    cancelled.cancel()
    past.run_until(20)
    assert seen == []
    present.run_until(20)
    assert seen == ["first", "second"]


def test_a_clock_of_the_world_runs_acts_by_itself_even_those_that_come_in_between() -> None:
    async def story() -> list[str]:
        timeline = Timeline(ScaledClock(1_000.0))
        seen: list[str] = []
        done = asyncio.Event()
        timeline.after(3_000_000, lambda: seen.append("never"))
        follower = asyncio.ensure_future(timeline.run())
        await asyncio.sleep(0)
        now = timeline.clock.now()
        timeline.at(now + 20, lambda: seen.append("second"))
        timeline.at(now + 20, done.set)
        timeline.at(now + 5, lambda: seen.append("first"))
        await done.wait()
        follower.cancel()
        return seen

    assert asyncio.run(story()) == ["first", "second"]


def test_stamps_are_written_in_utc_with_milliseconds() -> None:
    assert write_stamp(1_772_355_600.25) == "2026-03-01T09:00:00.250Z"
    assert ManualClock(0.0).stamp(1.0) == "1970-01-01T00:00:01.000Z"


def test_a_fast_clock_stamps_real_time_unless_told_otherwise() -> None:
    start = 1_000_000_000.0
    assert ScaledClock(60.0, start=start).stamp() > "2020"
    assert ScaledClock(60.0, start=start, stamps_simulated=True).stamp().startswith("2001-09-09T")
    with pytest.raises(ValueError, match="positive"):
        ScaledClock(0.0)
