"""Loose terminals beside what else makes phases differ, reading by reading."""

from random import Random

import pytest

from chargehand.domain.health.detectors.imbalance import PhaseImbalance
from chargehand.domain.health.features import Plate, Reading

PLATE = Plate("A")
CARS = (8.0, 12.0, 16.0, 24.0, 32.0)


def charge(
    detector: PhaseImbalance,
    number: int,
    rng: Random,
    *,
    phases: int = 3,
    ohm: float = 0.0,
    shift: float = 0.0,
) -> bool:
    """Let a car charge, with a loose terminal or a level that has shifted at L1; tell whether it is found."""
    amps, wander = rng.choice(CARS), rng.gauss(0, 0.3)
    began = 1e9 + 28_800.0 * number
    for reading in range(8):
        volts = [230.0 + rng.gauss(0, 0.8) for _ in range(3)]
        volts[0] += wander - shift - (0.05 + ohm) * amps
        currents = [amps if phase < phases else 0.0 for phase in range(3)]
        at = began + 300.0 * reading
        x = Reading(
            PLATE,
            at,
            at,
            frozenset(),
            u1=volts[0],
            u2=volts[1],
            u3=volts[2],
            i1=currents[0],
            i2=currents[1],
            i3=currents[2],
            in_session=True,
            began=began,
        )
        detector.learn_one(x)
    return detector.score_one() >= 1


@pytest.mark.parametrize("phases", [1, 3])
@pytest.mark.parametrize("ohm", [0.04, 0.1, 0.2])
def test_a_terminal_that_loosens_in_a_fortnight_is_found_within_it(ohm: float, phases: int) -> None:
    detector, rng = PhaseImbalance(), Random(7)
    assert not any(charge(detector, number, rng, phases=phases) for number in range(30))
    found = [
        number
        for number in range(30, 100)
        if charge(detector, number, rng, phases=phases, ohm=ohm * min(1.0, (number - 30) / 42))
    ]
    assert found
    assert found[0] < 30 + 2 * 42
    assert detector.explain().facts["phase"] == "L1"


def test_a_level_that_shifts_for_good_is_no_loose_terminal() -> None:
    detector, rng = PhaseImbalance(), Random(3)
    assert not any(charge(detector, number, rng) for number in range(30))
    assert not any(charge(detector, number, rng, shift=1.5) for number in range(30, 120))
