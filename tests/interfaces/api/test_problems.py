"""Errors: every one is application/problem+json with a stable code."""

import json
from typing import Any

import pytest
from django.test import Client
from tests.interfaces.api.conftest import Caller, IssueKey

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.models import ChargingStation
from chargehand.interfaces.api.rates import BURST, PER_SECOND, Buckets
from chargehand.kernel import clock

STANDARD = {"type", "title", "status", "detail", "instance", "code"}


def _problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.content)
    assert body.keys() >= STANDARD
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"urn:chargehand:problem:{code}"
    return body


def test_an_address_that_leads_nowhere_is_a_problem(api: Client) -> None:
    _problem(api.get("/api/v1/nothing/here"), 404, "not-found")
    _problem(api.post("/api/v1/nothing"), 404, "not-found")
    _problem(api.get("/api/v1/stations/abc"), 404, "not-found")
    _problem(api.get(f"/api/v1/stations/{2**70}"), 404, "not-found")
    _problem(api.get("/api/v1/commands/not-a-number"), 404, "not-found")


def test_a_method_an_address_does_not_take_is_a_problem(api: Client) -> None:
    answer = api.delete("/api/v1/stations")
    _problem(answer, 405, "method-not-allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}


def test_a_body_that_is_no_json_is_a_problem(api: Client) -> None:
    for body in ("{", '{"identity": NaN}', '{"identity": "\\ud800x"}', "[" * 5000, '"\xff"'):
        answer = api.post("/api/v1/stations", body, content_type="application/json")
        assert answer.status_code in {400, 422}, body
        _problem(answer, answer.status_code, "bad-json" if answer.status_code == 400 else "invalid-request")


def test_a_body_that_does_not_fit_names_every_field(api: Client) -> None:
    body = {"identity": "A", "security_profile": 9, "passwort": "x"}
    told = _problem(
        api.post("/api/v1/stations", body, content_type="application/json"), 422, "invalid-request"
    )
    assert {each["name"].rpartition(".")[2] for each in told["errors"]} >= {"security_profile", "passwort"}
    assert all(each["in"] == "body" for each in told["errors"])


def test_a_query_that_does_not_fit_is_a_problem(api: Client) -> None:
    for query in ("limit=0", "limit=501", "state=odd", "location_id=x", "text=a%00b"):
        told = _problem(api.get(f"/api/v1/stations?{query}"), 422, "invalid-request")
        assert told["errors"][0]["in"] == "query"
    _problem(api.get("/api/v1/stations?cursor=zzz"), 400, "bad-cursor")
    _problem(api.get("/api/v1/sessions?since=2026-05-01T00:00:00"), 422, "invalid-request")  # no offset
    _problem(api.get("/api/v1/sessions?since=0001-01-01T00:00:00Z"), 422, "invalid-request")


def test_a_refusal_keeps_its_code_and_its_sentence(api: Client, station: ChargingStation) -> None:
    body = {"identity": "4107"}
    told = _problem(
        api.post("/api/v1/stations", body, content_type="application/json"), 409, "identity-taken"
    )
    assert "4107" in told["detail"]
    body = {"identity": "a b"}
    _problem(api.post("/api/v1/stations", body, content_type="application/json"), 422, "bad-identity")


@pytest.mark.parametrize(
    "header",
    [
        {"Authorization": "Bearer chk_000000000000_wrong"},
        {"Authorization": "Bearer \x00"},
        {"X-API-Key": "chk"},
        {"Authorization": "Basic YTpi"},
        {},
    ],
)
def test_a_wrong_key_is_challenged(header: dict[str, str], db: None) -> None:
    answer = Client(headers=header).get("/api/v1/me")
    _problem(answer, 401, "unauthorized")
    assert answer["WWW-Authenticate"] == 'Bearer realm="chargehand"'


def test_an_expired_key_is_challenged(issue_key: IssueKey, operator: Operator) -> None:
    secret = issue_key(operator, expires_at=clock.now())
    _problem(Client(headers={"X-API-Key": secret}).get("/api/v1/me"), 401, "unauthorized")


def test_a_key_in_either_header_tells_who_it_is(issue_key: IssueKey, operator: Operator) -> None:
    secret = issue_key(operator, Permission.SESSIONS_VIEW)
    for header in ({"X-API-Key": secret}, {"Authorization": f"Bearer {secret}"}):
        me = Client(headers=header).get("/api/v1/me").json()
        assert me["operator_slug"] == "volt"
        assert me["permissions"] == ["sessions.view"]
        assert me["actor"]["kind"] == "api_key"
        assert me["role"] is None
        assert me["location_ids"] is None


def test_too_many_requests_are_told_when_to_come_back(caller: Caller) -> None:
    busy, other = caller(), caller()
    answers = [busy.get("/api/v1/me").status_code for _ in range(BURST)]
    assert set(answers) == {200}
    # The bucket fills while we ask; it cannot fill as fast as this.
    refused = next(answer for _ in range(BURST) if (answer := busy.get("/api/v1/me")).status_code != 200)
    _problem(refused, 429, "too-many-requests")
    assert refused["Retry-After"] == "1"
    assert other.get("/api/v1/me").status_code == 200


def test_a_bucket_fills_at_its_rate() -> None:
    bucket = Buckets(burst=2, per_second=0.5)
    assert [bucket.take("a", now) for now in (0.0, 0.0, 0.0)] == [0, 0, 2]
    assert bucket.take("b", 0.0) == 0
    assert bucket.take("a", 1.0) == 1
    assert bucket.take("a", 2.0) == 0
    assert bucket.take("a", 100.0) == 0
    assert bucket.take("a", 100.0) == 0
    assert bucket.take("a", 100.0) == 2
    assert PER_SECOND > 0


def test_what_breaks_on_our_side_is_a_problem_without_details(
    api: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(stations, "locations", broken)
    answer = api.get("/api/v1/locations")
    told = _problem(answer, 500, "internal-error")
    assert "secret detail" not in json.dumps(told)
