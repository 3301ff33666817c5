"""Prices of records are rounded so that lines, taxes and totals agree."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.billing.rating import Rated, Record, TaxUnknownError, rate, share_out, turn
from chargehand.domain.tariffs.ocpi_tariffs import read_tariff

START = datetime(2026, 3, 4, 9, tzinfo=UTC)


def _rate(of: dict[str, Any], kwh: str = "10", minutes: int = 60, **more: Any) -> Rated:
    hours = str(Fraction(minutes, 60).limit_denominator()) if minutes % 60 else str(minutes // 60)
    dimensions = [{"type": "ENERGY", "volume": kwh}, {"type": "TIME", "volume": hours}]
    record = Record(
        started_at=START,
        ended_at=START + timedelta(minutes=minutes),
        periods=[{"start_date_time": START.isoformat(), "dimensions": dimensions}],
        **{"time_zone": "Europe/Berlin", "country": "DE", **more},
    )
    return rate(read_tariff(msgspec.json.encode(of)), record)


def test_two_rates_share_the_tax_and_every_line_has_its_own() -> None:
    parts = [component("ENERGY", "0.333", vat="19"), component("TIME", "1.111", vat="7")]
    rated = _rate(tariff(element(*parts)))
    assert (rated.before_minor, rated.after_minor) == (444, 515)
    assert {share.percent: share.minor for share in rated.taxes} == {"19": 63, "7": 8}
    assert [(line.before_minor, line.tax_minor) for line in rated.lines] == [(333, 63), (111, 8)]


def test_a_tax_too_small_for_its_rate_is_never_put_on_what_has_none() -> None:
    parts = [component("FLAT", "0", vat="0"), component("ENERGY", "8.3371", vat="7.7")]
    rated = _rate(tariff(element(*parts), currency="JPY"), kwh="0.731")
    assert (rated.before_minor, rated.after_minor) == (6, 7)
    assert [(share.percent, share.minor) for share in rated.taxes] == [("7.7", 1)]
    assert {line.type: line.tax_minor for line in rated.lines} == {"FLAT": 0, "ENERGY": 1}


def test_a_rate_is_written_in_one_way_only() -> None:
    for vat in ("19", "19.0", "19.00"):
        [share] = _rate(tariff(element(component("ENERGY", "0.5", vat=vat)))).taxes
        assert share.percent == "19"


def test_half_a_minor_unit_is_rounded_up_once_for_the_whole() -> None:
    parts = [component("ENERGY", "0.0005"), component("TIME", "0.00999"), component("FLAT", "0.00001")]
    rated = _rate(tariff(element(*parts)))
    assert (rated.before_exact, rated.before_minor) == ("0.015", 2)
    assert sorted(line.before_minor for line in rated.lines) == [0, 1, 1]


def test_an_unknown_tax_is_no_price() -> None:
    bare = tariff(element(component("ENERGY", "0.5")), tax_included="NO", currency="USD")
    with pytest.raises(TaxUnknownError):
        _rate(bare, time_zone="UTC", country="US")
    assert _rate({**bare, "currency": "EUR"}).tax_minor == 0


def test_a_credit_turns_every_sign_and_back() -> None:
    rated = _rate(tariff(element(component("ENERGY", "0.333", vat="19"), component("FLAT", "0"))))
    turned = turn(rated)
    assert turned.after_minor == -rated.after_minor < 0
    assert [line.before_taxes for line in turned.lines] == ["0", "-3.33"]
    assert turn(turned) == rated


_numbers = st.lists(st.fractions(-(10**6), 10**6, max_denominator=10**4), min_size=1, max_size=8)


@given(_numbers)
def test_shares_add_up_and_stay_within_one_of_their_own_value(exact: list[Fraction]) -> None:
    total = sum(exact, Fraction(0))
    rounded = (2 * total.numerator + total.denominator) // (2 * total.denominator)
    shares = share_out(rounded, exact)
    assert sum(shares) == rounded
    assert all(abs(share - number) < 1 for share, number in zip(shares, exact, strict=True))


def test_a_total_that_is_further_off_goes_to_the_largest() -> None:
    assert share_out(0, [Fraction(5), Fraction(-1)]) == [1, -1]
    assert share_out(9, [Fraction(5), Fraction(-1)]) == [9, 0]
    assert share_out(3, []) == []


@given(st.data())
def test_lines_and_taxes_add_up_for_any_tariff(data: st.DataObject) -> None:
    prices = st.decimals("0", "20", places=4)
    parts = [
        component(kind, str(data.draw(prices)), vat=data.draw(st.sampled_from([None, "0", "7", "19.6"])))
        for kind in ("ENERGY", "TIME", "FLAT")
    ]
    limits = data.draw(st.sampled_from([{}, {"min_price": {"excl_vat": "30", "incl_vat": "33.33"}}]))
    included = data.draw(st.sampled_from([{}, {"tax_included": "NO"}, {"tax_included": "N/A"}]))
    of = tariff(
        element(*parts), currency=data.draw(st.sampled_from(["EUR", "JPY", "KWD"])), **limits, **included
    )
    rated = _rate(of, kwh=str(data.draw(st.decimals("0", "99", places=3))), minutes=120)
    assert sum(line.before_minor for line in rated.lines) == rated.before_minor
    assert sum(line.tax_minor for line in rated.lines) == rated.tax_minor
    assert sum(share.minor for share in rated.taxes) == rated.tax_minor
    assert rated.before_minor + rated.tax_minor == rated.after_minor
