"""A tariff in words: ordered as on a price card, with a worked example and honest warnings."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest

from chargehand.domain.tariffs.cautions import CautionKind, find_cautions
from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.domain.tariffs.wording import CardSection, say_amount, work_example, write_card


def element(
    kind: str, amount: float, restrictions: dict[str, object] | None = None, **more: object
) -> object:
    found = {"price_components": [{"type": kind, "price": amount, "step_size": 1, **more}]}
    return {**found, "restrictions": restrictions} if restrictions else found


def make(*elements: object, **more: object) -> bytes:
    return msgspec.json.encode({"currency": "EUR", "elements": elements, **more})


def test_a_card_says_kwh_then_minute_then_session_then_the_rest() -> None:
    tariff = read_tariff(
        make(
            element("PARKING_TIME", 6, {"min_duration": 7200}, vat=19),
            element("FLAT", 0.5),
            element("TIME", 1.4),
            element(
                "ENERGY", 0.395, {"day_of_week": ["MONDAY", "TUESDAY", "WEDNESDAY"], "end_time": "00:00"}
            ),
            element("TIME", 3, {"reservation": "RESERVATION"}),
            element("FLAT", 3, {"reservation": "RESERVATION_EXPIRES"}),
            max_price={"incl_vat": 50},
        )
    )
    assert [(line.section, line.sentence, line.element) for line in write_card(tariff)] == [
        (CardSection.ENERGY, "0.395 EUR per kWh, Monday to Wednesday, from 00:00 to 24:00.", 3),
        (CardSection.TIME, "1.40 EUR per hour of charging.", 2),
        (CardSection.SESSION, "0.50 EUR per session.", 1),
        (
            CardSection.OTHER,
            "0.10 EUR per minute of parking after charging, plus 19 % VAT, from 120 minutes of the session on.",
            0,
        ),
        (CardSection.OTHER, "0.05 EUR per minute of reservation.", 4),
        (CardSection.OTHER, "3.00 EUR for a reservation that is not used.", 5),
        (CardSection.OTHER, "A session costs at most 50.00 EUR.", None),
    ]


def test_a_card_is_translated_by_its_templates() -> None:
    german = {"{price} per kWh": "{price} je kWh"}
    (line,) = write_card(read_tariff(make(element("ENERGY", 0.5))), lambda text: german.get(text, text))
    assert line.sentence == "0.50 EUR je kWh."


def test_amounts_show_at_least_the_digits_of_the_currency() -> None:
    assert [
        say_amount(Decimal(text), code) for text, code in (("40", "JPY"), ("0.5", "KWD"), ("1", "EUR"))
    ] == [
        "40 JPY",
        "0.500 KWD",
        "1.00 EUR",
    ]


def test_the_example_says_what_a_session_costs_and_equals_the_engine() -> None:
    tariff = read_tariff(make(element("ENERGY", 0.4, vat=20), element("FLAT", 1, vat=20)))
    saturday = dt.datetime(2025, 3, 8, 17, tzinfo=dt.UTC)
    zone = ZoneInfo("Europe/Berlin")
    example = work_example(tariff, zone, start=saturday, energy=Decimal(20), minutes=40)
    assert example.sentence == "20 kWh in 40 minutes on Saturday at 18:00 costs 10.80 EUR."
    assert example.price.after_taxes == Decimal("10.8")


def test_the_example_says_when_taxes_are_open() -> None:
    tariff = read_tariff(make(element("ENERGY", 0.4), currency="USD", tax_included="NO"))
    start = dt.datetime(2025, 3, 8, 17, tzinfo=dt.UTC)
    zone = ZoneInfo("America/Chicago")
    example = work_example(tariff, zone, start=start, energy=Decimal(10), minutes=30)
    assert example.sentence == "10 kWh in 30 minutes on Saturday at 11:00 costs 4.00 USD before taxes."


@pytest.mark.parametrize(
    ("elements", "kind", "words"),
    [
        ([element("ENERGY", 1, step_size=500)], CautionKind.STEP_SIZE, "blocks of 500 Wh"),
        (
            [
                element("TIME", 1, {"start_time": "22:00", "end_time": "06:00", "day_of_week": ["FRIDAY"]}),
                element("TIME", 2),
            ],
            CautionKind.OVERNIGHT_WEEKDAYS,
            "the hours before 06:00 count on FRIDAY",
        ),
        (
            [element("ENERGY", 1, {"start_time": "06:00", "end_time": "22:00"})],
            CautionKind.GAP,
            "on MONDAY at 00:00",
        ),
        (
            [element("ENERGY", 1, {"max_kwh": 10}), element("ENERGY", 2, {"min_kwh": 12})],
            CautionKind.GAP,
            "after 10 kWh",
        ),
        ([element("ENERGY", 1), element("ENERGY", 2)], CautionKind.NEVER_REACHED, "never used"),
        (
            [element("TIME", 1, {"min_kwh": 5, "max_kwh": 3}), element("TIME", 1)],
            CautionKind.NEVER_REACHED,
            "exclude each other",
        ),
        (
            [element("ENERGY", 1, {"reservation": "RESERVATION"})],
            CautionKind.RESERVATION_COMPONENT,
            "FLAT and TIME only",
        ),
    ],
)
def test_a_trap_in_a_tariff_is_named(elements: list[object], kind: CautionKind, words: str) -> None:
    (found,) = find_cautions(read_tariff(make(*elements)))
    assert (found.kind, words in found.sentence) == (kind, True)


def test_prices_that_include_an_unnamed_tax_are_warned_of() -> None:
    (found,) = find_cautions(read_tariff(make(element("ENERGY", 1), tax_included="YES")))
    assert found.kind is CautionKind.TAX_UNKNOWN


def test_a_tariff_that_covers_everything_has_no_warning() -> None:
    tariff = read_tariff(
        make(
            element("ENERGY", 1, {"start_time": "06:00", "end_time": "22:00", "day_of_week": ["SUNDAY"]}),
            element("ENERGY", 2, {"start_date": "2025-12-24", "end_date": "2025-12-27"}),
            element("ENERGY", 3, {"max_power": 22}),
            element("ENERGY", 3),
            element("FLAT", 1, {"min_duration": 60}),
        )
    )
    assert find_cautions(tariff) == ()
