"""OCPI JSON in and out: exact numbers, tolerant of what is new, clear about what is wrong."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest

from chargehand.domain.tariffs.cautions import find_cautions
from chargehand.domain.tariffs.elements import DayOfWeek, TariffError, TaxIncluded
from chargehand.domain.tariffs.ocpi_sessions import read_session, write_costs
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion, read_tariff, write_tariff
from chargehand.domain.tariffs.pricing import price
from chargehand.domain.tariffs.sessions import CdrDimensionType

FULL = b"""{
 "country_code": "NO", "party_id": "ABC", "id": "night", "currency": "NOK", "type": "REGULAR",
 "tariff_alt_text": [{"language": "en", "text": "Cheap at night"}],
 "tariff_alt_url": "https://example.org/night", "preauthorize_amount": 300,
 "min_price": {"before_taxes": 10.00, "after_taxes": 12.50}, "tax_included": "NO",
 "start_date_time": "2025-01-01T00:00:00Z", "last_updated": "2024-12-01T10:00:00",
 "energy_mix": {"is_green_energy": true},
 "a_field_of_tomorrow": [1],
 "elements": [{"price_components": [{"type": "ENERGY", "price": 2.8400, "vat": 25.0, "step_size": 1}],
   "restrictions": {"start_time": "22:00", "end_time": "06:00", "day_of_week": ["MONDAY", "SUNDAY"],
                    "min_kwh": 0.1000000000000000000001, "new": 1}}]}"""


def test_numbers_are_read_exactly_and_unknown_fields_are_skipped() -> None:
    tariff = read_tariff(FULL)
    restrictions = tariff.elements[0].restrictions
    assert restrictions.min_kwh == Decimal("0.1000000000000000000001")
    assert restrictions.start_time == dt.time(22)
    assert restrictions.day_of_week == (DayOfWeek.MONDAY, DayOfWeek.SUNDAY)
    assert tariff.tax_included is TaxIncluded.NO
    assert tariff.last_updated == dt.datetime(2024, 12, 1, 10, tzinfo=dt.UTC)


def test_a_tariff_of_2_3_0_keeps_everything_when_written_again() -> None:
    tariff = read_tariff(FULL)
    assert read_tariff(write_tariff(tariff, OcpiVersion.V2_3_0)) == tariff
    written = msgspec.json.decode(write_tariff(tariff, OcpiVersion.V2_3_0))
    assert written["energy_mix"] == {"is_green_energy": True}
    assert written["preauthorize_amount"] == 300


def test_a_tariff_for_2_2_1_names_its_limits_by_vat_and_has_no_tax_included() -> None:
    written = msgspec.json.decode(write_tariff(read_tariff(FULL), OcpiVersion.V2_2_1))
    assert written["min_price"] == {"excl_vat": 10, "incl_vat": 12.5}
    assert "tax_included" not in written
    assert "preauthorize_amount" not in written


def test_prices_that_include_taxes_cannot_be_said_in_2_2_1() -> None:
    tariff = read_tariff(FULL.replace(b'"tax_included": "NO"', b'"tax_included": "YES"'))
    with pytest.raises(TariffError, match=r"2\.2\.1"):
        write_tariff(tariff, OcpiVersion.V2_2_1)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'"ENERGY"', b'"WATER"', "WATER"),
        (b'"NOK"', b'"KRO"', "'KRO' is not a currency"),
        (b'"22:00"', b'"24:00"', "start_time in elements.0. is '24:00'"),
        (b'"22:00"', b'"9:00"', "not a time such as"),
        (b'"min_kwh": 0.1', b'"start_date": "2025-02-30", "min_kwh": 0.1', "not a date such as"),
        (b'"min_kwh": 0.1', b'"start_date": "soon", "min_kwh": 0.1', "not a date such as"),
        (b"2.8400", b'"NaN"', "is not a number"),
        (b"2.8400", b"1e400", "out of range"),
        (b"25.0", b"-1", "vat in elements.0. is negative"),
        (b'"step_size": 1', b'"step_size": -1', "step_size in elements.0. is -1"),
        (b'"step_size": 1', b'"step_size": 0.5', "not a whole number"),
        (b'"2025-01-01T00:00:00Z"', b'"9999-12-31T23:59:59-10:00"', "out of range"),
        (b'"MONDAY"', b'"FUNDAY"', "FUNDAY"),
        (b'{"before_taxes": 10.00, "after_taxes": 12.50}', b"{}", "min_price gives no amount"),
        (FULL[FULL.index(b'"elements"') :], b'"elements": []}', "no elements"),
        (b"{", b"", "not OCPI JSON"),
    ],
)
def test_a_wrong_tariff_is_refused_in_one_sentence(old: bytes, new: bytes, words: str) -> None:
    assert old in FULL
    with pytest.raises(TariffError, match=words) as caught:
        read_tariff(FULL.replace(old, new, 1))
    assert "\n" not in str(caught.value)


def test_open_ends_and_whole_numbers_as_others_write_them_are_read() -> None:
    text = FULL.replace(b'"step_size": 1', b'"step_size": 300.0').replace(
        b"2025-01-01T00:00:00Z", b"0001-01-01T00:00:00Z"
    )
    tariff = read_tariff(text.replace(b'"min_kwh": 0.1', b'"end_date": "9999-12-31", "min_kwh": 0.1'))
    assert tariff.elements[0].price_components[0].step_size == 300
    assert tariff.elements[0].restrictions.end_date == dt.date(9999, 12, 31)
    assert find_cautions(tariff)


def test_a_tariff_that_is_no_text_is_refused() -> None:
    with pytest.raises(TariffError):
        read_tariff(b"\xff\xfe{}")


SESSION = b"""{"start_date_time": "2025-05-01T10:00:00Z", "end_date_time": "2025-05-01T12:30:00+02:00",
 "kwh": 3, "currency": "NOK", "cdr_location": {"country": "NOR"},
 "charging_periods": [{"start_date_time": "2025-05-01T10:00:00.000",
   "dimensions": [{"type": "ENERGY", "volume": 3.14159265358979323846},
                  {"type": "STATE_OF_CHARGE", "volume": 80}]}]}"""


def test_a_session_keeps_its_volumes_and_times_exactly() -> None:
    session = read_session(SESSION)
    assert session.periods[0].volumes[CdrDimensionType.ENERGY] == Decimal("3.14159265358979323846")
    assert session.end == dt.datetime(2025, 5, 1, 10, 30, tzinfo=dt.UTC)
    assert (session.currency, session.country) == ("NOK", "NOR")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'"STATE_OF_CHARGE"', b'"MOOD"', "MOOD"),
        (b'"STATE_OF_CHARGE"', b'"ENERGY"', "given twice"),
        (b"3.14159265358979323846", b'"Infinity"', "is not a number"),
        (b'"2025-05-01T10:00:00Z"', b'"yesterday"', "not OCPI JSON"),
        (b'"2025-05-01T10:00:00Z"', b'"1825-05-01T10:00:00Z"', "out of range"),
        (b'"2025-05-01T10:00:00Z"', b'"9999-12-31T23:59:59Z"', "out of range"),
        (SESSION[SESSION.index(b'"charging_periods"') :], b'"charging_periods": []}', "no charging periods"),
        (SESSION[SESSION.index(b'"charging_periods"') :], b'"x": 1}', "charging_periods"),
    ],
)
def test_a_wrong_session_is_refused_in_one_sentence(old: bytes, new: bytes, words: str) -> None:
    with pytest.raises(TariffError, match=words):
        read_session(SESSION.replace(old, new, 1))


def test_a_cdr_gets_its_costs_by_kind_with_the_reservation_apart() -> None:
    tariff = read_tariff(
        b"""{"currency": "EUR", "max_price": {"excl_vat": 9, "incl_vat": 10}, "elements": [
        {"price_components": [{"type": "FLAT", "price": 1, "vat": 20}, {"type": "TIME", "price": 4, "vat": 20}],
         "restrictions": {"reservation": "RESERVATION"}},
        {"price_components": [{"type": "FLAT", "price": 0.5, "vat": 20},
                              {"type": "ENERGY", "price": 0.33, "vat": 10}]}]}"""
    )
    session = read_session(
        b"""{"start_date_time": "2025-05-01T10:00:00Z", "end_date_time": "2025-05-01T11:15:00Z",
        "charging_periods": [
         {"start_date_time": "2025-05-01T10:00:00Z", "dimensions": [{"type": "RESERVATION_TIME", "volume": 0.25}]},
         {"start_date_time": "2025-05-01T10:15:00Z", "dimensions": [{"type": "ENERGY", "volume": 20.005}]}]}"""
    )
    found = price(tariff, session, ZoneInfo("Europe/Berlin"))
    assert write_costs(found, OcpiVersion.V2_2_1) == {
        "total_cost": {"excl_vat": Decimal("9.00"), "incl_vat": Decimal("10.00")},
        "total_reservation_cost": {"excl_vat": Decimal("2.0000"), "incl_vat": Decimal("2.4000")},
        "total_fixed_cost": {"excl_vat": Decimal("0.5000"), "incl_vat": Decimal("0.6000")},
        "total_energy_cost": {"excl_vat": Decimal("6.6017"), "incl_vat": Decimal("7.2618")},
    }
    assert write_costs(found, OcpiVersion.V2_3_0)["total_energy_cost"] == {
        "before_taxes": Decimal("6.6017"),
        "taxes": [{"name": "VAT", "amount": Decimal("0.6601")}],
    }


def test_an_unknown_amount_before_taxes_has_no_ocpi_price() -> None:
    tariff = read_tariff(
        b'{"currency": "EUR", "tax_included": "YES", "elements": '
        b'[{"price_components": [{"type": "ENERGY", "price": 1, "step_size": 1}]}]}'
    )
    found = price(tariff, read_session(SESSION.replace(b'"NOK"', b'"EUR"')), ZoneInfo("Europe/Oslo"))
    with pytest.raises(TariffError, match="before taxes"):
        write_costs(found, OcpiVersion.V2_3_0)
