"""Sessions through the API: energy as exact text, evidence, records, what was said."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.interfaces.api.conftest import AddSession, AddStation

from chargehand.domain.charging.models import Cdr
from chargehand.domain.stations.models import ChargingStation, ConnectionEvent, Location
from chargehand.interfaces.api import wire

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)


def test_a_session_tells_its_energy_in_kwh_exactly(
    api: Client, station: ChargingStation, add_session: AddSession
) -> None:
    row = add_session(station)
    [listed] = api.get("/api/v1/sessions").json()["items"]
    assert listed["id"] == row.pk
    assert listed["energy_kwh"] == "12.345"
    assert listed["meter_start_wh"] == "1000"
    detail = api.get(f"/api/v1/sessions/{row.pk}").json()
    assert detail["energy_kwh"] == "12.345"
    assert detail["started_at"].endswith("Z")


def test_unknown_energy_is_null_and_never_zero(
    api: Client, station: ChargingStation, add_session: AddSession
) -> None:
    row = add_session(station, energy_wh=None, meter_stop_wh=None)
    detail = api.get(f"/api/v1/sessions/{row.pk}").json()
    assert detail["energy_kwh"] is None
    assert detail["energy_wh"] is None
    assert detail["meter_stop_wh"] is None


def test_sessions_are_filtered_by_station_state_token_and_start(
    api: Client, add_station: AddStation, add_session: AddSession, site: Location
) -> None:
    here, there = add_station("4107"), add_station("4108")
    first = add_session(here, started_at=BEGIN)
    second = add_session(there, started_at=BEGIN + timedelta(days=1), token_uid="BEEF02")
    running = add_session(there, started_at=BEGIN + timedelta(days=2), state="open", ended_at=None)

    def ids(**asked: str | int) -> list[int]:
        return [each["id"] for each in api.get("/api/v1/sessions", asked).json()["items"]]

    assert ids() == [running.pk, second.pk, first.pk]
    assert ids(station_id=here.pk) == [first.pk]
    assert ids(state="open") == [running.pk]
    assert ids(token_uid="BEEF02") == [second.pk]
    assert ids(since="2026-05-02T00:00:00Z", until="2026-05-03T02:00:00+02:00") == [second.pk]
    assert ids(location_id=site.pk, text="4107") == [first.pk]
    assert ids(location_id=site.pk + 1) == []


def test_a_session_without_a_record_has_none_yet(
    api: Client, station: ChargingStation, add_session: AddSession
) -> None:
    row = add_session(station)
    answer = api.get(f"/api/v1/sessions/{row.pk}/cdr")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_the_newest_record_holds(api: Client, network: dict[str, Any]) -> None:
    older = Cdr.objects.get()
    period = {"start_date_time": "2026-05-01T00:00:00Z", "dimensions": [{"type": "ENERGY", "volume": "7.5"}]}
    Cdr.objects.create(
        transaction_id=older.transaction_id,
        version=2,
        operator_id=older.operator_id,
        started_at=older.started_at,
        ended_at=older.ended_at,
        energy_wh=Decimal(7500),
        periods=[period],
        issued_at=older.issued_at,
    )
    record = api.get(f"/api/v1/sessions/{older.transaction_id}/cdr").json()
    assert (record["version"], record["energy_kwh"], record["periods"]) == (2, "7.5", [period])
    detail = api.get(f"/api/v1/sessions/{older.transaction_id}").json()
    assert [each["version"] for each in detail["cdrs"]] == [1, 2]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15))
def test_a_number_on_the_wire_is_exact_and_has_no_exponent(number: Decimal) -> None:
    text = wire.write_decimal(number)
    assert Decimal(text) == number
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]*[1-9])?", text)
    in_kwh = wire.kwh(number)
    assert in_kwh is not None
    assert in_kwh * 1000 == number


def test_a_time_on_the_wire_is_utc_to_the_microsecond() -> None:
    summer = datetime(2026, 7, 1, 14, 0, 0, 120, tzinfo=ZoneInfo("Europe/Berlin"))
    assert wire.write_time(summer) == "2026-07-01T12:00:00.000120Z"


def test_raw_messages_and_the_timeline_are_shown_newest_first(api: Client, station: ChargingStation) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stations_message (station_id, received_at, is_from_station, version, action,"
            " message_id, is_repeat, frame) SELECT %s, now() - n * interval '1 second', n = 1, 16,"
            " CASE n WHEN 0 THEN 'HeartbeatResponse' ELSE 'Heartbeat' END, 'm1', false, '[' || n || ']'"
            " FROM generate_series(0, 1) AS n",
            [station.pk],
        )
    address = f"/api/v1/stations/{station.pk}"
    shown = api.get(f"{address}/messages").json()["items"]
    assert [(each["action"], each["version"], each["frame"]) for each in shown] == [
        ("HeartbeatResponse", "ocpp1.6", "[0]"),
        ("Heartbeat", "ocpp1.6", "[1]"),
    ]
    asked = api.get(f"{address}/messages", {"action": "Heartbeat"}).json()["items"]
    assert [each["frame"] for each in asked] == ["[1]"]

    ConnectionEvent.objects.create(station=station, kind="connected", reason="ocpp1.6", at=BEGIN)
    ConnectionEvent.objects.create(
        station=station, kind="disconnected", reason="closed", at=BEGIN + timedelta(hours=1)
    )
    told = api.get(f"{address}/timeline").json()["items"]
    assert [(each["kind"], each["at"]) for each in told] == [
        ("disconnected", "2026-05-01T01:00:00Z"),
        ("connected", "2026-05-01T00:00:00Z"),
    ]
