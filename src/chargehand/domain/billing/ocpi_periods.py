"""Charging periods of a CDR as OCPI wants them: cut where another price begins, in numbers of four decimals."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import msgspec

from chargehand.domain.billing.rating import share_out
from chargehand.kernel.money import Rounding, round_to_int

_MICROSECOND: Final = timedelta(microseconds=1)
_SCALE: Final = 10_000


class Stretch(msgspec.Struct, frozen=True):
    """A part of a charge with its exact volumes by OCPI CdrDimensionType: kWh and hours."""

    start: datetime
    volumes: Mapping[str, Fraction]


class WrittenPeriods(msgspec.Struct, frozen=True):
    """OCPI's charging periods, and what their energies (kWh) and parking times (hours) add up to exactly."""

    periods: tuple[dict[str, Any], ...]
    energy: Decimal
    parking: Decimal | None


def write_periods(
    periods: Sequence[Mapping[str, Any]],
    *,
    ended_at: datetime,
    trace: Sequence[Mapping[str, Any]],
    tariff_id: str,
) -> WrittenPeriods:
    """Write periods of a record; `trace` is that of its price and says when another element began.

    A period starts with each of them (OCPI mod_cdrs, CDR object); between two readings energy and time are
    taken to be even. Numbers have four decimals (OCPI types, number), and energies are rounded so that they add
    up to the rounded energy of the whole.
    """
    stretches = cut_periods(periods, ended_at=ended_at, instants=price_changes(trace))
    energies = [each.volumes.get("ENERGY", Fraction(0)) for each in stretches]
    total = round_to_int(sum(energies, Fraction(0)) * _SCALE, Rounding.HALF_UP)
    shares = share_out(total, [energy * _SCALE for energy in energies])
    written = [_write(stretch, share, tariff_id) for stretch, share in zip(stretches, shares, strict=True)]
    parked = [
        dimension["volume"]
        for period in written
        for dimension in period["dimensions"]
        if dimension["type"] == "PARKING_TIME"
    ]
    parking = sum(parked, Decimal(0)) if parked else None
    return WrittenPeriods(tuple(written), Decimal(total).scaleb(-4), parking)


def price_changes(trace: Sequence[Mapping[str, Any]]) -> list[datetime]:
    """Return when another element of the tariff began to price a dimension, in order."""
    found: set[datetime] = set()
    last: dict[str, Any] = {}
    for entry in trace:
        if "type" not in entry:
            continue
        kind, element = entry["type"], entry["element"]
        if kind in last and last[kind] != element:
            found.add(datetime.fromisoformat(entry["from"]))
        last[kind] = element
    return sorted(found)


def cut_periods(
    periods: Sequence[Mapping[str, Any]], *, ended_at: datetime, instants: Sequence[datetime]
) -> list[Stretch]:
    """Return the periods of a record, cut at instants; volumes go along by the length of the parts."""
    starts = [datetime.fromisoformat(period["start_date_time"]).astimezone(UTC) for period in periods]
    found: list[Stretch] = []
    for period, (start, end) in zip(periods, itertools.pairwise([*starts, ended_at]), strict=True):
        volumes = {each["type"]: Fraction(each["volume"]) for each in period["dimensions"]}
        marks = [start, *(at for at in instants if start < at < end), end]
        length = max((end - start) // _MICROSECOND, 1)
        for first, last in itertools.pairwise(marks):
            part = Fraction((last - first) // _MICROSECOND, length) if len(marks) > 2 else Fraction(1)
            found.append(Stretch(first, {kind: volume * part for kind, volume in volumes.items()}))
    return found


def four_decimals(number: Fraction) -> Decimal:
    """Return a number as OCPI writes it."""
    return Decimal(round_to_int(number * _SCALE, Rounding.HALF_UP)).scaleb(-4)


def write_time(moment: datetime) -> str:
    """Write a time in UTC with milliseconds where it has them: at most 25 characters (OCPI types, DateTime)."""
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(timespec="milliseconds" if plain.microsecond >= 1000 else "seconds") + "Z"


def _write(stretch: Stretch, energy: int, tariff_id: str) -> dict[str, Any]:
    dimensions = [
        {
            "type": kind,
            "volume": Decimal(energy).scaleb(-4) if kind == "ENERGY" else four_decimals(volume),
        }
        for kind, volume in stretch.volumes.items()
    ]
    return {
        "start_date_time": write_time(stretch.start),
        "dimensions": dimensions,
        "tariff_id": tariff_id,
    }
