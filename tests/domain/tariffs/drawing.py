"""Tariffs and sessions of every kind that OCPI can say, drawn as the JSON objects they come as."""

import datetime as dt
import functools
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as st
from tests.domain.tariffs import slow_count

Json: TypeAlias = dict[str, Any]
Case: TypeAlias = tuple[Json, Json, str, bool]

ZONES = [
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Chatham",
    "UTC",
]
TAXED_LATER = {"America/New_York", "America/St_Johns"}  # where the law adds what the tariff does not say
ENCODER = msgspec.json.Encoder(decimal_format="number")
MINUTE = dt.timedelta(minutes=1)
DIMENSIONS = ["ENERGY", "TIME", "PARKING_TIME", "FLAT"]
CLOCKS = ["00:00", "00:30", "01:00", "02:00", "02:30", "03:00", "06:00", "09:17", "12:00", "18:00", "23:59"]


@functools.cache
def clock_changes(zone: str) -> list[dt.datetime]:
    """Find the changes of the clock in 2025 by looking at every half hour; new year where there are none."""
    place = ZoneInfo(zone)
    year = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    halves = [year + n * 30 * MINUTE for n in range(365 * 48)]
    offsets = [half.astimezone(place).utcoffset() for half in halves]
    found = [half for half, old, new in zip(halves[1:], offsets, offsets[1:], strict=False) if old != new]
    return found or [year]


def decimals(low: int, high: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda n: Decimal(n).scaleb(-places))


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=fields)


def few(strategy: st.SearchStrategy[Json], most: int = 3) -> st.SearchStrategy[Json]:
    """Keep a few of the fields: with all of them at once nothing would ever match."""

    def keep(drawn: tuple[Json, list[int]]) -> Json:
        fields, order = drawn
        names = sorted(fields)
        return {names[n % len(names)]: fields[names[n % len(names)]] for n in order} if names else {}

    return st.tuples(strategy, st.lists(st.integers(0, 20), max_size=most)).map(keep)


RESTRICTIONS = few(
    optional(
        start_time=st.sampled_from(CLOCKS),
        end_time=st.sampled_from(CLOCKS),
        min_kwh=decimals(0, 300, 1),
        max_kwh=decimals(0, 300, 1),
        min_current=decimals(0, 64, 0),
        max_current=decimals(0, 64, 0),
        min_power=decimals(0, 50, 0),
        max_power=decimals(0, 50, 0),
        min_duration=st.integers(0, 20000),
        max_duration=st.integers(0, 20000),
        day_of_week=st.lists(st.sampled_from(slow_count.DAYS), max_size=4, unique=True),
    )
)


@st.composite
def components(draw: st.DrawFn, kinds: list[str]) -> Json:
    kind = draw(st.sampled_from(kinds))
    steps = [0, 1] if kind == "FLAT" else [1, 1, 60, 300, 500, 900, 1800, 8000, 0]
    found: Json = {
        "type": kind,
        "price": draw(decimals(0, 90000, 4)),
        "step_size": draw(st.sampled_from(steps)),
    }
    vat = draw(st.sampled_from([None, 0, 10, 20, "5.2", "8.1"]))
    return found if vat is None else {**found, "vat": vat if isinstance(vat, int) else Decimal(vat)}


@st.composite
def elements(draw: st.DrawFn, dates: list[str]) -> Json:
    reservation = draw(st.sampled_from([None, None, None, "RESERVATION", "RESERVATION_EXPIRES"]))
    kinds = DIMENSIONS if reservation is None else ["FLAT", "TIME"]
    found = draw(
        st.lists(components(kinds), min_size=1, max_size=4, unique_by=lambda component: component["type"])
    )
    asked = draw(RESTRICTIONS)
    if draw(st.integers(0, 4)) == 0:
        asked |= draw(optional(start_date=st.sampled_from(dates), end_date=st.sampled_from(dates)))
    if reservation is not None:
        asked = {k: v for k, v in asked.items() if not k.endswith(("kwh", "power", "current"))}
        asked["reservation"] = reservation
    return {"price_components": found} | ({"restrictions": asked} if asked else {})


