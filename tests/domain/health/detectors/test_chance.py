"""What chance, coarse clocks and odd stations do must not look like a fault, nor hide one."""

from collections.abc import Iterator
from math import floor
from random import Random

import pytest
from tests.domain.health.telling import BEGIN, DAY, HOUR, Telling

from chargehand.domain.health.detectors.contactor import BY_NETWORK, ContactorWear
from chargehand.domain.health.detectors.measurands import MissingMeasurand
from chargehand.domain.health.detectors.meter import MeterFrozen, MeterRollback, Register
from chargehand.domain.health.detectors.meter_drift import MeterDrift
from chargehand.domain.health.detectors.starts import FailedStarts
from chargehand.domain.health.detectors.voltage import PhaseLoss
from chargehand.domain.health.features import Attempt, Latency, Plate, Reading
from chargehand.domain.health.features_reading import read_samples
from chargehand.domain.health.telemetry import Sample

FULL = frozenset({"Voltage", "Current.Import", "Power.Active.Import", "Energy.Active.Import.Register"})


def wear_scores(rng: Random, seconds: float, count: int, wear: ContactorWear, step: str) -> Iterator[float]:
    for number in range(count):
        began = rng.uniform(0, 1)
        took = floor(began + seconds * rng.lognormvariate(0, 0.1)) - floor(began)
        wear.learn_one(Latency(float(number), step, float(took)))
        yield wear.score_one()


@pytest.mark.parametrize("seed", range(8))
def test_starts_told_in_whole_seconds_are_no_wear_until_they_take_longer(seed: int) -> None:
    rng, wear = Random(seed), ContactorWear()
    assert max(wear_scores(rng, 3.4, 400, wear, "start to Charging")) < 1
    assert max(wear_scores(rng, 4.9, 120, wear, "start to Charging")) >= 1


def test_a_slower_network_is_no_worn_contactor() -> None:
    rng, wear = Random(4), ContactorWear()
    assert max(wear_scores(rng, 30.0, 200, wear, BY_NETWORK)) < 1
    assert max(wear_scores(rng, 33.0, 200, wear, BY_NETWORK)) < 1


def test_a_car_of_two_phases_after_one_of_three_has_lost_none() -> None:
    loss, plate = PhaseLoss(), Plate("A", is_told=True)
    for number, amps in enumerate([(16.0, 16.0, 16.0)] * 10 + [(16.0, 16.0, 0.0)] * 10):
        charge = BEGIN + 1.0 if number < 10 else BEGIN + 600.0
        i1, i2, i3 = amps
        x = Reading(plate, BEGIN + 60.0 * number, 0.0, FULL, i1=i1, i2=i2, i3=i3, amps=16.0)
        x.in_session, x.began = True, charge
        loss.learn_one(x)
        assert loss.score_one() < 1


@pytest.mark.parametrize("known", range(100, 110))
def test_a_measurand_that_stays_away_is_missed_whenever_it_goes(known: int) -> None:
    missing, plate = MissingMeasurand(), Plate("A")
    scores = []
    for number in range(known + 6):
        names = FULL if number < known else FULL - {"Current.Import"}
        missing.learn_one(Reading(plate, 60.0 * number, 60.0 * number, names, in_session=True))
        scores.append(missing.score_one())
    assert max(scores[:known]) < 1 <= scores[-1]


def test_a_measurand_that_often_pauses_is_not_missed_in_a_pause() -> None:
    missing, plate = MissingMeasurand(), Plate("A")
    for number in range(600):
        names = FULL - {"Voltage"} if number % 40 >= 37 else FULL
        missing.learn_one(Reading(plate, 60.0 * number, 60.0 * number, names, in_session=True))
    for number in range(600, 602):
        missing.learn_one(Reading(plate, 60.0 * number, 0.0, FULL - {"Voltage"}, in_session=True))
        assert missing.score_one() < 1


