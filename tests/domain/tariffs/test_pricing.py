"""Prices of single sessions: lines, step sizes, limits, taxes, rounding, errors."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import msgspec
import pytest
from tests.domain.tariffs.making import (
    BERLIN,
    WEDNESDAY,
    component,
    cost,
    element,
    exact,
    notes,
    session,
    tariff,
    totals,
)

from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.ocpi_sessions import read_session
from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.domain.tariffs.pricing import price
from chargehand.domain.tariffs.trace import TraceEntry
from chargehand.kernel.money import Money, Rounding


def test_energy_start_fee_and_parking_each_carry_their_own_vat() -> None:
    of = tariff(
        element(
            component("FLAT", "1.20", vat=7),
            component("ENERGY", "0.40", vat=19),
            component("PARKING_TIME", "3", vat=10),
        )
    )
    found = cost(of, session((0, {"ENERGY": 12, "TIME": 1}), (60, {"PARKING_TIME": "0.5"}), minutes=90))
    assert totals(found) == exact("7.5", "8.646")
    assert [(line.type, line.before_taxes, line.element) for line in found.lines] == [
        ("FLAT", Fraction("1.2"), 0),
        ("ENERGY", Fraction("4.8"), 0),
        ("PARKING_TIME", Fraction("1.5"), 0),
    ]


def test_a_dimension_without_a_matching_element_is_free() -> None:
    of = tariff(element(component("TIME", 6)))
    found = cost(of, session((0, {"TIME": 1, "ENERGY": 9}), (60, {"PARKING_TIME": 1}), minutes=120))
    assert totals(found) == exact("6", "6")


def test_each_dimension_takes_the_first_element_that_has_it() -> None:
    of = tariff(
        element(component("ENERGY", "0.5")),
        element(component("ENERGY", "0.1"), component("TIME", 2)),
        element(component("TIME", 9)),
    )
    assert totals(cost(of, session((0, {"ENERGY": 10, "TIME": 1}), minutes=60))) == exact("7", "7")


def test_a_flat_fee_counts_once_however_many_periods_there_are() -> None:
    of = tariff(
        element(component("FLAT", 2), start_time="00:00", end_time="09:30"), element(component("FLAT", 5))
    )
    used = session((0, {"TIME": "0.5"}), (30, {"TIME": "0.5"}), (60, {"TIME": "0.5"}), minutes=90)
    assert totals(cost(of, used)) == exact("2", "2")


def test_a_flat_fee_that_begins_later_is_charged_when_its_element_becomes_active() -> None:
    of = tariff(element(component("FLAT", 3), min_duration=3600))
    assert totals(cost(of, session((0, {"TIME": "0.5"}), minutes=30))) == exact("0", "0")
    assert totals(cost(of, session((0, {"TIME": "1.5"}), minutes=90))) == exact("3", "3")


def test_a_free_tariff_may_have_a_step_size_of_zero() -> None:
    of = tariff(element(component("FLAT", 0, step_size=0), component("ENERGY", 0, step_size=0)))
    assert totals(cost(of, session((0, {"ENERGY": "3.3"}), minutes=5))) == exact("0", "0")


@pytest.mark.parametrize(("step", "billed"), [(1, "0.251"), (50, "0.3"), (100, "0.3"), (1000, "1")])
def test_energy_is_billed_in_blocks_of_watt_hours(step: int, billed: str) -> None:
    of = tariff(element(component("ENERGY", 1, step_size=step)))
    assert totals(cost(of, session((0, {"ENERGY": "0.2504"}), minutes=9))) == exact(billed, billed)


def test_the_step_of_the_last_energy_price_rounds_the_total_and_pays_for_it() -> None:
    of = tariff(
        element(component("ENERGY", 1, step_size=10_000), end_time="09:30"),
        element(component("ENERGY", 2, step_size=500)),
    )
    used = session((0, {"ENERGY": "3.3"}), (30, {"ENERGY": "1.4"}), minutes=60)
    found = cost(of, used)
    assert totals(found) == exact("6.7", "6.7")
    assert [line.volume for line in found.lines] == [Fraction("3.3"), Fraction("1.7")]


def test_the_total_charging_time_is_rounded_by_the_last_time_price() -> None:
    of = tariff(
        element(component("TIME", 6, step_size=3600), end_time="09:20"),
        element(component("TIME", 12, step_size=900)),
    )
    found = cost(of, session((0, {"TIME": "0.6333"}), minutes=38))
    assert [line.volume * 60 for line in found.lines] == [20, 25]


def test_only_parking_is_rounded_where_parking_is_billed() -> None:
    of = tariff(element(component("TIME", 1, step_size=600), component("PARKING_TIME", 2, step_size=600)))
    used = session((0, {"TIME": "0.4333"}), (26, {"PARKING_TIME": "0.2333"}), minutes=40)
    found = cost(of, used)
    assert [line.volume * 60 for line in found.lines] == [26, 20]


def test_parking_without_a_price_leaves_the_rounding_to_charging_time() -> None:
    of = tariff(element(component("TIME", 1, step_size=600)))
    used = session((0, {"TIME": "0.4333"}), (26, {"PARKING_TIME": "0.2333"}), minutes=40)
    assert [line.volume * 60 for line in cost(of, used).lines] == [30]


def test_parking_that_becomes_free_is_rounded_by_the_last_price_it_had() -> None:
    of = tariff(
        element(component("TIME", 6), component("PARKING_TIME", 4, step_size=900), end_time="10:00"),
        element(component("TIME", 6)),
    )
    found = cost(of, session((0, {"TIME": "0.75"}), (45, {"PARKING_TIME": "0.75"}), minutes=90))
    assert {line.type: int(line.volume * 60) for line in found.lines} == {"TIME": 45, "PARKING_TIME": 15}
    found = cost(of, session((0, {"TIME": "0.9"}), (54, {"PARKING_TIME": "0.75"}), minutes=99))
    assert {line.type: int(line.volume * 60) for line in found.lines} == {"TIME": 54, "PARKING_TIME": 15}


def test_limits_bind_each_side_on_its_own_and_show_as_a_line() -> None:
    of = tariff(
        element(component("FLAT", 2, vat=20), component("ENERGY", "0.5", vat=10)),
        max_price={"before_taxes": 5, "after_taxes": 6},
        tax_included="NO",
    )
    found = cost(of, session((0, {"ENERGY": 7}), minutes=60))
    assert totals(found) == exact("5", "6")
    assert [(line.type, line.before_taxes, line.after_taxes) for line in found.lines[-1:]] == [
        ("MAX_PRICE", Fraction("-0.5"), Fraction("-0.25"))
    ]
    assert totals(cost(of, session((0, {"ENERGY": 6}), minutes=60))) == exact("5", "5.7")


def test_a_limit_in_the_words_of_version_2_2_1_is_the_same_limit() -> None:
    of = tariff(element(component("ENERGY", 1, vat=25)), min_price={"excl_vat": 8, "incl_vat": 10})
    assert totals(cost(of, session((0, {"ENERGY": 2}), minutes=60))) == exact("8", "10")


def test_a_limit_on_one_side_keeps_the_tax_share() -> None:
    of = tariff(element(component("ENERGY", 1, vat=20)), max_price={"before_taxes": 5})
    assert totals(cost(of, session((0, {"ENERGY": 9}), minutes=60))) == exact("5", "6")
    untaxed = tariff(element(component("ENERGY", 1)), min_price={"excl_vat": 5})
    assert totals(cost(untaxed, session((0, {"ENERGY": 0}), minutes=60))) == exact("5", "5")


@pytest.mark.parametrize(
    ("terms", "vat", "zone", "currency", "before", "after"),
    [
        (None, None, BERLIN, "EUR", "10", "10"),
        (None, 19, BERLIN, "EUR", "10", "11.9"),
        (None, None, "America/Denver", "USD", "10", "10"),
        ("NO", None, BERLIN, "EUR", "10", "10"),
        ("NO", 0, "America/Denver", "USD", "10", "10"),
        ("NO", None, "America/Denver", "USD", "10", None),
        ("NO", None, "America/Indiana/Knox", "USD", "10", None),
        ("NO", None, "America/Vancouver", "CAD", "10", None),
        ("NO", None, "UTC", "USD", "10", None),
        ("NO", None, "America/Panama", "USD", "10", "10"),
        ("YES", 25, BERLIN, "EUR", "8", "10"),
        ("YES", None, BERLIN, "EUR", None, "10"),
        ("N/A", 25, BERLIN, "EUR", "10", "10"),
    ],
)
def test_taxes_follow_what_the_tariff_says_of_them(
    *,
    terms: str | None,
    vat: int | None,
    zone: str,
    currency: str,
    before: str | None,
    after: str | None,
) -> None:
    more = {} if vat is None else {"vat": vat}
    of = tariff(element(component("ENERGY", 1, **more)), currency=currency)
    if terms is not None:
        of["tax_included"] = terms
    found = cost(of, session((0, {"ENERGY": 10}), minutes=60), zone)
    assert totals(found) == tuple(None if text is None else Fraction(text) for text in (before, after))


def test_nothing_has_no_tax_even_where_the_rate_is_unknown() -> None:
    of = tariff(element(component("FLAT", 0)), currency="USD", tax_included="NO")
    assert totals(cost(of, session((0, {"ENERGY": 10}), minutes=60), "America/Denver")) == exact("0", "0")


@pytest.mark.parametrize(
    ("currency", "amount", "rounded"),
    [("EUR", "0.125", "1.25"), ("JPY", "4.05", "41"), ("KWD", "0.01235", "0.124"), ("EUR", "0.0345", "0.35")],
)
def test_totals_are_rounded_half_up_at_the_exponent_of_the_currency(
    currency: str, amount: str, rounded: str
) -> None:
    of = tariff(element(component("ENERGY", amount)), currency=currency)
    found = cost(of, session((0, {"ENERGY": 10}), minutes=60))
    assert found.rounded_after_taxes == Money.of(rounded, currency)


def test_the_rounding_policy_is_the_callers() -> None:
    read = read_tariff(msgspec.json.encode(tariff(element(component("ENERGY", "0.0125")))))
    used = read_session(msgspec.json.encode(session((0, {"ENERGY": 10}), minutes=60)))
    rules = {
        rule: price(read, used, ZoneInfo(BERLIN), rounding=rule).rounded_before_taxes for rule in Rounding
    }
    assert rules[Rounding.HALF_EVEN] == Money(12, "EUR")
    assert rules[Rounding.UP] == Money(13, "EUR")


def test_hours_are_counted_from_timestamps_where_the_volume_agrees_with_them() -> None:
    of = tariff(element(component("TIME", 3600, step_size=1)))
    found = cost(of, session((0, {"TIME": "0.3334"}), (20, {"TIME": "0.3334"}), minutes=40))
    assert found.before_taxes == 2400


def test_a_time_volume_that_says_otherwise_counts_as_written_and_is_noted() -> None:
    of = tariff(element(component("TIME", 6)))
    found = cost(of, session((0, {"TIME": "0.5"}), minutes=120))
    assert found.before_taxes == 3
    assert any("differs from its timestamps" in note for note in notes(found))


def test_a_running_session_is_priced_by_its_volumes_in_whole_seconds() -> None:
    used = session((0, {"TIME": "0.6667", "ENERGY": 4}), minutes=40)
    del used["end_date_time"]
    found = cost(tariff(element(component("TIME", 9, step_size=1), component("ENERGY", 1))), used)
    assert found.before_taxes == 10


def test_the_tariff_is_the_one_of_the_start_of_the_session() -> None:
    used = session((0, {"ENERGY": 1}), minutes=60)
    ending = tariff(element(component("ENERGY", 1)), end_date_time="2025-01-15T08:30:00Z")
    assert cost(ending, used).before_taxes == 1
    with pytest.raises(TariffError, match="ended"):
        cost({**ending, "end_date_time": "2025-01-15T08:00:00Z"}, used)
    with pytest.raises(TariffError, match="begins"):
        cost(tariff(element(component("ENERGY", 1)), start_date_time="2025-01-15T08:00:01Z"), used)


def test_a_session_in_another_currency_is_refused() -> None:
    used = {**session((0, {"ENERGY": 1}), minutes=60), "currency": "SEK"}
    with pytest.raises(TariffError, match="SEK"):
        cost(tariff(element(component("ENERGY", 1))), used)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"end_date_time": "2025-01-15T07:00:00Z"}, "ends before it starts"),
        ({"start_date_time": "2025-01-15T08:01:00Z"}, "starts before the session"),
        ({"end_date_time": "2027-01-15T08:01:00Z"}, "longer than a year"),
    ],
)
def test_times_that_cannot_be_are_refused(change: dict[str, str], words: str) -> None:
    with pytest.raises(TariffError, match=words):
        cost(tariff(element(component("ENERGY", 1))), {**session((0, {"ENERGY": 1}), minutes=60), **change})


def test_a_negative_volume_is_refused() -> None:
    with pytest.raises(TariffError, match="ENERGY of charging period 1 is negative"):
        cost(tariff(element(component("ENERGY", 1))), session((0, {"ENERGY": "-0.1"}), minutes=60))


def test_the_trace_says_which_element_matched_and_why_another_did_not() -> None:
    of = tariff(element(component("ENERGY", 2), max_kwh=5), element(component("ENERGY", 1)))
    found = cost(of, session((0, {"ENERGY": 10}), minutes=60))
    first, second = (entry for entry in found.trace if isinstance(entry, TraceEntry))
    assert first.explain() == "Element 0 applies: asks energy so far below 5 kWh, had 0 kWh."
    assert second.explain() == (
        "Element 0 does not: asks energy so far below 5 kWh, had 5 kWh. Element 1 applies: no restrictions."
    )
    assert (second.since - WEDNESDAY) == dt.timedelta(minutes=30)
    assert sum(entry.volume for entry in (first, second)) == 10


def test_the_trace_notes_step_sizes_and_limits() -> None:
    of = tariff(element(component("ENERGY", 2, step_size=500)), max_price={"before_taxes": 1})
    assert notes(cost(of, session((0, {"ENERGY": "0.7"}), minutes=60))) == [
        "The step size of 500 Wh in element 0 adds 300 Wh of ENERGY.",
        "The tariff's maximum price lowers the total.",
    ]


def test_prices_keep_digits_a_binary_number_would_lose() -> None:
    of = tariff(element(component("ENERGY", "0.1000000000000000001")))
    found = cost(of, session((0, {"ENERGY": 3}), minutes=60))
    assert found.before_taxes == Fraction(Decimal("0.3000000000000000003"))
