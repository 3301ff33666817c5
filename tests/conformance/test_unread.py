"""Messages about charges that break their schema: what is taken all the same, and what people get to see."""

from typing import Any

import pytest
from tests.conformance.bench import Bench, at, got

NEW = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("StartTransaction", {"connectorId": 1, "meterStart": 0, "timestamp": at()}, "Occurence"),
        ("StartTransaction", {"connectorId": 1, "idTag": 12, "meterStart": 0, "timestamp": at()}, "Type"),
        ("StopTransaction", {"transactionId": "seven", "meterStop": 10, "timestamp": at()}, "Type"),
        ("StopTransaction", ["StopTransaction"], "Type"),
    ],
)
def test_what_cannot_be_read_of_a_charge_is_refused_and_left_to_a_person(
    bench: Bench, action: str, payload: Any, code: str
) -> None:
    station = bench.connect()

    assert station.refuse(action, payload) == f"{code}ConstraintViolation"
    assert station.refuse(action, payload) == f"{code}ConstraintViolation"

    assert station.transactions == []
    (case,) = station.repair_cases
    assert got(case, "kind state transaction_id") == ("message-unread", "open", None)
    first, again = station.frames(action)
    assert case.evidence["message"] == first.frame
    assert first.message_id != again.message_id
    assert case.evidence["action"] == action


@NEW
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"eventType": "Finished"}, "PropertyConstraintViolation"),
        ({"triggerReason": "Moonrise"}, "PropertyConstraintViolation"),
        ({"transactionInfo": {}}, "OccurrenceConstraintViolation"),
        ({"seqNo": "0"}, "TypeConstraintViolation"),
    ],
)
def test_an_event_that_cannot_be_read_is_left_to_a_person(
    bench: Bench, version: str, change: dict[str, Any], code: str
) -> None:
    station = bench.connect(version)
    event = {"eventType": "Started", "timestamp": at(), "triggerReason": "Authorized", "seqNo": 0}

    payload = event | {"transactionInfo": {"transactionId": "x"}} | change
    assert station.refuse("TransactionEvent", payload) == code

    assert station.transactions == []
    (case,) = station.repair_cases
    assert case.kind == "message-unread"


@pytest.mark.parametrize(("action", "payload"), [("StatusNotification", {}), ("MeterValues", {})])
def test_other_messages_that_cannot_be_read_wait_for_nobody(
    bench: Bench, action: str, payload: dict[str, Any]
) -> None:
    station = bench.connect()

    assert station.refuse(action, payload) == "OccurenceConstraintViolation"

    assert station.repair_cases == []
    assert len(station.frames(action)) == 1


def test_registers_with_decimals_are_taken_to_the_watt_hour(bench: Bench) -> None:
    station = bench.connect()
    start = station.start_payload() | {"meterStart": 1000.4}
    number = station.call("StartTransaction", start)["transactionId"]

    assert station.stop(number, meterStop=2500.5) == {}

    assert got(station.transaction, "meter_start_wh meter_stop_wh energy_wh") == (1000, 2501, 1501)
    assert "1000.4" in station.frames("StartTransaction")[0].frame


def test_words_of_2_1_are_understood_of_a_station_of_2_0_1(bench: Bench) -> None:
    station = bench.connect("2.0.1")
    station.tell("Started", "Authorized", 0, evse={"id": 1}, minutes=-30)

    assert station.tell("Updated", "TxResumed", 1, minutes=-20) == {}
    assert (
        station.tell("Ended", "CostLimitReached", 2, info={"stoppedReason": "ReqEnergyTransferRejected"})
        == {}
    )

    assert got(station.transaction, "state stop_reason last_seq") == ("ended", "ReqEnergyTransferRejected", 2)
    assert station.repair_cases == []
