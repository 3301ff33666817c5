"""Tariffs in OCPI JSON, versions 2.2.1 and 2.3.0, read and written."""

import datetime as dt
import enum
import re
from decimal import Decimal
from typing import Final

import msgspec

from chargehand.domain.tariffs.elements import (
    DayOfWeek,
    DisplayText,
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
from chargehand.kernel.money import MoneyError, exponent_of

_TIME_OF_DAY: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LARGEST: Final = Decimal(10) ** 15
_FINEST: Final = -40


class OcpiVersion(enum.Enum):
    """The versions of OCPI whose tariffs are written."""

    V2_2_1 = "2.2.1"
    V2_3_0 = "2.3.0"


class _WireComponent(msgspec.Struct, omit_defaults=True):
    type: TariffDimensionType
    price: Decimal
    vat: Decimal | None = None
    step_size: Decimal | None = None


class _WireRestrictions(msgspec.Struct, omit_defaults=True):
    start_time: str | None = None
    end_time: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_duration: Decimal | None = None
    max_duration: Decimal | None = None
    day_of_week: list[DayOfWeek] | None = None
    reservation: ReservationRestrictionType | None = None


class _WireElement(msgspec.Struct, omit_defaults=True):
    price_components: list[_WireComponent]
    restrictions: _WireRestrictions | None = None


class _WireLimit(msgspec.Struct, omit_defaults=True):
    before_taxes: Decimal | None = None
    after_taxes: Decimal | None = None
    excl_vat: Decimal | None = None
    incl_vat: Decimal | None = None


class _WireText(msgspec.Struct):
    language: str
    text: str


class _WireTariff(msgspec.Struct, omit_defaults=True, kw_only=True):
    country_code: str = ""
    party_id: str = ""
    id: str = ""
    currency: str
    type: str | None = None
    tariff_alt_text: list[_WireText] | None = None
    tariff_alt_url: str | None = None
    min_price: _WireLimit | None = None
    max_price: _WireLimit | None = None
    preauthorize_amount: Decimal | None = None
    elements: list[_WireElement]
    tax_included: TaxIncluded | None = None
    start_date_time: dt.datetime | None = None
    end_date_time: dt.datetime | None = None
    energy_mix: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    last_updated: dt.datetime | None = None


_DECODER: Final = msgspec.json.Decoder(_WireTariff)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def read_tariff(text: bytes | str) -> Tariff:
    """Read a tariff in the JSON of OCPI 2.2.1 or 2.3.0; numbers are taken exactly, unknown fields skipped.

    A tariff with ``tax_included`` is of 2.3.0, one without of 2.2.1. A missing ``step_size`` is 1.

    Raises:
        TariffError: what is wrong and where, in one sentence.
    """
    try:
        wire = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TariffError(f"The tariff is not OCPI JSON: {error}.") from None
    try:
        exponent_of(wire.currency)
    except MoneyError as error:
        raise TariffError(f"The tariff's currency {error}") from None
    if not wire.elements:
        raise TariffError("The tariff has no elements.")
    return Tariff(
        currency=wire.currency,
        elements=tuple(_read_element(element, index) for index, element in enumerate(wire.elements)),
        id=wire.id,
        tax_included=wire.tax_included,
        min_price=_read_limit(wire.min_price, "min_price"),
        max_price=_read_limit(wire.max_price, "max_price"),
        start_date_time=make_aware(wire.start_date_time),
        end_date_time=make_aware(wire.end_date_time),
        country_code=wire.country_code,
        party_id=wire.party_id,
        type=wire.type,
        alt_texts=tuple(DisplayText(text.language, text.text) for text in wire.tariff_alt_text or ()),
        alt_url=wire.tariff_alt_url,
        preauthorize_amount=check_number(wire.preauthorize_amount, "preauthorize_amount"),
        energy_mix=b"" if wire.energy_mix is msgspec.UNSET else bytes(wire.energy_mix),
        last_updated=make_aware(wire.last_updated),
    )


def check_number(number: Decimal | None, name: str) -> Decimal | None:
    """Return a number that is finite and of a size that prices and volumes have.

    Raises:
        TariffError: it is not, and ``name`` tells which.
    """
    if number is None:
        return None
    if not number.is_finite():
        raise TariffError(f"{name} is not a number.")
    exponent = number.as_tuple().exponent
    if number.copy_abs() > _LARGEST or (isinstance(exponent, int) and exponent < _FINEST):
        raise TariffError(f"{name} is out of range.")
    return number


def make_aware(moment: dt.datetime | None) -> dt.datetime | None:
    """Return a time in UTC; OCPI times without a zone are UTC (OCPI 2.2.1 types, DateTime).

    Raises:
        TariffError: the time in UTC is before the year 1 or after 9999.
    """
    if moment is None:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        raise TariffError(f"The time {moment.isoformat()} is out of range.") from None


def _read_element(wire: _WireElement, index: int) -> TariffElement:
    where = f"elements[{index}]"
    components = tuple(_read_component(component, where) for component in wire.price_components)
    restrictions = TariffRestrictions()
    if wire.restrictions is not None:
        restrictions = _read_restrictions(wire.restrictions, where)
    return TariffElement(components, restrictions)


def _read_component(wire: _WireComponent, where: str) -> PriceComponent:
    price = check_number(wire.price, f"The price in {where}")
    vat = check_number(wire.vat, f"The vat in {where}")
    if vat is not None and vat < 0:
        raise TariffError(f"The vat in {where} is negative.")
    step_size = _check_count(wire.step_size, f"The step_size in {where}")
    return PriceComponent(wire.type, price or Decimal(0), vat, 1 if step_size is None else step_size)


def _check_count(number: Decimal | None, name: str) -> int | None:
    """Return a whole number from 0 on; some systems write 300 as 300.0."""
    if check_number(number, name) is None or number is None:
        return None
    if number != int(number) or number < 0:
        raise TariffError(f"{name} is {number} and not a whole number from 0 on.")
    return int(number)


def _read_restrictions(wire: _WireRestrictions, where: str) -> TariffRestrictions:
    for name in ("min_kwh", "max_kwh", "min_current", "max_current", "min_power", "max_power"):
        check_number(getattr(wire, name), f"{name} in {where}")
    return TariffRestrictions(
        start_time=_read_time(wire.start_time, f"start_time in {where}"),
        end_time=_read_time(wire.end_time, f"end_time in {where}"),
        start_date=_read_date(wire.start_date, f"start_date in {where}"),
        end_date=_read_date(wire.end_date, f"end_date in {where}"),
        min_kwh=wire.min_kwh,
        max_kwh=wire.max_kwh,
        min_current=wire.min_current,
        max_current=wire.max_current,
        min_power=wire.min_power,
        max_power=wire.max_power,
        min_duration=_check_count(wire.min_duration, f"min_duration in {where}"),
        max_duration=_check_count(wire.max_duration, f"max_duration in {where}"),
        day_of_week=tuple(wire.day_of_week or ()),
        reservation=wire.reservation,
    )


def _read_time(text: str | None, name: str) -> dt.time | None:
    if text is None:
        return None
    if not _TIME_OF_DAY.fullmatch(text):
        raise TariffError(f"{name} is {text!r} and not a time such as 13:30.")
    return dt.time(int(text[:2]), int(text[3:]))


def _read_date(text: str | None, name: str) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else _refuse_date(text, name)
    except ValueError:
        return _refuse_date(text, name)


def _refuse_date(text: str, name: str) -> dt.date:
    raise TariffError(f"{name} is {text!r} and not a date such as 2015-12-24.")


def _read_limit(wire: _WireLimit | None, name: str) -> PriceLimit | None:
    if wire is None:
        return None
    before = wire.before_taxes if wire.before_taxes is not None else wire.excl_vat
    after = wire.after_taxes if wire.after_taxes is not None else wire.incl_vat
    if before is None and after is None:
        raise TariffError(f"{name} gives no amount.")
    return PriceLimit(check_number(before, name), check_number(after, name))


def write_tariff(tariff: Tariff, version: OcpiVersion) -> bytes:
    """Write a tariff in the JSON of an OCPI version.

    Where taxes do not apply (N/A), rates that were given all the same would count in 2.2.1 and are left out.

    Raises:
        TariffError: 2.2.1 cannot say it, because its prices are always before VAT.
    """
    if version is OcpiVersion.V2_2_1 and tariff.tax_included is TaxIncluded.YES:
        raise TariffError("OCPI 2.2.1 has no prices that include taxes.")
    tax_included = tariff.tax_included or TaxIncluded.NO
    has_rates = version is OcpiVersion.V2_3_0 or tax_included is not TaxIncluded.NOT_APPLICABLE
    wire = _WireTariff(
        country_code=tariff.country_code,
        party_id=tariff.party_id,
        id=tariff.id,
        currency=tariff.currency,
        type=tariff.type,
        tariff_alt_text=[_WireText(text.language, text.text) for text in tariff.alt_texts] or None,
        tariff_alt_url=tariff.alt_url,
        min_price=_write_limit(tariff.min_price, version),
        max_price=_write_limit(tariff.max_price, version),
        preauthorize_amount=tariff.preauthorize_amount if version is OcpiVersion.V2_3_0 else None,
        elements=[_write_element(element, has_rates=has_rates) for element in tariff.elements],
        tax_included=tax_included if version is OcpiVersion.V2_3_0 else None,
        start_date_time=tariff.start_date_time,
        end_date_time=tariff.end_date_time,
        energy_mix=msgspec.Raw(tariff.energy_mix) if tariff.energy_mix else msgspec.UNSET,
        last_updated=tariff.last_updated,
    )
    return _ENCODER.encode(wire)


def _write_limit(limit: PriceLimit | None, version: OcpiVersion) -> _WireLimit | None:
    if limit is None:
        return None
    if version is OcpiVersion.V2_3_0:
        return _WireLimit(before_taxes=limit.before_taxes, after_taxes=limit.after_taxes)
    return _WireLimit(excl_vat=limit.before_taxes, incl_vat=limit.after_taxes)


def _write_element(element: TariffElement, *, has_rates: bool) -> _WireElement:
    components = [
        _WireComponent(c.type, c.price, c.vat if has_rates else None, Decimal(c.step_size))
        for c in element.price_components
    ]
    r = element.restrictions
    if r == TariffRestrictions():
        return _WireElement(components)
    return _WireElement(
        components,
        _WireRestrictions(
            start_time=None if r.start_time is None else f"{r.start_time:%H:%M}",
            end_time=None if r.end_time is None else f"{r.end_time:%H:%M}",
            start_date=None if r.start_date is None else r.start_date.isoformat(),
            end_date=None if r.end_date is None else r.end_date.isoformat(),
            min_kwh=r.min_kwh,
            max_kwh=r.max_kwh,
            min_current=r.min_current,
            max_current=r.max_current,
            min_power=r.min_power,
            max_power=r.max_power,
            min_duration=None if r.min_duration is None else Decimal(r.min_duration),
            max_duration=None if r.max_duration is None else Decimal(r.max_duration),
            day_of_week=list(r.day_of_week) or None,
            reservation=r.reservation,
        ),
    )
