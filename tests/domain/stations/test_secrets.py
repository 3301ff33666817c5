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
        {"vpn": {"server": "v", "user": "anna", "password": "x", "key": SECRET, "type": "IKEv2"}},
        {"location": f"ftp://anna:{SECRET}@files.example.org/logs"},
        {"firmware": {"location": f"See https://anna:{SECRET}@files.example.org/fw.bin"}},
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


@pytest.mark.parametrize(
    "frame",
    [
        f'[3,"7",{{"configurationKey":[{{"key":"AuthorizationKey","readonly":false,"value":"{SECRET}"}}]}}]',
        f'[2,"8","GetDiagnostics",{{"location":"ftp://anna:{SECRET}@files.example.org"}}]',
        f'[3,"7",{{"configurationKey":[{{"key":"AuthorizationKey","value": "{SECRET}',
        f'[2,"9","GetDiagnostics",{{"location":"ftp://anna:{SECRET}@files.example.org',
    ],
)
def test_a_raw_message_is_shown_without_its_secrets_even_where_it_is_no_json(frame: str) -> None:
    shown = secrets.masked_text(frame)

    assert SECRET not in shown
    assert secrets.MASK in shown


@pytest.mark.parametrize(
    "frame",
    [
        '[2,"1","Heartbeat",{}]',
        '[2, "1", "DataTransfer", {"data": "see https://example.org/help@home", "n": 1.10}]',
    ],
)
def test_a_raw_message_without_secrets_stays_as_it_is_to_the_letter(frame: str) -> None:
    assert secrets.masked_text(frame) == frame
