"""Lines of documents: together exactly the price, with taxes that EN 16931 accepts, whatever the limits."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.domain.billing.charge_lines import ChargeLines, align, charge_lines, tax_groups
from chargehand.domain.billing.documents.shapes import DocumentLine
from chargehand.domain.billing.rating import Rated, RatedLine


def _line(kind: str, before: int, tax: int, percent: str | None = "19", **more: Any) -> RatedLine:
    told = {
        "type": kind,
        "volume": "10",
        "price": "0.5",
        "tax_percent": percent,
        "element": 0,
        "before_taxes": str(Decimal(before) / 100),
        "after_taxes": str(Decimal(before + tax) / 100),
        "before_minor": before,
        "tax_minor": tax,
        "after_minor": before + tax,
    }
    return RatedLine(**{**told, **more})


def _limit(kind: str, before: int, tax: int) -> RatedLine:
    return _line(kind, before, tax, None, element=None, price=None, volume="1")


def _lines(*lines: RatedLine) -> ChargeLines:
    before, tax = sum(line.before_minor for line in lines), sum(line.tax_minor for line in lines)
    rated = Rated(
        currency="EUR",
        before_minor=before,
        tax_minor=tax,
        after_minor=before + tax,
        before_exact=str(before),
        after_exact=str(before + tax),
        lines=lines,
        taxes=(),
        trace=(),
    )
    return charge_lines(rated, language="en", session_ref="7")


def _told(found: ChargeLines) -> list[tuple[str, int, str, int]]:
    return [
        (line.category, line.before_minor, f"{line.tax_percent:f}", line.tax_minor) for line in found.lines
    ]


def test_a_price_limit_takes_the_rate_of_what_it_limits() -> None:
    found = _lines(_line("ENERGY", 2000, 380), _limit("MAX_PRICE", -1000, -190))
    assert _told(found) == [("S", 2000, "19", 380), ("S", -1000, "19", -190)]
    assert found.rounding_minor == 0
    assert found.lines[1].unit_price is None


def test_a_price_limit_is_shared_over_several_rates() -> None:
    found = _lines(_line("ENERGY", 3000, 570), _line("TIME", 1000, 70, "7"), _limit("MAX_PRICE", -400, -64))
    assert _told(found)[2:] == [("S", -300, "19", -57), ("S", -100, "7", -7)]


def test_limits_that_mean_a_tax_no_rate_gives_make_an_explicit_rounding() -> None:
    found = _lines(_line("ENERGY", 1000, 190), _limit("MAX_PRICE", -200, 0))
    assert _told(found) == [("S", 1000, "19", 190), ("S", -200, "19", -38)]
    assert found.rounding_minor == 38
    assert sum(line.after_minor for line in found.lines) + found.rounding_minor == 990


def test_times_are_told_in_minutes_and_pieces_in_pieces() -> None:
    time, flat = _lines(
        _line("TIME", 300, 57, volume="1.5", price="2"), _line("FLAT", 100, 19, volume="1", price="1")
    ).lines
    assert (time.unit, time.quantity, time.unit_price) == ("MIN", Decimal(90), Decimal("0.0333333333"))
    assert (flat.unit, flat.quantity, flat.unit_price, flat.text) == (
        "C62",
        Decimal(1),
        Decimal(1),
        "Session fee",
    )


def test_a_price_after_taxes_is_told_before_them() -> None:
    [line] = _lines(_line("ENERGY", 500, 95, price="0.595", before_taxes="5", after_taxes="5.95")).lines
    assert line.unit_price == Decimal("0.5")


def test_without_any_rate_all_is_outside_the_scope_of_the_tax() -> None:
    found = _lines(_line("ENERGY", 500, 0, None), _line("FLAT", 100, 0, None))
    assert {line.category for line in found.lines} == {"O"}
    [group] = tax_groups(found.lines, reason="why")
    assert (group.category, group.base_minor, group.tax_minor, group.reason) == ("O", 600, 0, "why")


def test_beside_a_rate_what_has_none_is_rated_zero() -> None:
    found = _lines(_line("ENERGY", 500, 95), _line("FLAT", 100, 0, None))
    assert [line.category for line in found.lines] == ["S", "Z"]
    alone = _lines(_line("FLAT", 100, 0, None)).lines
    assert [line.category for line in align([*found.lines, *alone])] == ["S", "Z", "Z"]


def test_what_costs_nothing_makes_no_group_of_its_own() -> None:
    found = _lines(_line("ENERGY", 500, 95), _line("TIME", 0, 0, None, price="0"))
    assert [group.percent for group in tax_groups(found.lines)] == [Decimal(19)]


def test_a_rate_that_the_tariff_does_not_apply_is_no_rate() -> None:
    found = _lines(_line("ENERGY", 500, 0, "19"))
    assert [(line.category, line.tax_percent) for line in found.lines] == [("O", Decimal(0))]


_amount = st.integers(0, 50_000)
_rate = st.sampled_from(["19", "7", "0", None, "25.5"])


@given(
    st.lists(st.tuples(_amount, _rate), min_size=1, max_size=6),
    st.integers(-5000, 5000),
    st.integers(-900, 900),
)
def test_lines_and_rounding_are_exactly_the_price_whatever_is_in_it(
    parts: list[tuple[int, str | None]], before: int, tax: int
) -> None:
    own = [_line("ENERGY", minor, round(minor * Decimal(rate or 0) / 100), rate) for minor, rate in parts]
    found = _lines(*own, _limit("MIN_PRICE", before, tax))
    total = sum(line.after_minor for line in own) + before + tax
    assert sum(line.after_minor for line in found.lines) + found.rounding_minor == total
    assert all(line.after_minor == line.before_minor + line.tax_minor for line in found.lines)
    assert all(line.tax_minor == 0 for line in found.lines if line.category != "S")
    groups = tax_groups(found.lines)
    assert sum(group.base_minor for group in groups) == sum(line.before_minor for line in found.lines)
    for group in groups:
        own_lines = [line for line in found.lines if line.category == group.category]
        near = abs(group.tax_minor - group.base_minor * group.percent / 100)
        assert near <= len(own_lines) + 1
    assert len({(group.category, group.percent) for group in groups}) == len(groups)


@pytest.mark.parametrize("language", ["en", "de", "fr", "nl", "es", "pt", ""])
def test_lines_are_named_in_every_language(language: str) -> None:
    rated = Rated(
        currency="EUR",
        before_minor=100,
        tax_minor=19,
        after_minor=119,
        before_exact="1",
        after_exact="1.19",
        lines=(_line("PARKING_TIME", 100, 19),),
        taxes=(),
        trace=(),
    )
    [line] = charge_lines(rated, language=language, session_ref="").lines
    assert isinstance(line, DocumentLine)
    assert len(line.text) > 3
