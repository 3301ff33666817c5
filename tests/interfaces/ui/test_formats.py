"""Numbers, money and times read as people say them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from chargehand.interfaces.ui import formats
from chargehand.kernel.money import Money


def plain(text: str) -> str:
    return text.replace(formats.NO_BREAK, " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [(23_400, "23.4 kWh"), (0, "0.0 kWh"), (Decimal("1234567.8"), "1,234.6 kWh"), (None, "–")],
)
def test_energy_is_kwh_and_no_value_is_a_dash(value: Decimal | float | None, text: str) -> None:
    assert plain(formats.write_energy(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (92_000, "92 kW"),
        (7_400, "7.4 kW"),
        (149_600, "150 kW"),
        (18_600_000, "18.6 MW"),
        (-3_700, "-3.7 kW"),
        (None, "–"),
    ],
)
def test_power_is_as_exact_as_it_is_useful(value: float | None, text: str) -> None:
    assert plain(formats.write_power(value)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(1381, "EUR"), "€13.81"),
        (Money(-1381, "EUR"), "−€13.81"),
        (Money(250, "JPY"), "¥250"),
        (Money(1250, "KWD"), "KWD 1.250"),
        (Money(123_456_789, "USD"), "$1,234,567.89"),
        (None, "–"),
    ],
)
def test_money_has_the_decimals_of_its_currency(amount: Money | None, text: str) -> None:
    assert plain(formats.write_money(amount)) == text


def test_money_is_written_with_the_readers_decimal_sign() -> None:
    with translation.override("de"):
        assert formats.write_money(Money(123_456, "EUR")) == "€1.234,56"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (48, "48 s"),
        (720, "12 min"),
        (timedelta(hours=2, minutes=5), "2 h 05 min"),
        (3 * 86_400 + 4 * 3600, "3 d 4 h"),
        (-90, "−1 min"),
        (None, "–"),
    ],
)
def test_a_duration_is_said_in_its_largest_units(value: timedelta | float | None, text: str) -> None:
    assert plain(formats.write_duration(value)) == text


@pytest.mark.parametrize(
    ("value", "text"), [(24, "0:24"), (1440, "24:00"), (3729, "1:02:09"), (-5, "0:00"), (None, "–")]
)
def test_a_running_time_reads_like_a_clock(value: float | None, text: str) -> None:
    assert formats.write_clock(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "now"),
        (12, "12 s ago"),
        (59.9, "59 s ago"),
        (60, "1 min ago"),
        (7200, "2 h ago"),
        (200_000, "2 d ago"),
    ],
)
def test_an_age_is_said_in_one_unit(seconds: float, text: str) -> None:
    assert formats.write_age(seconds) == text


def test_machine_time_is_utc_to_the_second() -> None:
    time = datetime.fromisoformat("2026-07-01T14:02:10.900+02:00")
    assert formats.machine_time(time) == "2026-07-01T12:02:10Z"
    assert formats.machine_time(datetime(2026, 1, 31, tzinfo=UTC)) == "2026-01-31T00:00:00Z"
