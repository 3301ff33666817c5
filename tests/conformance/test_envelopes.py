"""Edge cases of the envelope (rows R01 to R18), each through the running gateway."""

import json
from typing import Any

import pytest
from tests.conformance.bench import Bench, at

from chargehand.domain.stations.commands import Trigger

ALL = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
NEW = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


def broken(version: str) -> str:
    return "ProtocolError" if version == "1.6" else "RpcFrameworkError"


def test_r01_what_is_no_json_gets_no_answer_in_1_6(bench: Bench) -> None:
    station = bench.connect()

    assert station.say("{bad") == []

    assert station.frames("Malformed")[0].frame == "{bad"


@NEW
def test_r02_what_is_no_json_is_answered_to_the_id_minus_one(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    ((kind, message_id, code, _, details),) = station.say("{bad")

    assert (kind, message_id, code, details) == (4, "-1", "RpcFrameworkError", {})
    assert station.frames("Malformed")[0].frame == "{bad"


@ALL
@pytest.mark.parametrize("text", ["{}", "[]", "7", '"x"', "null"])
def test_r03_what_is_no_array_is_as_what_is_no_json(bench: Bench, version: str, text: str) -> None:
    station = bench.connect(version)

    answers = station.say(text)

    assert [answer[1:3] for answer in answers] == ([] if version == "1.6" else [["-1", "RpcFrameworkError"]])


@ALL
@pytest.mark.parametrize("text", ['[2,"id"]', '[2,"id","Heartbeat"]'])
def test_r04_a_call_that_lacks_elements_is_refused_by_its_id(bench: Bench, version: str, text: str) -> None:
    station = bench.connect(version)

    ((kind, message_id, code, *_),) = station.say(text)

    assert (kind, message_id, code) == (4, "id", broken(version))


@ALL
def test_r05_a_call_with_a_fifth_element_is_refused(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    ((_, message_id, code, *_),) = station.say('[2,"id","Heartbeat",{},1]')

    assert (message_id, code) == ("id", broken(version))


@ALL
def test_r06_an_id_that_is_a_number_is_echoed_as_one(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    station.send_text('[2,17,"Heartbeat",{}]')
    kind, message_id, _ = station.receive()

    assert (kind, message_id) == (3, 17)
    assert station.say('[2,null,"Heartbeat",{}]')[0][:3] == [4, None, broken(version)]


@ALL
def test_r07_an_id_longer_than_36_is_refused(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    assert station.say(json.dumps([2, "i" * 37, "Heartbeat", {}]))[0][:3] == [4, "i" * 37, broken(version)]
    assert "currentTime" in station.call("Heartbeat", {}, message_id="i" * 36)


@ALL
def test_r08_a_message_type_as_text_is_no_message(bench: Bench, version: str) -> None:
    station = bench.connect(version)

    answers = station.say('["2","id","Heartbeat",{}]')

    assert [answer[1] for answer in answers] == ([] if version == "1.6" else ["-1"])


@ALL
@pytest.mark.parametrize("kind", [0, 1, 7, 99, -2])
def test_r09_and_r10_an_unknown_message_type_is_ignored(bench: Bench, version: str, kind: int) -> None:
    station = bench.connect(version)
    text = json.dumps([kind, "id", "Heartbeat", {}])

    assert station.say(text) == []

    assert [frame.frame for frame in station.frames("Ignored")] == [text]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("kind", [5, 6])
def test_r11_types_of_2_1_are_ignored_before(bench: Bench, version: str, kind: int) -> None:
    station = bench.connect(version)

    assert station.say(json.dumps([kind, "id", "NotifyPeriodicEventStream", {}])) == []


def test_r12_a_send_is_stored_and_never_answered(bench: Bench) -> None:
    station = bench.connect("2.1")
    stream = {"id": 1, "pending": 0, "basetime": at(), "data": [{"t": 0, "v": "230"}]}
    request = bench.ask(station, Trigger(message="Heartbeat"))
    station.receive_call("TriggerMessage")

    assert station.say(json.dumps([6, "id", "NotifyPeriodicEventStream", stream])) == []
    station.answer({"status": "Accepted"})

    assert bench.answered(request).is_accepted
    assert len(station.frames("NotifyPeriodicEventStream")) == 1


@pytest.mark.parametrize(
    "text", ['[6,"id","NoSuchThing",{}]', '[6,"id"]', '[6,"id","NotifyPeriodicEventStream",[]]']
)
def test_r13_a_broken_send_is_kept_and_never_answered(bench: Bench, text: str) -> None:
    station = bench.connect("2.1")

    assert station.say(text) == []

    assert text in [message.frame for message in station.messages]


def test_r14_a_callresulterror_is_kept_and_not_answered(bench: Bench) -> None:
    station = bench.connect("2.1")

    assert station.say('[5,"m1","FormatViolation","cannot read it",{}]') == []

    assert len(station.frames("CallResultError")) == 1


@ALL
@pytest.mark.parametrize("action", [["Heartbeat"], {"a": 1}, 5, None])
def test_r15_an_action_that_is_no_text_is_refused(bench: Bench, version: str, action: Any) -> None:
    station = bench.connect(version)

    assert station.say(json.dumps([2, "id", action, {}]))[0][:3] == [4, "id", broken(version)]


@ALL
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_r16_numbers_that_json_does_not_know_are_no_json(bench: Bench, version: str, number: str) -> None:
    station = bench.connect(version)

    answers = station.say(f'[2,"id","DataTransfer",{{"vendorId":"a","data":{number}}}]')

    assert [answer[1] for answer in answers] == ([] if version == "1.6" else ["-1"])


def test_r17_of_two_equal_keys_the_last_counts(bench: Bench) -> None:
    station = bench.connect()
    text = '{"connectorId":1,"errorCode":"NoError","status":"Preparing","status":"Charging"}'

    assert station.say(f'[2,"id","StatusNotification",{text}]') == [[3, "id", {}]]

    assert station.connector().status == "Charging"


@ALL
def test_r18_nesting_without_end_is_refused_by_its_id(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    deep = "[" * 50_000 + "]" * 50_000

    (answer,) = station.say(f'[2,"id","DataTransfer",{{"vendorId":"a","data":{deep}}}]')

    assert answer[:3] == [4, "id", "FormationViolation" if version == "1.6" else "FormatViolation"]


def test_r18_an_array_of_many_is_taken(bench: Bench) -> None:
    station = bench.connect()

    assert station.sample(*({"value": str(number)} for number in range(5000))) == {}

    assert sum(len(reading.series) for reading in station.readings) == 5000


@ALL
def test_a_text_with_half_a_surrogate_pair_is_answered_and_kept_as_sent(bench: Bench, version: str) -> None:
    station = bench.connect(version)
    text = r'[2,"half","DataTransfer",{"vendorId":"x","data":"\ud800"}]'

    ((kind, message_id, _),) = station.say(text)

    assert (kind, message_id) == (3, "half")
    assert station.frames("DataTransfer")[0].frame == text
