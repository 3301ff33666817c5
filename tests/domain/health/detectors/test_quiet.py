"""What only looks like a fault stays without a finding, however the station samples."""

from math import exp
from random import Random
from typing import Any

import pytest
from tests.domain.health.telling import DAY, HOUR, Telling

SAMPLING = pytest.mark.parametrize("every", [60.0, 900.0])


def station(**plate: Any) -> Telling:
    telling = Telling()
    telling.plate(**plate)
    return telling


@SAMPLING
def test_a_car_that_tapers_is_no_fault(every: float) -> None:
    telling = station()
    for number in range(60):
        begun = telling.now

        def taper(values: dict[str, float], now: float, begun: float = begun, fast: int = number % 4) -> None:
            share = exp(-max(0.0, now - begun - 1_200) / (900 * (1 + fast)))
            for name in ("i1", "i2", "i3", "p"):
                values[name] *= share
            values["e"] = round(telling.register[1])

        telling.session(amps=32.0, every=every, minutes=75, bend=taper, gain=0.6)
        telling.wait(5 * HOUR)
    assert set(telling.kinds) <= {"meter-drift"}
    assert telling.kinds == []


@SAMPLING
def test_cars_that_take_little_are_no_derating(every: float) -> None:
    telling = station()
    rng = Random(4)
    for _ in range(100):
        telling.session(amps=rng.choice((10.0, 13.0, 16.0, 32.0)), phases=rng.choice((1, 3)), every=every)
        telling.wait(4 * HOUR)
    assert telling.found == []


def test_a_driver_with_a_small_car_who_comes_alone_for_weeks_is_no_derating() -> None:
    telling = station()
    for number in range(40):
        telling.session(amps=(32.0, 16.0)[number % 2])
        telling.wait(5 * HOUR)
    for _ in range(30):
        telling.session(amps=16.0, token="regular")
        telling.wait(20 * HOUR)
    assert telling.found == []


@SAMPLING
def test_a_smart_limit_is_no_fault(every: float) -> None:
    telling = station()
    for number in range(60):
        limited = number % 3 == 0 and number > 30
        if limited:
            telling.tell("limit", limit_a=8)
        telling.session(amps=8.0 if limited else 28.0, every=every)
        if limited:
            telling.tell("limit")
        telling.wait(5 * HOUR)
    assert telling.found == []


def test_planned_maintenance_with_restarts_and_silence_is_no_fault() -> None:
    telling = station()
    telling.days(14)
    telling.tell("maintenance", state="begin")
    for _ in range(8):
        telling.tell("boot", reason="PowerUp", firmware="1")
        telling.wait(HOUR, beats=())
    telling.tell("maintenance", state="end")
    telling.days(5)
    assert telling.found == []


def test_a_station_in_summer_time_charges_on_without_a_fault() -> None:
    telling = station()
    telling.days(10)
    telling.clock = 3_600.0
    telling.days(10)
    telling.clock = 0.0
    telling.days(10)
    assert telling.found == []


def test_public_holidays_at_a_work_place_are_no_fault() -> None:
    telling = station()
    for day in range(35):
        is_easter = day in {18, 21}
        if is_easter or day % 7 in {5, 6}:
            telling.wait(DAY)
        else:
            telling.days(1, each=4)
    assert telling.found == []


def test_an_outage_of_a_whole_site_is_one_finding() -> None:
    telling = Telling()
    names = ("A", "B", "C", "D", "E")
    for name in names:
        telling.plate(name, site="T" if name == "E" else "S")
    telling.wait(2 * DAY, beats=names)
    telling.wait(5 * HOUR, beats=("E",))
    for name in names[:4]:
        telling.tell("connect", name)
        telling.tell("boot", name, reason="PowerUp", firmware="1")
    telling.wait(DAY, beats=names)
    assert [(each.kind, each.scope) for each in telling.found] == [("silent-station", "site")]


def test_a_recording_that_stops_for_most_stations_is_no_silence_of_theirs() -> None:
    telling = Telling()
    names = tuple(f"{number}" for number in range(12))
    for name in names:
        telling.plate(name, site=f"site {name}")
    telling.wait(2 * DAY, beats=names)
    telling.wait(10 * HOUR, beats=names[:1])
    assert telling.found == []


