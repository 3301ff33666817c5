"""Edge cases of calls, answers and actions (rows C01 to C14, A01 to A06), each through the running gateway."""

import json
from typing import Any

import pytest
from tests.conformance.bench import Bench, Station, at, got
from tests.conformance.client import Refused
from tests.patience import wait_for

from chargehand.domain.charging.models import TransactionEvent
from chargehand.domain.stations.commands import GetVariables, Reset, Trigger, VariableAsked
from chargehand.domain.stations.models import StationRequest, Variable
from chargehand.interfaces.gateway.routing import without_behaviour
from chargehand.protocols.ocpp.versions import Version

ALL = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
NEW = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


@ALL
def test_c01_an_answer_to_an_unknown_id_disturbs_no_pending_call(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    request = bench.ask(station, Reset())
    station.receive_call("Reset")

    assert station.say('[3,"unknown",{"status":"Rejected"}]') == []
    assert station.say('[4,"unknown","InternalError","",{}]') == []
    station.answer({"status": "Accepted"})

    assert bench.answered(request).is_accepted


def expire_pending(bench: Bench, station: Station) -> None:
    gateway = bench.csms.gateway.process.gateway
    assert gateway is not None
    pending = gateway.connections[station.id].pending
    assert pending is not None
    pending.deadline = 0.0


@ALL
def test_c02_an_answer_after_its_time_is_not_given_to_the_next_call(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    first = bench.ask(station, Reset())
    station.receive_call("Reset")
    late = station.asked.popleft()[1]
    expire_pending(bench, station)
    assert bench.answered(first).state == "failed"
    second = bench.ask(station, Trigger(message="Heartbeat"))
    station.receive_call("TriggerMessage")

    assert station.say(json.dumps([3, late, {"status": "Accepted"}])) == []
    station.answer({"status": "Rejected"})

    assert bench.answered(second).is_accepted is False
    first.refresh_from_db()
    assert got(first, "state is_accepted") == ("failed", False)


def test_c03_a_call_sent_twice_at_once_is_answered_twice_alike(bench: Bench) -> None:
    station = bench.connect()
    payload = station.start_payload()

    for _ in range(2):
        station.send(2, "same", "StartTransaction", payload)
    first, second = station.receive(), station.receive()

    assert first == second
    assert first[:2] == [3, "same"]
    assert len(station.transactions) == 1


@ALL
def test_c04_a_call_sent_again_after_its_answer_is_not_done_twice(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    if version == "1.6":
        action, payload = "StartTransaction", station.start_payload()
    else:
        action = "TransactionEvent"
        payload = {
            "eventType": "Started",
            "timestamp": at(-5),
            "triggerReason": "CablePluggedIn",
            "seqNo": 0,
            "transactionInfo": {"transactionId": "t"},
            "evse": {"id": 1, "connectorId": 1},
        }

    answers = [station.call(action, payload, message_id="retry") for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert TransactionEvent.objects.filter(transaction_id=station.transaction.pk).count() == 1


@ALL
def test_c05_calls_sent_before_the_answer_are_answered_in_order(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    for index in range(100):
        station.send(2, f"p{index}", "Heartbeat", {})

    assert [station.receive()[1] for _ in range(100)] == [f"p{index}" for index in range(100)]


@ALL
def test_c06_a_call_of_the_station_is_answered_while_ours_waits(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    request = bench.ask(station, Trigger(message="Heartbeat"))
    station.receive_call("TriggerMessage")

    assert station.is_alive()
    station.answer({"status": "Accepted"})

    assert bench.answered(request).is_accepted


@ALL
def test_c07_there_is_one_call_of_ours_at_a_time_and_a_time_out_frees_the_way(
    bench: Bench, version: str
) -> None:
    station = bench.connect(version)
    requests = [bench.ask(station, Reset(is_immediate=flag)) for flag in (True, False)]
    station.receive_call("Reset")
    assert station.is_silent()

    expire_pending(bench, station)
    station.asked.popleft()
    station.receive_call("Reset")
    station.answer({"status": "Accepted"})

    assert [bench.answered(request).state for request in requests] == ["failed", "answered"]


@ALL
@pytest.mark.parametrize("rest", [[], ["GenericError"], ["GenericError", "text"]])
def test_c08_an_error_that_lacks_elements_is_an_answer(bench: Bench, version: str, rest: list[str]) -> None:
    answered = answer_with(bench, version, *rest)

    assert got(answered, "state is_accepted") == ("answered", False)
    assert word(answered) == "GenericError"


def answer_with(bench: Bench, version: str, *elements: Any) -> StationRequest:
    station = bench.connect(version)
    request = bench.ask(station, Reset())
    station.receive_call("Reset")
    station.send(4, station.asked.popleft()[1], *elements)
    return bench.answered(request)


def word(request: StationRequest) -> str:
    assert request.answer is not None
    return str(request.answer["word"])


@ALL
@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("FormationViolation", "FormatViolation"),
        ("OccurenceConstraintViolation", "OccurrenceConstraintViolation"),
        ("occurrenceconstraintviolation", "OccurrenceConstraintViolation"),
        ("VendorOops", "VendorOops"),
    ],
)
def test_c09_any_code_of_an_error_is_taken(bench: Bench, version: str, code: str, read: str) -> None:
    assert word(answer_with(bench, version, code, "", {})) == read


@ALL
def test_c10_a_long_description_and_details_as_text_are_taken(bench: Bench, version: str) -> None:
    answered = answer_with(bench, version, "InternalError", "d" * 5000, "details as text")

    assert word(answered) == "InternalError"
    assert answered.answer is not None
    assert answered.answer["detail"] == {"description": "d" * 255, "details": "details as text"}


@ALL
def test_c11_an_error_to_the_id_minus_one_leaves_our_call_pending(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    request = bench.ask(station, Reset())
    station.receive_call("Reset")

    assert station.say('[4,"-1","RpcFrameworkError","",{}]') == []
    station.answer({"status": "Accepted"})

    assert bench.answered(request).is_accepted


@ALL
@pytest.mark.parametrize("payload", [{}, {"status": 5}, {"status": "Perhaps"}, []])
def test_c12_an_answer_that_breaks_its_schema_is_no_yes(bench: Bench, version: str, payload: Any) -> None:
    station = bench.connect(version)
    request = bench.ask(station, Reset())
    station.receive_call("Reset")

    station.answer(payload)

    answered = bench.answered(request)
    assert got(answered, "is_accepted") == (False,)
    assert word(answered) == "Unreadable"
    if version != "2.1":
        assert station.is_silent()


@ALL
def test_c12_broken_answers_with_settings_hurt_no_connection(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    command = GetVariables(variables=[VariableAsked(component="A", name="B")])
    name = "configurationKey" if version == "1.6" else "getVariableResult"
    item = {"attributeStatus": "Accepted", "variable": {"name": "B"}}

    for broken in (5, "x", [item | {"component": "A"}], [item | {"component": {"name": "A", "evse": 7}}]):
        if version == "1.6" and isinstance(broken, list):
            continue
        request = bench.ask(station, command)
        station.receive_call("GetConfiguration" if version == "1.6" else "GetVariables")
        station.answer({name: broken})
        if version == "2.1":
            assert station.receive()[0] == 5
        assert word(bench.answered(request)) == "Unreadable"

    assert station.is_alive()
    assert not Variable.objects.filter(station_id=station.id).exists()


@ALL
@pytest.mark.parametrize("rest", [[], [{"status": "Accepted"}, 1]])
def test_c12_an_answer_of_other_length_fails_its_call_at_once(
    bench: Bench, version: str, rest: list[Any]
) -> None:
    station = bench.connect(version)
    request = bench.ask(station, Reset())
    station.receive_call("Reset")

    station.send(3, station.asked.popleft()[1], *rest)

    answered = bench.answered(request)
    assert got(answered, "state is_accepted") == ("answered", False)
    assert word(answered) == "Unreadable"


def test_c13_a_2_1_station_is_told_what_was_wrong_with_its_answer(bench: Bench) -> None:
    station = bench.connect("2.1")
    request = bench.ask(station, Reset())
    station.receive_call("Reset")
    message_id = station.asked[0][1]

    station.answer({"status": "Perhaps"})

    kind, about, code, description, _ = station.receive()
    assert (kind, about, code) == (5, message_id, "FormatViolation")
    assert "Perhaps" in description
    assert word(bench.answered(request)) == "Unreadable"
    (kept,) = wait_for(lambda: station.frames("ResetResponseError"))
    assert (kept.is_from_station, kept.message_id) == (False, message_id)


@ALL
def test_c14_null_as_payload_is_an_empty_object(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    assert "currentTime" in station.call("Heartbeat", None)
    request = bench.ask(station, Reset())
    station.receive_call("Reset")

    station.answer(None)

    assert word(bench.answered(request)) == "Unreadable"


@ALL
@pytest.mark.parametrize("action", ["CustomOperation", "", "Ünïcode\0"])
def test_a01_an_unknown_action_is_not_implemented(bench: Bench, version: str, action: str) -> None:
    station = bench.connect(version)

    assert station.refuse(action, {}) == "NotImplemented"

    assert len(station.messages) == 3 - 1


@NEW
def test_a02_a_known_action_without_behaviour_is_not_supported(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    names: dict[str, Version] = {"2.0.1": "ocpp2.0.1", "2.1": "ocpp2.1"}

    actions = without_behaviour(names[version])
    codes = {action: station.refuse(action, {}) for action in actions}

    assert {"NotifyEVChargingNeeds", "SignCertificate"} <= codes.keys()
    assert set(codes.values()) == {"NotSupported"}
    assert all(len(station.frames(action)) == 1 for action in actions)


@ALL
def test_a03_an_action_that_only_we_may_call_is_not_supported(bench: Bench, version: str) -> None:
    assert bench.connect(version).refuse("Reset", {"type": "Hard"}) == "NotSupported"


@pytest.mark.parametrize(
    ("version", "action"),
    [("1.6", "TransactionEvent"), ("2.0.1", "StartTransaction"), ("2.0.1", "BatterySwap")],
)
def test_a04_an_action_of_another_version_is_not_implemented(bench: Bench, version: str, action: str) -> None:
    assert bench.connect(version).refuse(action, {}) == "NotImplemented"


@ALL
def test_a05_an_action_in_another_letter_case_is_not_implemented(bench: Bench, version: str) -> None:
    assert bench.connect(version).refuse("heartbeat", {}) == "NotImplemented"


@ALL
def test_a06_a_signed_action_is_not_implemented(bench: Bench, version: str) -> None:
    with pytest.raises(Refused) as refused:
        bench.connect(version).call("Heartbeat-Signed", {"payload": "e30", "signatures": []})

    assert refused.value.code == "NotImplemented"
