"""Priced records as OCPI CDRs: valid in both versions, and true to the money that was posted."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.billing.making import Town, bill_everything
from tests.domain.billing.ocpi_rules import cdr_rules, faults
from tests.domain.charging.signed.signing import SoftMeter, payload
from tests.domain.station_talk import now
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.billing import invoice_register, ocpi_export, prices, queries
from chargehand.domain.billing.countries import alpha_3
from chargehand.domain.billing.ocpi_cdrs import IncompleteCdrError, encode
from chargehand.domain.billing.ocpi_periods import write_periods
from chargehand.domain.billing.ocpi_places import evse_id
from chargehand.domain.stations import actions as stations
from chargehand.domain.stations.actions import ConnectorDetails, LocationDetails
from chargehand.domain.stations.events import MeterValuesReported, Reading, SignedValue
from chargehand.domain.tariffs.ocpi_sessions import read_session
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion, read_tariff
from chargehand.domain.tariffs.pricing import price

VERSIONS = list(OcpiVersion)
Written = dict[str, Any]
READER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def describe(town: Town, time_zone: str = "Europe/Berlin") -> None:
    """Tell where the town is and what plug its charger has."""
    stations.change_location(
        operator_id=town.operator_id,
        location_id=town.location_id,
        details=LocationDetails(
            name="Harbour",
            address="Am Sandtorkai 1",
            postal_code="20457",
            city="Hamburg",
            country="DE",
            latitude=Decimal("53.5436"),
            longitude=Decimal("9.9886"),
            time_zone=time_zone,
        ),
    )
    stations.describe_connector(
        operator_id=town.operator_id,
        station_id=town.talk.station_id,
        evse=1,
        details=ConnectorDetails(standard="IEC_62196_T2", power_type="AC_3_PHASE", phases=3),
    )


@pytest.fixture
def place(town: Town) -> Town:
    """A town of which everything is known that OCPI demands."""
    describe(town)
    return town


def written(town: Town, priced_id: int, version: OcpiVersion = OcpiVersion.V2_2_1) -> Written:
    """Return a CDR as it is read by whoever gets it, numbers exact."""
    found = ocpi_export.ocpi_cdr(town.operator_id, priced_id, version, party_id="CHA")
    assert found is not None
    return READER.decode(encode(found))


def cost(amount: Written) -> tuple[Decimal, Decimal]:
    """Return a Price of either version before and after taxes."""
    if "excl_vat" in amount:
        return Decimal(amount["excl_vat"]), Decimal(amount["incl_vat"])
    taxes = sum((Decimal(tax["amount"]) for tax in amount.get("taxes", [])), Decimal(0))
    return Decimal(amount["before_taxes"]), amount["before_taxes"] + taxes


@pytest.mark.django_db
@pytest.mark.parametrize("version", VERSIONS)
def test_a_cdr_has_what_ocpi_demands_and_costs_what_was_posted(place: Town, version: OcpiVersion) -> None:
    place.tariff()
    priced = place.price(place.charge(7123))
    cdr = written(place, priced.id, version)
    assert faults(cdr, cdr_rules(version.value)) == []
    assert (cdr["country_code"], cdr["party_id"], cdr["id"]) == ("DE", "CHA", str(priced.id))
    minor = [int(amount * 100) for amount in cost(cdr["total_cost"])]
    assert minor == [priced.rated.before_minor, priced.rated.after_minor]
    assert cdr["total_energy"] == Decimal("7.123")
    assert cdr["total_time"] == 1
    assert cdr["cdr_token"]["uid"] == "CARD1"
    assert cdr["cdr_location"]["connector_format"] == "SOCKET"
    assert "credit" not in cdr


@pytest.mark.django_db
@pytest.mark.parametrize("version", VERSIONS)
def test_a_receiver_who_prices_the_cdr_again_finds_the_same(town: Town, version: OcpiVersion) -> None:
    describe(town, "UTC")
    town.begins = town.begins.replace(second=0)
    change = town.begins + timedelta(minutes=30)
    window = {"start_time": f"{change:%H:%M}", "end_time": f"{town.begins:%H:%M}"}
    dear = element(component("ENERGY", "0.80", vat="19"), **window)
    cheap = element(component("ENERGY", "0.40", vat="19"), component("FLAT", "1", vat="19"))
    town.tariff(tariff(dear, cheap, min_price={"excl_vat": "9"}))
    cdr = written(town, town.price(town.charge(10_000)).id, version)
    assert f"{change:%Y-%m-%dT%H:%M:%SZ}" in [each["start_date_time"] for each in cdr["charging_periods"]]
    assert cost(cdr["total_energy_cost"])[0] == 6
    assert cost(cdr["total_fixed_cost"])[0] == 1
    assert cost(cdr["total_cost"])[0] == 9
    own = read_tariff(encode(cdr["tariffs"][0]))
    again = price(own, read_session(encode(cdr)), ZoneInfo("UTC"))
    assert again.rounded_before_taxes is not None
    assert again.rounded_after_taxes is not None
    assert (again.rounded_before_taxes.amount, again.rounded_after_taxes.amount) == cost(cdr["total_cost"])


@pytest.mark.django_db
@pytest.mark.parametrize("version", VERSIONS)
def test_a_credit_names_its_charge_and_turns_the_total_alone(place: Town, version: OcpiVersion) -> None:
    place.tariff()
    number = place.charge(7000)
    first = place.price(number)
    bill_everything()
    prices.price_cdr(place.operator_id, place.amend(number, meter_stop_wh=9000))
    bill_everything()
    newest, credit, _oldest = queries.priced_cdrs(place.operator_id, transaction_id=number).priced
    charge = written(place, first.id, version)
    taken_back = written(place, credit.id, version)
    assert faults(taken_back, cdr_rules(version.value)) == []
    assert (taken_back["credit"], taken_back["credit_reference_id"]) == (True, charge["id"])
    assert taken_back["id"] == f"{charge['id']}-C"
    assert cost(taken_back["total_cost"]) == tuple(-amount for amount in cost(charge["total_cost"]))
    own = {"id", "credit", "credit_reference_id", "total_cost", "last_updated", "invoice_reference_id"}
    assert {name: value for name, value in taken_back.items() if name not in own} == {
        name: value for name, value in charge.items() if name not in own
    }
    assert "credit" not in written(place, newest.id, version)
    [invoice, *_rest] = invoice_register.invoices_of_charge(place.operator_id, number)
    assert charge["invoice_reference_id"] == invoice.number


@pytest.mark.django_db
def test_signed_readings_go_along_byte_for_byte(place: Town) -> None:
    place.tariff()
    meter = SoftMeter()
    record = meter.ocmf(payload()).decode()
    began = now() - timedelta(hours=3)
    number = place.talk.start(at=began, meter=1000)
    signed = SignedValue(record, "Transaction.End", "OCMF", "", meter.spki.hex())
    said = MeterValuesReported(1, 1, str(number), [Reading(began + timedelta(minutes=59), [], [signed])])
    place.talk.say(said, "MeterValues", began + timedelta(minutes=59))
    place.talk.stop(number, at=began + timedelta(hours=1), meter=8500)
    cdr = written(place, place.price(number).id)
    assert faults(cdr, cdr_rules("2.2.1")) == []
    [value] = cdr["signed_data"]["signed_values"]
    assert (cdr["signed_data"]["encoding_method"], value["nature"]) == ("OCMF", "End")
    assert base64.b64decode(value["signed_data"]).decode() == record
    assert value["plain_data"] in record


@pytest.mark.django_db
def test_what_is_not_known_is_named_and_never_made_up(town: Town) -> None:
    town.tariff()
    priced = town.price(town.charge(7000))
    with pytest.raises(IncompleteCdrError) as refused:
        ocpi_export.ocpi_cdr(town.operator_id, priced.id, OcpiVersion.V2_2_1)
    assert refused.value.missing == ("party_id", "coordinates", "connector")
    page = ocpi_export.ocpi_cdrs(town.operator_id, OcpiVersion.V2_2_1)
    assert (page.cdrs, page.total) == ((), 1)
    assert page.left_out == (ocpi_export.Incomplete(str(priced.id), refused.value.missing),)


@pytest.mark.django_db
def test_a_tariff_that_names_its_party_needs_no_other(place: Town) -> None:
    place.tariff(tariff(element(component("ENERGY", "0.5", vat="19")), country_code="NL", party_id="TNM"))
    cdr = ocpi_export.ocpi_cdr(place.operator_id, place.price(place.charge()).id, OcpiVersion.V2_2_1)
    assert cdr is not None
    assert (cdr["country_code"], cdr["party_id"]) == ("NL", "TNM")


@pytest.mark.django_db
def test_prices_with_taxes_inside_leave_the_tariff_out_of_the_older_version(place: Town) -> None:
    place.tariff(tariff(element(component("ENERGY", "0.595", vat="19")), tax_included="YES"))
    priced = place.price(place.charge(2000))
    newer = written(place, priced.id, OcpiVersion.V2_3_0)
    older = written(place, priced.id, OcpiVersion.V2_2_1)
    assert faults(newer, cdr_rules("2.3.0")) == []
    assert faults(older, cdr_rules("2.2.1")) == []
    assert "tariffs" not in older
    assert newer["tariffs"][0]["tax_included"] == "YES"
    assert cost(older["total_cost"]) == cost(newer["total_cost"]) == (Decimal(1), Decimal("1.19"))


@pytest.mark.django_db
def test_a_window_counts_by_the_time_of_writing_and_pages_are_whole(place: Town) -> None:
    place.tariff()
    priced = [place.price(place.charge(1000 * number)) for number in (1, 2, 3)]

    def ids(**asked: Any) -> list[str]:
        page = ocpi_export.ocpi_cdrs(place.operator_id, OcpiVersion.V2_3_0, party_id="CHA", **asked)
        return [each["id"] for each in page.cdrs]

    assert ids() == [str(each.id) for each in priced]
    assert ids(date_from=priced[1].priced_at) == [str(each.id) for each in priced[1:]]
    assert ids(date_to=priced[1].priced_at) == [str(priced[0].id)]
    assert ids(offset=1, limit=1) == [str(priced[1].id)]
    assert ids(location_ids=[place.location_id]) == ids()
    assert ids(location_ids=[place.location_id + 1]) == []


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_energies_add_up_to_the_total_whatever_they_are(milliwatthours: list[int]) -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    periods = [
        {
            "start_date_time": (start + timedelta(minutes=number)).isoformat(),
            "dimensions": [{"type": "ENERGY", "volume": str(Decimal(wh).scaleb(-6))}],
        }
        for number, wh in enumerate(milliwatthours)
    ]
    ended_at = start + timedelta(minutes=len(periods))
    found = write_periods(periods, ended_at=ended_at, trace=[], tariff_id="T")
    volumes = [period["dimensions"][0]["volume"] for period in found.periods]
    assert sum(volumes) == found.energy
    assert abs(found.energy - Decimal(sum(milliwatthours)).scaleb(-6)) <= Decimal("0.00005")


def test_ids_of_plugs_have_the_syntax_of_the_field() -> None:
    assert evse_id("4107", 1, ("DE", "CHA")) == "DE*CHA*E4107*1"
    assert evse_id("hafen_Tor 3", 12, ("DE", "CHA")) == "DE*CHA*EHAFEN*TOR*3*12"
    assert len(evse_id("X" * 200, 12, ("DE", "CHA"))) <= 48
    assert evse_id("_", 1, ("DE", "CHA")) == "DE*CHA*E0*1"


def test_countries_have_three_letters_too() -> None:
    assert [alpha_3(code) for code in ("DE", "nl", "GB", "XX", "")] == ["DEU", "NLD", "GBR", None, None]
