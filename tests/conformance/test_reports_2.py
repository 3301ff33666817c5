"""Edge cases of what stations of OCPP 2.x report (rows Y01 to Y14), each through the running gateway."""

from decimal import Decimal
from typing import Any

import pytest
from tests.conformance.bench import Bench, at, got, moment, text
from tests.conformance.client import VERSIONS, basic
from tests.conformance.sequences import TOKEN, value
from tests.interfaces.gateway.websocket.raw_client import CLOSE
from tests.plugins.gateway import PASSWORD

from chargehand.domain.charging.models import TransactionEvent
from chargehand.domain.stations import actions
from chargehand.domain.stations.commands import GetReport, GetTransactionStatus
from chargehand.domain.stations.models import Variable

NEW = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


@NEW
def test_y01_a_gap_in_seq_no_loses_nothing(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    station.tell("Started", "Authorized", 0, evse={"id": 1}, meterValue=[value(-20, 0)])

    assert station.tell("Ended", "StopAuthorized", 5, meterValue=[value(-1, 900)]) == {}

    row = station.transaction
    assert got(row, "state last_seq energy_wh") == ("ended", 5, 900)
    seqs = TransactionEvent.objects.filter(transaction_id=row.pk).order_by("seq")
    assert [event.seq for event in seqs] == [0, 5]


@NEW
def test_y02_the_same_event_again_changes_nothing(bench: Bench, version: str) -> None:
    bench.token("CAFE01")
    station = bench.connect(version)
    started: dict[str, Any] = {
        "timestamp": at(-20),
        "evse": {"id": 1},
        "idToken": TOKEN,
        "meterValue": [value(-20, 100)],
    }

    answers = [station.tell("Started", "Authorized", 0, **started) for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["idTokenInfo"]["status"] == "Accepted"
    assert TransactionEvent.objects.filter(transaction_id=station.transaction.pk).count() == 1
    assert len(station.readings) == 1


@NEW
def test_y02_the_same_event_after_a_reconnect_changes_nothing(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    event: dict[str, Any] = {"timestamp": at(-20), "evse": {"id": 1}, "meterValue": [value(-20, 100)]}
    station.tell("Started", "Authorized", 0, **event)

    again = bench.connect(version, station.row)
    again.tell("Started", "Authorized", 0, **event, customData={"vendorId": "retry"})

    assert TransactionEvent.objects.filter(transaction_id=again.transaction.pk).count() == 1
    assert len(again.readings) == 1


@NEW
def test_y03_events_that_all_have_seq_no_zero_are_all_kept(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    station.tell("Started", "Authorized", 0, minutes=-30, evse={"id": 1}, meterValue=[value(-30, 0)])
    for minutes in (-20, -10):
        values = [value(minutes, 1000 + minutes)]
        station.tell("Updated", "MeterValuePeriodic", 0, minutes=minutes, meterValue=values)

    station.tell("Ended", "StopAuthorized", 0, minutes=-5, meterValue=[value(-5, 1200)])

    row = station.transaction
    assert got(row, "state energy_wh") == ("ended", 1200)
    kinds = TransactionEvent.objects.filter(transaction_id=row.pk).values_list("kind", flat=True)
    assert sorted(kinds) == ["ended", "started"]
    assert [reading.seq for reading in station.readings] == [0, 0, 0, 0]


@NEW
def test_y04_an_end_before_its_start_is_kept_and_completed(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    assert station.tell("Ended", "EVDeparted", 2, minutes=-5, meterValue=[value(-5, 900)]) == {}
    row = station.transaction
    assert got(row, "state energy_wh") == ("ended", None)
    assert "start-missing" in row.flags

    assert (
        station.tell("Started", "Authorized", 0, minutes=-30, evse={"id": 1}, meterValue=[value(-30, 100)])
        == {}
    )

    row = station.transaction
    assert got(row, "state evse meter_start_wh energy_wh") == ("ended", 1, 100, 800)
    assert "start-missing" not in row.flags
    assert row.started_at == row.started_station_time
    assert len(station.facts("charging.TransactionAmended")) == 1
    late: dict[str, Any] = {"info": {"chargingState": "Charging"}, "meterValue": [value(-15, 500)]}
    assert station.tell("Updated", "MeterValuePeriodic", 1, minutes=-15, **late) == {}
    assert got(station.transaction, "state charging_state energy_wh") == ("ended", "", 800)
    assert [reading.transaction_id for reading in station.readings] == [row.pk] * 3


@NEW
def test_y04_what_follows_a_start_that_is_missing_makes_the_transaction(bench: Bench, version: str) -> None:
    bench.token("CAFE01")
    station = bench.connect(version)

    answer = station.tell("Updated", "Authorized", 1, minutes=-20, evse={"id": 1}, idToken=TOKEN)
    assert answer["idTokenInfo"]["status"] == "Accepted"
    assert station.tell("Started", "CablePluggedIn", 0, minutes=-30, evse={"id": 1}) == {}

    row = station.transaction
    assert got(row, "state token_uid evse flags") == ("open", "CAFE01", 1, [])
    assert row.started_at == row.started_station_time


@NEW
def test_y05_offline_events_touch_the_transaction_and_no_live_state(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    payload = {"evseId": 1, "connectorId": 1, "connectorStatus": "Available", "timestamp": at(-1)}
    station.call("StatusNotification", payload)

    began, ended = moment(-600), moment(-500)
    station.tell("Started", "CablePluggedIn", 0, timestamp=text(began), evse={"id": 1}, offline=True)
    station.tell("Ended", "EVDeparted", 1, timestamp=text(ended), offline=True)

    row = station.transaction
    assert got(row, "state is_offline started_at ended_at") == ("ended", True, began, ended)
    assert station.connector().status == "Available"


@NEW
def test_y06_two_stations_may_use_the_same_name_for_a_transaction(bench: Bench, version: str) -> None:
    one, other = bench.connect(version), bench.connect(version)

    for station in (one, other):
        station.tell("Started", "Authorized", 0, ref="same", evse={"id": 1})

    assert one.transaction.pk != other.transaction.pk


@NEW
def test_y07_the_evse_of_the_start_holds_for_what_follows(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    station.tell("Started", "Authorized", 0, evse={"id": 2})

    station.tell("Updated", "MeterValuePeriodic", 1, meterValue=[value(-5, 7)])

    assert got(station.transaction, "evse connector") == (2, None)
    assert station.readings[0].evse == 2


@NEW
def test_y08_a_token_that_comes_later_is_authorised_then(bench: Bench, version: str) -> None:
    token = bench.token("CAFE01")
    station = bench.connect(version)
    assert station.tell("Started", "CablePluggedIn", 0, evse={"id": 1}) == {}

    answer = station.tell("Updated", "Authorized", 1, idToken=TOKEN)

    assert answer["idTokenInfo"]["status"] == "Accepted"
    assert got(station.transaction, "token_uid token_id authorization") == ("CAFE01", token.pk, "Accepted")


@NEW
def test_y09_an_unknown_token_is_a_verdict_and_no_error(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    answer = station.tell(
        "Started", "Authorized", 0, evse={"id": 1}, idToken={"idToken": "NOBODY", "type": "Central"}
    )

    assert answer["idTokenInfo"]["status"] == "Unknown"
    assert got(station.transaction, "state authorization") == ("open", "Unknown")


@NEW
@pytest.mark.parametrize(("kind", "word"), [("NoAuthorization", "Accepted"), ("ISO14443", "Invalid")])
def test_y09_a_token_without_text_is_answered_too(bench: Bench, version: str, kind: str, word: str) -> None:
    station = bench.connect(version)

    answer = station.tell(
        "Started", "ChargingStateChanged", 0, evse={"id": 1}, idToken={"idToken": "", "type": kind}
    )

    assert answer == {"idTokenInfo": {"status": word}}
    assert got(station.transaction, "state token_uid token_kind") == ("open", "", kind)


@NEW
def test_y10_what_a_station_says_of_its_queue_ends_nothing(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    station.tell("Started", "Authorized", 0, evse={"id": 1})
    ref = station.transaction.station_ref
    request = bench.ask(station, GetTransactionStatus(ref=ref))
    assert station.receive_call("GetTransactionStatus") == {"transactionId": ref}

    station.answer({"ongoingIndicator": False, "messagesInQueue": True})

    answered = bench.answered(request)
    assert answered.answer is not None
    assert answered.answer["detail"] == {"ongoingIndicator": False, "messagesInQueue": True}
    assert station.transaction.state == "open"


@NEW
def test_y11_parts_of_a_report_are_merged_in_any_order(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    request = bench.ask(station, GetReport(request_id=77))
    assert station.receive_call("GetBaseReport") == {"requestId": 77, "reportBase": "FullInventory"}
    station.answer({"status": "Accepted"})
    assert bench.answered(request).is_accepted

    for seq in (2, 0):
        item = {
            "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
            "variable": {"name": f"Variable{seq}"},
            "variableAttribute": [{"value": str(seq), "mutability": "ReadOnly"}],
        }
        part = {"requestId": 77, "generatedAt": at(), "seqNo": seq, "tbc": seq == 0, "reportData": [item]}
        assert station.call("NotifyReport", part) == {}

    found = Variable.objects.filter(station_id=station.id).order_by("name")
    names = "component evse connector name value is_readonly"
    assert [got(row, names) for row in found] == [
        ("Connector", 1, 1, "Variable0", "0", True),
        ("Connector", 1, 1, "Variable2", "2", True),
    ]


@NEW
@pytest.mark.parametrize(
    ("unit", "sent", "kept"),
    [
        ({"unit": "Wh", "multiplier": 3}, 1.5, 1500),
        ({"multiplier": 2}, 7, 700),
        ({"unit": "kWh"}, 1.25, 1250),
        ({"unit": "kWh", "multiplier": -3}, 5, 5),
        (None, 9, 9),
    ],
)
def test_y12_multipliers_and_units_are_applied(
    bench: Bench, version: str, unit: dict[str, Any] | None, sent: float, kept: int
) -> None:
    station = bench.connect(version)
    sample: dict[str, Any] = {"unitOfMeasure": unit} if unit else {}

    station.call("MeterValues", {"evseId": 1, "meterValue": [value(-1, sent, **sample)]})

    ((series, number),) = station.samples
    assert number == Decimal(kept)
    assert series.unit == "Wh"


@NEW
def test_y13_the_newer_of_a_status_and_an_event_counts(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    def notice(state: str, minutes: float) -> None:
        data = {
            "eventId": 1,
            "timestamp": at(minutes),
            "trigger": "Delta",
            "actualValue": state,
            "eventNotificationType": "HardWiredNotification",
            "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
            "variable": {"name": "AvailabilityState"},
        }
        answer = station.call("NotifyEvent", {"generatedAt": at(minutes), "seqNo": 0, "eventData": [data]})
        assert answer == {}

    notice("Occupied", -10)
    assert station.connector().status == "Occupied"
    payload = {"evseId": 1, "connectorId": 1, "connectorStatus": "Available", "timestamp": at(-5)}
    station.call("StatusNotification", payload)
    notice("Occupied", -7)

    assert station.connector().status == "Available"
    notice("Faulted", -1)
    assert station.connector().status == "Faulted"
    assert [event.kind for event in station.events] == ["monitor"] * 3


@NEW
def test_y14_no_boot_is_rejected_and_who_is_blocked_is_neither_heard_nor_asked(
    bench: Bench, version: str
) -> None:
    station = bench.connect(version)
    assert station.boot()["status"] == "Accepted"

    actions.block_station(operator_id=bench.operator.pk, station_id=station.id)

    assert station.raw.read_frame()[0] == 0x80 | CLOSE
    client = bench.knock()
    header = basic(station.identity, PASSWORD)
    assert client.shake_hands(f"/{station.identity}", VERSIONS[version], [header]).status == 403
