"""How likely a station is to fail its drivers soon, from what it did lately: a sum of reasons, nothing hidden.

Each sign has a weight (how much more often failing stations show it than healthy ones), believed beforehand and
corrected by what the operator's own stations did; the same holds for the rate of each model.
"""

from collections.abc import Collection, Iterable, Mapping
from math import exp, log
from typing import Final

import msgspec

#: Before anything is known: one station in twenty fails its drivers within 30 days, as sure as 60 station-months.
PRIOR_RATE: Final = 0.05
PRIOR_STRENGTH: Final = 60.0
#: A model's own rate weighs as much as the fleet's once it was seen for so many station-months.
COHORT_STRENGTH: Final = 20.0
#: A weight believed beforehand counts as much as so many failures seen.
SIGN_STRENGTH: Final = 12.0
#: Signs overlap (a hot contact also faults): their sum is damped, by so much before anything was seen. What came
#: after corrects offset and slope; these are how sure one is of them beforehand (standard deviations).
DAMPING: Final = 0.75
_OFFSET_SPREAD: Final = 1.0
_SLOPE_SPREAD: Final = 0.25
_STEPS: Final = 25
_LONGEST_STEP: Final = 0.25
MOST_REASONS: Final = 3
LEAST_WEIGHT: Final = 0.05


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """What a station did in 30 days. `few_wh` are charges that delivered next to nothing, `_before` of the 60
    days before; findings by what they concern; `age_years` since it is known; `charges_a_day` at its busiest plug.
    """

    boots: int = 0
    faults: int = 0
    faults_last_week: int = 0
    absences: int = 0
    charges: int = 0
    few_wh: int = 0
    charges_before: int = 0
    few_wh_before: int = 0
    heat_findings: int = 0
    electrical_findings: int = 0
    link_findings: int = 0
    other_findings: int = 0
    age_years: float = 0.0
    charges_a_day: float = 0.0
    kwh_a_day: float = 0.0


class Sign(msgspec.Struct, frozen=True):
    """How usual a sign is among healthy stations, and its weight (log of the ratio) believed beforehand."""

    usual: float
    weight: float


SIGNS: Final[Mapping[str, Sign]] = {
    "boots": Sign(0.08, 0.9),
    "many-boots": Sign(0.02, 1.5),
    "fault": Sign(0.08, 1.1),
    "many-faults": Sign(0.02, 1.8),
    "recent-fault": Sign(0.03, 1.3),
    "absences": Sign(0.08, 0.9),
    "failed-starts": Sign(0.06, 1.1),
    "more-failed-starts": Sign(0.03, 1.2),
    "heat": Sign(0.02, 1.8),
    "electrical": Sign(0.02, 1.7),
    "link": Sign(0.04, 0.9),
    "finding": Sign(0.04, 0.8),
    "old": Sign(0.15, 0.4),
    "busy": Sign(0.15, 0.3),
    "much-energy": Sign(0.10, 0.3),
}


class Snapshot(msgspec.Struct, frozen=True):
    """A station on a day of the past, and whether it failed its drivers within 30 days."""

    cohort: str
    signs: frozenset[str]
    has_failed: bool


class Model(msgspec.Struct, frozen=True):
    """What was learnt: the fleet's rate and each cohort's, and of each sign how often it shows when (failing,
    healthy). `offset` and `slope` bring the sum of weights to chances that come true as often as they say.
    """

    rate: float
    cohorts: dict[str, float]
    shares: dict[str, tuple[float, float]]
    seen: int
    offset: float = 0.0
    slope: float = DAMPING

    def prior(self, cohort: str) -> float:
        """Return the log odds of a cohort's rate."""
        rate = self.cohorts.get(cohort, self.rate)
        return log(rate / (1 - rate))

    def weight(self, sign: str) -> float:
        """Return by how much a sign raises the log odds where it shows."""
        failing, healthy = self.shares[sign]
        return log(failing / healthy)

    def sum(self, signs: Collection[str]) -> float:
        """Return the weights of the signs that show, and of those that do not."""
        return sum(
            self.weight(name) if name in signs else log((1 - failing) / (1 - healthy))
            for name, (failing, healthy) in self.shares.items()
        )


class Risk(msgspec.Struct, frozen=True):
    """Chances of failing drivers within 7 and 30 days; the signs that raise them, the weightiest first."""

    chance_7: float
    chance_30: float
    reasons: tuple[str, ...]


