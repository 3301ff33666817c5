"""Money keeps every minor unit and rounds only by a named rule."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.kernel.money import (
    EXPONENTS,
    CurrencyMismatchError,
    InexactAmountError,
    Money,
    MoneyError,
    Rounding,
    UnknownCurrencyError,
    add_up,
    exponent_of,
    round_to_int,
    to_fraction,
)

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("19.99", "EUR", 1999),
        ("0.29", "EUR", 29),
        ("1.15", "USD", 115),
        ("1250", "JPY", 1250),
        ("1.250", "KWD", 1250),
        ("0.0001", "CLF", 1),
        ("-0.07", "GBP", -7),
    ],
)
def test_an_amount_in_major_units_becomes_its_exact_minor_units(text: str, currency: str, minor: int) -> None:
    assert Money.of(text, currency).minor == minor
    assert Money.of(Decimal(text), currency) == Money(minor, currency)


def test_exponents_come_from_the_standard_and_not_from_a_constant() -> None:
    assert [exponent_of(code) for code in ("EUR", "JPY", "KWD", "UYW", "UGX", "ISK")] == [2, 0, 3, 4, 0, 0]
    assert all(len(code) == 3 and code.isupper() for code in EXPONENTS)


@pytest.mark.parametrize("code", ["", "EURO", "eur", "XXX", "ABC"])
def test_an_unknown_currency_is_refused_by_name(code: str) -> None:
    with pytest.raises(UnknownCurrencyError, match="not a currency"):
        Money(1, code)


def test_a_fraction_of_a_minor_unit_needs_a_named_rounding() -> None:
    with pytest.raises(InexactAmountError):
        Money.of("0.005", "EUR")
    assert Money.of("0.005", "EUR", Rounding.HALF_UP).minor == 1


@pytest.mark.parametrize(
    ("value", "half_up", "half_even", "up", "down"),
    [
        ("5.625", 563, 562, 563, 562),
        ("5.6251", 563, 563, 563, 562),
        ("5.62", 562, 562, 562, 562),
        ("-5.625", -563, -562, -563, -562),
        ("0.001", 0, 0, 1, 0),
    ],
)
def test_each_rounding_rule_breaks_the_tie_its_own_way(
    value: str, half_up: int, half_even: int, up: int, down: int
) -> None:
    found = [Money.of(value, "EUR", rule).minor for rule in Rounding]
    assert found == [half_up, half_even, up, down]


def test_a_float_is_refused_because_it_holds_another_number() -> None:
    with pytest.raises(MoneyError, match="float"):
        Money.of(19.99, "EUR")  # type: ignore[arg-type]
    with pytest.raises(MoneyError):
        Money(1.0, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "ten", ""])
def test_text_that_is_no_finite_number_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        to_fraction(text)


def test_two_currencies_never_meet_in_a_sum_or_a_comparison() -> None:
    with pytest.raises(CurrencyMismatchError):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(CurrencyMismatchError):
        _ = Money(1, "EUR") < Money(1, "USD")
    with pytest.raises(CurrencyMismatchError):
        add_up([Money(1, "EUR")], "USD")


def test_money_is_written_with_the_digits_of_its_currency() -> None:
    assert [str(Money(5, code)) for code in ("EUR", "JPY", "KWD")] == ["0.05 EUR", "5 JPY", "0.005 KWD"]
    assert str(Money(-1999, "EUR")) == "-19.99 EUR"


def test_arithmetic_keeps_currency_and_sign() -> None:
    ten = Money(1000, "EUR")
    assert ten - Money(1, "EUR") == Money(999, "EUR")
    assert (-ten, abs(-ten), 3 * ten) == (Money(-1000, "EUR"), ten, Money(3000, "EUR"))
    assert ten.times("0.19", Rounding.HALF_UP) == Money(190, "EUR")
    assert ten >= Money(1000, "EUR")
    assert not Money.zero("EUR")
    with pytest.raises(MoneyError, match="whole numbers"):
        ten * Decimal("0.5")  # type: ignore[operator]


def test_cash_rounding_goes_to_the_nearest_coin() -> None:
    coin = Money(5, "CHF")
    assert Money(1002, "CHF").round_to_step(coin, Rounding.HALF_UP) == Money(1000, "CHF")
    assert Money(1003, "CHF").round_to_step(coin, Rounding.HALF_UP) == Money(1005, "CHF")
    with pytest.raises(MoneyError):
        coin.round_to_step(Money.zero("CHF"), Rounding.UP)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    minor=st.integers(-(10**12), 10**12),
    currency=CURRENCIES,
    weights=st.lists(st.integers(0, 1000), min_size=1).filter(any),
)
def test_parts_of_a_split_add_up_and_differ_from_the_exact_share_by_less_than_one(
    minor: int, currency: str, weights: list[int]
) -> None:
    money = Money(minor, currency)
    parts = money.split(weights)
    assert add_up(parts, currency) == money
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - Fraction(minor * weight, sum(weights))) < 1


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(minor=st.integers(), currency=CURRENCIES)
def test_major_units_and_back_is_the_same_money(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.of(money.amount, currency) == money
    assert Money.of(str(money).split()[0], currency) == money


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=st.fractions(), rule=st.sampled_from(Rounding))
def test_rounding_moves_by_less_than_one_and_is_symmetric_around_zero(
    value: Fraction, rule: Rounding
) -> None:
    rounded = round_to_int(value, rule)
    assert abs(rounded - value) < 1
    assert round_to_int(-value, rule) == -rounded


def test_a_split_without_weight_is_refused() -> None:
    with pytest.raises(MoneyError):
        Money(1, "EUR").split([0, 0])
    with pytest.raises(MoneyError):
        Money(1, "EUR").split([2, -1])
