"""Passwords are struck out wherever they stand."""

from typing import Any

import msgspec
import pytest
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.stations import command_cards, commanding, secrets
from chargehand.domain.stations.commands import RawCall

SECRET = "open-sesame-4711"


@pytest.mark.parametrize(
    "payload",
    [
        {"key": "AuthorizationKey", "value": SECRET},
        {"setVariableData": [{"variable": {"name": "BasicAuthPassword"}, "attributeValue": SECRET}]},
        {"variables": [{"component": "SecurityCtrlr", "name": "BasicAuthPassword", "value": SECRET}]},
        {"connectionData": {"basicAuthPassword": SECRET, "apn": {"apnPassword": SECRET}}},
        {"vpn": {"password": SECRET, "user": "anna"}},
        {"log": {"remoteLocation": f"https://csms.example.org/uploads/{SECRET}/"}},
    ],
)
def test_a_password_is_masked_however_deep_it_stands(payload: dict[str, Any]) -> None:
    shown = secrets.masked([payload, {"inside": payload}])

    assert SECRET not in msgspec.json.encode(shown).decode()
    assert msgspec.json.encode(payload).decode().count(SECRET) > 0, "what was given is left as it was"


def test_what_is_no_password_stays_as_it_is() -> None:
    payload = {"key": "HeartbeatInterval", "value": "300", "list": [1, None, {"name": "x", "value": "y"}]}

    assert secrets.masked(payload) == payload


@pytest.mark.django_db
def test_a_raw_call_that_sets_a_password_is_shown_without_it(operator: Operator) -> None:
    talk = Talk(operator.id)
    call = RawCall(action="ChangeConfiguration", payload={"key": "AuthorizationKey", "value": SECRET})

    request_id = commanding.send_command(
        operator_id=talk.operator_id, station_id=talk.station_id, command=call, asked_by="Ada"
    )

    card = command_cards.request(talk.operator_id, request_id)
    assert card is not None
    assert card.body["payload"] == {"key": "AuthorizationKey", "value": secrets.MASK}
