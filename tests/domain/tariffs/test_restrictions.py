"""When an element applies: clock, calendar, energy, duration, power, current, reservation."""

import datetime as dt
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.domain.tariffs.making import (
    BERLIN,
    component,
    cost,
    element,
    exact,
    explanations,
    session,
    tariff,
    totals,
)

from chargehand.domain.tariffs.elements import TariffError


def test_a_period_is_split_where_the_clock_changes_the_price() -> None:
    of = tariff(
        element(component("ENERGY", "0.2"), start_time="09:15", end_time="09:45"),
        element(component("ENERGY", "0.6")),
    )
    assert totals(cost(of, session((0, {"ENERGY": 12}), minutes=60))) == exact("4.8", "4.8")


def test_a_window_that_ends_at_midnight_lasts_to_the_end_of_the_day() -> None:
    of = tariff(element(component("TIME", 1), start_time="22:00", end_time="00:00"))
    start = dt.datetime(2025, 1, 15, 20, 30, tzinfo=dt.UTC)
    assert totals(cost(of, session((0, {"TIME": 5}), minutes=300, start=start))) == exact("2", "2")


def test_a_window_whose_end_is_before_its_start_wraps_over_midnight() -> None:
    of = tariff(element(component("TIME", 1), start_time="22:00", end_time="02:00"))
    start = dt.datetime(2025, 1, 15, 20, 30, tzinfo=dt.UTC)
    assert totals(cost(of, session((0, {"TIME": 8}), minutes=480, start=start))) == exact("4", "4")


def test_the_weekday_in_a_wrapping_window_is_that_of_the_clock() -> None:
    of = tariff(
        element(component("TIME", 1), start_time="22:00", end_time="06:00", day_of_week=["FRIDAY"]),
        element(component("TIME", 10)),
    )
    friday_evening = dt.datetime(2025, 1, 17, 21, 0, tzinfo=dt.UTC)
    assert totals(cost(of, session((0, {"TIME": 4}), minutes=240, start=friday_evening))) == exact("22", "22")
    friday_morning = dt.datetime(2025, 1, 17, 3, 0, tzinfo=dt.UTC)
    assert totals(cost(of, session((0, {"TIME": 3}), minutes=180, start=friday_morning))) == exact("12", "12")


def test_start_date_is_inclusive_and_end_date_exclusive_in_local_time() -> None:
    of = tariff(element(component("TIME", 1), start_date="2025-01-16", end_date="2025-01-17"))
    start = dt.datetime(2025, 1, 15, 22, 0, tzinfo=dt.UTC)
    found = cost(of, session((0, {"TIME": 30}), minutes=1800, start=start))
    assert totals(found) == exact("24", "24")
    assert totals(cost(of, session((0, {"TIME": 1}), minutes=60, start=start), "America/Lima")) == exact(
        "0", "0"
    )


@pytest.mark.parametrize(
    ("day", "elapsed", "hours"), [(dt.date(2025, 3, 30), 23, 1), (dt.date(2025, 10, 26), 25, 3)]
)
def test_a_day_has_23_or_25_hours_when_the_clock_changes(day: dt.date, elapsed: int, hours: int) -> None:
    berlin = ZoneInfo(BERLIN)
    start = dt.datetime.combine(day, dt.time(0), tzinfo=berlin).astimezone(dt.UTC)
    used = session((0, {"TIME": elapsed}), minutes=elapsed * 60, start=start)
    whole_day = tariff(element(component("TIME", 1), start_date=day.isoformat()))
    assert totals(cost(whole_day, used)) == exact(str(elapsed), str(elapsed))
    night = tariff(element(component("TIME", 1), start_time="01:00", end_time="03:00"))
    assert totals(cost(night, used)) == exact(str(hours), str(hours))
    skipped = tariff(element(component("TIME", 1), start_time="02:15", end_time="02:45"))
    assert totals(cost(skipped, used))[0] == Fraction(hours - 1, 2)


def test_a_kwh_restriction_cuts_a_period_at_the_energy_it_names() -> None:
    of = tariff(element(component("ENERGY", 0), max_kwh=4), element(component("ENERGY", 1), min_kwh=4))
    found = cost(of, session((0, {"ENERGY": 3}), (30, {"ENERGY": 5}), minutes=60))
    assert totals(found) == exact("4", "4")


def test_time_prices_change_when_an_energy_bound_is_passed() -> None:
    of = tariff(element(component("TIME", 6), max_kwh=5), element(component("TIME", 60)))
    found = cost(of, session((0, {"ENERGY": 10, "TIME": 1}), minutes=60))
    assert totals(found) == exact("33", "33")


