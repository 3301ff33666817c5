"""Stations write date-times in many ways; each is read to the same moment or flagged."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.protocols.ocpp.times import ReadTime, read_time, write_time

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00.000Z",
        "2026-03-01T14:00:00+02:00",
        "2026-03-01T14:00:00+0200",
        "2026-03-01T14:00:00+02",
        "2026-03-01T14:00:00+2",
        "2026-03-01T06:30:00.000000000-05:30",
        "2026-03-01 12:00:00Z",
        "2026-03-01 14:00:00 +02:00",
        "2026-03-01t12:00:00z",
        " 2026-03-01T12:00:00Z\n",
        "2026-03-01T12:00Z",
        "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00,0Z",
        "2026-3-1T12:00:00Z",
        "2026-03-01T12:00:00 UTC",
    ],
)
def test_every_usual_way_to_write_noon_is_noon(text: str) -> None:
    assert read_time(text) == ReadTime(NOON)


@pytest.mark.parametrize("digits", range(1, 13))
def test_any_number_of_fraction_digits_is_read_to_microseconds(digits: int) -> None:
    fraction = "123456789012"[:digits]
    expected = NOON + timedelta(microseconds=int(fraction[:6].ljust(6, "0")))
    assert read_time(f"2026-03-01T12:00:00.{fraction}Z") == ReadTime(expected)


def test_without_a_zone_utc_is_assumed_and_told() -> None:
    assert read_time("2026-03-01T12:00:00") == ReadTime(NOON, ("no zone",))


def test_without_a_zone_the_station_s_zone_is_assumed() -> None:
    assert read_time("2026-07-01T14:00:00.5", zone="Europe/Berlin") == ReadTime(
        datetime(2026, 7, 1, 12, 0, 0, 500_000, tzinfo=UTC), ("no zone",)
    )


def test_a_date_alone_is_its_midnight_without_a_zone() -> None:
    assert read_time("2026-03-01") == ReadTime(datetime(2026, 3, 1, tzinfo=UTC), ("no zone",))


def test_an_unknown_zone_is_the_caller_s_mistake() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        read_time("2026-03-01T12:00:00", zone="Europe/Atlantis")


def test_midnight_as_24_and_a_leap_second_belong_to_the_next_day() -> None:
    midnight = ReadTime(datetime(2027, 1, 1, tzinfo=UTC))
    assert read_time("2026-12-31T24:00:00Z") == midnight
    assert read_time("2026-12-31T23:59:60Z") == midnight


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-02-30T00:00:00.000Z",
        "2026-01-01T25:00:00Z",
        "2026-01-01T00:61:00Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+00:75",
        "0000-00-00T00:00:00Z",
        "01.03.2026 12:00",
        "1772366400",
        "2026-03-01T12:00:00Zjunk",
        "２０２６-03-01T12:00:00Z",
    ],
)
def test_what_is_no_date_is_flagged_and_gives_no_moment(text: str) -> None:
    assert read_time(text) == ReadTime(None, ("unreadable",))
    assert not read_time(text).is_trusted


def test_no_date_at_all_is_flagged_as_absent() -> None:
    assert read_time(None) == ReadTime(None, ("absent",))


@pytest.mark.parametrize(
    "text", ["1970-01-01T00:00:00Z", "2000-01-01T00:00:00.000Z", "2014-06-01T00:00:00+02"]
)
def test_a_clock_that_was_never_set_is_flagged(text: str) -> None:
    read = read_time(text)
    assert read.at is not None
    assert read.flags == ("clock not set",)
    assert not read.is_trusted


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T24:00:00Z"]
)
def test_a_moment_outside_the_calendar_is_unreadable(text: str) -> None:
    assert read_time(text) == ReadTime(None, ("unreadable",))


def test_we_write_utc_with_milliseconds_and_z() -> None:
    assert write_time(NOON) == "2026-03-01T12:00:00.000Z"
    berlin = datetime(2026, 3, 1, 13, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=1)))
    assert write_time(berlin) == "2026-03-01T12:00:00.123Z"


def test_we_never_write_a_moment_without_a_zone() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        write_time(NOON.replace(tzinfo=None))


@given(st.datetimes(min_value=datetime(2020, 1, 2), timezones=st.timezones()))  # noqa: DTZ001
def test_what_we_write_is_read_back_to_the_millisecond(moment: datetime) -> None:
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        return
    assert read_time(write_time(moment)) == ReadTime(utc.replace(microsecond=utc.microsecond // 1000 * 1000))


@given(st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*)?(Z|[+-]\d{1,6})?"))
def test_no_text_makes_reading_raise(text: str) -> None:
    read = read_time(text)
    assert (read.at is None) == ("unreadable" in read.flags)
