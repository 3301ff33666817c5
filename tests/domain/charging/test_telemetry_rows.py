"""Readers by cursor find the end of a batch by the transactions that wrote readings."""

from datetime import timedelta

import pytest
from django.db import connection
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging import telemetry_rows
from chargehand.domain.stations.telemetry_rows import Span
from chargehand.journal.horizon import complete_below
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)


def _writers(talk: Talk) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT writer FROM charging_reading WHERE station_id = %s ORDER BY id", [talk.station_id]
        )
        return [row[0] for row in cursor.fetchall()]


def test_a_reading_is_found_by_its_writer(operator: Operator) -> None:
    talk, first = Talk(operator.pk), complete_below()
    for register in range(5):
        talk.meter(None, now(), register=register)
    writers, below = _writers(talk), complete_below()
    assert writers == sorted(set(writers))
    for count, writer in enumerate(writers):
        assert telemetry_rows.xid_after(count, from_xid=first, to_xid=below) == writer
    assert telemetry_rows.xid_after(5, from_xid=first, to_xid=below) is None
    assert telemetry_rows.xid_after(1, from_xid=writers[2], to_xid=below) == writers[3]
    assert telemetry_rows.xid_after(0, from_xid=writers[2] + 1, to_xid=writers[3]) is None
    span = Span(from_xid=writers[1], to_xid=writers[3])
    assert [row.values for row in telemetry_rows.readings(operator.pk, span)] == ["1", "2"]


def test_the_first_reading_since_a_moment_is_found_however_far_back(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry_rows, "_WIDTH", 1)
    talk, before = Talk(operator.pk), complete_below()
    at = clock.now()
    talk.meter(None, at, register=1)
    [first] = _writers(talk)
    below, tomorrow = complete_below(), now() + timedelta(days=1)
    assert telemetry_rows.xid_after(0, from_xid=0, to_xid=below, since=at) == first
    assert telemetry_rows.xid_after(0, from_xid=before, to_xid=below, since=tomorrow) is None
