"""Edge cases of the envelope (rows R01 to R18, C01 to C14, A01 to A06), each through the running gateway."""

import json
from typing import Any

import pytest
from tests.conformance.bench import Bench, Station, at, got
from tests.conformance.client import Refused
from tests.conformance.reasons import ids, uncovered

from chargehand.domain.charging.models import TransactionEvent
from chargehand.domain.stations.commands import Reset, Trigger
from chargehand.domain.stations.models import StationRequest

REASONS = {
    "R10": "Ignored as R09 shows for all versions: the later errata take the conflicting clause back.",
    "C13": "A CALLRESULTERROR is allowed, not asked for; the answer is treated as C12 shows for 2.1 too.",
}
ALL = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
NEW = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


def say(station: Station, text: str) -> list[Any]:
    """Send a text and then a Heartbeat; return what came before its answer."""
    station.send_text(text)
    beat = station.next_id()
    station.send(2, beat, "Heartbeat", {})
    answers = []
    while (message := station.receive())[1] != beat:
        answers.append(message)
    return answers


def broken(version: str) -> str:
    return "ProtocolError" if version == "1.6" else "RpcFrameworkError"


def test_r01_what_is_no_json_gets_no_answer_in_1_6(bench: Bench) -> None:
    station = bench.connect()

    assert say(station, "{bad") == []

    assert station.frames("Malformed")[0].frame == "{bad"


