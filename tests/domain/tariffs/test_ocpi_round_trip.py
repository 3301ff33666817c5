"""What is read as OCPI JSON and written again says the same, in both versions, and costs the same."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.domain.tariffs.drawing import ENCODER, TAXED_LATER, Case, Json, cases
from tests.domain.tariffs.making import component, cost, element, exact, session, tariff, totals

from chargehand.domain.tariffs.elements import TariffError, TaxIncluded
from chargehand.domain.tariffs.ocpi_sessions import read_session, write_costs
from chargehand.domain.tariffs.ocpi_tariffs import OcpiVersion, read_tariff, write_tariff
from chargehand.domain.tariffs.pricing import price

SPARING = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# OCPI mod_tariffs: what a tariff must have, beside what it may have.
NEEDED = {"country_code", "party_id", "id", "currency", "elements", "last_updated"}
OPTIONAL = {"type", "min_price", "max_price", "start_date_time", "end_date_time", "tax_included"}
COSTS = {
    "total_cost",
    "total_fixed_cost",
    "total_energy_cost",
    "total_time_cost",
    "total_parking_cost",
    "total_reservation_cost",
}


@SPARING
@given(case=cases(), version=st.sampled_from(OcpiVersion))
def test_a_tariff_written_again_costs_the_same_in_both_versions(case: Case, version: OcpiVersion) -> None:
    of, used, zone, expired = case
    read = read_tariff(ENCODER.encode(of))
    if read.tax_included is TaxIncluded.YES and version is OcpiVersion.V2_2_1:
        with pytest.raises(TariffError):
            write_tariff(read, version)
        return
    text = write_tariff(read, version)
    assert NEEDED <= json.loads(text).keys() <= NEEDED | OPTIONAL
    again = read_tariff(text)
    assert write_tariff(again, version) == text
    if zone in TAXED_LATER and (read.tax_included is None) != (again.tax_included is None):
        return  # only 2.3.0 can leave open what the law adds
    of_session = read_session(ENCODER.encode(used), reservation_expired=expired)
    first, second = (price(each, of_session, ZoneInfo(zone)) for each in (read, again))
    assert totals(first) == totals(second)


@SPARING
@given(of=cases().map(lambda case: case[0]))
def test_a_tariff_keeps_all_that_it_says(of: Json) -> None:
    version = OcpiVersion.V2_3_0 if "tax_included" in of else OcpiVersion.V2_2_1
    written = json.loads(write_tariff(read_tariff(ENCODER.encode(of)), version), parse_float=Decimal)
    assert plain(written) == plain(json.loads(ENCODER.encode(of), parse_float=Decimal))


def plain(value: Any) -> Any:
    """Return JSON with numbers that compare, without empty lists and empty restrictions."""
    if isinstance(value, dict):
        found = {name: plain(each) for name, each in value.items()}
        return {name: each for name, each in found.items() if each not in ([], {})}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return Decimal(value) if isinstance(value, int | Decimal) else value


@SPARING
@given(case=cases(), version=st.sampled_from(OcpiVersion))
def test_the_costs_of_a_cdr_add_up_and_have_the_fields_of_their_version(
    case: Case, version: OcpiVersion
) -> None:
    of, used, zone, expired = case
    of_session = read_session(ENCODER.encode(used), reservation_expired=expired)
    found = price(read_tariff(ENCODER.encode(of)), of_session, ZoneInfo(zone))
    if found.before_taxes is None:
        with pytest.raises(TariffError):
            write_costs(found, version)
        return
    costs = write_costs(found, version)
    assert {"total_cost"} <= costs.keys() <= COSTS
    amounts = {name: read_price(cost, version) for name, cost in costs.items()}
    before, after = found.rounded_before_taxes, found.rounded_after_taxes
    assert before is not None
    assert amounts["total_cost"][0] == before.amount
    if after is not None:
        assert amounts["total_cost"][1] == after.amount
    limits = sum((line.before_taxes or 0 for line in found.lines if line.element is None), Fraction(0))
    kinds = sum((Fraction(amount[0]) for name, amount in amounts.items() if name != "total_cost"), limits)
    assert abs(kinds - found.before_taxes) <= Fraction(3, 10_000)


def read_price(cost: dict[str, Any], version: OcpiVersion) -> tuple[Decimal, Decimal]:
    """Read an OCPI Price (types, Price class) strictly; before and after taxes."""
    if version is OcpiVersion.V2_2_1:
        assert {"excl_vat"} <= cost.keys() <= {"excl_vat", "incl_vat"}
        return cost["excl_vat"], cost.get("incl_vat", cost["excl_vat"])
    assert {"before_taxes"} <= cost.keys() <= {"before_taxes", "taxes"}
    for tax in cost.get("taxes", []):
        assert {"name", "amount"} <= tax.keys() <= {"name", "amount", "percentage"}
    return cost["before_taxes"], cost["before_taxes"] + sum(tax["amount"] for tax in cost.get("taxes", []))


def test_a_tariff_that_has_no_taxes_has_none_in_the_older_version_either() -> None:
    of = tariff(element(component("ENERGY", 1, vat=20)), tax_included="N/A")
    used = session((0, {"ENERGY": 5}), minutes=60)
    older = json.loads(write_tariff(read_tariff(json.dumps(of)), OcpiVersion.V2_2_1))
    assert totals(cost(of, used)) == totals(cost(older, used)) == exact("5", "5")
