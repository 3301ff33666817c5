"""Pages: together they are the whole list, once each, in one order, whatever their size."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.interfaces.api.conftest import AddSession, AddStation

from chargehand.domain.accounts.models import Operator
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations.models import ChargingStation, Location, StationRequest, WaitingStation
from chargehand.domain.tokens.models import Token
from chargehand.interfaces.api import paging
from chargehand.interfaces.api.problems import Problem
from chargehand.interfaces.api.rates import buckets
from chargehand.kernel import clock
from chargehand.kernel.ids import new_id

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
AS_OFTEN = settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def walk(client: Client, address: str, limit: int, **asked: Any) -> list[Any]:
    """Follow the Link headers from the first page to the last and return all items."""
    buckets.forget()  # one caller asks for more pages here than the rate allows
    items: list[Any] = []
    pages = 0
    answer = client.get(address, {"limit": limit, **asked})
    while True:
        body = answer.json()
        items += body["items"]
        assert len(body["items"]) <= limit or "meter-values" in address
        pages += 1
        assert pages < 100
        if body["next_cursor"] is None:
            assert "Link" not in answer
            return items
        target, relation = answer["Link"].split("; ")
        assert relation == 'rel="next"'
        answer = client.get(target.strip("<>"))


@pytest.fixture
def many(
    operator: Operator, site: Location, add_station: AddStation, add_session: AddSession
) -> ChargingStation:
    """Stations, sessions at the same and other moments, tokens, waiting stations, commands."""
    stations = [add_station(f"CP-{number}") for number in range(7)]
    for number in range(11):
        add_session(stations[0], started_at=BEGIN + timedelta(hours=number // 3))
        Token.objects.create(operator=operator, uid=f"T{number}", uid_key=f"t{number}")
        Location.objects.create(operator=operator, name="Same name", created_at=BEGIN)
        at = BEGIN + timedelta(seconds=number // 2)
        WaitingStation.objects.create(identity=f"W/{number}", first_seen_at=at, last_seen_at=at)
        StationRequest.objects.create(
            id=new_id(),
            operator=operator,
            station=stations[0],
            command="reset",
            body={"command": "reset"},
            queued_at=at,
            expires_at=at,
        )
    return stations[0]


@AS_OFTEN
@given(limit=st.integers(2, 13))
def test_pages_of_any_size_add_up_to_the_list(limit: int, many: ChargingStation, api: Client) -> None:
    expected = {"stations": 7, "sessions": 11, "tokens": 11, "locations": 12, "waiting-stations": 11}
    lists = {f"/api/v1/{name}": count for name, count in expected.items()}
    lists[f"/api/v1/stations/{many.pk}/commands"] = 11
    for address, count in lists.items():
        whole = [each.get("id", each.get("identity")) for each in walk(api, address, 500)]
        cut = [each.get("id", each.get("identity")) for each in walk(api, address, limit)]
        assert len(whole) == count
        assert cut == whole
        assert len(set(cut)) == count


def test_commands_of_one_moment_stay_on_one_page(many: ChargingStation, api: Client) -> None:
    StationRequest.objects.update(queued_at=BEGIN)
    page = api.get(f"/api/v1/stations/{many.pk}/commands", {"limit": 3}).json()
    assert len(page["items"]) == 11


def test_a_filter_stays_in_the_link_to_the_next_page(many: ChargingStation, api: Client) -> None:
    found = walk(api, "/api/v1/sessions", 2, since=(BEGIN + timedelta(hours=2)).isoformat(), state="ended")
    assert len(found) == 5


@pytest.fixture
def measured(station: ChargingStation, add_session: AddSession) -> Transaction:
    """A session with ten readings of two values each, two readings a minute."""
    session = add_session(station)
    measurands = ["Voltage", "Power.Active.Import"]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO charging_series (measurand, phase, location, context, unit, written_unit)"
            " SELECT name, '', 'Outlet', 'Sample.Periodic', 'V', 'V' FROM unnest(%s::text[]) AS name",
            [measurands],
        )
        cursor.execute(
            "INSERT INTO charging_reading (station_id, evse, connector, transaction_id, is_inferred,"
            " measured_at, received_at, series, readings)"
            " SELECT %s, 1, 1, %s, false, %s::timestamptz + n / 2 * interval '1 minute', %s,"
            " (SELECT array_agg(id::int) FROM charging_series WHERE measurand = ANY(%s)),"
            " ARRAY[230.10 + n, 7000.00 + n] FROM generate_series(0, 9) AS n",
            [station.pk, session.pk, session.started_at, clock.now(), measurands],
        )
    return session


@AS_OFTEN
@given(limit=st.integers(1, 6))
def test_meter_values_come_by_whole_moments(limit: int, measured: Transaction, api: Client) -> None:
    of_session = walk(api, f"/api/v1/sessions/{measured.pk}/meter-values", limit)
    of_station = walk(api, f"/api/v1/stations/{measured.station_id}/meter-values", limit)
    assert len(of_session) == 20
    assert of_station == of_session
    assert len({(each["reading_id"], each["measurand"]) for each in of_session}) == 20
    assert {"230.1", "7009"} <= {each["value"] for each in of_session}
    only = walk(api, f"/api/v1/sessions/{measured.pk}/meter-values", limit, measurand="Voltage")
    assert [each["measurand"] for each in only] == ["Voltage"] * 10


@given(st.text(max_size=40))
def test_a_cursor_that_is_none_of_ours_is_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        paging.read_cursor(text, tuple[paging.Moment, paging.Number])
    assert refused.value.code == "bad-cursor"


@given(st.tuples(st.datetimes(timezones=st.just(UTC)), st.integers(0, 2**63 - 1)))
def test_a_cursor_comes_back_as_it_was_written(place: tuple[datetime, int]) -> None:
    assert paging.read_cursor(paging.write_cursor(place), tuple[paging.Moment, paging.Number]) == place


@given(st.lists(st.integers(0, 5)), st.integers(1, 6))
def test_a_stream_cut_by_time_loses_nothing_between_pages(moments: list[int], limit: int) -> None:
    stream = sorted(moments, reverse=True)

    def cut(before: datetime) -> tuple[list[int], datetime | None]:
        return paging.cut_by_time(
            lambda most: [each for each in stream if BEGIN + timedelta(hours=each) < before][:most],
            lambda each: BEGIN + timedelta(hours=each),
            limit,
        )

    found: list[int] = []
    before: datetime | None = BEGIN + timedelta(days=9)
    while before is not None:
        page, before = cut(before)
        found += page
    assert found == stream
