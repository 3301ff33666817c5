"""Charging periods: every hour and every watt-hour once, parking where nothing flowed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chargehand.domain.charging.energy import Register
from chargehand.domain.charging.periods import ChargingPeriod, StateChange, find_periods

BEGAN = datetime(2026, 5, 1, 8, tzinfo=UTC)


def _at(minutes: int) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


def _track(*points: tuple[int, int]) -> list[Register]:
    return [Register(_at(minutes), Decimal(wh)) for minutes, wh in points]


def _find(
    minutes: int, track: list[Register], states: list[tuple[int, str]] | None = None
) -> list[ChargingPeriod]:
    changes = [StateChange(_at(at), state) for at, state in states or []]
    return find_periods(started_at=BEGAN, ended_at=_at(minutes), track=track, states=changes)


def _volumes(periods: list[ChargingPeriod]) -> list[tuple[int, dict[str, Decimal]]]:
    return [
        (
            (period.start_date_time - BEGAN) // timedelta(minutes=1),
            {dimension.type: dimension.volume for dimension in period.dimensions},
        )
        for period in periods
    ]


def test_a_short_charge_is_one_period() -> None:
    assert _volumes(_find(10, _track((0, 0), (10, 2000)))) == [
        (0, {"ENERGY": Decimal(2), "TIME": Decimal("0.166667")})
    ]


def test_time_after_the_car_is_full_is_parking() -> None:
    found = _volumes(_find(40, _track((0, 0), (10, 2000), (20, 2000), (40, 2000))))
    assert found == [
        (0, {"ENERGY": Decimal(2), "TIME": Decimal("0.166667")}),
        (10, {"PARKING_TIME": Decimal("0.500000")}),
    ]


def test_standing_by_is_parking_and_its_energy_is_kept() -> None:
    found = _volumes(_find(70, _track((0, 0), (10, 2000), (70, 2020))))
    assert found[1] == (10, {"ENERGY": Decimal("0.02"), "PARKING_TIME": Decimal(1)})


def test_states_part_what_lies_between_two_registers() -> None:
    found = _volumes(_find(60, _track((0, 0), (60, 3000)), [(0, "Charging"), (15, "SuspendedEV")]))
    assert found == [
        (0, {"ENERGY": Decimal(3), "TIME": Decimal("0.25")}),
        (15, {"PARKING_TIME": Decimal("0.75")}),
    ]


def test_time_in_which_the_charger_holds_the_energy_back_is_neither_charging_nor_parking() -> None:
    states = [(0, "Charging"), (15, "SuspendedEVSE"), (30, "SuspendedEV"), (45, "SuspendedEVSE")]
    found = _volumes(_find(60, _track((0, 0), (15, 3000), (60, 3000)), states))
    assert found == [
        (0, {"ENERGY": Decimal(3), "TIME": Decimal("0.25")}),
        (15, {"ENERGY": Decimal(0)}),
        (30, {"PARKING_TIME": Decimal("0.25")}),
        (45, {"ENERGY": Decimal(0)}),
    ]


def test_a_meter_that_counts_on_is_believed_more_than_a_state_of_holding_back() -> None:
    found = _volumes(_find(60, _track((0, 0), (60, 9000)), [(0, "SuspendedEVSE")]))
    assert {kind for _, volumes in found for kind in volumes} == {"ENERGY", "TIME"}


def test_a_state_of_charging_is_not_believed_when_the_meter_stands_still() -> None:
    found = _volumes(_find(20, _track((0, 0), (10, 0), (20, 2000)), [(0, "Charging")]))
    assert [volumes.keys() for _, volumes in found] == [{"PARKING_TIME"}, {"ENERGY", "TIME"}]


def test_without_any_meter_value_there_is_time_and_no_energy() -> None:
    assert _volumes(_find(60, [], [(30, "SuspendedEV")])) == [
        (0, {"TIME": Decimal("0.5")}),
        (30, {"PARKING_TIME": Decimal("0.5")}),
    ]


def test_a_charge_without_length_keeps_its_energy() -> None:
    assert _volumes(_find(0, _track((0, 0), (0, 700)))) == [
        (0, {"ENERGY": Decimal("0.7"), "TIME": Decimal(0)})
    ]


def test_a_long_charge_is_cut_into_quarters_of_an_hour() -> None:
    track = _track(*((minutes, minutes * 100) for minutes in range(0, 61, 5)))
    assert [start for start, _ in _volumes(_find(60, track))] == [0, 15, 30, 45]


_points = st.lists(st.tuples(st.integers(0, 600), st.integers(0, 500)), min_size=1, max_size=30)
_states = st.lists(
    st.tuples(st.integers(-10, 610), st.sampled_from(["Charging", "SuspendedEV", "EVConnected"])), max_size=8
)


@given(_points, _states)
def test_periods_hold_all_energy_and_all_time_exactly_once(
    points: list[tuple[int, int]], states: list[tuple[int, str]]
) -> None:
    total, track = 0, [(0, 0)]
    for minutes, wh in sorted(points):
        total += wh
        track.append((minutes, total))
    track.append((600, total))
    found = _volumes(_find(600, _track(*track), states))
    energy = sum((volumes.get("ENERGY", Decimal(0)) for _, volumes in found), Decimal(0))
    hours = sum(
        (volumes.get("TIME", Decimal(0)) + volumes.get("PARKING_TIME", Decimal(0)) for _, volumes in found),
        Decimal(0),
    )
    assert energy == Decimal(total) / 1000
    assert abs(hours - 10) < Decimal("0.001")
    assert all(volume >= 0 for _, volumes in found for volume in volumes.values())
    starts = [start for start, _ in found]
    assert starts == sorted(set(starts))
