"""Waves, windows and the arithmetic of stopping."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.domain.maintenance.rollout import (
    Limits,
    Tally,
    chance_above,
    chance_of_more_faults,
    is_in_window,
    must_halt,
    problem_with,
    share_out,
)


def test_waves_grow_and_the_last_takes_the_rest() -> None:
    waves = share_out(range(50), [2, 10, 88])
    assert [len(wave) for wave in waves] == [1, 5, 44]


@given(st.integers(0, 200), st.lists(st.floats(0.5, 30), min_size=1, max_size=3))
def test_every_station_is_in_one_wave(count: int, shares: list[float]) -> None:
    waves = share_out(range(count), shares)
    assert [station for wave in waves for station in wave] == list(range(count))
    assert all(waves)


@pytest.mark.parametrize("shares", [[], [0, 100], [-5, 105], [60, 60]])
def test_shares_that_are_none_are_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="Shares"):
        share_out(range(5), shares)


@pytest.mark.parametrize(
    ("hour", "opens", "closes", "is_open"),
    [
        (20, time(22, 30), time(5), False),  # ten o'clock in Berlin
        (23, time(22), time(5), True),
        (2, time(22), time(5), True),
        (3, time(22), time(5), False),  # five o'clock in Berlin
        (0, time(1), time(3), True),  # two o'clock in Berlin
        (12, None, None, True),
    ],
)
def test_a_window_is_in_local_time_and_may_go_over_midnight(
    hour: int, opens: time | None, closes: time | None, is_open: bool
) -> None:
    now = datetime(2026, 7, 1, hour, tzinfo=UTC)
    assert is_in_window(now, "Europe/Berlin", opens, closes) == is_open


@pytest.mark.parametrize(
    ("failed", "done", "reason"),
    [(0, 0, ""), (1, 0, ""), (1, 10, ""), (2, 0, "failures"), (3, 0, "failures"), (20, 80, "failures")],
)
def test_failures_halt_when_they_are_certainly_too_many(failed: int, done: int, reason: str) -> None:
    assert must_halt(Tally(failed=failed, done=done), Limits()) == reason


def test_more_failures_are_never_less_alarming() -> None:
    chances = [chance_above(failed, 10, 0.1) for failed in range(10)]
    assert chances == sorted(chances)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ((2, 140), (0, 10), ""),
        ((2, 140), (1, 30), ""),
        ((2, 140), (6, 30), "faults"),
        ((60, 140), (10, 30), ""),
    ],
)
def test_faults_halt_when_they_certainly_became_more_frequent(
    before: tuple[int, int], after: tuple[int, int], reason: str
) -> None:
    tally = Tally(
        done=10,
        failed=0,
        bad_days_before=before[0],
        days_before=before[1],
        bad_days_after=after[0],
        days_after=after[1],
    )
    assert must_halt(tally, Limits()) == reason


def test_twice_the_same_rate_is_even_odds_for_a_factor_of_two() -> None:
    tally = Tally(
        done=1, failed=0, bad_days_before=100, days_before=1000, bad_days_after=200, days_after=1000
    )
    assert chance_of_more_faults(tally, 2.0) == pytest.approx(0.5, abs=0.03)


def test_limits_that_make_no_sense_are_named() -> None:
    assert problem_with(Limits()) == ""
    assert problem_with(Limits(at_once=0)) == "at_once"
    assert problem_with(Limits(certainty=1.0)) == "certainty"
