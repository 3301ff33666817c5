"""What readings measure: interned in one statement, and bounded for stations that invent names."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.domain.station_talk import Talk, now, reading

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging import series
from chargehand.domain.charging.models import MeterReading, Series
from chargehand.domain.stations.events import MeterValuesReported, Reading, SeriesKey
from chargehand.domain.stations.models import StationEvent, StationMessage

pytestmark = pytest.mark.django_db


def invented(count: int, prefix: str = "Made.Up") -> list[tuple[SeriesKey, str]]:
    return [
        ((f"{prefix}.{number}", "", "Outlet", "Sample.Periodic", "W"), str(number)) for number in range(count)
    ]


def stored(talk: Talk) -> list[list[Decimal]]:
    return [row.readings for row in MeterReading.objects.filter(station_id=talk.station_id).order_by("id")]


def test_all_new_kinds_of_a_reading_are_interned_in_one_statement(operator: Operator) -> None:
    talk = Talk(operator.pk)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        talk.say(MeterValuesReported(1, 1, None, [Reading(now(), invented(100))]))

    assert sum("charging_series" in query["sql"] for query in asked) == 1
    assert stored(talk) == [[Decimal(number) for number in range(100)]]


def test_two_spellings_of_one_kind_share_a_series(operator: Operator) -> None:
    talk = Talk(operator.pk)
    keys: list[SeriesKey] = [
        ("Energy", "", "Outlet", "Sample.Periodic", "Wh"),
        ("Energy.Active.Import.Register", "", "Outlet", "Sample.Periodic", "Wh"),
    ]

    talk.say(MeterValuesReported(1, 1, None, [Reading(now(), [(key, "7") for key in keys])]))

    (row,) = MeterReading.objects.filter(station_id=talk.station_id)
    assert len(row.series) == 2
    assert len(set(row.series)) == 1


def test_a_station_that_invents_kinds_without_end_is_bounded_and_flagged_once(operator: Operator) -> None:
    talk, most = Talk(operator.pk), series.MOST_NEW_OF_STATION
    at = now().replace(minute=0)
    before = Series.objects.count()

    talk.say(MeterValuesReported(1, 1, None, [Reading(at, invented(30_000))]), at=at)
    talk.say(MeterValuesReported(1, 1, None, [Reading(at, invented(50, "More"))]), at=at)

    assert Series.objects.count() == before + most
    assert stored(talk) == [[Decimal(number) for number in range(most)]]
    assert talk.recorder.skipped_samples == 30_000 - most + 50
    assert StationMessage.objects.filter(station_id=talk.station_id).count() == 2
    events = StationEvent.objects.filter(station_id=talk.station_id, kind="readings")
    assert [event.name for event in events] == ["TooManyMeasurands"]


def test_an_inventor_does_not_spoil_its_known_kinds_nor_other_stations(operator: Operator) -> None:
    talk = Talk(operator.pk)
    other = Talk(operator.pk, "CP-2")
    other.recorder = talk.recorder
    other.gateway_id = talk.gateway_id
    other.connect()
    at = now().replace(minute=0)
    talk.say(MeterValuesReported(1, 1, None, [reading(at, register=5)]), at=at)
    talk.say(MeterValuesReported(1, 1, None, [Reading(at, invented(1000))]), at=at)

    mixed = Reading(at, [*reading(at, register=6).values, *invented(10, "More")])
    talk.say(MeterValuesReported(1, 1, None, [mixed]), at=at)
    other.say(MeterValuesReported(1, 1, None, [Reading(at, invented(3, "Other"))]), at=at)

    assert stored(talk)[-1] == [Decimal(6)]
    assert stored(other) == [[Decimal(0), Decimal(1), Decimal(2)]]


def test_a_new_hour_brings_new_room(operator: Operator) -> None:
    talk, at = Talk(operator.pk), now().replace(minute=0)
    talk.say(MeterValuesReported(1, 1, None, [Reading(at, invented(1000))]), at=at)

    later = at + timedelta(hours=1)
    talk.say(MeterValuesReported(1, 1, None, [Reading(later, invented(2, "More"))]), at=later)

    assert stored(talk)[-1] == [Decimal(0), Decimal(1)]
