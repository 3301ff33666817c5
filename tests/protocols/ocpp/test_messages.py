"""A message reads what comes and checks what goes."""

from typing import Any

import pytest

from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.faults import Violation
from chargehand.protocols.ocpp.v16.charging_profiles import ChargingSchedulePeriod
from chargehand.protocols.ocpp.v16.remote_control import RemoteStartTransactionRequest
from chargehand.protocols.ocpp.v21.availability import HeartbeatResponse

START = CATALOGUE["ocpp1.6"]["RemoteStartTransaction"]
HEARTBEAT = CATALOGUE["ocpp2.1"]["Heartbeat"]


def find_code(payload: Any) -> str:
    with pytest.raises(Violation) as caught:
        START.check_request(payload)
    return caught.value.code


def test_a_right_request_is_given_back_to_be_sent() -> None:
    request = RemoteStartTransactionRequest(id_tag="AB12", connector_id=1)
    assert START.check_request(request) == request
    assert START.check_request({"idTag": "AB12", "connectorId": 1}) == request


def test_null_in_a_dict_is_not_sent() -> None:
    assert START.check_request({"idTag": "AB12", "connectorId": None}) == RemoteStartTransactionRequest(
        "AB12"
    )


def test_a_structure_is_checked_although_making_it_checks_nothing() -> None:
    assert find_code(RemoteStartTransactionRequest(id_tag="x" * 21)) == "PropertyConstraintViolation"
    assert find_code(RemoteStartTransactionRequest(id_tag=5)) == "TypeConstraintViolation"  # type: ignore[arg-type]


def test_a_text_that_is_no_unicode_is_refused() -> None:
    assert find_code({"idTag": "\ud800"}) == "FormatViolation"


def test_another_message_s_payload_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="expected RemoteStartTransactionRequest"):
        START.check_request(HeartbeatResponse(current_time="2026-01-01T00:00:00Z"))


@pytest.mark.parametrize("limit", [0.0, 16.0, 0.1, 0.3, 6.7, 10.1, 32.9, 22080.7])
def test_limits_of_one_decimal_may_be_made(limit: float) -> None:
    assert ChargingSchedulePeriod(start_period=0, limit=limit).limit == limit


@pytest.mark.parametrize("limit", [16.05, 0.01, 22080.75])
def test_limits_of_more_decimals_cannot_be_made(limit: float) -> None:
    with pytest.raises(ValueError, match="one decimal"):
        ChargingSchedulePeriod(start_period=0, limit=limit)


@pytest.mark.parametrize(
    "moment", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z", "2026-12-31T23:59:60+02:00"]
)
def test_our_own_times_are_rfc_3339(moment: str) -> None:
    assert HEARTBEAT.check_response({"currentTime": moment}) == HeartbeatResponse(moment)


@pytest.mark.parametrize(
    "moment",
    ["2026-01-01 00:00:00Z", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00+0200"],
)
def test_other_times_are_not_sent(moment: str) -> None:
    with pytest.raises(Violation):
        HEARTBEAT.check_response({"currentTime": moment})


@pytest.mark.parametrize("custom", [{}, {"vendorId": 5}, {"vendorId": "x" * 256}, [], {"vendorId": None}])
def test_custom_data_names_its_vendor(custom: Any) -> None:
    reset = CATALOGUE["ocpp2.1"]["GetVariables"]
    variable = {"component": {"name": "c", "customData": custom}, "variable": {"name": "v"}}
    with pytest.raises(Violation):
        reset.check_request({"getVariableData": [variable]})


def test_custom_data_with_its_vendor_is_sent() -> None:
    custom = {"vendorId": "org.example", "any": [1, {"customData": None}]}
    checked = CATALOGUE["ocpp2.1"]["ClearCache"].check_request({"customData": custom})
    assert checked.custom_data == custom


def test_a_send_has_no_response() -> None:
    stream = CATALOGUE["ocpp2.1"]["NotifyPeriodicEventStream"]
    with pytest.raises(TypeError, match="is a SEND"):
        stream.decode_response(b"{}")


def test_a_result_that_breaks_the_schema_is_told() -> None:
    version = CATALOGUE["ocpp2.0.1"]["GetLocalListVersion"]
    with pytest.raises(Violation) as caught:
        version.decode_response(b'{"listVersion":1}')
    assert caught.value.code == "OccurrenceConstraintViolation"
