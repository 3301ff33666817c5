"""What holds for every price, tried with sessions and tariffs made up by hypothesis."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.domain.tariffs.elements import (
    DayOfWeek,
    PriceComponent,
    PriceLimit,
    ReservationRestrictionType,
    Tariff,
    TariffDimensionType,
    TariffElement,
    TariffRestrictions,
    TaxIncluded,
)
from chargehand.domain.tariffs.ocpi_sessions import write_price
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion, read_tariff, write_tariff
from chargehand.domain.tariffs.pricing import price
from chargehand.domain.tariffs.report import to_json
from chargehand.domain.tariffs.sessions import CdrDimensionType, ChargingPeriod, Session
from chargehand.domain.tariffs.trace import TraceEntry

DIMENSION = CdrDimensionType
SPARING = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe")]
)
MONEY = st.decimals(0, 5, places=4)
TIMES = st.none() | st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
KWH = st.none() | st.decimals(0, 30, places=1)
SECONDS = st.none() | st.integers(0, 20_000)
RESTRICTIONS = st.builds(
    TariffRestrictions,
    start_time=TIMES,
    end_time=TIMES,
    min_kwh=KWH,
    max_kwh=KWH,
    min_duration=SECONDS,
    max_duration=SECONDS,
    max_power=st.none() | st.decimals(1, 50, places=0),
    day_of_week=st.lists(st.sampled_from(DayOfWeek), max_size=3).map(tuple),
    reservation=st.sampled_from([None, None, None, *ReservationRestrictionType]),
)


def components(steps: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[PriceComponent, ...]]:
    component = st.builds(
        PriceComponent,
        type=st.sampled_from(TariffDimensionType),
        price=MONEY,
        vat=st.none() | st.sampled_from([Decimal(0), Decimal(7), Decimal("5.2"), Decimal(19)]),
        step_size=steps,
    )
    return st.lists(component, min_size=1, max_size=4).map(tuple)


def tariffs(
    steps: st.SearchStrategy[int], limits: st.SearchStrategy[PriceLimit | None]
) -> st.SearchStrategy[Tariff]:
    element = st.builds(TariffElement, components(steps), st.just(TariffRestrictions()) | RESTRICTIONS)
    return st.builds(
        Tariff,
        currency=st.sampled_from(["EUR", "JPY", "KWD"]),
        elements=st.lists(element, min_size=1, max_size=5).map(tuple),
        tax_included=st.sampled_from([None, *TaxIncluded]),
        min_price=limits,
        max_price=limits,
    )


LIMITS = st.none() | st.builds(PriceLimit, st.decimals(0, 9, places=2), st.decimals(0, 9, places=2))
ANY_STEP = st.sampled_from([0, 1, 60, 500])
EVEN = tariffs(st.sampled_from([0, 1]), st.none())


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Draw a session around the autumn change of the clock, in whole seconds."""
    start = dt.datetime(2025, 10, 25, 18, tzinfo=dt.UTC) + dt.timedelta(seconds=draw(st.integers(0, 30_000)))
    periods, at = [], start
    for _ in range(draw(st.integers(1, 4))):
        seconds = draw(st.integers(1, 20_000))
        kind = draw(st.sampled_from([DIMENSION.TIME, DIMENSION.PARKING_TIME]))
        volumes: dict[DIMENSION, Decimal | Fraction] = {kind: Fraction(seconds, 3600)}
        if kind is DIMENSION.TIME:
            volumes[DIMENSION.ENERGY] = draw(st.decimals(0, 40, places=3))
            volumes[DIMENSION.MAX_POWER] = draw(st.decimals(0, 60, places=1))
        periods.append(ChargingPeriod(at, volumes))
        at += dt.timedelta(seconds=seconds)
    return Session(start, at, tuple(periods))


@SPARING
@given(tariff=tariffs(ANY_STEP, LIMITS), session=sessions(), zone=ZONES)
def test_lines_add_up_to_the_totals_exactly_and_as_printed(
    tariff: Tariff, session: Session, zone: ZoneInfo
) -> None:
    found = price(tariff, session, zone)
    for total, name in ((found.before_taxes, "before_taxes"), (found.after_taxes, "after_taxes")):
        if total is None:
            continue
        amounts = [getattr(line, name) for line in found.lines]
        assert sum(amounts, Fraction(0)) == total
        printed = to_json(found)
        lines = printed["lines"]
        assert isinstance(lines, list)
        assert sum(Fraction(line[name]) for line in lines) == Fraction(str(printed[name]))


