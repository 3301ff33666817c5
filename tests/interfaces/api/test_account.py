"""Keys, sessions of people, and the audit through the API."""

from typing import Any

import pytest
from django.test import Client
from tests.interfaces.api.conftest import AddStation, Caller

from chargehand.domain.accounts.models import ApiKey, Membership, Operator, User
from chargehand.domain.accounts.permissions import Permission, Role
from chargehand.domain.stations.models import ChargingStation, StationRequest

KEYS = "/api/v1/api-keys"


def _post(client: Client, address: str, body: Any, **headers: str) -> Any:
    return client.post(address, body, content_type="application/json", headers=headers)


def test_a_key_issued_works_until_it_is_revoked(api: Client, station: ChargingStation) -> None:
    made = _post(api, KEYS, {"name": "Billing", "scopes": ["sessions.view"]})
    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    client = Client(headers={"X-API-Key": made.json()["secret"]})
    assert client.get("/api/v1/sessions").status_code == 200
    assert client.get("/api/v1/stations").status_code == 403
    assert "secret" not in api.get(made["Location"]).json()
    assert api.delete(made["Location"]).status_code == 204
    assert client.get("/api/v1/sessions").status_code == 401
    assert api.get(made["Location"]).json()["revoked_at"] is not None


def test_a_key_hands_on_no_more_than_it_may(caller: Caller) -> None:
    client = caller(Permission.KEYS_EDIT, Permission.SESSIONS_VIEW)
    answer = _post(client, KEYS, {"name": "More", "scopes": ["stations.raw_call"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-beyond-own")
    assert ApiKey.objects.count() == 1


@pytest.fixture
def person(operator: Operator) -> User:
    """Somebody who runs operations."""
    found = User.objects.create_user("mia@example.org", "correct horse battery", name="Mia")
    Membership.objects.create(user=found, operator=operator, role=Role.OPERATIONS)
    return found


def test_somebody_signed_in_may_read_and_with_a_csrf_token_change(
    person: User, station: ChargingStation
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)
    assert browser.get("/api/v1/me").json()["role"] == "operations"
    address = f"/api/v1/stations/{station.pk}/commands"
    refused = _post(browser, address, {"command": "clear-cache"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert not StationRequest.objects.exists()
    browser.get("/api/v1/docs")
    token = browser.cookies["csrftoken"].value
    assert _post(browser, address, {"command": "clear-cache"}, **{"X-CSRFToken": token}).status_code == 202
    assert StationRequest.objects.get().asked_by == "Mia"


def test_a_key_needs_no_csrf_token(caller: Caller, station: ChargingStation) -> None:
    client = caller()
    client.handler.enforce_csrf_checks = True
    assert _post(client, "/api/v1/tokens", {"uid": "CAFE01"}).status_code == 201


def test_somebody_with_two_operators_acts_for_the_one_they_chose(
    person: User, other_operator: Operator, add_station: AddStation
) -> None:
    Membership.objects.create(user=person, operator=other_operator, role=Role.READ_ONLY)
    add_station("4107")
    browser = Client()
    browser.force_login(person)
    session = browser.session
    session["operator"] = "ampere"
    session.save()
    assert browser.get("/api/v1/me").json()["operator_slug"] == "ampere"
    assert browser.get("/api/v1/stations").json()["items"] == []


def test_somebody_without_a_role_or_no_longer_active_hears_401(user: User, person: User) -> None:
    browser = Client()
    browser.force_login(user)
    assert browser.get("/api/v1/me").status_code == 401
    browser.force_login(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert browser.get("/api/v1/me").status_code == 401


def test_the_audit_tells_who_did_what_to_a_station(api: Client, station: ChargingStation) -> None:
    _post(api, f"/api/v1/stations/{station.pk}/block", None)
    _post(api, f"/api/v1/stations/{station.pk}/commands", {"command": "clear-cache"})
    found = api.get("/api/v1/audit", {"subject": f"station:{station.pk}"}).json()["items"]
    assert [(each["action"], each["actor"]["name"]) for each in found] == [
        ("station.command", "Back office"),
        ("station.blocked", "Back office"),
    ]


def test_the_networks_figures_are_null_where_nothing_is_known(api: Client, station: ChargingStation) -> None:
    figures = api.get("/api/v1/network").json()
    assert (figures["stations"], figures["plugs"], figures["able"]) == (1, 1, 1)
    assert figures["power_w"] is None
    assert figures["power_at"] is None
    power = api.get("/api/v1/network/power", {"hours": 2}).json()
    assert len(power) == 12
    assert {each["power_w"] for each in power} == {None}
