"""Commands through the API: queued once however often they are sent, each as it was asked."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from tests.interfaces.api.conftest import AddSession, AddStation, Caller, IssueKey

from chargehand.domain.accounts.models import AuditEntry, Operator
from chargehand.domain.stations.models import ChargingStation, StationRequest
from chargehand.domain.tokens.models import Token
from chargehand.interfaces.api import deeds
from chargehand.interfaces.api.models import IdempotentDeed
from chargehand.kernel import clock


def _post(client: Client, address: str, body: Any, **headers: str) -> Any:
    return client.post(f"/api/v1{address}", body, content_type="application/json", headers=headers)


def test_a_command_is_accepted_as_a_request_with_three_times(api: Client, station: ChargingStation) -> None:
    answer = _post(api, f"/stations/{station.pk}/commands", {"command": "reset", "is_immediate": True})
    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert answer["Location"] == f"/api/v1/commands/{body['id']}"
    assert body["state"] == "queued"
    assert (body["sent_at"], body["answered_at"], body["seen_at"]) == (None, None, None)
    row = StationRequest.objects.get(pk=body["id"])
    assert row.body == {"command": "reset", "is_immediate": True, "evse": None}
    assert api.get(answer["Location"]).json() == body
    assert AuditEntry.objects.get(action="station.command").detail == {"command": "reset"}


def test_the_same_key_with_the_same_body_is_the_same_command(api: Client, station: ChargingStation) -> None:
    body = {"command": "get-report"}
    first = _post(api, f"/stations/{station.pk}/commands", body, **{"Idempotency-Key": "a1"})
    second = _post(api, f"/stations/{station.pk}/commands", body, **{"Idempotency-Key": "a1"})
    assert first.json()["id"] == second.json()["id"]
    assert StationRequest.objects.count() == 1
    assert AuditEntry.objects.filter(action="station.command").count() == 1


def test_the_same_key_with_another_body_is_refused(api: Client, station: ChargingStation) -> None:
    address = f"/stations/{station.pk}/commands"
    _post(api, address, {"command": "reset"}, **{"Idempotency-Key": "a1"})
    answer = _post(api, address, {"command": "unlock", "evse": 1}, **{"Idempotency-Key": "a1"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency-mismatch"
    assert StationRequest.objects.count() == 1


def test_a_refused_command_leaves_its_key_free(api: Client, station: ChargingStation) -> None:
    address = f"/stations/{station.pk}/commands"
    body = {"command": "start", "token_uid": "CAFE01", "evse": 1}
    refused = _post(api, address, body, **{"Idempotency-Key": "a1"})
    assert (refused.status_code, refused.json()["code"]) == (422, "token-not-accepted")
    Token.objects.create(operator_id=station.operator_id, uid="CAFE01", uid_key="cafe01")
    assert _post(api, address, body, **{"Idempotency-Key": "a1"}).status_code == 202


BODIES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"command": "unlock", "evse": 2}, {"command": "unlock", "evse": 2, "connector": 1}),
    ({"command": "reset", "evse": 1}, {"command": "reset", "is_immediate": False, "evse": 1}),
    (
        {"command": "availability", "is_operative": False, "evse": 1},
        {"command": "availability", "is_operative": False, "evse": 1, "connector": None},
    ),
    (
        {"command": "trigger", "message": "Heartbeat"},
        {"command": "trigger", "message": "Heartbeat", "evse": None, "connector": None},
    ),
    ({"command": "clear-cache"}, {"command": "clear-cache"}),
    ({"command": "get-variables"}, {"command": "get-variables", "variables": []}),
    (
        {"command": "data", "vendor_id": "Voltwerk", "data": {"a": [1, None]}},
        {"command": "data", "vendor_id": "Voltwerk", "message_id": "", "data": {"a": [1, None]}},
    ),
    ({"command": "transaction-status"}, {"command": "transaction-status", "ref": None}),
]


@pytest.mark.parametrize(("body", "queued"), BODIES, ids=lambda each: str(each.get("command")))
def test_each_command_is_queued_as_it_was_asked(
    body: dict[str, Any], queued: dict[str, Any], api: Client, station: ChargingStation
) -> None:
    answer = _post(api, f"/stations/{station.pk}/commands", body)
    assert answer.status_code == 202, answer.content
    assert StationRequest.objects.get().body == queued


def test_variables_are_written_by_component_and_name(api: Client, station: ChargingStation) -> None:
    wanted = {"component": "OCPPCommCtrlr", "name": "HeartbeatInterval", "value": "60"}
    answer = _post(
        api, f"/stations/{station.pk}/commands", {"command": "set-variables", "variables": [wanted]}
    )
    assert answer.status_code == 202, answer.content
    [asked] = StationRequest.objects.get().body["variables"]
    assert wanted.items() <= asked.items()


def test_a_password_is_not_written_as_a_variable(api: Client, station: ChargingStation) -> None:
    variables = [{"name": "AuthorizationKey", "value": "73656372657431323334353637383930"}]
    answer = _post(
        api, f"/stations/{station.pk}/commands", {"command": "set-variables", "variables": variables}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "use-rotate-password")
    rotated = _post(api, f"/stations/{station.pk}/commands", {"command": "rotate-password"})
    assert rotated.status_code == 202
    assert rotated.json()["body"]["variables"][0]["value"] == "********"


def test_a_session_of_another_station_is_not_stopped(
    api: Client, add_station: AddStation, add_session: AddSession
) -> None:
    here, there = add_station("4107"), add_station("4108")
    session = add_session(there, state="open", ended_at=None)
    body = {"command": "stop", "session_id": session.pk}
    assert _post(api, f"/stations/{here.pk}/commands", body).status_code == 404
    assert _post(api, f"/stations/{there.pk}/commands", body).status_code == 202


def test_an_ended_session_is_not_stopped(
    api: Client, station: ChargingStation, add_session: AddSession
) -> None:
    body = {"command": "stop", "session_id": add_session(station).pk}
    answer = _post(api, f"/stations/{station.pk}/commands", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "transaction-ended")


def test_a_repeated_key_does_not_turn_back_what_came_after_it(api: Client, station: ChargingStation) -> None:
    address = f"/stations/{station.pk}/commands"
    out, back = ({"command": "availability", "is_operative": word} for word in (False, True))
    _post(api, address, out, **{"Idempotency-Key": "out"})
    _post(api, address, back, **{"Idempotency-Key": "back"})
    _post(api, address, out, **{"Idempotency-Key": "out"})
    station.refresh_from_db()
    assert station.intent_operative is True
    assert StationRequest.objects.count() == 2


def test_two_keys_of_one_operator_do_not_share_their_idempotency_keys(
    caller: Caller, station: ChargingStation
) -> None:
    for client in (caller(), caller()):
        body = {"command": "clear-cache"}
        assert (
            _post(client, f"/stations/{station.pk}/commands", body, **{"Idempotency-Key": "a1"}).status_code
            == 202
        )
    assert StationRequest.objects.count() == 2


def test_keys_are_forgotten_after_two_days(api: Client, station: ChargingStation) -> None:
    address = f"/stations/{station.pk}/commands"
    _post(api, address, {"command": "clear-cache"}, **{"Idempotency-Key": "a1"})
    IdempotentDeed.objects.update(at=clock.now() - deeds.REMEMBERED_FOR - timedelta(minutes=10))
    _post(api, address, {"command": "clear-cache"}, **{"Idempotency-Key": "a2"})
    assert [each.key for each in IdempotentDeed.objects.all()] == ["a2"]


@pytest.mark.django_db(transaction=True)
def test_the_same_key_sent_many_times_at_once_is_one_command(
    issue_key: IssueKey, station: ChargingStation
) -> None:
    secret = issue_key(Operator.objects.get(pk=station.operator_id))
    ids: list[str] = []

    def send() -> None:
        client = Client(headers={"X-API-Key": secret})
        answer = _post(
            client, f"/stations/{station.pk}/commands", {"command": "reset"}, **{"Idempotency-Key": "a1"}
        )
        ids.append(answer.json().get("id", answer.content))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6
    assert len(set(ids)) == 1
    assert StationRequest.objects.count() == 1
