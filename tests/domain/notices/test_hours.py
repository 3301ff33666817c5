"""Quiet hours on the wall clock: past midnight, and when the clocks change."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.notices.making import utc

from chargehand.domain.notices.hours import Hours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Hours(time(22), time(7), BERLIN)


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [
        ("2026-03-10T20:59", False),
        ("2026-03-10T21:00", True),  # 22:00 in winter
        ("2026-03-11T05:59", True),
        ("2026-03-11T06:00", False),
        ("2026-07-10T20:00", True),  # 22:00 in summer
        ("2026-07-11T05:00", False),
    ],
)
def test_the_night_is_quiet_from_ten_to_seven_on_the_wall_clock(at: str, is_quiet: bool) -> None:
    assert NIGHT.include(utc(at)) is is_quiet


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-03-10T23:00", "2026-03-11T06:00"),
        ("2026-03-28T23:00", "2026-03-29T05:00"),  # the clock is set forward in this night
        ("2026-10-24T22:00", "2026-10-25T06:00"),  # and back in this one
    ],
)
def test_the_night_ends_at_seven_also_when_the_clocks_change(at: str, end: str) -> None:
    assert NIGHT.end_after(utc(at)) == utc(end)


def test_an_end_that_the_clock_shows_twice_counts_when_it_still_comes() -> None:
    until_half_past_two = Hours(time(22), time(2, 30), BERLIN)
    first, second = utc("2026-10-25T00:30"), utc("2026-10-25T01:30")
    assert until_half_past_two.end_after(utc("2026-10-24T23:00")) == first
    assert until_half_past_two.include(utc("2026-10-25T01:10"))
    assert until_half_past_two.end_after(utc("2026-10-25T01:10")) == second


@given(
    begins=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    ends=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"]),
    minutes=st.integers(0, 366 * 24 * 60),
)
def test_quiet_hours_always_end_within_a_day_and_an_hour(
    begins: time, ends: time, zone: str, minutes: int
) -> None:
    hours = Hours(begins, ends, ZoneInfo(zone))
    at = utc("2026-01-01T00:00") + timedelta(minutes=minutes)
    assert timedelta() < hours.end_after(at) - at <= timedelta(hours=25)
