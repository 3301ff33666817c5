"""Sessions and CDRs as other systems write them: what they list twice, round, leave out or say oddly."""

import datetime as dt
import json
from typing import Any

import pytest
from tests.domain.tariffs.making import (
    WEDNESDAY,
    component,
    cost,
    element,
    exact,
    notes,
    session,
    tariff,
    totals,
)

from chargehand.domain.tariffs.elements import TariffError

PARKED = tariff(
    element(component("FLAT", 5), reservation="RESERVATION"),
    element(component("TIME", 6, step_size=60), component("PARKING_TIME", 12, step_size=60)),
)


def ended(*periods: tuple[int, dict[str, Any]], seconds: float, start: str = "2025-01-15T08:00:00") -> Any:
    """Build a session whose times are given in seconds and may have fractions."""
    begin = dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC)
    found = session(*periods, minutes=0, start=begin)
    found["end_date_time"] = (begin + dt.timedelta(seconds=seconds)).isoformat()
    return found


def test_dimensions_of_nothing_cost_nothing_and_reserve_nothing() -> None:
    zeros = {"ENERGY": 0, "TIME": 0, "PARKING_TIME": 0, "RESERVATION_TIME": 0}
    used = session((0, {**zeros, "TIME": 1}), (60, {**zeros, "PARKING_TIME": "0.5"}), minutes=90)
    assert totals(cost(PARKED, used)) == exact("12", "12")
    short = session((0, {**zeros, "TIME": "0.0083"}), minutes=0.5)  # type: ignore[arg-type]
    assert totals(cost(PARKED, short)) == exact("0.1", "0.1")


def test_an_expired_reservation_that_lists_nothing_charged_is_no_charging_session() -> None:
    of = tariff(
        element(component("FLAT", 4), component("TIME", 2), reservation="RESERVATION_EXPIRES"),
        element(component("FLAT", 1), component("ENERGY", 1)),
        min_price={"excl_vat": 50},
    )
    used = session((0, {"RESERVATION_TIME": 1, "ENERGY": 0, "TIME": 0, "PARKING_TIME": 0}), minutes=60)
    assert totals(cost(of, used, expired=True)) == exact("6", "6")


def test_a_parked_vehicle_takes_no_power_though_its_period_lists_a_charging_time_of_nothing() -> None:
    of = tariff(element(component("PARKING_TIME", 6), max_power=1))
    used = session((0, {"ENERGY": 0, "TIME": 0, "PARKING_TIME": 1}), minutes=60)
    assert totals(cost(of, used)) == exact("6", "6")


def test_a_fraction_of_a_second_begins_no_new_step() -> None:
    of = tariff(element(component("TIME", 6, step_size=60)))
    for seconds in (3599.6, 3600, 3600.123, 3600.5):
        used = ended((0, {"TIME": 1}), seconds=seconds)
        assert totals(cost(of, used)) == exact("6", "6"), seconds
    assert totals(cost(of, ended((0, {"TIME": 1}), seconds=3601))) == exact("6.1", "6.1")


def test_four_decimals_of_an_hour_begin_no_new_step_where_timestamps_cannot_help() -> None:
    of = tariff(element(component("TIME", 6, step_size=300), component("PARKING_TIME", 0, step_size=0)))
    of_time = tariff(element(component("TIME", 6, step_size=300)))
    used = session((0, {"TIME": "0.0834", "PARKING_TIME": "0.0834"}), minutes=10)  # 5 min = 0.08333… h
    assert totals(cost(of_time, used)) == exact("0.5", "0.5")
    assert totals(cost(of, used)) == exact("0.5004", "0.5004")  # parking was used: charging is not rounded


def test_the_last_digit_of_a_float_begins_no_new_step() -> None:
    of = tariff(element(component("ENERGY", "0.25", step_size=100)))
    for volume in (0.1 + 0.2, 0.3, 0.1 * 3):
        used = session((0, {"ENERGY": volume}), minutes=10)
        assert totals(cost(of, used)) == exact("0.075", "0.075"), volume
    thirds = [(minute, {"ENERGY": 20 / 3}) for minute in (0, 10, 20)]
    assert totals(cost(of, session(*thirds, minutes=30))) == exact("5", "5")
    more = session((0, {"ENERGY": "0.3001"}), minutes=10)
    assert totals(cost(of, more)) == exact("0.1", "0.1")


def test_one_period_for_the_whole_record_counts_its_volumes_as_written() -> None:
    of = tariff(element(component("ENERGY", "0.5"), component("TIME", 2), component("PARKING_TIME", 4)))
    used = session((0, {"ENERGY": 10, "TIME": 2, "PARKING_TIME": 1}), minutes=180)
    found = cost(of, used)
    assert totals(found) == exact("13", "13")
    assert notes(found) == []
    short = session((0, {"TIME": "0.0083", "PARKING_TIME": "0.0083"}), minutes=1)
    assert totals(
        cost(tariff(element(component("TIME", 36), component("PARKING_TIME", 72))), short)
    ) == exact("0.8988", "0.8988")


def test_current_and_power_are_negative_while_the_vehicle_feeds_the_grid() -> None:
    of = tariff(element(component("TIME", 2), min_power=0), element(component("TIME", 1)))
    used = session((0, {"TIME": 1, "POWER": -7, "CURRENT": -10, "ENERGY_EXPORT": 7}), minutes=60)
    assert totals(cost(of, used)) == exact("1", "1")
    for kind in ("ENERGY", "TIME", "MIN_POWER", "MAX_CURRENT"):
        with pytest.raises(TariffError, match="is negative"):
            cost(of, session((0, {kind: -1}), minutes=60))


def test_a_country_written_with_two_letters_is_that_country() -> None:
    of = tariff(element(component("ENERGY", 1)), currency="USD", tax_included="NO")
    used = session((0, {"ENERGY": 5}), minutes=60)
    for country, after in (("USA", None), ("US", None), ("DEU", 5)):
        assert cost(of, {**used, "cdr_location": {"country": country}}).after_taxes == after


def element_of_day(price: str, step: int, start: str, end: str) -> dict[str, Any]:
    parking = [component("PARKING_TIME", 1, step_size=900)] if start < "20:00" else []
    return element(component("TIME", price, step_size=step), *parking, start_time=start, end_time=end)


SWITCHING = tariff(
    element_of_day("1.2", 1800, "00:00", "17:00"),
    element_of_day("2.4", 900, "17:00", "20:00"),
    element_of_day("2.4", 900, "20:00", "00:00"),
)


def test_a_record_whose_volumes_overlap_its_periods_counts_them_as_written() -> None:
    """A record of the ocpi-tariffs test suite, which bills 0.5502: its second period is 2 min, not 5."""
    used = session(
        (0, {"TIME": 0.0834}),
        (5, {"TIME": 0.0834}),
        (7, {"PARKING_TIME": 0.0334}),
        minutes=12,
        start=WEDNESDAY.replace(hour=16, minute=55),
    )
    found = cost(SWITCHING, used, "UTC")
    assert json.dumps(round(float(found.before_taxes or 0), 4)) == "0.5502"
    assert len(notes(found)) == 3


def test_parking_that_becomes_free_at_night_is_rounded_up_by_its_own_last_step() -> None:
    """OCPI mod_tariffs, switching to a free element: 12 min of charging and 8 of parking before 20:00."""
    used = session(
        (0, {"TIME": "0.2"}),
        (12, {"PARKING_TIME": "0.5"}),
        minutes=42,
        start=WEDNESDAY.replace(hour=18, minute=40),
    )
    assert totals(cost(SWITCHING, used)) == exact("0.73", "0.73")
