"""Tokens through the API."""

from typing import Any

from django.test import Client

from chargehand.domain.accounts.models import AuditEntry
from chargehand.domain.tokens.models import Token

TOKENS = "/api/v1/tokens"


def _post(client: Client, address: str, body: Any = None) -> Any:
    return client.post(address, body, content_type="application/json")


def test_a_token_is_issued_changed_blocked_and_unblocked(api: Client) -> None:
    made = _post(
        api, TOKENS, {"uid": "CAFE01", "holder_name": "Ada", "valid_until": "2030-01-01T01:00:00+01:00"}
    )
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["kind"], body["valid_until"], body["note"]) == ("rfid", "2030-01-01T00:00:00Z", None)
    address = made["Location"]
    changed = api.patch(address, {"note": "lost once"}, content_type="application/json").json()
    assert (changed["note"], changed["holder_name"], changed["valid_until"]) == (
        "lost once",
        "Ada",
        "2030-01-01T00:00:00Z",
    )
    assert _post(api, f"{address}/block").json()["is_blocked"] is True
    assert Token.objects.get().status == "blocked"
    assert _post(api, f"{address}/unblock").json()["is_blocked"] is False
    deeds = AuditEntry.objects.filter(subject_kind="token").order_by("pk").values_list("action", flat=True)
    assert list(deeds) == ["token.issued", "token.edited", "token.blocked", "token.unblocked"]


def test_a_uid_in_another_spelling_is_the_same_token(api: Client) -> None:
    _post(api, TOKENS, {"uid": "CAFE01"})
    answer = _post(api, TOKENS, {"uid": " cafe01 "})
    assert (answer.status_code, answer.json()["code"]) == (409, "uid-taken")


def test_tokens_are_filtered(api: Client) -> None:
    for uid, kind in (("A1", "rfid"), ("B2", "app")):
        _post(api, TOKENS, {"uid": uid, "kind": kind})
    _post(api, f"{TOKENS}/{Token.objects.get(uid='A1').pk}/block")

    def uids(**asked: str) -> list[str]:
        return [each["uid"] for each in api.get(TOKENS, asked).json()["items"]]

    assert uids() == ["B2", "A1"]
    assert uids(kind="app") == ["B2"]
    assert uids(is_blocked="true") == ["A1"]
    assert uids(search="b2") == ["B2"]
