"""Routes: the first rule that fits holds."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest
from tests.domain.notices.making import utc

from chargehand.domain.notices.hours import Hours
from chargehand.domain.notices.routing import Matter, Rule, find_rule

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY_NOON = utc("2026-03-10T11:00")
MATTER = Matter(kind="failed-starts", severity=4, location_ids=(7,))


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (Rule(policy_id=1, least_severity=4), True),
        (Rule(policy_id=1, least_severity=3), False),
        (Rule(policy_id=1, least_severity=9, kinds=("failed-starts", "cable-cut")), True),
        (Rule(policy_id=1, least_severity=9, kinds=("cable-cut",)), False),
        (Rule(policy_id=1, least_severity=9, location_ids=(7, 8)), True),
        (Rule(policy_id=1, least_severity=9, location_ids=(8,)), False),
        (Rule(policy_id=1, least_severity=9, weekdays=(1,)), True),
        (Rule(policy_id=1, least_severity=9, weekdays=(5, 6)), False),
        (Rule(policy_id=1, least_severity=9, hours=Hours(time(8), time(17), BERLIN)), True),
        (Rule(policy_id=1, least_severity=9, hours=Hours(time(17), time(8), BERLIN)), False),
    ],
)
def test_a_rule_fits_by_severity_kind_place_day_and_hour(rule: Rule, fits: bool) -> None:
    assert rule.fits(MATTER, TUESDAY_NOON, BERLIN) is fits


def test_the_first_rule_that_fits_holds() -> None:
    rules = [
        Rule(policy_id=1, least_severity=1),
        Rule(policy_id=None, least_severity=9, kinds=("failed-starts",)),
        Rule(policy_id=3, least_severity=9),
    ]
    assert find_rule(rules, MATTER, TUESDAY_NOON, BERLIN) is rules[1]
    assert find_rule(rules[:1], MATTER, TUESDAY_NOON, BERLIN) is None
