"""Stretches of time: set arithmetic, months, opening hours over changes of clocks."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.domain.health.uptime.intervals import (
    OpeningTime,
    Stretch,
    clip,
    intersect,
    month_start,
    months,
    open_times,
    subtract,
    total,
    union,
)

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2025, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hours(*pairs: tuple[float, float]) -> list[Stretch]:
    return [(START + HOUR * first, START + HOUR * last) for first, last in pairs]


pairs = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(
    lambda pair: (START + timedelta(minutes=min(pair)), START + timedelta(minutes=max(pair)))
)
several = st.lists(pairs, max_size=8)


def minutes_of(stretches: list[Stretch]) -> set[int]:
    return {
        minute
        for since, until in stretches
        for minute in range(
            int((since - START) / timedelta(minutes=1)), int((until - START) / timedelta(minutes=1))
        )
    }


def test_overlapping_and_touching_stretches_are_one() -> None:
    assert union(hours((3, 4), (0, 2), (1, 3), (5, 5))) == hours((0, 4))


@given(several, several)
def test_set_arithmetic_agrees_with_sets_of_minutes(some: list[Stretch], others: list[Stretch]) -> None:
    one, other = union(some), union(others)
    assert minutes_of(one) == minutes_of(some)
    assert minutes_of(intersect(one, other)) == minutes_of(some) & minutes_of(others)
    assert minutes_of(subtract(one, other)) == minutes_of(some) - minutes_of(others)
    assert total(one) == timedelta(minutes=len(minutes_of(some)))


@given(several, st.integers(0, 200))
def test_cutting_stretches_anywhere_changes_nothing(stretches: list[Stretch], cut: int) -> None:
    at = START + timedelta(minutes=cut)
    far = START + timedelta(days=1)
    pieces = clip(stretches, START, at) + clip(stretches, at, far)
    assert union(pieces) == union(stretches)


@pytest.mark.parametrize(
    ("year", "month", "length"),
    [(2024, 2, 29 * 24), (2025, 2, 28 * 24), (2025, 3, 31 * 24 - 1), (2025, 10, 31 * 24 + 1), (2025, 4, 720)],
)
def test_a_month_is_as_long_as_local_clocks_say(year: int, month: int, length: int) -> None:
    assert month_start(year, month + 1, BERLIN) - month_start(year, month, BERLIN) == HOUR * length


def test_twelve_months_go_back_over_the_new_year_without_gaps() -> None:
    found = months(2025, 3, 12, BERLIN)
    assert len(found) == 12
    assert found[0][0] == datetime(2024, 3, 31, 22, tzinfo=UTC)
    assert found[-1] == (datetime(2025, 2, 28, 23, tzinfo=UTC), datetime(2025, 3, 31, 22, tzinfo=UTC))
    assert all(one[1] == next_one[0] for one, next_one in pairwise(found))


def test_without_hours_a_site_is_always_open() -> None:
    assert open_times((), BERLIN, START, START + HOUR) == [(START, START + HOUR)]


@pytest.mark.parametrize(("day", "length"), [(30, 23), (29, 24)])
def test_a_site_open_around_the_clock_is_open_23_hours_when_clocks_go_forward(day: int, length: int) -> None:
    week = [OpeningTime(number, time(0), time(0)) for number in range(7)]
    since = datetime(2025, 3, day, tzinfo=BERLIN).astimezone(UTC)
    until = datetime(2025, 3, day + 1, tzinfo=BERLIN).astimezone(UTC)
    assert total(open_times(week, BERLIN, since, until)) == HOUR * length


def test_hours_over_midnight_belong_to_the_day_they_begin_on() -> None:
    week = [OpeningTime(4, time(22), time(3))]  # Friday
    since, until = datetime(2025, 1, 3, tzinfo=BERLIN), datetime(2025, 1, 6, tzinfo=BERLIN)
    [(opens, closes)] = open_times(week, BERLIN, since, until)
    assert (opens, closes) == (
        datetime(2025, 1, 3, 21, tzinfo=UTC),
        datetime(2025, 1, 4, 2, tzinfo=UTC),
    )
    saturday = datetime(2025, 1, 4, tzinfo=BERLIN)
    assert total(open_times(week, BERLIN, saturday, until)) == HOUR * 3