def test_a_duration_counts_from_the_start_of_charging_and_not_of_the_reservation() -> None:
    of = tariff(element(component("ENERGY", 1), max_duration=1800), element(component("ENERGY", 3)))
    used = session((0, {"RESERVATION_TIME": 1}), (60, {"ENERGY": 6, "TIME": 1}), minutes=120)
    assert totals(cost(of, used)) == exact("12", "12")


@pytest.mark.parametrize(
    ("volumes", "paid"),
    [
        ({"MAX_POWER": "10.9"}, 1),
        ({"MAX_POWER": 11}, 2),
        ({"POWER": "21.99"}, 2),
        ({"MIN_POWER": 22, "MAX_POWER": 30}, 3),
        ({"MIN_POWER": 8, "MAX_POWER": 12}, 2),
        ({}, 2),
    ],
)
def test_power_decides_by_the_reported_sample_or_else_by_energy_over_time(
    volumes: dict[str, Any], paid: int
) -> None:
    of = tariff(
        element(component("ENERGY", 1), max_power=11),
        element(component("ENERGY", 2), max_power=22),
        element(component("ENERGY", 3)),
    )
    used = session((0, {"ENERGY": 15, "TIME": 1, **volumes}), minutes=60)
    assert cost(of, used).before_taxes == 15 * paid


def test_current_is_the_sum_over_phases_and_minimum_is_inclusive() -> None:
    of = tariff(element(component("TIME", 1), max_current=32), element(component("TIME", 2), min_current=32))
    for amperes, paid in ((31, 1), (32, 2), (48, 2)):
        assert cost(of, session((0, {"TIME": 1, "CURRENT": amperes}), minutes=60)).before_taxes == paid


def test_a_restriction_on_current_is_not_met_where_no_current_is_known() -> None:
    of = tariff(element(component("TIME", 1), max_current=32))
    found = cost(of, session((0, {"TIME": 1}), minutes=60))
    assert found.before_taxes == 0
    assert "none was reported" in explanations(found)


def test_a_parked_vehicle_takes_no_power() -> None:
    of = tariff(element(component("PARKING_TIME", 1), max_power=1), element(component("PARKING_TIME", 9)))
    assert cost(of, session((0, {"PARKING_TIME": 1}), minutes=60)).before_taxes == 1


RESERVING = tariff(
    element(component("FLAT", 1), component("TIME", 4, step_size=600), reservation="RESERVATION"),
    element(component("FLAT", 7), reservation="RESERVATION_EXPIRES"),
    element(component("FLAT", "0.5"), component("ENERGY", 1)),
)


def test_a_used_reservation_bills_its_fee_and_time_beside_the_session() -> None:
    used = session((0, {"RESERVATION_TIME": "0.2"}), (12, {"ENERGY": 3, "TIME": 1}), minutes=72)
    found = cost(RESERVING, used)
    assert [(line.type, line.before_taxes) for line in found.lines] == [
        ("FLAT", 1),
        ("RESERVATION_TIME", Fraction(4, 3)),
        ("FLAT", Fraction(1, 2)),
        ("ENERGY", 3),
    ]


def test_an_expired_reservation_bills_the_expiry_fee_and_no_start_fee() -> None:
    used = session((0, {"RESERVATION_TIME": "0.5"}), minutes=30)
    assert totals(cost(RESERVING, used, expired=True)) == exact("9", "9")
    assert totals(cost(RESERVING, used)) == exact("3", "3")


def test_the_minimum_price_of_a_session_does_not_bind_a_reservation_without_one() -> None:
    of = {**RESERVING, "min_price": {"before_taxes": 20}}
    assert cost(of, session((0, {"RESERVATION_TIME": "0.5"}), minutes=30), expired=True).before_taxes == 9


def test_a_meter_jump_in_an_instant_is_split_by_energy() -> None:
    of = tariff(element(component("ENERGY", 1), max_kwh=2), element(component("ENERGY", 10)))
    assert cost(of, session((0, {"ENERGY": 3}), minutes=0)).before_taxes == 12


def test_a_tariff_that_would_cut_a_session_into_countless_parts_is_refused() -> None:
    clock = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
    of = tariff(*(element(component("TIME", 1), start_time=time) for time in clock))
    with pytest.raises(TariffError, match="more than 20000 parts"):
        cost(of, session((0, {"TIME": 480}), minutes=28_800))
