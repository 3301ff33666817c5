"""The week by the clock: windows that stay the same, hours with shades, dates that end within it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from tests.domain.tariffs.making import component, element, tariff

from chargehand.domain.tariffs.ocpi_tariffs import read_tariff
from chargehand.interfaces.console.tariffs import texts, week
from chargehand.interfaces.console.tariffs.forms import RowForm

MONDAY = dt.date(2026, 11, 23)


def tables(*elements: dict[str, Any], **more: Any) -> list[week.WeekTable]:
    return week.tables(read_tariff(msgspec.json.encode(tariff(*elements, **more))), MONDAY)


def test_a_price_that_never_changes_is_one_window() -> None:
    [table] = tables(element(component("ENERGY", "0.5")))
    assert table.is_flat
    assert table.windows == [week.Window("Mon–Sun", "00:00–24:00", "0.50 EUR")]


def test_days_with_the_same_windows_stand_together_and_weekends_apart() -> None:
    [table] = tables(
        element(component("ENERGY", "0.3"), day_of_week=["SATURDAY", "SUNDAY"]),
        element(component("ENERGY", "0.4"), start_time="22:30", end_time="06:00"),
        element(component("ENERGY", "0.6")),
    )
    assert table.windows == [
        week.Window("Mon–Fri", "00:00–06:00", "0.40 EUR"),
        week.Window("Mon–Fri", "06:00–22:30", "0.60 EUR"),
        week.Window("Mon–Fri", "22:30–24:00", "0.40 EUR"),
        week.Window("Sat–Sun", "00:00–24:00", "0.30 EUR"),
    ]
    monday = table.days[0][1]
    assert [cell.text for cell in monday[5:7]] == ["0.40", "0.60"]
    assert monday[22] == week.Cell("0.60*", 5, "06:00–22:30 0.60 EUR, 22:30–24:00 0.40 EUR")
    assert [row[1][0].shade for row in table.days] == [2, 2, 2, 2, 2, 1, 1]


def test_hours_without_a_price_are_free_and_without_shade() -> None:
    [table] = tables(element(component("ENERGY", "0.5"), start_time="08:00", end_time="09:00"))
    assert table.days[0][1][7] == week.Cell("0", 0, "00:00–08:00 free")
    assert table.windows[2] == week.Window("Mon–Sun", "09:00–24:00", "free")


def test_a_date_within_the_week_ends_a_price() -> None:
    [table] = tables(
        element(component("ENERGY", "0.2"), end_date="2026-11-25"), element(component("ENERGY", "0.5"))
    )
    assert [(window.days, window.price) for window in table.windows] == [
        ("Mon–Tue", "0.20 EUR"),
        ("Wed–Sun", "0.50 EUR"),
    ]


def test_parking_by_the_clock_has_a_table_of_its_own() -> None:
    found = tables(
        element(component("ENERGY", "0.5")),
        element(component("PARKING_TIME", "6"), start_time="08:00", end_time="20:00"),
    )
    assert [table.title for table in found] == ["Price per kWh", "Price per hour of parking"]


def test_every_second_of_a_duration_survives_the_editors_minutes() -> None:
    for seconds in (0, 1, 59, 60, 61, 100, 3599, 14400, 86399):
        said = read_tariff(msgspec.json.encode(tariff(element(component("TIME", "1"), min_duration=seconds))))
        [row] = texts.write_rows(said)
        form = RowForm(row)
        assert form.is_valid(), form.errors
        assert texts.make_element(form.cleaned_data) == said.elements[0]
