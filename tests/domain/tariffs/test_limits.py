"""Minimum and maximum prices that give one side only, over sessions that cost nothing."""

from fractions import Fraction
from typing import Any

import pytest
from tests.domain.tariffs.making import BERLIN, component, cost, element, session, tariff, totals

NOTHING = session((0, {"ENERGY": 0, "TIME": 0}), minutes=0)
ONE_RATE = (element(component("ENERGY", 1, vat=25)), element(component("FLAT", 2, vat=25), min_kwh=1))
TWO_RATES = (element(component("ENERGY", 1, vat=25), component("TIME", 1, vat=10)),)
RESERVED = (*ONE_RATE, element(component("TIME", 1, vat=10), reservation="RESERVATION"))
NO_RATE = (element(component("ENERGY", 1)),)


@pytest.mark.parametrize(
    ("elements", "terms", "zone", "limit", "before", "after"),
    [
        (ONE_RATE, None, BERLIN, {"excl_vat": 4}, 4, 5),
        (ONE_RATE, "NO", "America/Denver", {"before_taxes": 4}, 4, 5),
        (ONE_RATE, "NO", BERLIN, {"after_taxes": 5}, 4, 5),
        (ONE_RATE, "YES", BERLIN, {"before_taxes": 4}, 4, 5),
        (ONE_RATE, "YES", BERLIN, {"after_taxes": 5}, 4, 5),
        (ONE_RATE, "N/A", BERLIN, {"before_taxes": 4}, 4, 4),
        (RESERVED, None, BERLIN, {"excl_vat": 4}, 4, 5),
        (TWO_RATES, None, BERLIN, {"excl_vat": 4}, 4, None),
        (TWO_RATES, None, BERLIN, {"excl_vat": 4, "incl_vat": "4.8"}, 4, "4.8"),
        (NO_RATE, None, BERLIN, {"excl_vat": 4}, 4, 4),
        (NO_RATE, "NO", BERLIN, {"before_taxes": 4}, 4, 4),
        (NO_RATE, "NO", "America/Denver", {"before_taxes": 4}, 4, None),
        (NO_RATE, "YES", BERLIN, {"after_taxes": 5}, None, 5),
    ],
)
def test_a_minimum_over_nothing_has_the_tax_of_the_tariff(
    elements: tuple[dict[str, Any], ...],
    terms: str | None,
    zone: str,
    limit: dict[str, Any],
    before: int | None,
    after: int | str | None,
) -> None:
    of = tariff(*elements, min_price=limit)
    if terms is not None:
        of["tax_included"] = terms
    expected = tuple(None if each is None else Fraction(each) for each in (before, after))
    assert totals(cost(of, NOTHING, zone)) == expected
