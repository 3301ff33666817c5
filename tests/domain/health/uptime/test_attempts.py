"""Attempts as visits: whose tries belong together, and what counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chargehand.domain.health.uptime.attempts import Counts, Try, add, count, visits

START = datetime(2025, 6, 1, 12, tzinfo=UTC)


def tries(minute: float, *, is_good: bool | None = False, lasts: float = 1, **more: Any) -> Try:
    at = START + timedelta(minutes=minute)
    usual: dict[str, Any] = {"station_id": 1, "evse": 1, "site": 5, "token": "CARD"}
    known = {"has_charge": True, "has_energy": bool(is_good)}
    return Try(at=at, ended_at=at + timedelta(minutes=lasts), is_good=is_good, **(usual | known | more))


def test_tries_of_one_token_at_one_site_are_a_visit_up_to_15_minutes_apart() -> None:
    found = visits([tries(0), tries(16, station_id=2), tries(32.5, is_good=True, token="card")])
    assert [len(visit) for visit in found] == [2, 1]


def test_a_long_charge_before_the_next_try_does_not_part_a_visit() -> None:
    assert len(visits([tries(0, lasts=50), tries(60)])) == 1


def test_others_and_other_sites_are_other_visits() -> None:
    found = visits([tries(0), tries(1, token="OTHER"), tries(2, site=6), tries(3, site=None)])
    assert len(found) == 4


def test_tries_without_a_token_belong_together_at_one_plug_only() -> None:
    nameless = [tries(0, token=""), tries(5, token=""), tries(6, token="", evse=2)]
    assert [len(visit) for visit in visits(nameless)] == [2, 1]


def test_the_first_try_decides_and_what_cannot_be_judged_counts_neither_way() -> None:
    found = count(
        visits(
            [
                tries(0),
                tries(5, is_good=True),
                tries(0, token="B", is_good=True),
                tries(0, token="C", is_good=None),
                tries(0, token="D", is_good=None),
                tries(3, token="D", is_good=True),
                tries(0, token="E", has_charge=False),
            ]
        )
    )
    assert found == Counts(attempts=5, started=4, energised=3, good=3, visits=4, visits_good=3, first_good=2)
    assert add(found, found).attempts == 10
