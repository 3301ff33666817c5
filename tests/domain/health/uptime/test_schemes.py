"""Each scheme's formula on cases worked by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.domain.health.uptime import california, nevi, united_kingdom
from chargehand.domain.health.uptime.evidence import merge
from chargehand.domain.health.uptime.intervals import Span, State, Stretch, intersect, total
from chargehand.domain.health.uptime.schemes import Exclusion, Outage, in_months, measure, of_port, percent

START = datetime(2023, 3, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEAP_YEAR = (START, START + 366 * DAY)


def span(first: float, last: float, state: State = "down") -> Span:
    return Span(START + HOUR * first, START + HOUR * last, state)


def excuse(first: float, last: float, reason: str) -> Exclusion:
    return Exclusion(START + HOUR * first, START + HOUR * last, reason)


def nevi_of(*spans: Span, exclusions: tuple[Exclusion, ...] = (), within: Stretch = LEAP_YEAR) -> Outage:
    return measure([spans], exclusions, [within], states=nevi.LOST, reasons=nevi.EXCLUDED)


def test_nevi_takes_525600_minutes_also_in_a_leap_year() -> None:
    # 262.8 h are 3 % of 8,760 h; one minute less is more than 97 %.
    outage = nevi_of(span(0, 262.8))
    assert outage.outage == timedelta(minutes=15_768)
    assert nevi.uptime_of(outage) == Decimal("97.000")
    assert not nevi.is_met(nevi.uptime_of(outage))
    assert nevi.is_met(nevi.uptime(timedelta(minutes=15_767), timedelta(0)))


def test_nevi_of_a_whole_leap_year_of_outage_is_zero_and_not_below() -> None:
    assert nevi.uptime_of(nevi_of(span(0, 366 * 24))) == Decimal(0)


def test_nevi_counts_offline_and_unknown_as_outage() -> None:
    outage = nevi_of(span(0, 10, "offline"), span(10, 12, "unknown"), span(20, 21))
    assert (outage.outage, outage.unknown, outage.count) == (HOUR * 13, HOUR * 12, 2)


def test_overlapping_exclusions_excuse_an_hour_once_and_never_more_than_the_outage() -> None:
    outage = nevi_of(
        span(10, 20),
        exclusions=(
            excuse(0, 15, "utility-outage"),
            excuse(12, 17, "vandalism"),
            excuse(18, 40, "network-outage"),
        ),
    )
    assert (outage.outage, outage.excluded) == (HOUR * 10, HOUR * 7)
    assert nevi.uptime_of(outage) == Decimal("99.965753")  # 1 - 180 / 525,600
    assert nevi.uptime(HOUR, HOUR * 5) == Decimal(100)


def test_a_port_is_lost_only_while_all_its_connectors_are() -> None:
    outage = measure([[span(0, 10)], [span(5, 20, "offline")]], [], [LEAP_YEAR], states=nevi.LOST, reasons=())
    assert outage.outage == HOUR * 5


def test_time_before_operation_is_no_part_of_the_whole() -> None:
    outage = nevi_of(span(0, 24, "not-in-operation"), span(24, 25))
    assert (outage.whole, outage.outage) == (365 * DAY, HOUR)


def test_united_kingdom_counts_only_what_is_known_to_be_out_of_order() -> None:
    within = (START, START + HOUR * 100)
    first = measure(
        [[span(0, 2), span(10, 20, "offline")]],
        [excuse(0, 2, "vandalism")],
        [within],
        states=united_kingdom.LOST,
        reasons=united_kingdom.EXCLUDED,
    )
    second = measure([[]], [], [within], states=united_kingdom.LOST, reasons=united_kingdom.EXCLUDED)
    assert united_kingdom.reliability([first, second]) == Decimal("99.000")
    assert united_kingdom.unmeasured([first, second]) == Decimal("5.000")
    assert united_kingdom.is_met(Decimal("99.000"))
    assert united_kingdom.reliability([]) is None


def test_united_kingdom_weighs_points_by_their_open_hours() -> None:
    day = measure([[span(0, 1)]], [], [(START, START + DAY)], states=united_kingdom.LOST, reasons=())
    short = measure([[span(0, 1)]], [], [(START, START + HOUR)], states=united_kingdom.LOST, reasons=())
    assert united_kingdom.reliability([day, short]) == Decimal("92.000")  # 23 of 25 hours


def test_california_excuses_networks_but_no_maintenance() -> None:
    outage = measure(
        [[span(0, 6, "offline")]],
        [excuse(0, 2, "network-outage"), excuse(2, 6, "scheduled-maintenance")],
        [(START, START + HOUR * 100)],
        states=california.LOST,
        reasons=california.EXCLUDED,
    )
    assert california.uptime_of(outage) == Decimal("96.000")
    assert not california.is_met(Decimal("96.000"))
    assert california.is_met(Decimal("97.000"))


@pytest.mark.parametrize(("good", "tries", "met"), [(90, 100, True), (89, 100, False), (0, 0, None)])
def test_california_wants_nine_of_ten_attempts(good: int, tries: int, met: bool | None) -> None:
    assert california.success_is_met(good, tries) is met


def test_an_outage_over_the_end_of_a_month_is_shared_between_both() -> None:
    february = (datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC))
    march = (february[1], datetime(2024, 4, 1, tzinfo=UTC))
    lost = [(datetime(2024, 2, 28, 12, tzinfo=UTC), datetime(2024, 3, 1, 6, tzinfo=UTC))]
    assert in_months(lost, [february, march]) == [HOUR * 36, HOUR * 6]


KINDS: list[State] = ["up", "down", "offline", "unknown", "in-use"]
states = st.sampled_from(KINDS)


@st.composite
def histories(draw: st.DrawFn) -> list[Span]:
    cuts = sorted(draw(st.sets(st.integers(0, 9_000), min_size=2, max_size=12)))
    return [span(a, b, draw(states)) for a, b in pairwise(cuts)]


excuses = st.lists(
    st.builds(
        lambda a, b, reason: excuse(min(a, b), max(a, b), reason),
        st.integers(0, 9_000),
        st.integers(0, 9_000),
        st.sampled_from(["vandalism", "network-outage", "vehicle-caused"]),
    ),
    max_size=6,
)


@given(histories(), excuses, st.integers(1, 8_999))
def test_cutting_intervals_changes_no_figure_and_all_lie_between_0_and_100(
    spans: list[Span], exclusions: list[Exclusion], cut: int
) -> None:
    at = START + HOUR * cut
    pieces = [
        piece
        for one in spans
        for piece in (
            Span(one.since, min(one.until, at), one.state),
            Span(max(one.since, at), one.until, one.state),
        )
        if piece.since < piece.until
    ]
    whole = nevi_of(*spans, exclusions=tuple(exclusions))
    assert nevi_of(*pieces, exclusions=tuple(exclusions)) == whole
    assert merge(pieces) == merge(spans)
    assert timedelta(0) <= whole.excluded <= whole.outage
    value = california.uptime_of(whole)
    assert value is not None
    assert 0 <= nevi.uptime_of(whole) <= 100
    assert 0 <= value <= 100


@given(histories(), histories())
def test_a_second_connector_never_makes_a_port_worse(one: list[Span], other: list[Span]) -> None:
    alone, both = of_port([one], nevi.LOST), of_port([one, other], nevi.LOST)
    assert intersect(both, alone) == both
    assert total(both) <= total(alone)


def test_a_share_of_nothing_is_not_known() -> None:
    assert percent(HOUR, timedelta(0)) is None
    assert percent(HOUR, HOUR * 3) == Decimal("33.333333")
