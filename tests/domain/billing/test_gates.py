"""No money before the metering is sound: what is doubtful goes to a person, with the reason."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.domain.billing.gates import (
    Policy,
    find_problem,
    is_waived,
)


@pytest.mark.parametrize(
    ("energy", "flags", "authorization", "kind", "suggestion"),
    [
        (None, ["meter-backwards"], "Accepted", "meter", "settle-repair"),
        (None, ["energy-impossible"], "Accepted", "meter", "settle-repair"),
        (None, [], "Accepted", "meter", "settle-repair"),
        (-1, [], "Accepted", "meter", "settle-repair"),
        (5000, ["events-missing"], "Accepted", "incomplete", "price"),
        (5000, ["start-missing"], "", "incomplete", "price"),
        (5000, ["offline", "clock-not-credible"], "", "clock", "price"),
        (5000, ["end-clock-not-credible"], "", "clock", "price"),
        (5000, ["ends-before-start"], "", "clock", "price"),
        (5000, [], "Blocked", "authorization", "waive"),
    ],
)
def test_a_doubtful_record_is_left_to_a_person(
    energy: int | None, flags: list[str], authorization: str, kind: str, suggestion: str
) -> None:
    found = find_problem(
        energy_wh=None if energy is None else Decimal(energy), flags=flags, authorization=authorization
    )
    assert found is not None
    assert (found.kind, found.suggestion, found.sentence.endswith(".")) == (kind, suggestion, True)


@pytest.mark.parametrize(
    "flags", [[], ["offline"], ["meter-reset", "energy-from-samples"], ["system-closed"]]
)
def test_a_record_that_evidence_settled_passes(flags: list[str]) -> None:
    assert find_problem(energy_wh=Decimal(0), flags=flags, authorization="Accepted") is None


def test_what_a_person_entered_passes_in_spite_of_the_meter() -> None:
    flags = ["ends-before-start", "energy-by-hand"]
    assert find_problem(energy_wh=Decimal(7000), flags=flags, authorization="") is None


@pytest.mark.parametrize(
    ("wh", "seconds", "reason", "is_free"),
    [
        (0, 30, "Local", True),
        (99, 299, "EVDisconnected", True),
        (99, 300, "Local", False),
        (0, 7200, "Local", False),
        (0, 7200, "PowerLoss", True),
        (100, 30, "PowerLoss", False),
    ],
)
def test_little_energy_is_free_where_it_was_short_or_the_chargers_fault(
    wh: int, seconds: int, reason: str, is_free: bool
) -> None:
    found = is_waived(
        Policy(), energy_wh=Decimal(wh), duration=timedelta(seconds=seconds), stop_reason=reason
    )
    assert found is is_free


@given(st.integers(0, 10**6), st.integers(0, 10**5), st.sampled_from(["", "Local", "PowerLoss"]))
def test_a_policy_of_nothing_bills_everything(wh: int, seconds: int, reason: str) -> None:
    duration = timedelta(seconds=seconds)
    assert not is_waived(Policy(0, 0), energy_wh=Decimal(wh), duration=duration, stop_reason=reason)
