"""Tariffs as OCPP 2.1 stations price by them (TariffType), where they can say the same as ours."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from chargehand.domain.tariffs.decimals import ending_places
from chargehand.domain.tariffs.elements import (
    PriceComponent,
    PriceLimit,
    ReservationRestrictionType,
    Tariff,
    TariffDimensionType,
    TariffElement,
    TariffError,
    TariffRestrictions,
    TaxIncluded,
)

#: Prices with more digits would be rounded by stations, each in its own way.
MOST_PLACES: Final = 6

_PARTS: Final = {
    TariffDimensionType.ENERGY: ("energy", "priceKwh"),
    TariffDimensionType.TIME: ("chargingTime", "priceMinute"),
    TariffDimensionType.PARKING_TIME: ("idleTime", "priceMinute"),
    TariffDimensionType.FLAT: ("fixedFee", "priceFixed"),
}
_RESERVED: Final = {
    TariffDimensionType.TIME: ("reservationTime", "priceMinute"),
    TariffDimensionType.FLAT: ("reservationFixed", "priceFixed"),
}
_TIMED: Final = frozenset({TariffDimensionType.TIME, TariffDimensionType.PARKING_TIME})
#: What the price of a session or a reservation may depend on (TariffConditionsFixedType).
_OF_FIXED: Final = frozenset({"startTimeOfDay", "endTimeOfDay", "dayOfWeek", "validFromDate", "validToDate"})


class UnsayableError(TariffError):
    """A station of OCPP 2.1 cannot be told this tariff without changing it."""


def write_ocpp_tariff(
    tariff: Tariff,
    *,
    tariff_id: str,
    is_tax_open: bool,
    descriptions: Sequence[tuple[str, str]] = (),
    most_elements: int | None = None,
    takes_conditions: bool | None = None,
) -> dict[str, Any]:
    """Return a tariff as JSON of a TariffType (OCPP 2.1 I07); the id names this content and no other.

    `descriptions` are pairs of language and text. `is_tax_open`: where it counts, a price without a rate leaves the
    tax open. A station's limits are given where it told them.

    Raises:
        UnsayableError: what the station could not be told, in one sentence.
    """
    taxed = _check_taxes(tariff, is_tax_open=is_tax_open)
    parts: dict[str, dict[str, Any]] = {}
    for element in tariff.elements:
        conditions = _conditions(element.restrictions)
        if conditions and takes_conditions is False:
            raise UnsayableError("The station takes no prices that depend on anything.")
        for component in element.price_components:
            _add(parts, element, component, conditions, is_taxed=taxed)
    count = sum(len(part["prices"]) for part in parts.values())
    if most_elements is not None and count > most_elements:
        raise UnsayableError(f"The tariff has {count} prices, and the station takes {most_elements}.")
    written: dict[str, Any] = {"tariffId": tariff_id, "currency": tariff.currency, **parts}
    for name, limit in (("minCost", tariff.min_price), ("maxCost", tariff.max_price)):
        if limit is not None:
            written[name] = _limit(limit, parts, name)
    if descriptions:
        written["description"] = [
            {"format": "UTF8", "language": language, "content": text} for language, text in descriptions
        ]
    return written


def _check_taxes(tariff: Tariff, *, is_tax_open: bool) -> bool:
    """Return whether rates are added to prices; prices of OCPP 2.1 are before tax."""
    components = [part for element in tariff.elements for part in element.price_components if part.price]
    if tariff.tax_included is TaxIncluded.YES and components:
        raise UnsayableError("The prices include taxes; those of stations are before tax.")
    if tariff.tax_included is TaxIncluded.NO and is_tax_open and any(part.vat is None for part in components):
        raise UnsayableError("The tariff does not tell the tax, which is added at the till.")
    return tariff.tax_included is not TaxIncluded.NOT_APPLICABLE


def _add(
    parts: dict[str, dict[str, Any]],
    element: TariffElement,
    component: PriceComponent,
    conditions: dict[str, Any],
    *,
    is_taxed: bool,
) -> None:
    name, unit = _part_of(element, component)
    is_fixed = component.type is TariffDimensionType.FLAT
    if component.step_size > 1 and not is_fixed:
        raise UnsayableError(f"A step size of {component.step_size} cannot be told to a station.")
    if is_fixed and not conditions.keys() <= _OF_FIXED:
        raise UnsayableError("A fee can depend on times and days alone.")
    rate = component.vat if is_taxed else None
    rates = [{"type": "VAT", "tax": float(rate)}] if rate is not None else None
    price = Fraction(component.price) / (60 if component.type in _TIMED else 1)
    entry: dict[str, Any] = {unit: _exact(price)}
    if conditions:
        entry["conditions"] = conditions
    part = parts.setdefault(name, {"prices": [], **({"taxRates": rates} if rates else {})})
    if part.get("taxRates") != rates:
        raise UnsayableError("Prices of one kind have different taxes.")
    part["prices"].append(entry)


def _part_of(element: TariffElement, component: PriceComponent) -> tuple[str, str]:
    reservation = element.restrictions.reservation
    if reservation is None:
        return _PARTS[component.type]
    if reservation is ReservationRestrictionType.RESERVATION_EXPIRES:
        raise UnsayableError("A price for a reservation that is not used cannot be told to a station.")
    if component.type not in _RESERVED:
        raise UnsayableError("A reservation has a price by time or a fee, and no other.")
    return _RESERVED[component.type]


def _exact(price: Fraction) -> float:
    """Return a price that the station reads as it is meant."""
    places = ending_places(price.denominator)
    if places is None or places > MOST_PLACES:
        raise UnsayableError(f"A price has more than {MOST_PLACES} digits when it is told for a minute.")
    return float(price)


def _conditions(restrictions: TariffRestrictions) -> dict[str, Any]:
    """Return restrictions as TariffConditionsType: Wh for kWh, W for kW; bounds mean the same in both."""
    r = restrictions
    told: dict[str, Any] = {
        "startTimeOfDay": None if r.start_time is None else f"{r.start_time:%H:%M}",
        "endTimeOfDay": None if r.end_time is None else f"{r.end_time:%H:%M}",
        "dayOfWeek": [day.value.capitalize() for day in r.day_of_week] or None,
        "validFromDate": None if r.start_date is None else r.start_date.isoformat(),
        "validToDate": None if r.end_date is None else r.end_date.isoformat(),
        "minEnergy": _times_1000(r.min_kwh),
        "maxEnergy": _times_1000(r.max_kwh),
        "minCurrent": None if r.min_current is None else float(r.min_current),
        "maxCurrent": None if r.max_current is None else float(r.max_current),
        "minPower": _times_1000(r.min_power),
        "maxPower": _times_1000(r.max_power),
        "minTime": r.min_duration,
        "maxTime": r.max_duration,
    }
    return {name: value for name, value in told.items() if value is not None}


def _times_1000(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount * 1000)


def _limit(limit: PriceLimit, parts: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """Return a limit; both sides can be told where they differ by the one tax that all prices have."""
    before, after = limit.before_taxes, limit.after_taxes
    rates = [part.get("taxRates") for part in parts.values()]
    if before is not None and after is not None:
        rate = Decimal(str(rates[0][0]["tax"])) if rates and rates[0] else Decimal(0)
        if any(each != rates[0] for each in rates) or after != before * (1 + rate / 100):
            raise UnsayableError(f"The two sides of {name} imply a tax that the prices do not have.")
    told = {"exclTax": before, "inclTax": after}
    return {side: float(amount) for side, amount in told.items() if amount is not None}
