"""A tariff as the texts of the editor's fields, and back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import msgspec

from chargehand.domain.tariffs.decimals import decimal_text
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
from chargehand.interfaces.console.tariffs.typed import NEW_ROW, Row

_AMOUNTS: Final = {
    "energy": TariffDimensionType.ENERGY,
    "time": TariffDimensionType.TIME,
    "parking": TariffDimensionType.PARKING_TIME,
    "flat": TariffDimensionType.FLAT,
}
_NAMES: Final = {kind: name for name, kind in _AMOUNTS.items()}
_BOUNDS: Final = ("min_kwh", "max_kwh", "min_power", "max_power", "min_current", "max_current")
#: Digits of a minute that give back each whole second.
_MINUTE: Final = Decimal("0.00001")


def write_head(tariff: Tariff, name: str) -> Row:
    """The texts of the tariff as a whole."""
    least, most = tariff.min_price or PriceLimit(), tariff.max_price or PriceLimit()
    return {
        "name": name,
        "currency": tariff.currency,
        "tax": "2.2.1" if tariff.tax_included is None else tariff.tax_included.value,
        "min_after": _text(least.after_taxes),
        "min_before": _text(least.before_taxes),
        "max_after": _text(most.after_taxes),
        "max_before": _text(most.before_taxes),
        "valid_from": "",
    }


def write_rows(tariff: Tariff) -> list[Row]:
    """The texts of the prices.

    An element with several tax rates becomes as many rows, and of two components of a dimension the first
    stays: neither changes a price, since each dimension takes the first element that holds.
    """
    rows: list[Row] = []
    for element in tariff.elements:
        first: dict[TariffDimensionType, PriceComponent] = {}
        for component in element.price_components:
            first.setdefault(component.type, component)
        rates = dict.fromkeys(component.vat for component in first.values())
        rows += [
            _row([each for each in first.values() if each.vat == rate], element.restrictions)
            for rate in rates
        ]
    return rows


def _row(components: list[PriceComponent], r: TariffRestrictions) -> Row:
    row: Row = {**NEW_ROW, "vat": _text(components[0].vat)}
    for component in components:
        name = _NAMES[component.type]
        row[name] = _text(component.price)
        if name != "flat":
            row[f"{name}_step"] = str(component.step_size)
    row |= {name: _text(getattr(r, name)) for name in _BOUNDS}
    return row | {
        "start_time": "" if r.start_time is None else f"{r.start_time:%H:%M}",
        "end_time": "" if r.end_time is None else f"{r.end_time:%H:%M}",
        "start_date": "" if r.start_date is None else r.start_date.isoformat(),
        "end_date": "" if r.end_date is None else r.end_date.isoformat(),
        "days": [day.value for day in r.day_of_week],
        "min_minutes": _minutes(r.min_duration),
        "max_minutes": _minutes(r.max_duration),
        "reservation": "" if r.reservation is None else r.reservation.value,
    }


def make_element(said: Mapping[str, Any]) -> TariffElement:
    """The element that a row says, in the cleaned values of its form."""
    components = tuple(
        PriceComponent(kind, said[name], said["vat"], _step(said.get(f"{name}_step")))
        for name, kind in _AMOUNTS.items()
        if said[name] is not None
    )
    reservation = said["reservation"]
    return TariffElement(
        components,
        TariffRestrictions(
            **{name: said[name] for name in (*_BOUNDS, "start_time", "end_time", "start_date", "end_date")},
            min_duration=_seconds(said["min_minutes"]),
            max_duration=_seconds(said["max_minutes"]),
            day_of_week=tuple(DayOfWeek(day) for day in said["days"]),
            reservation=ReservationRestrictionType(reservation) if reservation else None,
        ),
    )


def make_tariff(head: Mapping[str, Any], rows: list[Mapping[str, Any]], rest: Tariff | None) -> Tariff:
    """The tariff that the form says, in cleaned values; `rest` gives what the form has no field for."""
    tax = None if head["tax"] == "2.2.1" else TaxIncluded(head["tax"])
    elements = tuple(make_element(row) for row in rows)
    said = {
        "currency": head["currency"],
        "elements": elements,
        "tax_included": tax,
        "min_price": _limit(head["min_before"], head["min_after"]),
        "max_price": _limit(head["max_before"], head["max_after"]),
    }
    return Tariff(**said) if rest is None else msgspec.structs.replace(rest, **said)


def is_priced(said: Mapping[str, Any]) -> bool:
    """Whether a row gives any price."""
    return any(said[name] is not None for name in _AMOUNTS)


def _limit(before: Decimal | None, after: Decimal | None) -> PriceLimit | None:
    return None if before is None and after is None else PriceLimit(before, after)


def _step(size: int | None) -> int:
    return 1 if size is None else size


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number:f}"


def _minutes(seconds: int | None) -> str:
    if seconds is None:
        return ""
    exact = Fraction(seconds, 60)
    return decimal_text(exact) if seconds % 3 == 0 else f"{(Decimal(seconds) / 60).quantize(_MINUTE):f}"


def _seconds(minutes: Decimal | None) -> int | None:
    return None if minutes is None else round(minutes * 60)
