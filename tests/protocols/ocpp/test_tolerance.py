"""What stations get slightly wrong is read as they meant it."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.faults import Violation
from chargehand.protocols.ocpp.tolerance import read_tolerantly
from chargehand.protocols.ocpp.v16.configuration import BootNotificationRequest
from chargehand.protocols.ocpp.v16.smart_charging import SetChargingProfileRequest
from chargehand.protocols.ocpp.v16.transactions import MeterValuesRequest, StartTransactionRequest
from chargehand.protocols.ocpp.v201.metering import MeterValuesRequest as MeterValuesRequest201
from chargehand.protocols.ocpp.v201.provisioning import NotifyReportRequest
from chargehand.protocols.ocpp.v201.transactions import TransactionEventRequest

START = b'{"connectorId":%b,"idTag":"AB","meterStart":%b,"timestamp":"2026-01-01T00:00:00Z"}'
EVENT = b"""{"eventType":"Updated","timestamp":"2026-01-01T00:00:00Z","triggerReason":"MeterValuePeriodic",
    "seqNo":1,"transactionInfo":{"transactionId":"t"}%b}"""


def read_start(connector: bytes = b"1", meter: bytes = b"0") -> StartTransactionRequest:
    start = CATALOGUE["ocpp1.6"]["StartTransaction"].decode_request(START % (connector, meter))
    assert isinstance(start, StartTransactionRequest)
    return start


def read_event(rest: bytes) -> TransactionEventRequest:
    event = CATALOGUE["ocpp2.0.1"]["TransactionEvent"].decode_request(EVENT % rest)
    assert isinstance(event, TransactionEventRequest)
    return event


def read_values(action: str, values: bytes) -> Any:
    frame = b'{"connectorId":1,"meterValue":[{"timestamp":"t","sampledValue":%b}]}' % values
    return CATALOGUE["ocpp1.6"][action].decode_request(frame).meter_value[0].sampled_value


@pytest.mark.parametrize("text", [b"12", b"12.0", b"1.2e1", b"1.2E+1"])
def test_a_whole_number_may_be_written_with_a_fraction_of_zero(text: bytes) -> None:
    assert read_start(meter=text).meter_start == 12


@pytest.mark.parametrize("text", [b"12.5", b'"12"', b"true", b"1e999999999", b"{}"])
def test_what_is_no_whole_number_is_a_type_violation(text: bytes) -> None:
    with pytest.raises(Violation) as caught:
        read_start(meter=text)
    assert caught.value.code == "TypeConstraintViolation"


@pytest.mark.parametrize("number", [2**31, -(2**63), 10**30, 8638204654705])
def test_whole_numbers_beyond_32_bits_are_kept(number: int) -> None:
    assert read_start(meter=str(number).encode()).meter_start == number


def test_a_negative_connector_is_read_in_16_whose_schema_allows_it() -> None:
    assert read_start(connector=b"-1").connector_id == -1


def test_serial_numbers_beyond_their_length_are_kept_whole() -> None:
    serial = "S" * 33
    frame = f'{{"chargePointModel":"M","chargePointVendor":"V","chargePointSerialNumber":"{serial}"}}'
    boot = CATALOGUE["ocpp1.6"]["BootNotification"].decode_request(frame.encode())
    assert boot == BootNotificationRequest("V", "M", charge_point_serial_number=serial)


def test_an_id_token_beyond_its_length_is_never_truncated() -> None:
    event = read_event(b',"idToken":{"idToken":"%b","type":"ISO14443"}' % (b"A" * 40))
    assert event.id_token is not None
    assert event.id_token.id_token == "A" * 40


def test_a_vendor_s_own_properties_are_passed_over_at_any_depth() -> None:
    event = read_event(
        b',"own":{"a":1},"evse":{"id":1,"own":2},"idToken":{"idToken":"A","type":"Local","x":null}'
    )
    assert event.evse is not None
    assert event.evse.id == 1


def test_a_vendor_s_custom_data_is_kept_as_it_is() -> None:
    custom = b'{"vendorId":"v","list":[1,2.50,null,{"a":"b"}]}'
    event = read_event(b',"customData":%b,"evse":{"id":1.0,"customData":%b}' % (custom, custom))
    assert event.evse is not None
    expected = {"vendorId": "v", "list": [1, 2.5, None, {"a": "b"}]}
    assert event.custom_data == event.evse.custom_data == expected


@pytest.mark.parametrize("empty", [b"null", b"[]"])
def test_null_and_the_empty_list_count_as_absent(empty: bytes) -> None:
    assert read_event(b',"meterValue":%b,"evse":null,"idToken":null' % empty) == read_event(b"")


def test_null_for_a_required_field_is_a_missing_field() -> None:
    with pytest.raises(Violation) as caught:
        read_start(connector=b"null")
    assert caught.value.code == "OccurrenceConstraintViolation"
    assert "connectorId" in str(caught.value)


def test_a_payload_of_null_is_an_empty_object() -> None:
    message = CATALOGUE["ocpp1.6"]["Heartbeat"]
    assert message.decode_request(b"null") == message.decode_request(b"{}")


def test_one_object_where_a_list_is_due_is_a_list_of_one() -> None:
    wrapped = read_values("MeterValues", b'[{"value":"1"}]')
    assert read_values("MeterValues", b'{"value":"1"}') == wrapped
    frame = b'{"connectorId":1,"meterValue":{"timestamp":"t","sampledValue":{"value":"1"}}}'
    request = CATALOGUE["ocpp1.6"]["MeterValues"].decode_request(frame)
    assert isinstance(request, MeterValuesRequest)
    assert request.meter_value[0].sampled_value == wrapped


def test_a_text_where_a_list_is_due_is_not_wrapped() -> None:
    with pytest.raises(Violation) as caught:
        read_values("MeterValues", b'"1"')
    assert caught.value.code == "TypeConstraintViolation"


@pytest.mark.parametrize("text", ["12345678901234567890", "0.10", "-5", "12345678901234567.890"])
def test_a_number_as_16_reading_becomes_its_text_with_every_digit(text: str) -> None:
    assert read_values("MeterValues", b'[{"value":%b}]' % text.encode())[0].value == text


@pytest.mark.parametrize("value", [b"true", b"{}", b"[1]"])
def test_a_16_reading_that_is_neither_text_nor_number_is_refused(value: bytes) -> None:
    with pytest.raises(Violation) as caught:
        read_values("MeterValues", b'[{"value":%b}]' % value)
    assert caught.value.code == "TypeConstraintViolation"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(b'"1.50"', "1.50"), (b"1.50", "1.50"), (b"7", "7"), (b'" 8 "', "8"), (b'"1e3"', "1E+3")],
)
def test_a_text_as_2x_reading_becomes_its_number(value: bytes, expected: str) -> None:
    frame = b'{"evseId":1.0,"meterValue":[{"timestamp":"t","sampledValue":[{"value":%b}]}]}' % value
    assert (
        str(read_tolerantly(frame, MeterValuesRequest201).meter_value[0].sampled_value[0].value) == expected
    )


def test_a_2x_reading_that_is_no_number_is_not_finite_and_hurts_no_other() -> None:
    values = b'[{"value":""},{"value":"1,5"},{"value":2}]'
    frame = b'{"evseId":1,"meterValue":[{"timestamp":"t","sampledValue":%b}]}' % values
    read = CATALOGUE["ocpp2.0.1"]["MeterValues"].decode_request(frame).meter_value[0].sampled_value
    assert [one.value.is_finite() for one in read] == [False, False, True]
    assert read[2].value == Decimal(2)


@pytest.mark.parametrize("word", ["measurand", "context", "format", "phase", "location", "unit"])
def test_words_of_a_vendor_s_own_in_a_reading_are_kept(word: str) -> None:
    value = read_values("MeterValues", b'[{"value":"1","%b":"Celcius\\n"}]' % word.encode())[0]
    assert getattr(value, word) == "Celcius\n"


def test_a_fault_of_a_vendor_s_own_is_kept() -> None:
    frame = b'{"connectorId":1,"errorCode":"E-17","status":"Faulted"}'
    assert CATALOGUE["ocpp1.6"]["StatusNotification"].decode_request(frame).error_code == "E-17"


def test_number_overflows_are_refused_cleanly() -> None:
    frame = b"""{"requestId":1,"generatedAt":"t","seqNo":0,"reportData":[{"component":{"name":"c"},
        "variable":{"name":"v"},"variableAttribute":{"value":"1"},"variableCharacteristics":
        {"dataType":"decimal","minLimit":%b,"supportsMonitoring":false}}]}"""
    with pytest.raises(Violation) as caught:
        read_tolerantly(frame % b"1e400", NotifyReportRequest)
    assert caught.value.code == "PropertyConstraintViolation"
    read = read_tolerantly(frame % b"2.5", NotifyReportRequest).report_data[0]
    assert read.variable_characteristics is not None
    assert read.variable_characteristics.min_limit == 2.5


def test_an_id_below_zero_is_refused_in_21_whose_schema_forbids_it() -> None:
    frame = b'{"evseId":-1,"meterValue":[{"timestamp":"t","sampledValue":[{"value":1}]}]}'
    with pytest.raises(Violation) as caught:
        CATALOGUE["ocpp2.1"]["MeterValues"].decode_request(frame)
    assert caught.value.code == "PropertyConstraintViolation"
    assert CATALOGUE["ocpp2.0.1"]["MeterValues"].decode_request(frame).evse_id == -1


def test_a_limit_beyond_one_decimal_is_refused_even_tolerantly() -> None:
    frame = b"""{"connectorId":1.0,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,
        "chargingProfilePurpose":"TxProfile","chargingProfileKind":"Relative","chargingSchedule":
        {"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16.05}]}}}"""
    with pytest.raises(Violation) as caught:
        read_tolerantly(frame, SetChargingProfileRequest)
    assert caught.value.code == "PropertyConstraintViolation"
    assert str(caught.value).endswith("chargingSchedulePeriod[0]`")


@pytest.mark.parametrize("depth", [100, 300, 900, 100_000])
def test_custom_data_however_deep_is_read_or_is_a_format_violation(depth: int) -> None:
    frame = b'{"own":1,"customData":{"vendorId":"v","deep":%b}}' % (b"[" * depth + b"]" * depth)
    with suppress(Violation):
        read_tolerantly(frame, CATALOGUE["ocpp2.1"]["ClearCache"].request)
