"""Commands and raw calls through the API: queued once, followed until they are seen to work."""

from typing import Any

from django.test import Client

from chargehand.domain.accounts.models import AuditEntry
from chargehand.domain.stations.models import ChargingStation, StationRequest
from chargehand.domain.tokens.models import Token


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
