"""A second way to price: walks through OCPI JSON minute by minute, written from the standard alone.

It shares nothing with the engine: it reads raw JSON objects, cuts a session at every whole minute and at
every instant at which a counter may reach a bound, and asks of each piece what a person with the tariff in
hand would ask. Slow, obvious, and exact (OCPI 2.2.1 and 2.3.0: mod_tariffs, mod_cdrs).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

Json: TypeAlias = dict[str, Any]

HOUR = 3600
DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
KINDS = {"ENERGY": "ENERGY", "TIME": "TIME", "PARKING_TIME": "PARKING_TIME", "RESERVATION_TIME": "TIME"}


def number(value: object) -> Fraction:
    return Fraction(Decimal(str(value)))


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@dataclass
class Piece:
    """A part of a session in which nothing changes; times in seconds from the start."""

    begin: Fraction
    length: Fraction
    in_charge: Fraction  # seconds since charging began
    kwh: Fraction  # charged before this piece
    volumes: dict[str, Fraction]
    measured: dict[str, Fraction]
    parked: bool
    reserved: bool


@dataclass
class Bill:
    """What was billed so far of one dimension, and by which component last."""

    amounts: list[tuple[Fraction, Json, Fraction]] = field(default_factory=list)
    total: Fraction = Fraction(0)
    last: Json | None = None


def pieces(session: Json, tariff: Json) -> Iterator[Piece]:
    """Cut a session into pieces. Every volume of time is that of the timestamps."""
    start, end = instant(session["start_date_time"]), instant(session["end_date_time"])
    periods = sorted(session["charging_periods"], key=lambda period: instant(period["start_date_time"]))
    marks = [Fraction(int((instant(p["start_date_time"]) - start).total_seconds())) for p in periods]
    marks.append(Fraction(int((end - start).total_seconds())))
    volumes = [_said({d["type"]: number(d["volume"]) for d in p["dimensions"]}) for p in periods]
    unreserved = [m for m, of in zip(marks, volumes, strict=False) if "RESERVATION_TIME" not in of]
    plugged = unreserved[0] if unreserved else marks[-1]
    kwh = Fraction(0)
    for (begin, until), of in zip(pairwise(marks), volumes, strict=True):
        energy = of.get("ENERGY", Fraction(0))
        for left, right in pairwise(_cuts(begin, until, plugged, kwh, energy, start, tariff)):
            share = (right - left) / (until - begin) if until > begin else Fraction(1)
            used = {}
            if "ENERGY" in of:
                used["ENERGY"] = energy * share
            for kind in ("TIME", "PARKING_TIME", "RESERVATION_TIME"):
                if kind in of:
                    used[kind] = (right - left) / HOUR
            done = energy * ((left - begin) / (until - begin) if until > begin else 0)
            yield Piece(
                left,
                right - left,
                left - plugged,
                kwh + done,
                used,
                _measure(of, energy, until - begin),
                "PARKING_TIME" in of,
                "RESERVATION_TIME" in of,
            )
        kwh += energy


def _said(of: dict[str, Fraction]) -> dict[str, Fraction]:
    """Leave out times of nothing, which some systems list beside the one that counts."""
    return {kind: volume for kind, volume in of.items() if volume or not kind.endswith("TIME")}


def _measure(of: dict[str, Fraction], energy: Fraction, length: Fraction) -> dict[str, Fraction]:
    found = {kind: of[kind] for kind in of if kind.endswith(("POWER", "CURRENT"))}
    if "PARKING_TIME" in of:
        return {"POWER": Fraction(0), "CURRENT": Fraction(0)}
    if not any(kind.endswith("POWER") for kind in found) and "ENERGY" in of and length:
        found["POWER"] = energy * HOUR / length
    return found


def _cuts(
    begin: Fraction,
    until: Fraction,
    plugged: Fraction,
    kwh: Fraction,
    energy: Fraction,
    start: dt.datetime,
    tariff: Json,
) -> list[Fraction]:
    found = {begin, until}
    offset = start.second  # zones differ from UTC by whole minutes, so local minutes begin with ours
    minute = begin - (begin + offset) % 60
    while minute < until:
        found.add(minute)
        minute += 60
    for element in tariff["elements"]:
        asked = element.get("restrictions", {})
        for name in ("min_duration", "max_duration"):
            if name in asked:
                found |= {number(asked[name]), number(asked[name]) + plugged}
        for name in ("min_kwh", "max_kwh"):
            if name in asked and energy:
                found.add(begin + (number(asked[name]) - kwh) / energy * (until - begin))
    inside = sorted(cut for cut in found if begin <= cut <= until)
    return inside if len(inside) > 1 else [begin, until]


def holds(asked: Json, piece: Piece, start: dt.datetime, zone: ZoneInfo) -> bool:
    """Say whether every restriction but `reservation` is met at the begin of a piece."""
    wall = (start + dt.timedelta(seconds=int(piece.begin))).astimezone(zone)
    lasted = piece.begin if piece.reserved else piece.in_charge
    return (
        _in_window(asked, f"{wall:%H:%M}")
        and ("start_date" not in asked or f"{wall:%Y-%m-%d}" >= asked["start_date"])
        and ("end_date" not in asked or f"{wall:%Y-%m-%d}" < asked["end_date"])
        and (not asked.get("day_of_week") or DAYS[wall.weekday()] in asked["day_of_week"])
        and _between(asked, "kwh", piece.kwh)
        and _between(asked, "duration", lasted)
        and _measures_hold(asked, piece.measured)
    )


def _in_window(asked: Json, now: str) -> bool:
    first, last = str(asked.get("start_time", "00:00")), str(asked.get("end_time", "24:00"))
    if last == "00:00":
        last = "24:00"
    if first == last:
        return True
    return first <= now < last if first < last else now >= first or now < last


def _between(asked: Json, name: str, value: Fraction) -> bool:
    return (f"min_{name}" not in asked or value >= number(asked[f"min_{name}"])) and (
        f"max_{name}" not in asked or value < number(asked[f"max_{name}"])
    )


def _measures_hold(asked: Json, measured: dict[str, Fraction]) -> bool:
    for name in ("power", "current"):
        unit = name.upper()
        lowest = [measured[k] for k in (f"MIN_{unit}", unit, f"MAX_{unit}") if k in measured]
        highest = [measured[k] for k in (f"MAX_{unit}", unit, f"MIN_{unit}") if k in measured]
        if f"min_{name}" in asked and not (lowest and lowest[0] >= number(asked[f"min_{name}"])):
            return False
        if f"max_{name}" in asked and not (highest and highest[0] < number(asked[f"max_{name}"])):
            return False
    return True


def component_for(
    kind: str, piece: Piece, tariff: Json, start: dt.datetime, zone: ZoneInfo, *, expired: bool
) -> Json | None:
    """Return the first component of a dimension whose element applies to a piece."""
    if not piece.reserved:
        wanted: list[str | None] = [None]
    elif expired:
        wanted = ["RESERVATION_EXPIRES", "RESERVATION"]
    else:
        wanted = ["RESERVATION"]
    for kept in wanted:
        for element in tariff["elements"]:
            asked = element.get("restrictions", {})
            if asked.get("reservation") == kept and holds(asked, piece, start, zone):
                for component in element["price_components"]:
                    if component["type"] == kind:
                        return dict(component)
    return None


def count(tariff: Json, session: Json, zone: ZoneInfo, *, expired: bool = False) -> dict[str, Bill]:
    """Return what is billed of each dimension, step sizes applied."""
    start = instant(session["start_date_time"])
    bills = {kind: Bill() for kind in (*KINDS, "FLAT", "RESERVATION_FLAT")}
    for piece in pieces(session, tariff):
        fee = bills["RESERVATION_FLAT" if piece.reserved else "FLAT"]
        found = component_for("FLAT", piece, tariff, start, zone, expired=expired)
        if found is not None and fee.last is None:
            fee.last = found
            fee.amounts.append((Fraction(1), found, number(found["price"])))
        for kind, volume in piece.volumes.items():
            found = component_for(KINDS[kind], piece, tariff, start, zone, expired=expired)
            if found is not None and volume:
                bill = bills[kind]
                bill.amounts.append((volume, found, volume * number(found["price"])))
                bill.total += volume
                bill.last = found
    _round_up(bills["ENERGY"], 1000)
    _round_up(bills["PARKING_TIME" if bills["PARKING_TIME"].total else "TIME"], HOUR)
    _round_up(bills["RESERVATION_TIME"], HOUR)
    return bills


def _round_up(bill: Bill, units: int) -> None:
    """Round a total up to whole steps of the component used last (mod_cdrs, step_size)."""
    if bill.last is None or not bill.last.get("step_size"):
        return
    step = Fraction(bill.last["step_size"], units)
    more = -(-bill.total // step) * step - bill.total
    bill.amounts.append((more, bill.last, more * number(bill.last["price"])))


def count_costs(
    tariff: Json, session: Json, zone: ZoneInfo, *, expired: bool = False, after_unknown: bool = False
) -> tuple[Fraction | None, Fraction | None]:
    """Return the cost before and after taxes; `after_unknown` where taxes are added later by law."""
    before: Fraction | None = Fraction(0)
    after: Fraction | None = Fraction(0)
    mode = tariff.get("tax_included", "2.2.1")
    bills = count(tariff, session, zone, expired=expired)
    for bill in bills.values():
        for _, component, amount in bill.amounts:
            vat = component.get("vat")
            factor = 1 + number(vat) / 100 if vat is not None and mode != "N/A" else None
            excl: Fraction | None = amount
            incl: Fraction | None = amount
            if mode == "YES":
                excl = amount / factor if factor else None if amount else amount
            elif factor:
                incl = amount * factor
            elif mode == "NO" and after_unknown:
                incl = None if amount else amount
            before = None if before is None or excl is None else before + excl
            after = None if after is None or incl is None else after + incl
    charged = any(not piece.reserved for piece in pieces(session, tariff))
    return _limit(before, tariff, ("before_taxes", "excl_vat"), charged=charged), _limit(
        after, tariff, ("after_taxes", "incl_vat"), charged=charged
    )


def _limit(
    amount: Fraction | None, tariff: Json, names: tuple[str, str], *, charged: bool
) -> Fraction | None:
    for limit, choose in (("min_price", max), ("max_price", min)):
        if amount is None or limit not in tariff or (limit == "min_price" and not charged):
            continue
        bound = next(tariff[limit][name] for name in names if name in tariff[limit])
        amount = choose(amount, number(bound))
    return amount
