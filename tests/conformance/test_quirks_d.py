"""Field quirks D: clocks that are not set, not right, or written in their own way."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.conformance.bench import Bench, Station, at, got, moment, text

from chargehand.domain.accounts.models import AuditEntry
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations import actions
from chargehand.domain.stations.models import Location, StationConnection, StatusReport
from chargehand.journal.runner import drain
from chargehand.kernel.errors import Refused
from chargehand.project.flows import FOLLOWERS

SOON = timedelta(minutes=5)
SOON_S = 55


def is_now(time: datetime | None) -> bool:
    return time is not None and abs(time - datetime.now(UTC)) < SOON


@pytest.mark.parametrize("never", ["1970-01-01T00:00:05Z", "0001-01-01T00:00:00Z", "2014-06-01T12:00:00Z"])
def test_d1_a_clock_that_was_never_set_is_not_believed_and_kept(bench: Bench, never: str) -> None:
    station = bench.connect()
    station.report("Available", timestamp=never)
    payload = station.start_payload(meter=1000) | {"timestamp": never}
    number = station.call("StartTransaction", payload)["transactionId"]
    values = [{"timestamp": never, "sampledValue": [{"value": "1200"}]}]
    station.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": values})

    station.call("StopTransaction", {"transactionId": number, "meterStop": 1500, "timestamp": never})

    row = station.transaction
    said = datetime.fromisoformat(never)
    assert got(row, "state energy_wh started_station_time") == ("ended", 500, said)
    assert got(row, "ended_station_time") == (said,)
    assert is_now(row.started_at)
    assert is_now(row.ended_at)
    assert {"clock-not-credible", "end-clock-not-credible"} <= set(row.flags)
    (reading,) = station.readings
    assert reading.station_time == said
    assert is_now(reading.measured_at)
    assert is_now(station.connector().status_at)


@pytest.mark.parametrize(("minutes", "skew"), [(60, 3600), (-2, -120), (0, 0)])
def test_d2_how_far_a_clock_is_off_is_measured(bench: Bench, minutes: float, skew: int) -> None:
    station = bench.connect()

    station.report("Available", minutes=minutes)

    assert station.row.clock_skew_s == pytest.approx(skew, abs=SOON_S)


def test_d2_a_clock_that_is_set_right_is_believed_again(bench: Bench) -> None:
    station = bench.connect()
    station.report("Available", minutes=60)
    number = station.start(minutes=60)
    assert "clock-not-credible" in station.transaction.flags

    station.report("Charging", minutes=0)
    station.stop(number, minutes=0)

    assert station.row.clock_skew_s == pytest.approx(0, abs=SOON_S)
    row = station.transaction
    assert got(station.connector(), "status") == ("Charging",)
    assert row.ended_at is not None
    assert row.started_at <= row.ended_at


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-01T12:00:00+02", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01T12:00:00+0200", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01T10:00:00", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01 10:00:00Z", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01T10:00:00.123456789Z", "2026-03-01T10:00:00.123456+00:00"),
        ("2026-03-01T05:30:00.5-04:30", "2026-03-01T10:00:00.500000+00:00"),
    ],
)
def test_d3_odd_ways_of_writing_a_time_are_read(bench: Bench, written: str, meant: str) -> None:
    station = bench.connect()

    station.call("StartTransaction", station.start_payload() | {"timestamp": written})

    assert station.transaction.started_at == datetime.fromisoformat(meant)
    assert written in station.frames("StartTransaction")[0].frame


def test_d2_times_without_a_zone_are_local_where_people_say_so(bench: Bench) -> None:
    row = bench.make_station()
    actions.set_clock_zone(operator_id=bench.operator.pk, station_id=row.pk, zone="Europe/Berlin")
    station = bench.connect(row=row)
    start = station.start_payload(meter=0) | {"timestamp": "2026-07-01T12:00:00"}
    number = station.call("StartTransaction", start)["transactionId"]
    values = [{"timestamp": "2026-07-01T12:15:00", "sampledValue": [{"value": "1200"}]}]
    station.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": values})
    station.report("Charging", timestamp="2026-07-01T12:00:05")

    station.stop(number, meter=2400, timestamp="2026-07-01T10:30:00Z")

    row_of_charge = station.transaction
    assert row_of_charge.ended_at is not None
    assert text(row_of_charge.started_at) == "2026-07-01T10:00:00Z"
    assert text(row_of_charge.ended_at) == "2026-07-01T10:30:00Z"
    assert "no-zone" in row_of_charge.flags
    (reading,) = station.readings
    assert text(reading.measured_at) == "2026-07-01T10:15:00Z"
    status_at = station.connector().status_at
    assert status_at is not None
    assert text(status_at) == "2026-07-01T10:00:05Z"


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_d2_a_zone_set_for_a_station_leaves_times_with_a_zone_alone(bench: Bench, version: str) -> None:
    station = bench.connect(version, row=bench.make_station(clock_zone="Europe/Berlin"))
    report = {"evseId": 1, "connectorId": 1, "connectorStatus": "Available"}
    named = {"component": {"name": "Connector", "evse": {"id": 1}}, "variable": {"name": "Problem"}}
    told = {"eventId": 1, "timestamp": "2026-07-01T12:00:00", "trigger": "Alerting", "actualValue": "true"}
    event = told | named | {"eventNotificationType": "HardWiredNotification"}

    station.call("StatusNotification", report | {"timestamp": "2026-07-01T12:00:00Z"})
    notice = {"generatedAt": "2026-07-01T12:00:00Z", "seqNo": 0, "eventData": [event]}
    station.call("NotifyEvent", notice)

    at_noon = station.connector().status_at
    assert at_noon is not None
    assert text(at_noon) == "2026-07-01T12:00:00Z"
    assert "2026-07-01T10:00:00Z" in [text(each.at) for each in station.events]


def local(hours: float) -> str:
    """Write the time now as a clock does that is so many hours ahead of UTC, and names no zone."""
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")


def begin_by_local_time(station: Station, hours: float) -> Transaction:
    station.report("Preparing", timestamp=local(hours))
    start = station.start_payload(meter=0) | {"timestamp": local(hours)}
    number = station.call("StartTransaction", start)["transactionId"]
    return Transaction.objects.get(pk=number)


def test_d2_the_zone_of_times_that_name_none_is_learnt_and_counts_from_then_on(bench: Bench) -> None:
    station = bench.connect()
    first = begin_by_local_time(station, 2)
    assert {"no-zone", "clock-not-credible"} <= set(first.flags)

    bench.follow(lambda: station.row.clock_zone)

    assert station.row.clock_zone == "Etc/GMT-2"
    assert AuditEntry.objects.filter(action="station.zone_learnt", subject_id=str(station.id)).count() == 1
    again = bench.connect(row=station.row)
    second = begin_by_local_time(again, 2)
    assert is_now(second.started_at)
    assert "clock-not-credible" not in second.flags
    assert again.row.clock_skew_s == pytest.approx(0, abs=SOON_S)


def test_d2_the_zone_of_the_site_is_learnt_where_it_explains_the_clock(bench: Bench) -> None:
    site = Location.objects.create(
        operator=bench.operator, name="Depot", time_zone="Asia/Tokyo", created_at=moment()
    )
    station = bench.connect(row=bench.make_station(location=site))

    begin_by_local_time(station, 9)

    assert bench.follow(lambda: station.row.clock_zone) == "Asia/Tokyo"


def test_d2_a_clock_behind_is_believed_local_only_on_a_connection_that_stood_for_a_while(
    bench: Bench,
) -> None:
    station = bench.connect()
    begin_by_local_time(station, -5)
    bench.follow(lambda: drain(FOLLOWERS) == 0)
    assert station.row.clock_zone == ""
    StationConnection.objects.filter(station_id=station.id).update(connected_at=moment(-30))

    second = begin_by_local_time(station, -5 + 1 / 120)

    assert bench.follow(lambda: station.row.clock_zone) == "Etc/GMT+5"
    second.refresh_from_db()
    assert is_now(second.started_at)
    assert "clock-zone-learnt" in second.flags


def test_d2_a_clock_that_is_simply_wrong_teaches_no_zone(bench: Bench) -> None:
    station = bench.connect()

    begin_by_local_time(station, 2.1)
    bench.follow(lambda: drain(FOLLOWERS) == 0)

    assert station.row.clock_zone == ""


def test_d2_a_zone_that_is_none_is_refused(bench: Bench) -> None:
    row = bench.make_station()
    with pytest.raises(Refused) as refused:
        actions.set_clock_zone(operator_id=bench.operator.pk, station_id=row.pk, zone="Mars/Olympus")
    assert refused.value.code == "unknown-time-zone"


def test_d3_a_time_without_a_zone_is_flagged(bench: Bench) -> None:
    station = bench.connect()

    station.call("StartTransaction", station.start_payload() | {"timestamp": "2026-03-01T10:00:00"})

    assert "no-zone" in station.transaction.flags


def test_d4_a_stop_in_the_future_ends_the_transaction_now(bench: Bench) -> None:
    station = bench.connect()
    number = station.start(meter=1000)

    assert station.stop(number, meter=1800, minutes=24 * 60) == {}

    row = station.transaction
    assert got(row, "state energy_wh") == ("ended", 800)
    assert is_now(row.ended_at)
    assert row.ended_station_time is not None
    assert row.ended_station_time > moment(23 * 60)
    assert "end-clock-not-credible" in row.flags


def test_d5_an_old_status_goes_into_the_history_only(bench: Bench) -> None:
    station = bench.connect()
    station.report("Charging", minutes=-5)

    station.report("Preparing", minutes=-30)

    assert station.connector().status == "Charging"
    reports = StatusReport.objects.filter(station_id=station.id).order_by("id")
    assert [got(row, "status is_late") for row in reports] == [("Charging", False), ("Preparing", True)]


def test_d5_of_two_statuses_of_one_time_the_later_received_counts(bench: Bench) -> None:
    station = bench.connect()
    now = at()

    station.report("Preparing", timestamp=now)
    station.report("Charging", timestamp=now)

    assert station.connector().status == "Charging"


def test_d6_a_missing_time_is_the_time_of_receipt(bench: Bench) -> None:
    station = bench.connect()

    station.report("Available", minutes=None)

    connector = station.connector()
    assert connector.status_station_time is None
    assert is_now(connector.status_at)


def test_d6_a_charge_without_any_time_is_one_at_its_receipt(bench: Bench) -> None:
    bench.token("CAFE01")
    station = bench.connect()
    started = station.call("StartTransaction", {"connectorId": 1, "idTag": "CAFE01", "meterStart": 1000})
    number = started["transactionId"]
    values = [{"sampledValue": [{"value": "1200"}]}]
    sampled = station.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": values})

    stopped = station.call("StopTransaction", {"transactionId": number, "meterStop": 1500})

    assert (started["idTagInfo"], sampled, stopped) == ({"status": "Accepted"}, {}, {})
    row = station.transaction
    assert got(row, "state energy_wh started_station_time ended_station_time") == ("ended", 500, None, None)
    assert is_now(row.started_at)
    assert is_now(row.ended_at)
    assert "no-station-time" in row.flags
    (reading,) = station.readings
    assert reading.station_time is None
    assert is_now(reading.measured_at)


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_d6_an_event_without_a_time_is_one_at_its_receipt(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    event = {"triggerReason": "Authorized", "seqNo": 0, "transactionInfo": {"transactionId": "untimed"}}

    assert station.call("TransactionEvent", event | {"eventType": "Started", "evse": {"id": 1}}) == {}

    row = station.transaction
    assert got(row, "station_ref state started_station_time") == ("untimed", "open", None)
    assert is_now(row.started_at)


def test_d7_a_change_to_summer_time_adds_no_hour(bench: Bench) -> None:
    station = bench.connect()
    start = station.start_payload() | {"timestamp": "2026-03-29T01:30:00+01:00"}
    number = station.call("StartTransaction", start)["transactionId"]

    station.call(
        "StopTransaction",
        {"transactionId": number, "meterStop": 2000, "timestamp": "2026-03-29T03:30:00+02:00"},
    )

    row = station.transaction
    assert row.ended_at is not None
    assert row.ended_at - row.started_at == timedelta(hours=1)
    assert text(row.started_at) == "2026-03-29T00:30:00Z"
