from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargehand.simulator.car import CAR_MODELS, DC_EFFICIENCY, Car, CarModel, Pause
from chargehand.simulator.meter import Meter
from chargehand.simulator.outlet import AC_22, DC_150, Outlet, Rating
from chargehand.simulator.surroundings import Grid, Weather

START = 1_772_355_600.0
FAST_CARS = [each for each in CAR_MODELS if each.dc_max_power_w]


def outlet(rating: Rating, seed: int = 1, *, max_step_s: float = 10.0) -> Outlet:
    rng = Random(seed)
    grid, weather = Grid(rng), Weather(rng)
    return Outlet(rating, grid, weather, meter=Meter(1_000_000), rng=rng, at=START, max_step_s=max_step_s)


def charging(rating: Rating, car: Car, seed: int = 1) -> Outlet:
    made = outlet(rating, seed)
    made.attach(car)
    made.energise(on=True)
    return made


cars = st.builds(
    Car,
    model=st.sampled_from(CAR_MODELS),
    soc=st.floats(0.0, 1.0),
    target_soc=st.floats(0.5, 1.0),
    pauses=st.lists(st.builds(Pause, st.floats(0, 3_600), st.floats(1, 3_600)), max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(
    cars,
    st.sampled_from([AC_22, DC_150]),
    st.integers(0, 9_999),
    st.lists(st.floats(0.1, 900), min_size=1, max_size=12),
    st.floats(0, 40),
)
def test_physics_keeps_its_promises(
    car: Car, rating: Rating, seed: int, steps: list[float], limit_a: float
) -> None:
    made = charging(rating, car, seed)
    made.limit_a = limit_a
    before = made.read()
    arrived, top = car.soc, max(car.soc, car.target_soc)
    for step in steps:
        made.advance(made.at + step)
        reading = made.read()
        assert reading.energy_wh >= before.energy_wh
        assert 0 <= reading.power_w <= rating.max_power_w * 1.0001
        assert all(0 <= each <= min(rating.max_current_a, limit_a) + 1e-9 for each in reading.current_a)
        assert 0 <= car.soc <= 1
        assert arrived <= car.soc <= top
        before = reading


@settings(max_examples=40, deadline=None)
@given(cars, st.sampled_from([AC_22, DC_150]), st.integers(0, 9_999))
def test_power_is_the_sum_of_voltage_times_current_times_factor(car: Car, rating: Rating, seed: int) -> None:
    made = charging(rating, car, seed)
    for _ in range(20):
        made.advance(made.at + 60)
        reading = made.read()
        product = sum(u * i for u, i in zip(reading.voltage_v, reading.current_a, strict=True))
        assert reading.power_w == pytest.approx(product * reading.power_factor, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(CAR_MODELS), st.floats(0.05, 0.5), st.integers(0, 9_999))
def test_the_register_is_the_integral_of_power(model: CarModel, soc: float, seed: int) -> None:
    rating = DC_150 if model.dc_max_power_w else AC_22
    made = charging(rating, Car(model, soc), seed)
    first, integral = made.read(), 0.0
    previous = first.power_w
    for _ in range(360):
        made.advance(made.at + 10)
        power = made.read().power_w
        integral += (previous + power) / 2 * 10 / 3600
        previous = power
    counted = made.read().energy_wh - first.energy_wh
    assert counted == pytest.approx(integral, rel=0.01, abs=15)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(FAST_CARS), st.integers(0, 9_999))
def test_what_the_meter_counts_arrives_in_the_battery_but_for_the_losses(model: CarModel, seed: int) -> None:
    car = Car(model, 0.2, 0.8)
    made = charging(DC_150, car, seed)
    first = made.read().energy_wh
    made.advance(START + 4 * 3600)
    assert car.soc == pytest.approx(0.8)
    counted = made.read().energy_wh - first
    assert counted * DC_EFFICIENCY == pytest.approx(0.6 * model.capacity_wh, rel=0.002)
    assert made.power_w == 0


def test_a_fast_charge_tapers_as_the_battery_fills() -> None:
    car = Car(CAR_MODELS[2], 0.1)
    made = charging(DC_150, car)
    power = {}
    while car.soc < 0.97:
        made.advance(made.at + 30)
        power[round(car.soc, 1)] = made.power_w
    assert power[0.3] > 120_000
    assert power[0.3] > power[0.6] > power[0.8] > power[0.9]


def test_a_car_with_one_phase_loads_one_phase() -> None:
    made = charging(AC_22, Car(CAR_MODELS[0], 0.3))
    made.advance(START + 60)
    assert made.current_a[0] > 30
    assert made.current_a[1:] == (0.0, 0.0)
    assert made.voltage_v[0] < outlet(AC_22).voltage_v[0]


def test_a_car_draws_nothing_while_it_pauses_or_below_six_amperes() -> None:
    paused = charging(AC_22, Car(CAR_MODELS[1], 0.3, pauses=(Pause(600, 600),)))
    paused.advance(START + 300)
    assert paused.power_w > 10_000
    paused.advance(START + 900)
    assert paused.power_w == 0
    paused.advance(START + 1_500)
    assert paused.power_w > 10_000
    limited = charging(AC_22, Car(CAR_MODELS[1], 0.3))
    limited.limit_a = 5.0
    limited.advance(START + 60)
    assert limited.power_w == 0


def test_nothing_flows_while_the_contactor_is_open() -> None:
    made = outlet(AC_22)
    made.attach(Car(CAR_MODELS[1], 0.3))
    before = made.read().energy_wh
    made.advance(START + 3600)
    assert made.read().energy_wh == before
    assert made.read().offered_w == 0


def test_a_bad_contact_warms_the_plug_with_the_square_of_the_current() -> None:
    def rise(resistance: float, limit_a: float) -> float:
        made = charging(AC_22, Car(CAR_MODELS[4], 0.05))
        made.conditions.contact_resistance = resistance
        made.limit_a = limit_a
        cold = outlet(AC_22)
        for minute in range(90):
            made.advance(START + 60 * minute)
            cold.advance(START + 60 * minute)
        return made.plug_c - cold.plug_c

    assert rise(3.0, 30.0) == pytest.approx(3 * rise(1.0, 30.0), rel=0.03)
    assert rise(1.0, 30.0) == pytest.approx(4 * rise(1.0, 15.0), rel=0.03)
    assert 12 < rise(1.0, 30.0) < 16


def test_the_grid_stays_within_what_the_standard_allows_and_sags_in_the_evening() -> None:
    for seed in range(20):
        grid = Grid(Random(seed), offset_h=0)
        day = START - START % 86_400
        voltages = [grid.voltage(day + 60 * minute, phase) for minute in range(1_440) for phase in range(3)]
        assert min(voltages) >= 207
        assert max(voltages) <= 253
        night = sum(grid.voltage(day + 3 * 3600 + 7 * step, 0) for step in range(500))
        evening = sum(grid.voltage(day + 19 * 3600 + 7 * step, 0) for step in range(500))
        assert evening < night
        assert all(49.9 < grid.frequency(day + 60 * minute) < 50.1 for minute in range(1_440))


def test_summer_is_warmer_than_winter_and_noon_than_dawn() -> None:
    weather = Weather(Random(3), offset_h=0)
    year = 1_767_225_600.0

    def mean(day: int, hour: float) -> float:
        return sum(weather.temperature(year + (day + n) * 86_400 + hour * 3600) for n in range(30)) / 30

    assert mean(190, 12) > mean(10, 12) + 8
    assert mean(190, 15) > mean(190, 4) + 3


def test_a_meter_shows_whole_steps_and_never_counts_backwards() -> None:
    meter = Meter(100.0, resolution_wh=10)
    meter.count(9.0)
    assert meter.register_wh == 100
    meter.count(1.0)
    assert meter.register_wh == 110
    meter.count(-50.0)
    assert meter.register_wh == 110
    fast = Meter(gain=1.02)
    fast.count(100_000)
    assert fast.register_wh == 102_000
