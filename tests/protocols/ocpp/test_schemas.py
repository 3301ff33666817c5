"""The official schemas are the oracle: what they allow is carried unchanged, what they forbid is not sent."""

import json
import re
from contextlib import suppress
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from tests.protocols.ocpp.schema_instances import (
    Broken,
    Payload,
    break_rules,
    build,
    list_payloads,
    list_places,
    load_schemas,
    name_files,
    put,
)

from chargehand.protocols.ocpp import rpc
from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.faults import Violation
from chargehand.protocols.ocpp.versions import VERSIONS, Version

PAYLOADS = list_payloads()
EVERY_PAYLOAD = pytest.mark.parametrize("payload", PAYLOADS, ids=str)

CODES = {
    "missing": "OccurrenceConstraintViolation",
    "type": "TypeConstraintViolation",
    "enum": "PropertyConstraintViolation",
    "long": "PropertyConstraintViolation",
    "low": "PropertyConstraintViolation",
    "high": "PropertyConstraintViolation",
    "empty": "OccurrenceConstraintViolation",
    "many": "OccurrenceConstraintViolation",
    "unknown": "FormatViolation",
    "date": "PropertyConstraintViolation",
    "steps": "PropertyConstraintViolation",
}

# Words of a station's own are no reason to refuse a reading, a status or a stop.
FREE_TEXTS = re.compile(
    r"""ocpp\S+\ .*\.sampledValue\[0]\.(context|format|location|measurand|phase|unit)
    | ocpp1.6-StatusNotificationRequest\ \$\.errorCode
    | ocpp1.6-StopTransactionRequest\ \$\.reason
    | ocpp2\S+-TransactionEventRequest\ \$\.transactionInfo\.stoppedReason""",
    re.VERBOSE,
)


def encode(value: Any) -> Any:
    return json.loads(rpc.encode_result("1", value))[2]


def find_validator(payload: Payload) -> jsonschema.protocols.Validator:
    return jsonschema.validators.validator_for(payload.schema)(payload.schema)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_schema_has_a_message_and_every_message_its_schemas(version: Version) -> None:
    files = {name for message in CATALOGUE[version].values() for name in name_files(message) if name}
    assert files == set(load_schemas(version))


@EVERY_PAYLOAD
@pytest.mark.parametrize("full", [False, True], ids=["smallest", "largest"])
def test_a_valid_payload_comes_back_unchanged(payload: Payload, *, full: bool) -> None:
    instance = build(payload.schema, payload.schema, full=full)
    validator = find_validator(payload)
    validator.validate(instance)
    again = encode(payload.decode(instance))
    assert again == instance
    validator.validate(again)


@EVERY_PAYLOAD
def test_every_value_of_every_enumeration_is_read_and_may_be_sent(payload: Payload) -> None:
    instance = build(payload.schema, payload.schema, full=True)
    for path, schema, _ in list_places(payload.schema, payload.schema, instance):
        for value in schema.get("enum", []):
            changed = put(instance, path, value)
            assert encode(payload.decode(changed)) == changed
            if payload.is_from_csms:
                assert encode(payload.check(changed)) == changed


@pytest.mark.parametrize("payload", [one for one in PAYLOADS if one.is_from_csms], ids=str)
def test_we_never_send_what_the_schema_forbids(payload: Payload) -> None:
    for broken in break_rules(payload):
        if isinstance(broken.value, dict):
            with pytest.raises(Violation) as caught:
                payload.check(broken.value)
            assert caught.value.code == CODES[broken.breach], broken.path


@pytest.mark.parametrize("payload", [one for one in PAYLOADS if one.is_from_csms], ids=str)
def test_we_may_send_whatever_the_schema_allows(payload: Payload) -> None:
    for full in (False, True):
        instance = build(payload.schema, payload.schema, full=full)
        assert encode(payload.check(instance)) == instance
        assert encode(payload.check(payload.decode(instance))) == instance


def find_fault(payload: Payload, broken: Broken) -> str | None:
    try:
        payload.decode(broken.value)
    except Violation as violation:
        return violation.code
    return None


def expect_fault(payload: Payload, broken: Broken, optional_lists: set[str]) -> str | None:
    """Say what the answer to a station's slip must be: None where it is forgiven."""
    if broken.breach in ("long", "high", "unknown", "many", "date", "steps"):
        return None
    if broken.breach == "enum" and FREE_TEXTS.fullmatch(f"{payload} {broken.path}"):
        return None
    if broken.breach == "empty" and broken.path in optional_lists:
        return None
    if broken.breach == "low" and broken.kind == "number":
        return None
    return CODES[broken.breach]


def list_optional_lists(payload: Payload) -> set[str]:
    """Name the lists that need not be there, and those of samples, which may be empty in a stop."""
    instance = build(payload.schema, payload.schema, full=True)
    names = set()
    for path, schema, _ in list_places(payload.schema, payload.schema, instance):
        shown = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        for key in set(schema.get("properties", {})) - set(schema.get("required", [])):
            names.add(f"{shown}.{key}")
        if schema.get("type") == "array" and shown.endswith(".sampledValue"):
            names.add(shown)
    return names


@pytest.mark.parametrize("payload", [one for one in PAYLOADS if one.is_from_station], ids=str)
def test_a_station_is_refused_only_what_cannot_be_forgiven(payload: Payload) -> None:
    optional = list_optional_lists(payload)
    surprises = []
    for broken in break_rules(payload):
        if broken.breach == "type" and broken.path.endswith(".sampledValue[0].value"):
            continue
        fault, expected = find_fault(payload, broken), expect_fault(payload, broken, optional)
        if fault != expected:
            surprises.append((broken.breach, broken.path, fault, expected))
    assert not surprises


@pytest.mark.parametrize("payload", [one for one in PAYLOADS if one.is_from_station], ids=str)
def test_null_counts_as_absent_wherever_a_field_is_optional(payload: Payload) -> None:
    instance = build(payload.schema, payload.schema, full=True)
    for path, schema, value in list_places(payload.schema, payload.schema, instance):
        for key in set(schema.get("properties", {})) - set(schema.get("required", [])):
            without = {name: item for name, item in value.items() if name != key}
            nulled = payload.decode(put(instance, path, {**value, key: None}))
            assert nulled == payload.decode(put(instance, path, without))


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_readings_keep_every_digit(version: Version) -> None:
    message = CATALOGUE[version]["MeterValues"]
    frame = b"""{"evseId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[
        {"value":12345678901234567.890},{"value":"0.10"},{"value":7},{"value":"n/a"}]}]}"""
    first, second, third, fourth = message.decode_request(frame).meter_value[0].sampled_value
    assert str(first.value) == "12345678901234567.890"
    assert str(second.value) == "0.10"
    assert third.value == Decimal(7)
    assert not fourth.value.is_finite()


ODD_VALUES = [b"null", b"{}", b"[[]]", b"1e400", b'"\\u0000"', b"9" * 400]


@pytest.mark.parametrize("payload", [one for one in PAYLOADS if one.is_from_station], ids=str)
def test_whatever_a_station_puts_in_a_field_is_read_or_is_a_violation(payload: Payload) -> None:
    instance = build(payload.schema, payload.schema, full=True)
    read = payload.message.decode_request if payload.is_request else payload.message.decode_response
    for path, _, _ in list_places(payload.schema, payload.schema, instance):
        before, after = json.dumps(put(instance, path, "HERE")).encode().split(b'"HERE"')
        for odd in ODD_VALUES:
            with suppress(Violation):
                read(before + odd + after)
