"""One test for each odd envelope that stations send, and a fuzz that none of them raises."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargehand.protocols.ocpp import rpc
from chargehand.protocols.ocpp.rpc import (
    Call,
    CallError,
    CallResult,
    CallResultError,
    Ignored,
    Malformed,
    Send,
    decode,
)
from chargehand.protocols.ocpp.v16.availability import HeartbeatResponse
from chargehand.protocols.ocpp.v16.remote_control import RemoteStartTransactionRequest
from chargehand.protocols.ocpp.versions import VERSIONS, Version

EVERY_VERSION = pytest.mark.parametrize("version", VERSIONS)
SECOND_GENERATION = pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
WITHOUT_SEND = pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])


def read_answer(envelope: rpc.Envelope) -> Any:
    assert isinstance(envelope, Malformed)
    return None if envelope.answer is None else json.loads(envelope.answer)


def read_code(envelope: rpc.Envelope) -> Any:
    """Give the message id and the code of the answer to a broken frame."""
    answer = read_answer(envelope)
    assert answer[0] == 4
    assert len(answer) == 5
    return answer[1], answer[2]


def framework_error(version: Version) -> str:
    return "ProtocolError" if version == "ocpp1.6" else "RpcFrameworkError"


@EVERY_VERSION
def test_a_call_is_read_with_its_payload_untouched(version: Version) -> None:
    call = decode(b'[2,"a-1","Heartbeat",{"x": 1.50}]', version)
    assert isinstance(call, Call)
    assert (call.message_id, call.action, bytes(call.payload)) == ("a-1", "Heartbeat", b'{"x": 1.50}')


@EVERY_VERSION
def test_a_result_is_read_with_its_payload_untouched(version: Version) -> None:
    result = decode(b' [3, "a-1", {"status":"Accepted"}]\n', version)
    assert isinstance(result, CallResult)
    assert (result.message_id, bytes(result.payload)) == ("a-1", b'{"status":"Accepted"}')


@EVERY_VERSION
def test_an_error_is_read_with_all_its_parts(version: Version) -> None:
    frame = b'[4,"a-1","NotSupported","no such thing",{"a":1}]'
    assert decode(frame, version) == CallError("a-1", "NotSupported", "no such thing", {"a": 1})


@pytest.mark.parametrize("frame", [b"{bad", b"", b"\xff\xfe", b"[2,", b'[2,"a","B",{}', b'[2,"a","B",{}]]'])
def test_what_is_not_json_gets_no_answer_in_16(frame: bytes) -> None:
    assert read_answer(decode(frame, "ocpp1.6")) is None


@SECOND_GENERATION
def test_what_is_not_json_is_answered_to_minus_one_in_2x(version: Version) -> None:
    assert read_code(decode(b"{bad", version)) == ("-1", "RpcFrameworkError")


@pytest.mark.parametrize("frame", [b"{}", b"[]", b'"text"', b"2", b"null"])
def test_json_that_is_no_message_array_counts_as_unreadable(frame: bytes) -> None:
    assert read_answer(decode(frame, "ocpp1.6")) is None
    assert read_code(decode(frame, "ocpp2.0.1")) == ("-1", "RpcFrameworkError")
    assert read_code(decode(frame, "ocpp2.1")) == ("-1", "RpcFrameworkError")


@EVERY_VERSION
@pytest.mark.parametrize("frame", [b'[2,"id"]', b'[2,"id","Action"]'])
def test_a_call_with_missing_elements_is_answered_by_its_id(frame: bytes, version: Version) -> None:
    assert read_code(decode(frame, version)) == ("id", framework_error(version))


@EVERY_VERSION
def test_a_call_with_five_elements_is_refused(version: Version) -> None:
    assert read_code(decode(b'[2,"id","Heartbeat",{},1]', version)) == ("id", framework_error(version))


@EVERY_VERSION
def test_a_message_id_that_is_a_number_is_echoed_as_a_number(version: Version) -> None:
    call = decode(b'[2,5,"Heartbeat",{}]', version)
    assert isinstance(call, Call)
    assert rpc.encode_result(call.message_id, {}) == b"[3,5,{}]"


@EVERY_VERSION
@pytest.mark.parametrize(("text", "value"), [(b"null", None), (b"1.5", 1.5), (b"true", True)])
def test_a_message_id_that_is_nothing_like_one_is_refused_and_echoed(
    text: bytes, value: Any, version: Version
) -> None:
    frame = b'[2,%b,"Heartbeat",{}]' % text
    assert read_code(decode(frame, version)) == (value, framework_error(version))


@SECOND_GENERATION
def test_a_message_id_that_is_a_list_cannot_be_echoed(version: Version) -> None:
    assert read_code(decode(b'[2,["a"],"Heartbeat",{}]', version)) == ("-1", "RpcFrameworkError")


@EVERY_VERSION
def test_a_message_id_longer_than_36_is_refused(version: Version) -> None:
    longest, longer = "x" * 36, "x" * 37
    assert isinstance(decode(f'[2,"{longest}","Heartbeat",{{}}]'.encode(), version), Call)
    refused = decode(f'[2,"{longer}","Heartbeat",{{}}]'.encode(), version)
    assert read_code(refused) == (longer, framework_error(version))


def test_a_message_id_of_absurd_length_is_not_echoed() -> None:
    frame = f'[2,"{"x" * 256}","Heartbeat",{{}}]'.encode()
    assert read_answer(decode(frame, "ocpp1.6")) is None
    assert read_code(decode(frame, "ocpp2.1")) == ("-1", "RpcFrameworkError")


@EVERY_VERSION
def test_a_message_type_as_text_counts_as_unreadable(version: Version) -> None:
    answer = read_answer(decode(b'["2","id","Heartbeat",{}]', version))
    assert answer is None if version == "ocpp1.6" else answer[1:3] == ["-1", "RpcFrameworkError"]


@EVERY_VERSION
@pytest.mark.parametrize(
    "frame", [b'[7,"id",{}]', b"[7]", b"[0]", b'[-1,"id"]', b'[2.5,"id","Heartbeat",{}]']
)
def test_an_unknown_message_type_is_ignored(frame: bytes, version: Version) -> None:
    assert isinstance(decode(frame, version), Ignored)


@EVERY_VERSION
def test_a_message_type_written_with_a_fraction_of_zero_is_the_whole_number(version: Version) -> None:
    assert isinstance(decode(b'[2.0,"id","Heartbeat",{}]', version), Call)


@WITHOUT_SEND
@pytest.mark.parametrize(
    "frame", [b'[5,"id","GenericError","",{}]', b'[6,"id","NotifyPeriodicEventStream",{}]', b"[6]"]
)
def test_the_types_of_21_are_ignored_on_older_connections(frame: bytes, version: Version) -> None:
    assert isinstance(decode(frame, version), Ignored)


def test_a_send_is_read_in_21() -> None:
    send = decode(b'[6,"id","NotifyPeriodicEventStream",{"id":1}]', "ocpp2.1")
    assert isinstance(send, Send)
    assert (send.message_id, send.action) == ("id", "NotifyPeriodicEventStream")
    assert bytes(send.payload) == b'{"id":1}'


@pytest.mark.parametrize(
    "frame", [b'[6,"id"]', b'[6,"id",5,{}]', b'[6,null,"X",{}]', b"[6]", b'[6,"id","X",{},1]']
)
def test_a_broken_send_gets_no_answer(frame: bytes) -> None:
    assert read_answer(decode(frame, "ocpp2.1")) is None


def test_a_result_error_is_read_in_21() -> None:
    frame = b'[5,7,"FormatViolation","bad currentTime",{}]'
    assert decode(frame, "ocpp2.1") == CallResultError(7, "FormatViolation", "bad currentTime", {})


@EVERY_VERSION
@pytest.mark.parametrize("action", [b'["Heartbeat"]', b"5", b"null", b"{}"])
def test_an_action_that_is_no_text_is_refused(action: bytes, version: Version) -> None:
    assert read_code(decode(b'[2,"h",%b,{}]' % action, version)) == ("h", framework_error(version))


@EVERY_VERSION
@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"-Infinity", b"01", b"1.", b"'a'"])
def test_numbers_that_json_does_not_have_make_the_frame_unreadable(value: bytes, version: Version) -> None:
    envelope = decode(b'[2,"id","MeterValues",{"connectorId":%b}]' % value, version)
    assert isinstance(envelope, Malformed)
    assert envelope.message_id is None


@EVERY_VERSION
def test_of_duplicate_keys_the_last_one_wins(version: Version) -> None:
    call = decode(b'[2,"id","X",{"a":1,"a":2}]', version)
    assert isinstance(call, Call)
    assert msgspec.json.decode(call.payload) == {"a": 2}


@EVERY_VERSION
@pytest.mark.parametrize("depth", [64, 500, 100_000])
@pytest.mark.parametrize("pair", [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_call_nested_too_deep_is_a_format_violation(
    pair: tuple[bytes, bytes], depth: int, version: Version
) -> None:
    frame = b'[2,"id","X",' + pair[0] * depth + b"1" + pair[1] * depth + b"]"
    expected = "FormationViolation" if version == "ocpp1.6" else "FormatViolation"
    assert read_code(decode(frame, version)) == ("id", expected)


@EVERY_VERSION
def test_many_brackets_side_by_side_or_inside_texts_are_not_depth(version: Version) -> None:
    wide = b'[2,"id","X",{"a":[' + b",".join([b"[{}]"] * 500) + b'],"b":"' + b'[{\\"' * 500 + b'"}]'
    deepest = b'[2,"id","X",' + b"[" * 63 + b"]" * 63 + b"]"
    assert isinstance(decode(wide, version), Call)
    assert isinstance(decode(deepest, version), Call)


@EVERY_VERSION
def test_a_frame_beyond_the_limit_is_not_looked_into(version: Version) -> None:
    padding = b" " * rpc.MAX_FRAME
    envelope = decode(b'[2,"id","X",{}]' + padding, version)
    assert isinstance(envelope, Malformed)
    assert envelope.reason == "frame too long"


@EVERY_VERSION
@pytest.mark.parametrize(
    ("frame", "error"),
    [
        (b'[4,"id","X"]', CallError("id", "X")),
        (b'[4,"id","X","why"]', CallError("id", "X", "why")),
        (b'[4,"id"]', CallError("id")),
        (b'[4,"id",null,null,null]', CallError("id")),
        (b'[4,"id",5,6,{}]', CallError("id")),
    ],
)
def test_an_error_with_missing_parts_is_read(frame: bytes, error: CallError, version: Version) -> None:
    assert decode(frame, version) == error


@EVERY_VERSION
def test_an_error_with_a_long_description_and_a_text_as_details_is_read(version: Version) -> None:
    frame = f'[4,"id","GenericError","{"é" * 300}","details"]'.encode()
    assert decode(frame, version) == CallError("id", "GenericError", "é" * 255, "details")


@EVERY_VERSION
def test_an_error_to_minus_one_keeps_that_id(version: Version) -> None:
    envelope = decode(b'[4,"-1","RpcFrameworkError","",{}]', version)
    assert isinstance(envelope, CallError)
    assert envelope.message_id == rpc.UNREADABLE_ID


@EVERY_VERSION
def test_answers_whose_id_is_a_number_are_matched_by_its_digits(version: Version) -> None:
    result, error = decode(b"[3,12,{}]", version), decode(b'[4,12,"X","",{}]', version)
    assert isinstance(result, CallResult)
    assert isinstance(error, CallError)
    assert result.message_id == error.message_id == "12"


@EVERY_VERSION
@pytest.mark.parametrize(
    "frame",
    [b'[3,"id"]', b'[3,"id",{},1]', b"[3]", b"[3,null,{}]", b"[4]", b'[4,{},"X","",{}]', b"[3,true,{}]"],
)
def test_a_broken_answer_is_never_answered(frame: bytes, version: Version) -> None:
    assert read_answer(decode(frame, version)) is None


@EVERY_VERSION
def test_a_broken_result_still_names_the_call_it_fails(version: Version) -> None:
    assert decode(b'[3,"id"]', version) == Malformed("a broken CALLRESULT", None, "id")


@EVERY_VERSION
@pytest.mark.parametrize("frame", [b'[2,"id","X",null]', b'[3,"id",null]', b'[2,5,"X",null]', b"[3,1,null]"])
def test_a_payload_of_null_is_an_empty_object(frame: bytes, version: Version) -> None:
    envelope = decode(frame, version)
    assert isinstance(envelope, (Call, CallResult))
    assert bytes(envelope.payload) == b"{}"


def test_what_we_write_has_no_blanks_and_no_absent_fields() -> None:
    request = RemoteStartTransactionRequest(id_tag="AB12", connector_id=1)
    assert rpc.encode_call("7", "RemoteStartTransaction", request) == (
        b'[2,"7","RemoteStartTransaction",{"idTag":"AB12","connectorId":1}]'
    )
    response = HeartbeatResponse(current_time="2026-01-01T00:00:00.000Z")
    assert rpc.encode_result("7", response) == b'[3,"7",{"currentTime":"2026-01-01T00:00:00.000Z"}]'
    assert rpc.encode_result("7", {}) == b'[3,"7",{}]'
    assert rpc.encode_send("7", "NotifyPeriodicEventStream", {"id": 1}) == (
        b'[6,"7","NotifyPeriodicEventStream",{"id":1}]'
    )


def test_an_error_we_write_has_a_description_of_at_most_255() -> None:
    assert rpc.encode_error("7", "GenericError") == b'[4,"7","GenericError","",{}]'
    description = json.loads(rpc.encode_error(7, "GenericError", "é" * 300, {"a": 1}))[3]
    assert description == "é" * 255
    assert rpc.encode_result_error("7", "FormatViolation", "no") == b'[5,"7","FormatViolation","no",{}]'


def assert_told(envelope: rpc.Envelope) -> None:
    """Whatever came in is a known kind of message, and a ready answer is a CALLERROR."""
    assert isinstance(envelope, (Call, CallResult, CallError, CallResultError, Send, Ignored, Malformed))
    if isinstance(envelope, Malformed) and envelope.answer is not None:
        assert json.loads(envelope.answer)[0] == 4


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from(VERSIONS))
def test_no_bytes_make_decoding_raise(frame: bytes, version: Version) -> None:
    assert_told(decode(frame, version))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.integers(0, 8) | JSON_VALUES, st.lists(JSON_VALUES, max_size=6), st.sampled_from(VERSIONS))
def test_no_json_makes_decoding_raise(kind: Any, rest: list[Any], version: Version) -> None:
    assert_told(decode(json.dumps([kind, *rest]).encode(), version))


SEEDS = [
    b'[2,"19223201","BootNotification",{"chargePointModel":"M\\u00e9","chargePointVendor":"V"}]',
    b'[3,"19223201",{"status":"Accepted","list":[1,2.5e3,{"a":null}]}]',
    b'[4,"19223201","GenericError","text",{"a":"b"}]',
    b'[6,"19223201","NotifyPeriodicEventStream",{"id":1,"data":[{"t":1.5,"v":"2"}]}]',
    b'[2,"id","X",' + b'{"a":[' * 50 + b"]}" * 50 + b"]",
]


@settings(deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 3), st.binary(max_size=3)), max_size=6),
    st.sampled_from(VERSIONS),
)
def test_no_damaged_frame_makes_decoding_raise(
    seed: bytes, cuts: list[tuple[int, int, bytes]], version: Version
) -> None:
    frame = seed
    for start, length, replacement in cuts:
        place = start % (len(frame) + 1)
        frame = frame[:place] + replacement + frame[place + length :]
    assert_told(decode(frame, version))


@EVERY_VERSION
@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"\ud800", "\ufffd"),
        (rb"a\uDFFFb", "a\ufffdb"),
        (rb"\ud83d\ude00", "\U0001f600"),
        (rb"\ud800\ud83d\ude00", "\ufffd\U0001f600"),
        (rb"\\ud800\ud800", "\\ud800\ufffd"),
    ],
)
def test_half_a_surrogate_pair_is_read_as_the_replacement_character(
    version: Version, written: bytes, read: str
) -> None:
    call = decode(b'[2,"a","DataTransfer",{"data":"' + written + b'"}]', version)
    assert isinstance(call, Call)
    assert msgspec.json.decode(call.payload) == {"data": read}
