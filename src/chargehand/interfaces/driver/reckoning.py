"""How a price came about, part by part: from when to when, how much, at which price, and why that one."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import msgspec

from chargehand.domain.billing.documents.formats import NO_BREAK, write_number, write_price, write_span
from chargehand.domain.billing.line_words import word
from chargehand.domain.billing.queries import PricedView
from chargehand.domain.billing.rating import RatedLine
from chargehand.domain.tariffs.card_words import price_words
from chargehand.domain.tariffs.elements import Tariff
from chargehand.domain.tariffs.wording import say_restrictions
from chargehand.interfaces.driver.words import page_words

#: What is told in hours and read in minutes.
_TIMES: Final = frozenset({"TIME", "PARKING_TIME", "RESERVATION_TIME"})
_PLACES: Final = Decimal("0.0001")


class Part(msgspec.Struct, frozen=True):
    """A stretch of one price: `volume` in kWh, hours or a count; `element` None: nothing prices it."""

    type: str
    since: datetime
    until: datetime
    volume: Fraction
    element: int | None


def write_reckoning(priced: PricedView, tariff: Tariff | None, language: str) -> dict[str, Any]:
    """Return the parts of a price as rows, and the remarks (in English) that concern the whole.

    `tariff` is the one the charge was priced by; it says when each price holds.
    """
    entries = [entry for entry in priced.rated.trace if isinstance(entry, dict)]
    parts = merge(_part(entry) for entry in entries if "note" not in entry)
    return {
        "parts": [_row(part, priced, tariff, language) for part in parts if part.volume],
        "notes": [entry["note"] for entry in entries if "note" in entry],
    }


def merge(parts: Iterable[Part]) -> list[Part]:
    """Join parts of the same kind and price that follow each other."""
    merged: list[Part] = []
    ends: dict[tuple[str, int | None], int] = {}
    for part in parts:
        place = ends.get((part.type, part.element))
        if place is not None and merged[place].until == part.since:
            before = merged[place]
            merged[place] = msgspec.structs.replace(
                before, until=part.until, volume=before.volume + part.volume
            )
        else:
            ends[part.type, part.element] = len(merged)
            merged.append(part)
    return merged


def _part(entry: dict[str, Any]) -> Part:
    return Part(
        type=entry["type"],
        since=datetime.fromisoformat(entry["from"]),
        until=datetime.fromisoformat(entry["until"]),
        volume=Fraction(entry["volume"]),
        element=entry["element"],
    )


def _row(part: Part, priced: PricedView, tariff: Tariff | None, language: str) -> dict[str, str]:
    line = next(
        (each for each in priced.rated.lines if (each.type, each.element) == (part.type, part.element)), None
    )
    return {
        "span": write_span(part.since, part.until, priced.time_zone, language),
        "what": f"{word(part.type, language)}: {_what(part, line, priced.rated.currency, language)}",
        "why": _why(part, tariff, language),
    }


def _why(part: Part, tariff: Tariff | None, language: str) -> str:
    """Say when the price of a part holds, in the words of the price card."""
    words = page_words(language)
    if part.element is None:
        return words["how_nothing"]
    if tariff is None or part.element >= len(tariff.elements):
        return ""
    when = say_restrictions(tariff.elements[part.element].restrictions, price_words(language))
    return words["how_holds"].format(when=when) if when else words["how_always"]


def _what(part: Part, line: RatedLine | None, currency: str, language: str) -> str:
    """Say how much at which price; what counts once is its price alone."""
    measure = (
        f"{write_number(_decimal(_measured(part.type, part.volume)), language)}{NO_BREAK}{_unit(part.type)}"
    )
    if line is None or part.element is None:
        return f"{measure}, {page_words(language)['how_free']}"
    price = _price(line, currency, language)
    return price if part.type == "FLAT" else f"{measure} × {price}"


def _unit(kind: str) -> str:
    return "min" if kind in _TIMES else {"ENERGY": "kWh"}.get(kind, "×")


def _price(line: RatedLine, currency: str, language: str) -> str:
    """Write the price of a unit with tax, as it follows from the line itself."""
    volume = _measured(line.type, Fraction(line.volume))
    if not volume:
        return ""
    each = Fraction(line.after_taxes) / volume
    return write_price(Decimal(each.numerator) / Decimal(each.denominator), currency, language)


def _measured(kind: str, volume: Fraction) -> Fraction:
    return volume * 60 if kind in _TIMES else volume


def _decimal(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_PLACES)
