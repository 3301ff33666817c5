"""Taxes by country and day: the changes of rates, warnings, and the shares of hosts."""

from datetime import date
from decimal import Decimal

import pytest

from chargehand.domain.billing.taxation import (
    STANDARD,
    UNION,
    find_deviation,
    standard_rate,
    tax_of_host,
    tax_of_supply,
)

MAY = date(2026, 5, 4)


@pytest.mark.parametrize(
    ("country", "day", "percent"),
    [
        ("DE", date(2020, 6, 30), "19"),
        ("DE", date(2020, 7, 1), "16"),
        ("DE", date(2020, 12, 31), "16"),
        ("DE", date(2021, 1, 1), "19"),
        ("FI", date(2024, 8, 31), "24"),
        ("FI", date(2024, 9, 1), "25.5"),
        ("SK", date(2025, 1, 1), "23"),
        ("EE", date(2025, 7, 1), "24"),
        ("RO", date(2025, 8, 1), "21"),
        ("CH", date(2023, 12, 31), "7.7"),
    ],
)
def test_a_rate_counts_from_its_day_on(country: str, day: date, percent: str) -> None:
    assert standard_rate(country, day) == Decimal(percent)


def test_what_the_table_does_not_know_is_not_guessed() -> None:
    assert standard_rate("US", MAY) is None
    assert find_deviation("US", MAY, Decimal(8)) is None
    assert standard_rate("DE", date(2014, 12, 31)) is None


def test_the_table_is_in_order_and_has_the_whole_union() -> None:
    assert len(UNION) == 27
    for rates in STANDARD.values():
        days = [since for since, _ in rates]
        assert days == sorted(set(days))
        assert all(0 < Decimal(percent) < 30 for _, percent in rates)


def test_another_rate_than_the_countrys_is_told_in_a_sentence() -> None:
    assert find_deviation("DE", MAY, Decimal("19.00")) is None
    assert (
        find_deviation("DE", MAY, Decimal("16.0"))
        == "The tariff has 16 % tax; in DE it was 19 % on 2026-05-04."
    )
    assert str(find_deviation("DE", MAY, None)).startswith("The tariff has no tax rate;")


@pytest.mark.parametrize(
    ("percent", "is_all_untaxed", "category"),
    [(Decimal(19), False, "S"), (Decimal(0), False, "Z"), (None, False, "Z"), (None, True, "O")],
)
def test_a_supply_is_taxed_as_its_tariff_says(
    percent: Decimal | None, is_all_untaxed: bool, category: str
) -> None:
    assert tax_of_supply(percent, is_all_untaxed=is_all_untaxed).category == category


@pytest.mark.parametrize(
    ("host", "vat_id", "category", "percent"),
    [
        ("DE", "DE136695976", "S", 19),
        ("DE", "", "O", 0),
        ("FR", "FR12345678901", "AE", 0),
        ("CH", "CHE123", "O", 0),
        ("", "X", "O", 0),
    ],
)
def test_a_hosts_share_is_taxed_by_who_the_host_is(
    host: str, vat_id: str, category: str, percent: int
) -> None:
    found = tax_of_host(payer_country="DE", host_country=host, host_vat_id=vat_id, day=MAY)
    assert (found.category, found.percent) == (category, Decimal(percent))
    assert bool(found.reason) is (category != "S")
