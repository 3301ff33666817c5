"""Incidents and jobs through the API: from what was found to drivers charging again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.interfaces.api.care import add_care
from tests.interfaces.api.conftest import Caller

from chargehand.domain.accounts.models import AuditEntry, Membership, Operator, User
from chargehand.domain.accounts.permissions import Permission, Role
from chargehand.domain.health import guard_rails, provisioning
from chargehand.domain.notices.models import Rota
from chargehand.domain.stations.models import ChargingStation, Location
from chargehand.kernel import clock


@pytest.fixture
def care(station: ChargingStation) -> dict[str, Any]:
    """A finding, its incident and a job at station 4107."""
    return add_care(station)


def post(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    """Send a body to a verb."""
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


@pytest.fixture
def person(operator: Operator) -> User:
    """Somebody who may do work."""
    found = User.objects.create_user("tom@example.org", "correct horse battery", name="Tom")
    Membership.objects.create(user=found, operator=operator, role=Role.TECHNICIAN)
    return found


def test_an_incident_tells_what_was_found_and_what_may_be_done(api: Client, care: dict[str, Any]) -> None:
    [listed] = api.get("/api/v1/incidents").json()["items"]
    assert listed["id"] == care["incident_id"]
    detail = api.get(f"/api/v1/incidents/{care['incident_id']}").json()
    assert detail["findings"] == [api.get(f"/api/v1/findings/{care['finding_id']}").json()]
    assert detail["findings"][0]["facts"] == {"failed": 3, "attempts": 4}
    assert detail["suggestions"]
    assert detail["stations"][0]["identity"] == "4107"


def test_an_incident_is_taken_given_on_put_off_and_ended(
    api: Client, care: dict[str, Any], person: User
) -> None:
    address = f"incidents/{care['incident_id']}"
    assert post(api, f"{address}/acknowledge").json()["acknowledged_by"] == "Back office"
    assert post(api, f"{address}/assign", {"user_id": person.pk}).json()["assignee_name"] == "Tom"
    assert post(api, f"{address}/assign", {"user_id": person.pk + 1}).json()["code"] == "no-such-person"
    assert post(api, f"{address}/tell-drivers", {"words": "Sorry."}).json()["service"]["until"] is None
    assert "Sorry." in api.get(f"/api/v1/{address}").json()["told"][0]["text"]
    post(api, f"{address}/stop-telling")
    assert api.get(f"/api/v1/{address}").json()["told"] == []
    late = post(api, f"{address}/snooze", {"until": "2190-01-01T00:00:00Z"})
    assert (late.status_code, late.json()["code"]) == (422, "bad-time")
    assert post(api, f"{address}/notes", {"text": "A sock."}).status_code == 201
    ended = post(api, f"{address}/resolve", {"cause": "A sock.", "fix": "Taken out."}).json()
    assert (ended["state"], ended["cause"], ended["is_by_charge"]) == ("resolved", "A sock.", False)
    again = post(api, f"{address}/acknowledge")
    assert (again.status_code, again.json()["code"]) == (409, "incident-over")
    assert api.get("/api/v1/incidents").json()["items"] == []
    assert [each["id"] for each in api.get("/api/v1/incidents?which=ended").json()["items"]] == [ended["id"]]
    said = [line["sentence"] for line in api.get(f"/api/v1/{address}").json()["timeline"]]
    assert "A sock." in said


def test_a_job_is_raised_for_an_incident_done_and_proven(
    api: Client, care: dict[str, Any], station: ChargingStation, person: User
) -> None:
    asked = {
        "station_id": station.pk,
        "evse": 1,
        "title": "Look at plug A",
        "incident_id": care["incident_id"],
        "checklist": "inspection",
    }
    order = post(api, "work-orders", asked).json()
    assert api.get(f"/api/v1/incidents/{care['incident_id']}").json()["work_order_id"] == order["id"]
    address = f"work-orders/{order['id']}"
    assert post(api, f"{address}/assign", {"user_id": person.pk}).json()["assignee_name"] == "Tom"
    assert post(api, f"{address}/set-off").json()["state"] == "on-way"
    assert post(api, f"{address}/start").json()["is_blocking"] is True
    missing = post(api, f"{address}/finish", {"no_test_reason": "No car."})
    assert (missing.status_code, missing.json()["code"]) == (422, "steps-missing")
    edit = {
        "id": "0190a5e0-0000-7000-8000-000000000001",
        "field": "note",
        "value": "Cleaned.",
        "made_at": clock.now().isoformat(),
    }
    for _again in range(2):
        [result] = post(api, f"{address}/edits", {"edits": [edit]}).json()["items"]
        assert (result["outcome"], result["version"]) == ("applied", 1)
    assert api.get(f"/api/v1/{address}").json()["note"] == "Cleaned."
    over = post(api, f"{address}/cancel", {"reason": "Replaced by another."}).json()
    assert (over["state"], over["end_note"]) == ("cancelled", "Replaced by another.")
    assert post(api, f"{address}/start").status_code == 409


def test_whoever_is_bound_to_another_site_sees_no_incident_and_no_job(
    care: dict[str, Any], operator: Operator
) -> None:
    elsewhere = Location.objects.create(operator=operator, name="Elsewhere", created_at=clock.now())
    host = User.objects.create_user("host@example.org", "correct horse battery")
    Membership.objects.create(user=host, operator=operator, role=Role.ADMIN, location_ids=[elsewhere.pk])
    client = Client()
    client.force_login(host)
    for name in ("findings", "incidents", "work-orders"):
        assert client.get(f"/api/v1/{name}").json()["items"] == []
    assert post(client, f"incidents/{care['incident_id']}/acknowledge").status_code == 404
    assert client.get("/api/v1/reports/uptime?year=2026").json()["ports"] == []


def test_duty_names_nobody_where_nobody_is(api: Client, operator: Operator) -> None:
    Rota.objects.create(operator=operator, name="Nights", time_zone="Europe/Berlin", created_at=clock.now())
    [rota] = api.get("/api/v1/on-duty").json()["rotas"]
    assert (rota["name"], rota["on_duty"], len(rota["gaps"])) == ("Nights", [], 1)


def test_policies_are_read_and_replaced_by_who_acts_for_the_whole_network(
    api: Client, operator: Operator, site: Location, caller: Caller
) -> None:
    watch, recovery = "/api/v1/policies/watch", "/api/v1/policies/recovery"
    told = {"sets_measurands": False, "sets_monitors": True, "sample_interval_s": 120}
    assert api.get(watch).json() == {"sets_measurands": True, "sets_monitors": True, "sample_interval_s": 60}
    assert api.put(watch, told, content_type="application/json").json() == told
    assert provisioning.policy(operator.pk).sample_interval_s == 120
    assert api.put(watch, told | {"sample_interval_s": 5}, content_type="application/json").status_code == 422
    wanted = {"is_enabled": True, "steps": ["probe"], "per_day": 2, "from_hour": 22, "until_hour": 6}
    assert api.put(recovery, wanted, content_type="application/json").json() == api.get(recovery).json()
    assert guard_rails.policy_of(operator.pk).from_hour == 22
    half = api.put(recovery, wanted | {"until_hour": None}, content_type="application/json")
    assert half.json()["code"] == "bad-hours"
    deeds = AuditEntry.objects.filter(actor_name="Back office").order_by("pk")
    assert [each.action for each in deeds] == ["watch.changed", "recovery.changed"]
    reader = caller(Permission.STATIONS_VIEW)
    assert reader.get(watch).json() == told
    assert reader.put(watch, told, content_type="application/json").status_code == 403
    host = User.objects.create_user("host@example.org", "correct horse battery")
    Membership.objects.create(user=host, operator=operator, role=Role.ADMIN, location_ids=[site.pk])
    bound = Client()
    bound.force_login(host)
    assert bound.get(recovery).status_code == 403
    assert bound.put(watch, told, content_type="application/json").status_code == 403
