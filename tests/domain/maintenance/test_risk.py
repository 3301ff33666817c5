"""The risk list ranks stations that fail above those that do not, says why, and learns from what came after."""

import random
from math import exp

import pytest

from chargehand.domain.maintenance.risk import (
    SIGNS,
    Model,
    Numbers,
    Snapshot,
    assess,
    learn,
    signs_of,
)


class _Station:
    """A simulated station: hidden wear makes it restart, fault, heat up, and fail.

    Nothing of this is the model's: counts are drawn, also for healthy stations, and some failures come
    without a sign.
    """

    def __init__(self, chance: random.Random) -> None:
        # One station in six is on its way down.
        wear = chance.uniform(0.3, 1) if chance.random() < 1 / 6 else chance.uniform(0, 0.2)
        self.wear = wear
        has_modem_trouble = chance.random() < 0.1
        # Some failures have nothing to do with wear: vandals, cars, the grid.
        hazard = 0.01 + 0.9 * wear**2
        self.has_failed = chance.random() < 1 - exp(-hazard)
        charges = chance.randint(10, 250)
        few = 0.04 + 0.5 * wear
        faults = _draw(chance, 0.05 + 5 * wear**2)
        self.cohort = chance.choice(["a", "b", "c"])
        self.numbers = Numbers(
            boots=_draw(chance, 0.8 + 12 * wear**2 + 3 * has_modem_trouble),
            faults=faults,
            faults_last_week=sum(chance.random() < 7 / 30 for _ in range(faults)),
            absences=_draw(chance, 0.3 + 4 * has_modem_trouble + 2 * wear),
            charges=charges,
            few_wh=sum(chance.random() < few for _ in range(charges)),
            charges_before=2 * charges,
            few_wh_before=sum(chance.random() < 0.04 + 0.3 * wear for _ in range(2 * charges)),
            heat_findings=int(chance.random() < wear * 0.4),
            electrical_findings=int(chance.random() < wear * 0.3),
            other_findings=int(chance.random() < 0.05),
            age_years=chance.uniform(0, 9),
            charges_a_day=charges / 30,
        )


def _draw(chance: random.Random, mean: float) -> int:
    """Return a count of a Poisson process."""
    count, left = 0, exp(-mean)
    product = chance.random()
    while product > left:
        count += 1
        product *= chance.random()
    return count


def _area(model: Model, stations: list[_Station]) -> float:
    """Return the chance that a failing station is ranked above a healthy one (area under the ROC curve)."""
    scored = [
        (assess(model, each.cohort, signs_of(each.numbers)).chance_30, each.has_failed) for each in stations
    ]
    failing = [score for score, has_failed in scored if has_failed]
    healthy = [score for score, has_failed in scored if not has_failed]
    wins = sum((one > other) + 0.5 * (one == other) for one in failing for other in healthy)
    return wins / (len(failing) * len(healthy))


def _fleet(seed: int, count: int = 1500) -> list[_Station]:
    chance = random.Random(seed)
    return [_Station(chance) for _ in range(count)]


def _past(stations: list[_Station]) -> list[Snapshot]:
    return [Snapshot(each.cohort, signs_of(each.numbers), each.has_failed) for each in stations]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_failing_stations_rank_above_healthy_ones_before_and_after_learning(seed: int) -> None:
    unseen = _fleet(seed)
    assert _area(learn(), unseen) > 0.75
    assert _area(learn(_past(_fleet(seed + 100))), unseen) > 0.75


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_learning_chances_are_as_often_true_as_they_say(seed: int) -> None:
    model = learn(_past(_fleet(seed + 200)))
    unseen = _fleet(seed)
    said = [assess(model, each.cohort, signs_of(each.numbers)).chance_30 for each in unseen]
    happened = sum(each.has_failed for each in unseen) / len(unseen)
    assert sum(said) / len(said) == pytest.approx(happened, rel=0.25)
    risky = [each.has_failed for each, chance in zip(unseen, said, strict=True) if chance > 0.2]
    assert sum(risky) / len(risky) > 0.2


def test_a_station_without_signs_is_less_likely_to_fail_than_the_average() -> None:
    quiet = assess(learn(), "a", ())
    assert quiet.chance_30 < learn().rate
    assert quiet.reasons == ()
    assert 0 < quiet.chance_7 < quiet.chance_30


def test_each_sign_raises_the_chance_and_is_named() -> None:
    quiet = assess(learn(), "a", ()).chance_30
    for name in SIGNS:
        found = assess(learn(), "a", {name})
        assert found.chance_30 > quiet
        assert found.reasons == (name,)


def test_the_weightiest_reasons_come_first_and_none_says_the_same_twice() -> None:
    found = assess(learn(), "a", {"boots", "many-boots", "fault", "many-faults", "heat", "old"})
    assert found.reasons == ("many-faults", "heat", "many-boots")


def test_a_model_that_fails_often_is_more_likely_to_fail() -> None:
    past = [Snapshot("good", frozenset(), False)] * 80 + [Snapshot("bad", frozenset(), True)] * 20
    model = learn(past + [Snapshot("bad", frozenset(), False)] * 20)
    assert assess(model, "bad", ()).chance_30 > assess(model, "new", ()).chance_30
    assert assess(model, "new", ()).chance_30 > assess(model, "good", ()).chance_30


def test_a_sign_that_means_nothing_here_loses_its_weight() -> None:
    past = [
        Snapshot("a", frozenset({"heat"} if number % 2 else ()), number % 10 == 0 or number % 10 == 1)
        for number in range(2000)
    ]
    assert learn().weight("heat") > 1.5
    assert abs(learn(past).weight("heat")) < 0.15
    assert assess(learn(past), "a", {"heat"}).reasons in {(), ("heat",)}


@pytest.mark.parametrize(
    ("numbers", "signs"),
    [
        (Numbers(), set()),
        (Numbers(boots=3), {"boots"}),
        (Numbers(charges=4, few_wh=4), set()),
        (Numbers(charges=20, few_wh=5, charges_before=40, few_wh_before=10), {"failed-starts"}),
        (Numbers(charges=20, few_wh=3, charges_before=40, few_wh_before=2), {"more-failed-starts"}),
        (Numbers(age_years=7, charges_a_day=9), {"old", "busy"}),
    ],
)
def test_signs_are_read_from_numbers(numbers: Numbers, signs: set[str]) -> None:
    assert signs_of(numbers) == frozenset(signs)
