"""A tariff that a station of OCPP 2.1 is told says the same as ours, or is not told at all."""

from typing import Any

import msgspec
import pytest
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.domain.tariffs.ocpp_tariff import UnsayableError, write_ocpp_tariff
from chargehand.protocols.ocpp.catalogue import CATALOGUE

VAT = {"taxRates": [{"type": "VAT", "tax": 19.0}]}


def told(of: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return what a station is told; it fits the schema."""
    read = read_tariff(msgspec.json.encode(of))
    written = write_ocpp_tariff(read, **{"tariff_id": "7", "is_tax_open": False, **more})
    CATALOGUE["ocpp2.1"]["SetDefaultTariff"].check_request({"evseId": 0, "tariff": written})
    return written


def test_each_kind_of_price_has_its_part_and_times_count_by_the_minute() -> None:
    assert told(
        tariff(
            element(
                component("FLAT", "0.35", vat="19"),
                component("ENERGY", "0.59", vat="19"),
                component("TIME", "1.20", vat="19"),
                component("PARKING_TIME", "6.00", vat="19"),
            )
        )
    ) == {
        "tariffId": "7",
        "currency": "EUR",
        "fixedFee": {"prices": [{"priceFixed": 0.35}], **VAT},
        "energy": {"prices": [{"priceKwh": 0.59}], **VAT},
        "chargingTime": {"prices": [{"priceMinute": 0.02}], **VAT},
        "idleTime": {"prices": [{"priceMinute": 0.1}], **VAT},
    }


def test_restrictions_become_conditions_in_wh_and_w() -> None:
    restricted = element(
        component("ENERGY", "0.40"),
        start_time="22:00",
        end_time="00:00",
        day_of_week=["MONDAY", "SUNDAY"],
        start_date="2026-01-01",
        end_date="2026-02-01",
        min_kwh=2.5,
        max_kwh=20,
        min_power=11,
        max_current=32,
        min_duration=600,
        max_duration=7200,
    )
    [first, last] = told(tariff(restricted, element(component("ENERGY", "0.50"))))["energy"]["prices"]
    assert first["conditions"] == {
        "startTimeOfDay": "22:00",
        "endTimeOfDay": "00:00",
        "dayOfWeek": ["Monday", "Sunday"],
        "validFromDate": "2026-01-01",
        "validToDate": "2026-02-01",
        "minEnergy": 2500.0,
        "maxEnergy": 20000.0,
        "minPower": 11000.0,
        "maxCurrent": 32.0,
        "minTime": 600,
        "maxTime": 7200,
    }
    assert last == {"priceKwh": 0.5}


def test_reservations_limits_and_words_are_told() -> None:
    written = told(
        tariff(
            element(component("TIME", "3.00"), component("FLAT", "1"), reservation="RESERVATION"),
            element(component("ENERGY", "0.50", vat="19")),
            max_price={"excl_vat": 30},
        ),
        descriptions=[("en", "0.50 EUR per kWh."), ("de", "0.50 EUR je kWh.")],
    )
    assert written["reservationTime"] == {"prices": [{"priceMinute": 0.05}]}
    assert written["reservationFixed"] == {"prices": [{"priceFixed": 1.0}]}
    assert written["maxCost"] == {"exclTax": 30.0}
    assert written["description"][1] == {"format": "UTF8", "language": "de", "content": "0.50 EUR je kWh."}


def test_both_sides_of_a_limit_are_told_where_the_tax_explains_them() -> None:
    energy = element(component("ENERGY", "0.50", vat="19"))
    written = told(tariff(energy, min_price={"excl_vat": 1, "incl_vat": 1.19}))
    assert written["minCost"] == {"exclTax": 1.0, "inclTax": 1.19}


@pytest.mark.parametrize(
    ("lossy", "why"),
    [
        (tariff(element(component("ENERGY", "0.5", step_size=100))), "step size of 100"),
        (
            tariff(element(component("TIME", "1"), reservation="RESERVATION_EXPIRES")),
            "reservation that is not used",
        ),
        (tariff(element(component("ENERGY", "1"), reservation="RESERVATION")), "no other"),
        (tariff(element(component("ENERGY", "0.5", vat="19")), tax_included="YES"), "include taxes"),
        (
            tariff(element(component("ENERGY", "1", vat="19")), min_price={"excl_vat": 1, "incl_vat": 2}),
            "two sides of minCost",
        ),
        (
            tariff(
                element(component("ENERGY", "1", vat="19"), max_kwh=5),
                element(component("ENERGY", "1", vat="7")),
            ),
            "different taxes",
        ),
        (tariff(element(component("FLAT", "1"), min_kwh=5)), "times and days alone"),
        (tariff(element(component("TIME", "2.00"))), "more than 6 digits"),
    ],
)
def test_what_would_change_its_meaning_is_not_told(lossy: dict[str, Any], why: str) -> None:
    with pytest.raises(UnsayableError, match=why):
        told(lossy)


def test_what_a_station_says_it_cannot_take_is_not_told() -> None:
    two = tariff(element(component("ENERGY", "1"), max_kwh=5), element(component("ENERGY", "2")))
    with pytest.raises(UnsayableError, match="2 prices, and the station takes 1"):
        told(two, most_elements=1)
    with pytest.raises(UnsayableError, match="depend on anything"):
        told(two, takes_conditions=False)
    assert len(told(two, most_elements=2, takes_conditions=True)["energy"]["prices"]) == 2


def test_a_tax_that_nobody_knows_is_not_told_as_none() -> None:
    open_tax = tariff(element(component("ENERGY", "0.5")), tax_included="NO")
    assert told(open_tax)["energy"] == {"prices": [{"priceKwh": 0.5}]}
    with pytest.raises(UnsayableError, match="does not tell the tax"):
        told(open_tax, is_tax_open=True)