def test_starts_that_go_well_again_are_no_finding_for_one_that_fails() -> None:
    starts = FailedStarts()
    for number in range(30):
        starts.learn_one(Attempt(HOUR * number, False, f"T{number}", "0 Wh"))
    assert starts.score_one() >= 1
    for number in range(5):
        starts.learn_one(Attempt(HOUR * (40 + number), True, f"W{number}", "charged"))
        assert starts.score_one() < 1
    starts.learn_one(Attempt(HOUR * 50, False, "Z", "0 Wh"))
    assert starts.score_one() < 1


def test_a_boot_told_many_times_is_one_boot() -> None:
    telling = Telling()
    telling.plate()
    for _ in range(10):
        telling.tell("boot", reason="PowerUp")
    assert telling.found == []


def test_a_limit_of_the_station_holds_for_plugs_not_heard_of_yet() -> None:
    telling = Telling()
    telling.plate()
    telling.tell("limit", evse=0, limit_a=10)
    telling.tell("status", evse=2, status="Available")
    assert telling.engine.fleet.stations["A"].connectors[2].connector.is_limited


def test_a_plug_that_stays_occupied_without_a_charge_is_found() -> None:
    telling = Telling()
    telling.plate()
    telling.days(15, each=3, minutes=20, every=600.0)
    telling.tell("status", evse=1, status="Occupied")
    telling.wait(3 * DAY)
    assert telling.kinds == ["stuck-state"]


@pytest.mark.parametrize(("state", "found"), [("Finishing", []), ("Preparing", ["stuck-state"])])
def test_where_lines_get_lost_a_charge_may_have_ended_unheard_but_none_began(
    state: str, found: list[str]
) -> None:
    telling = Telling()
    telling.plate()
    counts = {"heartbeat": 0}

    def lose(event: str) -> bool:
        counts["heartbeat"] += event == "heartbeat"
        return event == "heartbeat" and counts["heartbeat"] % 50 == 0

    telling.lose = lose
    telling.days(15, each=3, minutes=20, every=600.0)
    telling.tell("status", evse=1, status=state)
    telling.wait(1.5 * DAY)
    assert telling.kinds == found
    telling.wait(2 * DAY)
    assert telling.kinds == ["stuck-state"]


def test_hourly_heartbeats_of_a_new_station_may_get_lost() -> None:
    telling = Telling()
    telling.plate()
    for hours in (1, 1, 1, 2, 1, 1, 2, 1):
        telling.wait(hours * HOUR, beats=(), every=60)
        telling.engine.pass_time(telling.now - 1)
        telling.tell("heartbeat")
    assert telling.found == []


def test_a_register_stands_still_where_only_currents_are_told() -> None:
    frozen, plate = MeterFrozen(), Plate("A", is_told=True)
    for number in range(12):
        x = Reading(plate, 300.0 * number, 300.0 * number, FULL, in_session=True, began=1.0)
        told = [Sample("Energy.Active.Import.Register", 5_000.0 + (1_234.0 if number else 0.0), "Wh")]
        told += [Sample("Current.Import", 16.0, "A", f"L{phase}") for phase in (1, 2, 3)]
        read_samples(told, x)
        frozen.learn_one(x)
    assert frozen.score_one() >= 1


def test_a_station_stronger_than_its_plate_does_not_jump() -> None:
    rollback, plate = MeterRollback(), Plate("A", max_power_w=7_400.0)
    for number in range(20):
        rollback.learn_one(Register(plate, 900.0 * number, 100_000.0 + 5_500.0 * number, session=1.0))
        assert rollback.score_one() < 1


def test_a_fast_charger_whose_register_counts_in_coarse_steps_may_drift() -> None:
    drift, rng, at, total, told = MeterDrift(), Random(4), 1e9, 0.0, 0.0
    plate = Plate("A", kind="DC")
    found = []
    for charge in range(90):
        at, watts = at + 20_000, rng.uniform(40_000, 90_000)
        began = at
        for _ in range(10):
            at += 120
            total += watts / 30 * (1.0 if charge < 40 else 1.02)
            told = 100 * (total // 100)
            x = Reading(
                plate, at, at, frozenset(), power_w=watts, energy_wh=told, in_session=True, began=began
            )
            drift.learn_one(x)
        if drift.score_one() >= 1:
            found.append(charge)
    assert 40 <= found[0] < 65