def test_lines_twice_and_in_another_order_are_no_fault() -> None:
    telling = station()
    rng = Random(8)
    telling.shuffle = lambda: rng.random() < 0.05
    telling.days(20)
    assert telling.found == []


def test_a_late_day_of_lines_is_no_fault() -> None:
    telling = station()
    telling.days(14)
    late = Telling(telling.engine)
    late.register = dict(telling.register)
    late.now, late.lag = telling.now - 0.9 * DAY, 0.9 * DAY
    late.sessions = 1_000
    late.session()
    telling.days(5)
    assert telling.found == late.found == []


@SAMPLING
def test_a_rarely_used_place_is_no_fault(every: float) -> None:
    telling = station()
    rng = Random(2)
    for _ in range(20):
        telling.session(every=every)
        telling.wait(rng.expovariate(1 / 5) * DAY)
    assert telling.found == []


def test_a_heat_wave_over_a_whole_site_is_no_fault() -> None:
    telling = station()
    for day in range(30):
        for evse in (1, 2):
            telling.session(
                evse=evse,
                ambient=30.0 if 20 <= day < 26 else 15.0,
                bend=lambda values, _: values.update(body=values["t"] + 6),
            )
        telling.wait(20 * HOUR)
    assert telling.found == []


@pytest.mark.parametrize("step", [1, 10, 100, 1_000])
@SAMPLING
def test_a_register_with_coarse_steps_is_no_fault(step: int, every: float) -> None:
    telling = station()
    telling.days(
        25, every=every, bend=lambda values, _: values.update(e=int(values["e"] // step) * step), step=step
    )
    assert telling.found == []


@pytest.mark.parametrize("names", [("e",), ("e", "p"), ("e", "t"), ("p", "i1", "i2", "i3"), ("u1", "i1")])
@SAMPLING
def test_few_measurands_are_no_fault(names: tuple[str, ...], every: float) -> None:
    telling = station()

    def keep(values: dict[str, float], _: float) -> None:
        for name in set(values) - set(names):
            del values[name]

    for number in range(50):
        telling.session(every=every, phases=(1, 3)[number % 2], amps=(16.0, 32.0)[number % 3 == 0], bend=keep)
        telling.wait(7 * HOUR)
    assert telling.found == []


def test_a_register_that_begins_anew_and_lost_lines_are_no_fault() -> None:
    telling = station()
    rng = Random(6)
    telling.lose = lambda event: event in {"start", "stop", "status", "meter"} and rng.random() < 0.05
    for _ in range(120):
        telling.register[1] = 0.0
        telling.session()
        telling.wait(4 * HOUR)
    assert telling.found == []


@pytest.mark.parametrize("volts", [400.0, 415.0])
def test_a_voltage_between_phases_is_no_swell(volts: float) -> None:
    telling = station()
    telling.now += 60
    for _ in range(20):
        telling.now += 300
        telling.tell("meter", evse=1, samples=[{"measurand": "Voltage", "value": volts, "unit": "V"}])
    assert telling.found == []


def test_a_fast_charger_without_a_plate_is_no_swell() -> None:
    telling = Telling()
    for number in range(20):
        telling.now += 300
        samples = [
            {"measurand": "Voltage", "value": 340.0 + number},
            {"measurand": "SoC", "value": 5 * number},
        ]
        telling.tell("meter", evse=1, transaction="x", samples=samples)
    assert telling.found == []


def test_the_late_start_of_an_earlier_charge_does_not_end_the_one_that_runs() -> None:
    telling = station()
    telling.days(3)
    begun, is_told = telling.now, [False]

    def late(_: dict[str, float], now: float) -> None:
        if not is_told[0] and now > begun + 900:
            is_told[0] = True
            telling.tell("start", evse=1, clock=-5_000.0, transaction="earlier", meter_wh=1_000_000)

    telling.session(bend=late)
    telling.days(2)
    assert is_told == [True]
    assert telling.found == []