@NEW
def test_r02_what_is_no_json_is_answered_to_the_id_minus_one(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    ((kind, message_id, code, _, details),) = say(station, "{bad")

    assert (kind, message_id, code, details) == (4, "-1", "RpcFrameworkError", {})
    assert station.frames("Malformed")[0].frame == "{bad"


@ALL
@pytest.mark.parametrize("text", ["{}", "[]", "7", '"x"', "null"])
def test_r03_what_is_no_array_is_as_what_is_no_json(bench: Bench, version: str, text: str) -> None:
    station = bench.connect(version)

    answers = say(station, text)

    assert [answer[1:3] for answer in answers] == ([] if version == "1.6" else [["-1", "RpcFrameworkError"]])


@ALL
@pytest.mark.parametrize("text", ['[2,"id"]', '[2,"id","Heartbeat"]'])
def test_r04_a_call_that_lacks_elements_is_refused_by_its_id(bench: Bench, version: str, text: str) -> None:
    station = bench.connect(version)

    ((kind, message_id, code, *_),) = say(station, text)

    assert (kind, message_id, code) == (4, "id", broken(version))


@ALL
def test_r05_a_call_with_a_fifth_element_is_refused(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    ((_, message_id, code, *_),) = say(station, '[2,"id","Heartbeat",{},1]')

    assert (message_id, code) == ("id", broken(version))


@ALL
def test_r06_an_id_that_is_a_number_is_echoed_as_one(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    station.send_text('[2,17,"Heartbeat",{}]')
    kind, message_id, _ = station.receive()

    assert (kind, message_id) == (3, 17)
    assert say(station, '[2,null,"Heartbeat",{}]')[0][:3] == [4, None, broken(version)]


@ALL
def test_r07_an_id_longer_than_36_is_refused(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    assert say(station, json.dumps([2, "i" * 37, "Heartbeat", {}]))[0][:3] == [4, "i" * 37, broken(version)]
    assert "currentTime" in station.call("Heartbeat", {}, message_id="i" * 36)


@ALL
def test_r08_a_message_type_as_text_is_no_message(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    answers = say(station, '["2","id","Heartbeat",{}]')

    assert [answer[1] for answer in answers] == ([] if version == "1.6" else ["-1"])


@ALL
def test_r09_an_unknown_message_type_is_ignored(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    assert say(station, '[7,"id","Heartbeat",{}]') == []


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("kind", [5, 6])
def test_r11_types_of_2_1_are_ignored_before(bench: Bench, version: str, kind: int) -> None:
    station = bench.connect(version)

    assert say(station, json.dumps([kind, "id", "NotifyPeriodicEventStream", {}])) == []


def test_r12_a_send_is_stored_and_never_answered(bench: Bench) -> None:
    station = bench.connect("2.1")
    stream = {"id": 1, "pending": 0, "basetime": at(), "data": [{"t": 0, "v": "230"}]}
    request = bench.ask(station, Trigger(message="Heartbeat"))
    station.receive_call("TriggerMessage")

    assert say(station, json.dumps([6, "id", "NotifyPeriodicEventStream", stream])) == []
    station.answer({"status": "Accepted"})

    assert bench.answered(request).is_accepted
    assert len(station.frames("NotifyPeriodicEventStream")) == 1


@pytest.mark.parametrize(
    "text", ['[6,"id","NoSuchThing",{}]', '[6,"id"]', '[6,"id","NotifyPeriodicEventStream",[]]']
)
def test_r13_a_broken_send_is_kept_and_never_answered(bench: Bench, text: str) -> None:
    station = bench.connect("2.1")

    assert say(station, text) == []

    assert text in [message.frame for message in station.messages]


def test_r14_a_callresulterror_is_kept_and_not_answered(bench: Bench) -> None:
    station = bench.connect("2.1")

    assert say(station, '[5,"m1","FormatViolation","cannot read it",{}]') == []

    assert len(station.frames("CallResultError")) == 1


@ALL
@pytest.mark.parametrize("action", [["Heartbeat"], {"a": 1}, 5, None])
def test_r15_an_action_that_is_no_text_is_refused(bench: Bench, version: str, action: Any) -> None:
    station = bench.connect(version)

    assert say(station, json.dumps([2, "id", action, {}]))[0][:3] == [4, "id", broken(version)]


@ALL
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_r16_numbers_that_json_does_not_know_are_no_json(bench: Bench, version: str, number: str) -> None:
    station = bench.connect(version)

    answers = say(station, f'[2,"id","DataTransfer",{{"vendorId":"a","data":{number}}}]')

    assert [answer[1] for answer in answers] == ([] if version == "1.6" else ["-1"])


def test_r17_of_two_equal_keys_the_last_counts(bench: Bench) -> None:
    station = bench.connect()
    text = '{"connectorId":1,"errorCode":"NoError","status":"Preparing","status":"Charging"}'

    assert say(station, f'[2,"id","StatusNotification",{text}]') == [[3, "id", {}]]

    assert station.connector().status == "Charging"


@ALL
def test_r18_nesting_without_end_is_refused_by_its_id(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    deep = "[" * 50_000 + "]" * 50_000

    (answer,) = say(station, f'[2,"id","DataTransfer",{{"vendorId":"a","data":{deep}}}]')

    assert answer[:3] == [4, "id", "FormationViolation" if version == "1.6" else "FormatViolation"]


def test_r18_an_array_of_many_is_taken(bench: Bench) -> None:
    station = bench.connect()

    assert station.sample(*({"value": str(number)} for number in range(5000))) == {}

    assert sum(len(reading.series) for reading in station.readings) == 5000


@ALL
def test_c01_an_answer_to_an_unknown_id_disturbs_no_pending_call(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    request = bench.ask(station, Reset())
    station.receive_call("Reset")

    assert say(station, '[3,"unknown",{"status":"Rejected"}]') == []
    assert say(station, '[4,"unknown","InternalError","",{}]') == []
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

    assert say(station, json.dumps([3, late, {"status": "Accepted"}])) == []
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

    assert say(station, '[4,"-1","RpcFrameworkError","",{}]') == []
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
    assert station.is_silent()


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

    assert station.refuse("NotifyEVChargingNeeds", {}) == "NotSupported"

    assert len(station.frames("NotifyEVChargingNeeds")) == 1


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


def test_every_row_of_the_envelope_has_a_scenario_or_a_reason() -> None:
    rows = [*ids("R", 18, width=2), *ids("C", 14, width=2), *ids("A", 6, width=2)]
    assert uncovered(globals(), rows, REASONS) == []
