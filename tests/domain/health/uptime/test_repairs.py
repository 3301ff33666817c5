"""Figures of repair on cases worked by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chargehand.domain.health.uptime.repairs import Failure, measure

START = datetime(2025, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def failure(began: float, lasts: float | None = None, told: float | None = None, **more: Any) -> Failure:
    at = START + HOUR * began
    return Failure(
        key=more.pop("key", f"k{began}"),
        began_at=at,
        resolved_at=None if lasts is None else at + HOUR * lasts,
        alerted_at=None if told is None else at + timedelta(minutes=told),
        **more,
    )


def test_mtbf_and_mttr_are_means() -> None:
    found = measure([failure(0, 2), failure(10, 4), failure(20)], HOUR * 300, START + HOUR * 30)
    assert (found.failures, found.repaired) == (3, 2)
    assert (found.mtbf, found.mttr) == (HOUR * 100, HOUR * 3)


def test_without_failures_nothing_is_known() -> None:
    found = measure([], HOUR * 300, START)
    assert (found.mtbf, found.mttr, found.told) == (None, None, (0, 0))
    assert measure([failure(0)], HOUR * 0, START).mtbf is None


def test_a_repair_that_fails_again_in_14_days_was_none_at_the_first_visit() -> None:
    again = [
        failure(0, 2, key="a", is_onsite=True),
        failure(24, 2, key="a", is_onsite=True),
        failure(0, 1, key="b", is_onsite=True),
        failure(24 * 15 + 2, 1, key="b"),
    ]
    found = measure(again, HOUR, START + HOUR * 999)
    assert found.first_time == (2, 3)
    assert found.remote == (1, 4)


def test_an_alert_after_30_minutes_is_late_and_one_not_yet_due_does_not_count() -> None:
    known = [failure(0, told=30), failure(1, told=31), failure(2), failure(9.75)]
    assert measure(known, HOUR, START + HOUR * 10).told == (1, 3)