@SPARING
@given(
    tariff=EVEN,
    session=sessions(),
    zone=ZONES,
    which=st.integers(0, 3),
    share=st.fractions(0, 1, max_denominator=40),
)
def test_splitting_a_period_anywhere_leaves_the_cost_unchanged(
    tariff: Tariff, session: Session, zone: ZoneInfo, which: int, share: Fraction
) -> None:
    index = which % len(session.periods)
    ends = [*(period.start for period in session.periods[1:]), session.end]
    period, end = session.periods[index], ends[index]
    assert end is not None
    seconds = (end - period.start).total_seconds()
    cut = period.start + dt.timedelta(seconds=int(int(seconds) * share))
    part = Fraction(int((cut - period.start).total_seconds()), int(seconds))
    halves = [
        ChargingPeriod(
            begin,
            {
                kind: volume if kind is DIMENSION.MAX_POWER else Fraction(volume) * portion
                for kind, volume in period.volumes.items()
            },
        )
        for begin, portion in ((period.start, part), (cut, 1 - part))
    ]
    pieces = (*session.periods[:index], *halves, *session.periods[index + 1 :])
    whole, split = price(tariff, session, zone), price(tariff, replace(session, periods=pieces), zone)
    assert (split.before_taxes, split.after_taxes) == (whole.before_taxes, whole.after_taxes)


@SPARING
@given(tariff=tariffs(ANY_STEP, LIMITS), session=sessions(), zone=ZONES)
def test_the_running_cost_at_the_end_is_the_final_cost(
    tariff: Tariff, session: Session, zone: ZoneInfo
) -> None:
    final, running = price(tariff, session, zone), price(tariff, replace(session, end=None), zone)
    assert (running.before_taxes, running.after_taxes) == (final.before_taxes, final.after_taxes)


@SPARING
@given(tariff=tariffs(ANY_STEP, st.none()), session=sessions(), zone=ZONES)
def test_each_line_without_limits_differs_by_exactly_its_tax(
    tariff: Tariff, session: Session, zone: ZoneInfo
) -> None:
    for line in price(tariff, session, zone).lines:
        if line.before_taxes is None or line.after_taxes is None:
            continue
        rate = line.tax_percent or Decimal(0)
        if tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
            rate = Decimal(0)
        assert line.after_taxes == line.before_taxes * (1 + Fraction(rate) / 100)


@SPARING
@given(tariff=EVEN, session=sessions(), zone=ZONES)
def test_every_volume_is_traced_once(tariff: Tariff, session: Session, zone: ZoneInfo) -> None:
    found = price(tariff, session, zone)
    for kind in (DIMENSION.ENERGY, DIMENSION.TIME, DIMENSION.PARKING_TIME):
        used = sum((Fraction(period.volumes.get(kind, 0)) for period in session.periods), Fraction(0))
        unit = 1 if kind is DIMENSION.ENERGY else 3_600_000_000
        traced = [
            entry.volume
            for entry in found.trace
            if isinstance(entry, TraceEntry) and entry.type == kind.value
        ]
        assert sum(traced, Fraction(0)) == used * unit


@SPARING
@given(tariff=tariffs(ANY_STEP, LIMITS))
def test_a_tariff_written_and_read_again_is_the_same_tariff(tariff: Tariff) -> None:
    for version in OcpiVersion:
        if version is OcpiVersion.V2_2_1 and tariff.tax_included is not None:
            continue
        if version is OcpiVersion.V2_3_0 and tariff.tax_included is None:
            continue
        again = read_tariff(write_tariff(tariff, version))
        assert msgspec.structs.asdict(again) == msgspec.structs.asdict(tariff)


@SPARING
@given(tariff=tariffs(ANY_STEP, LIMITS), session=sessions(), zone=ZONES)
def test_the_taxes_of_an_ocpi_price_are_the_difference_of_its_rounded_totals(
    tariff: Tariff, session: Session, zone: ZoneInfo
) -> None:
    found = price(tariff, session, zone)
    before, after = found.rounded_before_taxes, found.rounded_after_taxes
    if before is None or after is None:
        return
    written = write_price(found, OcpiVersion.V2_3_0)
    taxes = written["taxes"]
    assert isinstance(taxes, list)
    assert sum((tax["amount"] for tax in taxes), Decimal(0)) == after.amount - before.amount
    assert write_price(found, OcpiVersion.V2_2_1) == {"excl_vat": before.amount, "incl_vat": after.amount}