@st.composite
def limits(draw: st.DrawFn, mode: str | None) -> Json:
    """Draw a price limit with both its sides, as the version of the tariff writes it."""
    before = draw(decimals(0, 4000, 2))
    after = before + draw(decimals(0, 800, 2))
    names = ("excl_vat", "incl_vat") if mode is None else ("before_taxes", "after_taxes")
    return dict(zip(names, (before, after), strict=True))


@st.composite
def tariffs(draw: st.DrawFn, around: dt.datetime) -> Json:
    dates = [f"{around + n * dt.timedelta(days=1):%Y-%m-%d}" for n in range(-2, 3)]
    mode = draw(st.sampled_from([None, "NO", "YES", "N/A"]))
    found: Json = {
        "country_code": "DE",
        "party_id": "ABC",
        "id": "T",
        "currency": draw(st.sampled_from(["EUR", "JPY", "KWD", "CLF"])),
        "elements": draw(st.lists(elements(dates), min_size=1, max_size=6)),
        "last_updated": "2025-01-01T00:00:00Z",
    }
    if mode is not None:
        found["tax_included"] = mode
    if draw(st.integers(0, 4)) == 0:
        found["min_price"] = draw(limits(mode))
    if draw(st.integers(0, 4)) == 0 and "min_price" not in found:
        found["max_price"] = draw(limits(mode))
    return found


def as_hours(seconds: int, rounding: str) -> Decimal:
    """Write a duration as real CDRs do: four decimals up or down, or all the digits of a float."""
    if rounding == "FLOAT":
        return Decimal(repr(seconds / 3600))
    return (Decimal(seconds) / 3600).quantize(Decimal("0.0001"), rounding)


@st.composite
def dimensions(draw: st.DrawFn, kind: str, seconds: int) -> list[Json]:
    hours = as_hours(seconds, draw(st.sampled_from([ROUND_HALF_UP, ROUND_DOWN, "FLOAT"])))
    found: dict[str, Any] = {}
    if kind == "RESERVATION":
        found["RESERVATION_TIME"] = hours
    elif kind == "PARKING":
        found["PARKING_TIME"] = hours
    elif kind == "CHARGING":
        if draw(st.booleans()):
            found["TIME"] = hours
        if draw(st.booleans()) or not found:
            found["ENERGY"] = draw(decimals(0, 30000, 3))
        for measure in ("MIN_POWER", "MAX_POWER", "MIN_CURRENT", "MAX_CURRENT"):
            if draw(st.integers(0, 4)) == 0:
                found[measure] = draw(decimals(0, 64, 0))
    if any(name.endswith("TIME") for name in found) and draw(st.integers(0, 3)) == 0:
        found = {"RESERVATION_TIME": 0, "PARKING_TIME": 0, "TIME": 0, "ENERGY": 0, **found}
    return [{"type": name, "volume": volume} for name, volume in found.items()]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a tariff, a session around a change of the clock, its zone, and whether a reservation expired."""
    zone = draw(st.sampled_from(ZONES))
    change = draw(st.sampled_from(clock_changes(zone)))
    start = change + dt.timedelta(seconds=draw(st.integers(-40000, 20000)))
    kinds = draw(st.lists(st.sampled_from(["CHARGING", "CHARGING", "PARKING", "NOTHING"]), max_size=5))
    expired = False
    if draw(st.integers(0, 3)) == 0:
        expired = draw(st.booleans())
        kinds = ["RESERVATION"] if expired else ["RESERVATION", *kinds]
    moment, periods = start, []
    for kind in kinds or ["CHARGING"]:
        seconds = draw(st.integers(1, 9000))
        periods.append({"start_date_time": moment.isoformat(), "dimensions": draw(dimensions(kind, seconds))})
        moment += dt.timedelta(seconds=seconds)
    used = {
        "start_date_time": start.isoformat(),
        "end_date_time": moment.isoformat(),
        "charging_periods": draw(st.permutations(periods)),
    }
    return draw(tariffs(start)), used, zone, expired
