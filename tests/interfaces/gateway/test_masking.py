"""No password is kept in the log of messages."""

import pytest

from chargehand.interfaces.gateway.masking import mask


@pytest.mark.parametrize(
    ("action", "frame"),
    [
        ("ChangeConfiguration", b'[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"s3cret"}]'),
        (
            "SetVariables",
            b'[2,"1","SetVariables",{"setVariableData":[{"variable":{"name":"BasicAuthPassword"},"attributeValue":"s3cret"}]}]',
        ),
        (
            "SetNetworkProfile",
            b'[2,"1","SetNetworkProfile",{"connectionData":{"basicAuthPassword":"s3cret","apn":{"apnPassword":"s3cret"}}}]',
        ),
        ("GetDiagnostics", b'[2,"1","GetDiagnostics",{"location":"https://example.org/uploads/s3cret/"}]'),
    ],
)
def test_a_password_is_struck_out(action: str, frame: bytes) -> None:
    assert b"s3cret" in frame
    kept = mask(action, frame)
    assert b"s3cret" not in kept
    assert action.encode() in kept


def test_everything_else_is_kept_to_the_letter() -> None:
    frame = b'[2,"1","ChangeConfiguration",{"key":"HeartbeatInterval","value":"300"}]'
    assert mask("ChangeConfiguration", frame) == frame
    other = b'[2, "1","Reset",{"type":"Soft"}]'
    assert mask("Reset", other) == other
