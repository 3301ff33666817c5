"""How a price was computed, in words: line by line, and part by part with the time, the price and the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from django.utils import formats as dates
from django.utils.translation import gettext as _

from chargehand.domain.billing.rating import Rated, RatedLine
from chargehand.domain.tariffs.elements import Tariff
from chargehand.domain.tariffs.wording import write_card
from chargehand.interfaces.console.money import words
from chargehand.interfaces.console.money.parts import money
from chargehand.interfaces.ui import formats

_TIMES: Final = frozenset({"TIME", "PARKING_TIME", "RESERVATION_TIME"})
_ELEMENT: Final = re.compile(r"\bElement (\d+)")


class Part(msgspec.Struct, frozen=True):
    """A stretch with one price: `volume` in kWh, hours or a count; `element` None: nothing prices it."""

    type: str
    since: datetime
    until: datetime
    volume: Fraction
    element: int | None
    why: str


def write_lines(rated: Rated) -> list[dict[str, Any]]:
    """The lines of a price: what, how much, the price of a unit, before taxes, tax, after taxes."""
    return [
        {
            "what": str(words.LINES.get(line.type, line.type)),
            "measure": _measure(line.type, Fraction(line.volume)) if line.element is not None else "",
            "price": _unit_price(line, rated.currency),
            "element": None if line.element is None else line.element + 1,
            "tax_percent": line.tax_percent,
            "before": money(line.before_minor, rated.currency),
            "tax": money(line.tax_minor, rated.currency),
            "after": money(line.after_minor, rated.currency),
        }
        for line in rated.lines
    ]


def write_parts(rated: Rated, tariff: Tariff | None, zone: str) -> list[dict[str, str]]:
    """The parts of a price in the order of time, by the clock of the site."""
    entries = [entry for entry in rated.trace if isinstance(entry, dict) and "note" not in entry]
    card = {} if tariff is None else _prices(tariff)
    return [
        {
            "span": _span(part.since, part.until, ZoneInfo(zone)),
            "what": f"{words.LINES.get(part.type, part.type)}, {_measure(part.type, part.volume)}",
            "price": _("free") if part.element is None else card.get((part.element, part.type), ""),
            "element": "" if part.element is None else str(part.element + 1),
            "why": _reason(part),
        }
        for part in merge(_part(entry) for entry in entries)
        if part.volume
    ]


def notes(rated: Rated) -> list[str]:
    """Remarks that concern the whole price, such as a step size or a limit."""
    return [str(entry["note"]) for entry in rated.trace if isinstance(entry, dict) and "note" in entry]


def merge(parts: Iterable[Part]) -> list[Part]:
    """Join parts that follow each other with the same price for the same reason."""
    merged: list[Part] = []
    ends: dict[tuple[str, int | None, str], int] = {}
    for part in parts:
        place = ends.get((part.type, part.element, part.why))
        if place is not None and merged[place].until == part.since:
            before = merged[place]
            merged[place] = msgspec.structs.replace(
                before, until=part.until, volume=before.volume + part.volume
            )
        else:
            ends[part.type, part.element, part.why] = len(merged)
            merged.append(part)
    return merged


def _part(entry: dict[str, Any]) -> Part:
    return Part(
        type=entry["type"],
        since=datetime.fromisoformat(entry["from"]),
        until=datetime.fromisoformat(entry["until"]),
        volume=Fraction(entry["volume"]),
        element=entry["element"],
        why=str(entry["why"]),
    )


def _reason(part: Part) -> str:
    """Why this price, with the elements counted from 1."""
    if part.element is None:
        said = _ELEMENT.sub(_counted, part.why.partition("No element prices")[0]).strip()
        return f"{said} {_('No element of the tariff prices this, so it is free.')}".strip()
    return _ELEMENT.sub(_counted, part.why)


def _counted(found: re.Match[str]) -> str:
    return f"Element {int(found[1]) + 1}"


def _prices(tariff: Tariff) -> dict[tuple[int, str], str]:
    """The sentences of the price card by element and kind of price."""
    found: dict[tuple[int, str], str] = {}
    for place, element in enumerate(tariff.elements):
        for component in element.price_components:
            only = msgspec.structs.replace(element, price_components=(component,))
            alone = msgspec.structs.replace(tariff, elements=(only,), min_price=None, max_price=None)
            kind = component.type.value
            is_booking = kind == "TIME" and element.restrictions.reservation is not None
            [line] = write_card(alone)
            found[place, "RESERVATION_TIME" if is_booking else kind] = line.sentence.rstrip(".")
    return found


def _measure(kind: str, volume: Fraction) -> str:
    """How much, in kWh, minutes or times."""
    if kind == "FLAT":
        return _("once") if volume == 1 else f"{_number(volume)} ×"
    if kind in _TIMES:
        return f"{_number(volume * 60)}{formats.NO_BREAK}min"
    return f"{_number(volume)}{formats.NO_BREAK}kWh"


def _unit_price(line: RatedLine, currency: str) -> str:
    """The price of a unit as the tariff tells it; of time, of an hour."""
    if line.price is None:
        return ""
    unit = {"ENERGY": "kWh", "FLAT": ""}.get(line.type, "h")
    said = f"{line.price} {currency}"
    return f"{said}/{unit}" if unit else said


def _number(value: Fraction) -> str:
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    places = max(0, min(4, -int(decimal.normalize().as_tuple().exponent)))
    return formats.write_number(decimal, places)


def _span(since: datetime, until: datetime, zone: ZoneInfo) -> str:
    first, last = since.astimezone(zone), until.astimezone(zone)
    day = dates.date_format(first, "j M Y")
    begins = f"{day}, {first:%H:%M:%S}"
    if first == last:
        return begins
    ends = (
        f"{last:%H:%M:%S}"
        if first.date() == last.date()
        else f"{dates.date_format(last, 'j M Y')}, {last:%H:%M:%S}"
    )
    return f"{begins} – {ends}"
