"""Error codes are spelt as each version spells them and read however a station spells them."""

from typing import Any, get_args

import msgspec
import pytest

from chargehand.protocols.ocpp.catalogue import CATALOGUE
from chargehand.protocols.ocpp.faults import ErrorCode, Violation, code_for, normalise_code, spell_code
from chargehand.protocols.ocpp.v16.remote_control import RemoteStartTransactionRequest
from chargehand.protocols.ocpp.versions import VERSIONS, Version

# The codes that OCPP-J 1.6 table 7 names, with its own two spellings.
KNOWN_TO_16 = {
    "NotImplemented",
    "NotSupported",
    "InternalError",
    "ProtocolError",
    "SecurityError",
    "FormationViolation",
    "PropertyConstraintViolation",
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
    "GenericError",
}


def find_violation(version: Version, action: str, payload: bytes) -> Violation:
    with pytest.raises(Violation) as caught:
        CATALOGUE[version][action].decode_request(payload)
    return caught.value


def test_16_only_gets_codes_that_it_knows() -> None:
    assert {spell_code(code, "ocpp1.6") for code in get_args(ErrorCode)} == KNOWN_TO_16


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
@pytest.mark.parametrize("code", get_args(ErrorCode))
def test_2x_gets_every_code_as_it_is(code: ErrorCode, version: Version) -> None:
    assert spell_code(code, version) == code


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("code", get_args(ErrorCode))
def test_a_code_in_any_version_s_spelling_is_recognised(code: ErrorCode, version: Version) -> None:
    wire = spell_code(code, version)
    assert normalise_code(wire) == normalise_code(f" {wire.lower()} ")
    assert spell_code(code, version) == spell_code(normalise_code(wire), version)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("FormationViolation", "FormatViolation"),
        ("OccurenceConstraintViolation", "OccurrenceConstraintViolation"),
        ("OccurrenceConstraintViolation", "OccurrenceConstraintViolation"),
        ("NotImplementedError", "NotImplemented"),
        ("NOT_SUPPORTED", "NotSupported"),
        ("", "GenericError"),
        ("  ", "GenericError"),
        ("Busy", "Busy"),
        ("x" * 300, "x" * 255),
    ],
)
def test_misspelt_codes_are_understood_and_unknown_ones_kept(text: str, code: str) -> None:
    assert normalise_code(text) == code


@pytest.mark.parametrize(
    ("version", "action", "payload", "code"),
    [
        (
            "ocpp1.6",
            "StatusNotification",
            b'{"connectorId":1,"errorCode":"NoError"}',
            "OccurenceConstraintViolation",
        ),
        ("ocpp2.1", "BootNotification", b'{"reason":"PowerUp"}', "OccurrenceConstraintViolation"),
        ("ocpp2.0.1", "MeterValues", b'{"evseId":1,"meterValue":[]}', "OccurrenceConstraintViolation"),
        ("ocpp1.6", "MeterValues", b'{"connectorId":"1","meterValue":[{}]}', "TypeConstraintViolation"),
        ("ocpp2.1", "Heartbeat", b"[]", "TypeConstraintViolation"),
        (
            "ocpp1.6",
            "StatusNotification",
            b'{"connectorId":1,"errorCode":"NoError","status":"Bored"}',
            "PropertyConstraintViolation",
        ),
        ("ocpp2.1", "MeterValues", b'{"evseId":-1,"meterValue":[{}]}', "PropertyConstraintViolation"),
        ("ocpp1.6", "Heartbeat", b"{bad", "FormationViolation"),
        ("ocpp2.0.1", "Heartbeat", b"{bad", "FormatViolation"),
        ("ocpp1.6", "Authorize", b'{"idTag":"\xff"}', "FormationViolation"),
    ],
)
def test_each_slip_has_its_code_in_the_version_s_spelling(
    version: Version, action: str, payload: bytes, code: str
) -> None:
    assert code_for(find_violation(version, action, payload), version) == code


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{}", "OccurrenceConstraintViolation"),
        (b'{"idTag":5}', "TypeConstraintViolation"),
        (b'{"idTag":"x","connectorId":null,"chargingProfile":5}', "TypeConstraintViolation"),
        (b'{"idTag":"123456789012345678901"}', "PropertyConstraintViolation"),
        (b'{"idTag":"x","other":1}', "FormatViolation"),
        (b'{"idTag":', "FormatViolation"),
    ],
)
def test_errors_of_plain_decoding_are_classified_too(payload: bytes, code: str) -> None:
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.json.decode(payload, type=RemoteStartTransactionRequest)
    assert code_for(caught.value, "ocpp2.1") == code


@pytest.mark.parametrize("error", [UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), RecursionError()])
def test_what_cannot_be_read_at_all_is_a_format_violation(error: Any) -> None:
    assert code_for(error, "ocpp1.6") == "FormationViolation"


def test_a_violation_says_where_it_is() -> None:
    payload = (
        b'{"connectorId":1,"meterValue":[{"timestamp":"t","sampledValue":[{"value":"1"},{"value":[]}]}]}'
    )
    text = str(find_violation("ocpp1.6", "MeterValues", payload))
    assert text.endswith("at `$.meterValue[0].sampledValue[1].value`")
