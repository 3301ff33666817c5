"""Who is on duty: by the week, past midnight, over a change of clocks, and in place of the week."""

from datetime import time
from zoneinfo import ZoneInfo

from tests.domain.notices.making import utc

from chargehand.domain.notices.duty import OverrideTime, ShiftTime, Week

BERLIN = ZoneInfo("Europe/Berlin")
MIA, TOM, ALI = 1, 2, 3


def shift(weekday: int, starts: int, ends: int, user_id: int = MIA) -> ShiftTime:
    return ShiftTime(weekday=weekday, starts=time(starts), ends=time(ends), user_id=user_id)


def test_a_night_shift_goes_on_after_midnight() -> None:
    week = Week(zone=BERLIN, shifts=(shift(0, 22, 6), shift(1, 6, 14, TOM)))
    assert week.on_duty(utc("2026-03-09T21:30")) == (MIA,)
    assert week.on_duty(utc("2026-03-10T04:59")) == (MIA,)
    assert week.on_duty(utc("2026-03-10T05:00")) == (TOM,)
    assert week.on_duty(utc("2026-03-10T13:00")) == ()


def test_a_shift_with_equal_ends_lasts_a_day() -> None:
    week = Week(zone=BERLIN, shifts=(shift(5, 8, 8),))
    assert week.on_duty(utc("2026-03-15T06:59")) == (MIA,)
    assert week.on_duty(utc("2026-03-15T07:00")) == ()


def test_the_night_in_which_the_clock_is_set_back_is_one_hour_longer() -> None:
    week = Week(zone=BERLIN, shifts=(shift(5, 22, 6),))
    on = [week.on_duty(utc(f"2026-10-25T0{hour}:30")) for hour in range(7)]
    assert on == [(MIA,)] * 5 + [()] * 2


def test_several_people_may_be_on_duty_and_nobody_twice() -> None:
    week = Week(zone=BERLIN, shifts=(shift(1, 8, 16), shift(1, 8, 12), shift(1, 10, 18, TOM)))
    assert week.on_duty(utc("2026-03-10T10:00")) == (MIA, TOM)


def test_the_last_override_holds_in_place_of_the_week() -> None:
    holiday = OverrideTime(starts_at=utc("2026-03-10T00:00"), ends_at=utc("2026-03-11T00:00"), user_id=None)
    swap = OverrideTime(starts_at=utc("2026-03-10T12:00"), ends_at=utc("2026-03-10T13:00"), user_id=ALI)
    week = Week(zone=BERLIN, shifts=(shift(1, 0, 0),), overrides=(holiday, swap))
    assert week.on_duty(utc("2026-03-10T11:00")) == ()
    assert week.on_duty(utc("2026-03-10T12:30")) == (ALI,)
    assert week.on_duty(utc("2026-03-10T13:00")) == ()


def test_gaps_are_the_times_when_nobody_is_on_duty() -> None:
    week = Week(zone=BERLIN, shifts=tuple(shift(day, 8, 20) for day in range(7)))
    assert list(week.gaps(utc("2026-03-10T11:00"), 1)) == [(utc("2026-03-10T19:00"), utc("2026-03-11T07:00"))]


def test_a_rota_around_the_clock_has_no_gap_whatever_the_clocks_do() -> None:
    shifts = (*(shift(day, 8, 20) for day in range(7)), *(shift(day, 20, 8, TOM) for day in range(7)))
    assert list(Week(zone=BERLIN, shifts=shifts).gaps(utc("2026-03-20T00:00"), 14)) == []
    assert list(Week(zone=BERLIN, shifts=shifts).gaps(utc("2026-10-20T00:00"), 14)) == []


def test_a_rota_without_shifts_is_one_gap() -> None:
    gaps = list(Week(zone=BERLIN, shifts=()).gaps(utc("2026-03-10T00:00"), 2))
    assert gaps == [(utc("2026-03-10T00:00"), utc("2026-03-12T00:00"))]
