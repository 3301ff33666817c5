"""How a price is told part by part: joined where nothing changes, with the hours in which a price holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from django.test import Client
from tests.domain.billing.making import Town
from tests.domain.tariffs.making import component, element, tariff
from tests.interfaces.driver.conftest import Driver
from tests.interfaces.driver.test_receipts import text_of

from chargehand.domain.accounts.models import Operator
from chargehand.interfaces.driver.reckoning import Part, merge

START = datetime(2026, 3, 5, 16, 0, tzinfo=UTC)


def part(kind: str, begin: int, end: int, volume: int, element: int | None = 0) -> Part:
    return Part(
        kind,
        START + timedelta(minutes=begin),
        START + timedelta(minutes=end),
        Fraction(volume),
        element,
    )


def test_parts_that_follow_each_other_at_one_price_are_one() -> None:
    told = [
        part("ENERGY", 0, 10, 3),
        part("TIME", 0, 10, 10, None),
        part("ENERGY", 10, 20, 4),
        part("TIME", 10, 20, 10, None),
        part("ENERGY", 20, 30, 5, 1),
        part("ENERGY", 40, 50, 6),
    ]
    assert merge(told) == [
        part("ENERGY", 0, 20, 7),
        part("TIME", 0, 20, 20, None),
        part("ENERGY", 20, 30, 5, 1),
        part("ENERGY", 40, 50, 6),
    ]


@pytest.mark.django_db
def test_a_price_that_holds_only_at_times_says_when_in_the_readers_language(operator: Operator) -> None:
    driver = Driver(Town(operator), Client())
    driver.town.tariff(
        tariff(
            element(component("ENERGY", "0.50", vat="19"), component("TIME", "1.20", vat="19"), min_kwh=1),
            element(component("ENERGY", "0.40", vat="19")),
        )
    )
    key = driver.charge(10_000)
    driver.price(key)
    page = text_of(driver.client.get(f"/r/{key}?lang=de").content)
    assert "Preis, der gilt: ab 1 kWh des Ladevorgangs" in page
    assert "immer derselbe Preis" in page
    assert "Energie: 10 kWh" not in page
