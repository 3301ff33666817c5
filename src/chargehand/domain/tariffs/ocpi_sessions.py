"""Sessions and CDRs in OCPI JSON, as far as their price needs them, and the Price they get."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec

from chargehand.domain.tariffs.elements import TariffError
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion, check_number, make_aware
from chargehand.domain.tariffs.pricing import PriceLine, SessionPrice
from chargehand.domain.tariffs.sessions import CdrDimensionType, ChargingPeriod, Session
from chargehand.kernel.money import Money, Rounding, add_up, round_to_int


class _WireDimension(msgspec.Struct):
    type: CdrDimensionType
    volume: Decimal


class _WirePeriod(msgspec.Struct):
    start_date_time: dt.datetime
    dimensions: list[_WireDimension]


class _WireLocation(msgspec.Struct):
    country: str | None = None


class _WireSession(msgspec.Struct, kw_only=True):
    start_date_time: dt.datetime
    end_date_time: dt.datetime | None = None
    currency: str | None = None
    cdr_location: _WireLocation | None = None
    charging_periods: list[_WirePeriod]


_COSTS: Final = {
    "FLAT": "total_fixed_cost",
    "ENERGY": "total_energy_cost",
    "TIME": "total_time_cost",
    "PARKING_TIME": "total_parking_cost",
}
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9000
_DECODER: Final = msgspec.json.Decoder(_WireSession)


def read_session(text: bytes | str, *, reservation_expired: bool = False) -> Session:
    """Read an OCPI Session or CDR (2.2.1 or 2.3.0); numbers are taken exactly, unknown fields skipped.

    A session without ``end_date_time`` still runs. The totals of a CDR are not looked at.

    Raises:
        TariffError: what is wrong and where, in one sentence.
    """
    try:
        wire = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TariffError(f"The session is not OCPI JSON: {error}.") from None
    if not wire.charging_periods:
        raise TariffError("The session has no charging periods.")
    return Session(
        start=_read_time(wire.start_date_time),
        end=None if wire.end_date_time is None else _read_time(wire.end_date_time),
        periods=tuple(
            _read_period(period, number) for number, period in enumerate(wire.charging_periods, start=1)
        ),
        reservation_expired=reservation_expired,
        currency=wire.currency,
        country=wire.cdr_location.country if wire.cdr_location is not None else None,
    )


def _read_period(wire: _WirePeriod, number: int) -> ChargingPeriod:
    volumes: dict[CdrDimensionType, Decimal] = {}
    for dimension in wire.dimensions:
        name = f"{dimension.type.value} of charging period {number}"
        if dimension.type in volumes:
            raise TariffError(f"{name} is given twice.")
        volume = check_number(dimension.volume, name)
        assert volume is not None
        volumes[dimension.type] = volume
    return ChargingPeriod(_read_time(wire.start_date_time), volumes)


def _read_time(moment: dt.datetime) -> dt.datetime:
    """Return a time of a session in UTC, of a year in which vehicles are charged."""
    aware = make_aware(moment)
    if aware is None or not _FIRST_YEAR <= aware.year <= _LAST_YEAR:
        raise TariffError(f"The time {moment.isoformat()} is out of range.")
    return aware


def write_price(found: SessionPrice, version: OcpiVersion) -> dict[str, object]:
    """Return the rounded total as an OCPI Price, ready for ``total_cost`` of a CDR or Session.

    2.2.1: ``{excl_vat, incl_vat?}``. 2.3.0: ``{before_taxes, taxes?}`` with one entry per rate, where
    the amounts of the entries add up to the difference of the two rounded totals.

    Raises:
        TariffError: the amount before taxes is unknown, which OCPI has no way to say.
    """
    before, after = found.rounded_before_taxes, found.rounded_after_taxes
    if before is None:
        raise TariffError("The amount before taxes is not known from this tariff.")
    if version is OcpiVersion.V2_2_1:
        price: dict[str, object] = {"excl_vat": before.amount}
        if after is not None:
            price["incl_vat"] = after.amount
        return price
    if after is None:
        return {"before_taxes": before.amount}
    return {"before_taxes": before.amount, "taxes": _taxes(found, after - before)}


def write_costs(found: SessionPrice, version: OcpiVersion) -> dict[str, dict[str, object]]:
    """Return ``total_cost`` and the costs by kind as a CDR of an OCPI version wants them.

    The total is rounded as it is paid. The costs by kind keep OCPI's four decimals, so that they stay
    close to the lines; what a minimum or maximum price adds or takes is in the total only.

    Raises:
        TariffError: the amount before taxes is unknown, which OCPI has no way to say.
    """
    costs = {"total_cost": write_price(found, version)}
    for name, lines in _by_kind(found.lines).items():
        before = [line.before_taxes for line in lines if line.before_taxes is not None]
        after = [line.after_taxes for line in lines if line.after_taxes is not None]
        total = _four_decimals(sum(before, Fraction(0)))
        cost: dict[str, object] = {"excl_vat": total}
        if version is OcpiVersion.V2_3_0:
            cost = {"before_taxes": total}
        if len(after) == len(lines):
            paid = _four_decimals(sum(after, Fraction(0)))
            if version is OcpiVersion.V2_2_1:
                cost["incl_vat"] = paid
            elif paid != total:
                cost["taxes"] = [{"name": "VAT", "amount": paid - total}]
        costs[name] = cost
    return costs


def _by_kind(lines: Iterable[PriceLine]) -> dict[str, list[PriceLine]]:
    """Sort lines into the costs of a CDR; those of a reservation stand apart (OCPI mod_cdrs)."""
    kinds: dict[str, list[PriceLine]] = {}
    for line in lines:
        name = "total_reservation_cost" if line.is_reservation else _COSTS.get(line.type)
        if name is not None:
            kinds.setdefault(name, []).append(line)
    return kinds


def _four_decimals(amount: Fraction) -> Decimal:
    return Decimal(round_to_int(amount * 10_000, Rounding.HALF_UP)).scaleb(-4)


def _taxes(found: SessionPrice, difference: Money) -> list[dict[str, object]]:
    """Share the tax out over the rates; the largest entry takes what rounding leaves over."""
    by_rate: dict[Decimal | None, Fraction] = {}
    for line in found.lines:
        if line.before_taxes is not None and line.after_taxes is not None:
            tax = line.after_taxes - line.before_taxes
            if tax or line.tax_percent is not None:
                by_rate[line.tax_percent] = by_rate.get(line.tax_percent, Fraction(0)) + tax
    shares = {rate: Money.of(tax, found.currency, found.rounding) for rate, tax in by_rate.items()}
    if shares:
        # Where all of them round to nothing, a rate without any tax is not the largest.
        largest = max(shares, key=lambda rate: (abs(shares[rate]).minor, by_rate[rate] != 0))
        shares[largest] += difference - add_up(shares.values(), found.currency)
    elif difference:
        shares[None] = difference
    return [
        {"name": "VAT", "amount": share.amount}
        if rate is None
        else {"name": "VAT", "percentage": rate, "amount": share.amount}
        for rate, share in shares.items()
    ]
