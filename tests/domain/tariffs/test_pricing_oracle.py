"""The engine against a count that goes through a session minute by minute, written independently."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargehand.domain.tariffs.elements import (
    DayOfWeek,
    PriceComponent,
    Tariff,
    TariffDimensionType,
    TariffElement,
    TariffRestrictions,
)
from chargehand.domain.tariffs.pricing import price
from chargehand.domain.tariffs.sessions import CdrDimensionType, ChargingPeriod, Session

MINUTE = dt.timedelta(minutes=1)
QUARTERS = st.none() | st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
DATES = st.none() | st.dates(dt.date(2025, 3, 28), dt.date(2025, 4, 1))
RESTRICTIONS = st.builds(
    TariffRestrictions,
    start_time=QUARTERS,
    end_time=QUARTERS,
    start_date=DATES,
    end_date=DATES,
    min_duration=st.none() | st.integers(0, 900).map(lambda minutes: 60 * minutes),
    max_duration=st.none() | st.integers(0, 900).map(lambda minutes: 60 * minutes),
    min_kwh=st.none() | st.integers(0, 30).map(Decimal),
    max_kwh=st.none() | st.integers(0, 30).map(Decimal),
    day_of_week=st.lists(st.sampled_from(DayOfWeek), max_size=3, unique=True).map(tuple),
)
ELEMENTS = st.builds(
    TariffElement,
    st.lists(
        st.builds(
            PriceComponent,
            st.sampled_from([TariffDimensionType.ENERGY, TariffDimensionType.TIME]),
            st.integers(1, 9).map(Decimal),
            st.none(),
            st.just(0),
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
    RESTRICTIONS,
)


def applies(r: TariffRestrictions, wall: dt.datetime, minutes: int, kwh: Fraction) -> bool:
    """Decide by reading the clock, as a person with the tariff in hand would."""
    now = (wall.hour, wall.minute)
    if r.day_of_week and DayOfWeek[f"{wall:%A}".upper()] not in r.day_of_week:
        return False
    if r.start_date and wall.date() < r.start_date:
        return False
    if r.end_date and wall.date() >= r.end_date:
        return False
    start = (r.start_time.hour, r.start_time.minute) if r.start_time else (0, 0)
    end = (r.end_time.hour, r.end_time.minute) if r.end_time and r.end_time != dt.time(0) else (24, 0)
    in_window = start <= now < end if start < end else now >= start or now < end
    return (
        in_window
        and (r.min_duration is None or 60 * minutes >= r.min_duration)
        and (r.max_duration is None or 60 * minutes < r.max_duration)
        and (r.min_kwh is None or kwh >= r.min_kwh)
        and (r.max_kwh is None or kwh < r.max_kwh)
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    elements=st.lists(ELEMENTS, min_size=1, max_size=5).map(tuple),
    first_minute=st.integers(0, 4 * 1440),
    minutes=st.integers(1, 1200),
    zone=st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Africa/Cairo", "UTC"]),
    change=st.sampled_from(
        [dt.datetime(2025, 3, 28, tzinfo=dt.UTC), dt.datetime(2025, 10, 24, tzinfo=dt.UTC)]
    ),
)
def test_the_price_is_that_of_counting_every_minute(
    elements: tuple[TariffElement, ...], first_minute: int, minutes: int, zone: str, change: dt.datetime
) -> None:
    """Energy flows at one kWh a minute, so that every bound falls on a whole minute."""
    start = change + first_minute * MINUTE
    tariff = Tariff(currency="EUR", elements=elements)
    volumes = {
        CdrDimensionType.ENERGY: Fraction(minutes),
        CdrDimensionType.TIME: Fraction(minutes, 60),
    }
    session = Session(start, start + minutes * MINUTE, (ChargingPeriod(start, volumes),))
    place = ZoneInfo(zone)
    expected = Fraction(0)
    for minute in range(minutes):
        wall = (start + minute * MINUTE).astimezone(place)
        for dimension, share in (
            (TariffDimensionType.ENERGY, Fraction(1)),
            (TariffDimensionType.TIME, Fraction(1, 60)),
        ):
            for element in elements:
                prices = [c.price for c in element.price_components if c.type is dimension]
                if prices and applies(element.restrictions, wall, minute, Fraction(minute)):
                    expected += Fraction(prices[0]) * share
                    break
    assert price(tariff, session, place).before_taxes == expected