def signs_of(numbers: Numbers) -> frozenset[str]:
    """Return the signs a station shows."""
    share = numbers.few_wh / numbers.charges if numbers.charges >= 5 else 0.0
    before = numbers.few_wh_before / numbers.charges_before if numbers.charges_before >= 5 else share
    shows = {
        "boots": numbers.boots >= 3,
        "many-boots": numbers.boots >= 10,
        "fault": numbers.faults >= 1,
        "many-faults": numbers.faults >= 3,
        "recent-fault": numbers.faults_last_week >= 1,
        "absences": numbers.absences >= 2,
        "failed-starts": share >= 0.25,
        "more-failed-starts": share >= 0.1 and share >= 2 * before > 0,
        "heat": numbers.heat_findings >= 1,
        "electrical": numbers.electrical_findings >= 1,
        "link": numbers.link_findings >= 1,
        "finding": numbers.other_findings >= 1,
        "old": numbers.age_years >= 6,
        "busy": numbers.charges_a_day >= 8,
        "much-energy": numbers.kwh_a_day >= 300,
    }
    return frozenset(name for name, is_shown in shows.items() if is_shown)


def learn(snapshots: Iterable[Snapshot] = ()) -> Model:
    """Return the model after what was seen; after nothing, what is believed beforehand."""
    seen = list(snapshots)
    failing = [each for each in seen if each.has_failed]
    healthy = [each for each in seen if not each.has_failed]
    rate = (PRIOR_RATE * PRIOR_STRENGTH + len(failing)) / (PRIOR_STRENGTH + len(seen))
    cohorts = {
        cohort: (COHORT_STRENGTH * rate + sum(each.cohort == cohort for each in failing))
        / (COHORT_STRENGTH + sum(each.cohort == cohort for each in seen))
        for cohort in {each.cohort for each in seen}
    }
    shares = {
        name: (
            _share(failing, name, min(0.9, sign.usual * exp(sign.weight))),
            _share(healthy, name, sign.usual),
        )
        for name, sign in SIGNS.items()
    }
    raw = Model(rate, cohorts, shares, len(seen))
    offset, slope = _calibrate(
        [(raw.prior(each.cohort), raw.sum(each.signs), each.has_failed) for each in seen]
    )
    return msgspec.structs.replace(raw, offset=offset, slope=slope)


def _calibrate(seen: list[tuple[float, float, bool]]) -> tuple[float, float]:
    """Return offset and slope of a logistic regression with a normal prior, by Newton's method."""
    offset, slope = 0.0, DAMPING
    for _ in range(_STEPS):
        gradient = [-offset / _OFFSET_SPREAD**2, -(slope - DAMPING) / _SLOPE_SPREAD**2]
        curve = [1 / _OFFSET_SPREAD**2, 0.0, 1 / _SLOPE_SPREAD**2]
        for prior, total, has_failed in seen:
            chance = _chance(prior + offset + slope * total)
            error, weight = has_failed - chance, chance * (1 - chance)
            gradient[0] += error
            gradient[1] += error * total
            curve[0] += weight
            curve[1] += weight * total
            curve[2] += weight * total * total
        determinant = curve[0] * curve[2] - curve[1] ** 2
        step = (
            (curve[2] * gradient[0] - curve[1] * gradient[1]) / determinant,
            (curve[0] * gradient[1] - curve[1] * gradient[0]) / determinant,
        )
        # Short steps: far from the top of the likelihood a whole one overshoots.
        scale = min(1.0, _LONGEST_STEP / max(abs(step[0]), abs(step[1]), 1e-9))
        offset, slope = offset + scale * step[0], slope + scale * step[1]
    return offset, slope


def _chance(odds: float) -> float:
    return 1 / (1 + exp(-min(max(odds, -30.0), 30.0)))


def assess(model: Model, cohort: str, signs: Collection[str]) -> Risk:
    """Return a station's risk: the rate of its model, raised by the signs it shows, lowered by those it does not."""
    chance = _chance(model.prior(cohort) + model.offset + model.slope * model.sum(signs))
    raised = [(model.weight(name), name) for name in signs if name in model.shares]
    reasons = [name for weight, name in sorted(raised, reverse=True) if weight > LEAST_WEIGHT]
    return Risk(1 - (1 - chance) ** (7 / 30), chance, _without_weaker(reasons)[:MOST_REASONS])


def _share(snapshots: list[Snapshot], name: str, prior: float) -> float:
    count = sum(name in each.signs for each in snapshots)
    return (prior * SIGN_STRENGTH + count) / (SIGN_STRENGTH + len(snapshots))


#: A sign that says the same as another, only less.
_WEAKER: Final = {"boots": "many-boots", "fault": "many-faults"}


def _without_weaker(reasons: list[str]) -> tuple[str, ...]:
    return tuple(name for name in reasons if _WEAKER.get(name) not in reasons)
