"""Numbers, money and times as five languages write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from chargehand.domain.billing.documents import formats
from chargehand.domain.billing.documents.plain_text import clean, is_blank

END_OF_SUMMER = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def plain(text: str) -> str:
    """Make no-break blanks visible as plain ones."""
    return text.replace(formats.NO_BREAK, " ").replace(formats.NARROW, " ")


@pytest.mark.parametrize(
    ("minor", "currency", "language", "written"),
    [
        (1841, "EUR", "en", "€18.41"),
        (-1841, "EUR", "en", "−€18.41"),
        (123456789, "EUR", "de", "1.234.567,89 €"),
        (-5, "EUR", "fr", "−0,05 €"),
        (123456, "EUR", "fr", "1 234,56 €"),
        (0, "EUR", "nl", "€ 0,00"),
        (123456, "EUR", "es", "1234,56 €"),
        (1234567, "EUR", "es", "12.345,67 €"),
        (250, "JPY", "en", "¥250"),
        (250000, "JPY", "de", "250.000 ¥"),
        (1250, "KWD", "en", "KWD 1.250"),
        (1841, "CHF", "de", "18,41 CHF"),
        (1841, "EUR", "pl", "€18.41"),
    ],
)
def test_money_has_the_decimals_of_its_currency(
    minor: int, currency: str, language: str, written: str
) -> None:
    assert plain(formats.write_money(minor, currency, language)) == written


@pytest.mark.parametrize(
    ("price", "currency", "written"),
    [
        ("0.49", "EUR", "€0.49"),
        ("0.5", "EUR", "€0.50"),
        ("0.4875", "EUR", "€0.4875"),
        ("0.48739495798", "EUR", "€0.487395"),
        ("0.58999999999", "EUR", "€0.59"),
        ("49", "JPY", "¥49"),
        ("100", "EUR", "€100.00"),
        ("0.0000001", "EUR", "€0.00"),
    ],
)
def test_a_unit_price_shows_what_it_has_and_no_less_than_money(
    price: str, currency: str, written: str
) -> None:
    assert formats.write_price(Decimal(price), currency, "en") == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("31.20", "31,2"),
        ("31", "31"),
        ("-0.5", "−0,5"),
        ("-0.0", "0"),
        ("1E+3", "1.000"),
        ("1234.5", "1.234,5"),
    ],
)
def test_a_number_is_written_with_what_it_has(value: str, written: str) -> None:
    assert formats.write_number(Decimal(value), "de") == written


def test_the_clock_of_the_place_is_shown_with_its_zone() -> None:
    berlin = "Europe/Berlin"
    before, after = END_OF_SUMMER, END_OF_SUMMER + timedelta(hours=1)
    assert plain(formats.write_moment(before, berlin, "de")) == "25.10.2026, 02:30 CEST"
    assert plain(formats.write_moment(after, berlin, "de")) == "25.10.2026, 02:30 CET"
    assert plain(formats.write_span(before, after, berlin, "de")) == (
        "25.10.2026, 02:30 CEST – 25.10.2026, 02:30 CET"
    )
    assert plain(formats.write_span(after, after + timedelta(minutes=9), berlin, "en")) == (
        "25 Oct 2026, 02:30–02:39 CET"
    )


def test_a_period_of_one_day_is_a_day() -> None:
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    assert formats.write_days(first, first, "nl") == "01-03-2026"
    assert formats.write_days(first, last, "nl") == "01-03-2026 – 31-03-2026"


def test_what_cannot_be_printed_is_gone() -> None:
    assert clean(" a\n\tb\u202e\x00\u200b c\ue000 ") == "a b c"
    assert is_blank("\x1b \u200b")
    assert not is_blank(".")
