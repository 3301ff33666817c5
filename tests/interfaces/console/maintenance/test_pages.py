"""Maintenance in the console: who sees what, what forms do, and what they refuse in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.interfaces.console.conftest import AddStation, SignIn
from tests.interfaces.console.maintenance.conftest import KIM, Raise

from chargehand.domain.accounts.models import Operator, User
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.maintenance import order_edits, plans, work
from chargehand.domain.maintenance.models import (
    ConfigurationProfile,
    FirmwareCampaign,
    LogUpload,
    OrderEdit,
    PlanMark,
    PreventivePlan,
    RiskScore,
    SiteNote,
    WorkOrder,
)
from chargehand.domain.maintenance.order_edits import Edit
from chargehand.domain.stations.models import ChargingStation, Location, StationRequest
from chargehand.kernel import clock
from chargehand.kernel.ids import new_id

pytestmark = pytest.mark.django_db

PAGES = ("work", "work/raise", "risks", "plans", "plans/add", "firmware", "logs", "profiles", "profiles/add")
NEW: dict[str, Any] = {
    "station": "4107",
    "plug": "b",
    "title": "Look at the lock",
    "why": "",
    "checklist": "connector",
    "priority": "1",
    "due_at": "",
    "access_notes": "",
    "parts": "",
}


@pytest.mark.parametrize(
    ("role", "open_pages"),
    [
        (Role.ADMIN, set(PAGES)),
        (Role.TECHNICIAN, set(PAGES) - {"plans/add"}),
        (Role.READ_ONLY, {"work", "risks", "plans"}),
        (Role.FINANCE, set()),
        (Role.SITE_HOST, set()),
    ],
)
def test_each_role_sees_its_pages(network: None, sign_in: SignIn, role: Role, open_pages: set[str]) -> None:
    client = sign_in(role)
    found = {name for name in PAGES if client.get(f"/console/{name}/").status_code == 200}
    assert found == open_pages


def test_the_list_shows_the_most_urgent_first_and_filters(network: None, sign_in: SignIn) -> None:
    client = sign_in()
    text = client.get("/console/work/").content.decode()
    assert text.index("Exchange the fan") < text.index("Look at the cable")
    assert "Exchange the fan" not in client.get("/console/work/?text=cable").content.decode()
    assert "No work order matches" in client.get("/console/work/?text=nothing").content.decode()
    assert "Look at the cable" not in client.get("/console/work/?state=ended").content.decode()
    assert "Look at the cable" not in client.get("/console/work/?priority=0").content.decode()


def test_who_is_bound_to_sites_sees_their_jobs_alone(
    network: None, operator: Operator, sign_in: SignIn, add_station: AddStation
) -> None:
    other = Location.objects.create(
        operator=operator, name="Elsewhere", time_zone="UTC", created_at=clock.now()
    )
    order = WorkOrder.objects.get(title="Exchange the fan")
    client = sign_in(Role.TECHNICIAN, location_ids=[other.pk])
    assert "Exchange the fan" not in client.get("/console/work/").content.decode()
    assert client.get(f"/console/work/{order.pk}/").status_code == 404
    assert client.post(f"/console/work/{order.pk}/take/").status_code == 404
    assert "4107" not in client.get("/console/risks/").content.decode()
    assert "4107" not in client.get("/console/plans/").content.decode()
    assert client.get("/console/firmware/").status_code == 403
    assert "no charger 4107" in client.get("/console/logs/?station=4107").content.decode()
    client.post("/console/work/raise/", NEW)
    assert not WorkOrder.objects.filter(title="Look at the lock").exists()


def test_another_operators_job_does_not_exist(
    raise_order: Raise, other_operator: Operator, sign_in: SignIn
) -> None:
    number = raise_order()
    client = sign_in(home=other_operator)
    assert client.get(f"/console/work/{number}/").status_code == 404
    assert client.post(f"/console/work/{number}/cancel/", {"reason": "x"}).status_code == 404


def test_a_job_is_raised_for_a_lettered_plug_once(station: ChargingStation, sign_in: SignIn) -> None:
    client, form = sign_in(), NEW | {"once": str(new_id()), "parts": "Lock actuator\n\nCable"}
    for _ in range(2):
        assert client.post("/console/work/raise/", form).status_code == 302
    order = WorkOrder.objects.get()
    assert (order.evse, order.priority, order.title) == (2, 1, "Look at the lock")
    assert [part["name"] for part in order.parts_suggested] == ["Lock actuator", "Cable"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"station": "9"}, "no charger 9"),
        ({"plug": "X"}, "has the plugs A, B"),
        ({"title": ""}, "This field is required"),
    ],
)
def test_a_job_that_cannot_be_is_refused_in_words(
    station: ChargingStation, sign_in: SignIn, change: dict[str, str], said: str
) -> None:
    page = sign_in().post("/console/work/raise/", NEW | change)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not WorkOrder.objects.exists()


def test_a_job_is_given_on_and_cancelled(raise_order: Raise, technician: User, sign_in: SignIn) -> None:
    number, client = raise_order(), sign_in()
    client.post(f"/console/work/{number}/assign/", {"person": technician.pk})
    assert WorkOrder.objects.get().assignee_id == technician.pk
    client.post(f"/console/work/{number}/cancel/", {"reason": ""})
    assert WorkOrder.objects.get().state == "assigned"
    client.post(f"/console/work/{number}/cancel/", {"reason": "raised twice"})
    assert WorkOrder.objects.get().end_note == "raised twice"
    assert "raised twice" in client.get(f"/console/work/{number}/").content.decode()
    assert client.post(f"/console/work/{number}/explode/").status_code == 404


def test_gate_codes_are_dots_for_readers_and_written_by_technicians(
    raise_order: Raise, sign_in: SignIn
) -> None:
    number = raise_order(access_notes="Key under the mat")
    form = {"directions": "left", "gate_code": "4711#", "contact": "Mr Koch", "phone": "040"}
    sign_in(Role.TECHNICIAN).post(f"/console/work/{number}/site-note/", form)
    assert SiteNote.objects.get().gate_code == "4711#"
    text = sign_in(Role.READ_ONLY).get(f"/console/work/{number}/").content.decode()
    assert "4711#" not in text
    assert "under the mat" not in text
    assert "••••" in text


def test_a_clash_is_settled_by_a_person(
    raise_order: Raise, operator: Operator, technician: User, sign_in: SignIn
) -> None:
    number, at = raise_order(), clock.now() - timedelta(hours=1)
    mo = Actor("user", technician.pk, "Mo")
    for actor, value, minute in ((mo, "The fan", 0), (KIM, "The filter", 1)):
        edit = Edit(id=new_id(), field="note", value=value, made_at=at + timedelta(minutes=minute))
        order_edits.apply_edits(operator_id=operator.pk, order_id=number, edits=[edit], actor=actor)
    client = sign_in()
    text = client.get(f"/console/work/{number}/").content.decode()
    assert "Two people changed this" in text
    lost = next(iter(OrderEdit.objects.filter(outcome="clash")))
    client.post(f"/console/work/{number}/choose/", {"edit": str(lost.pk)})
    assert WorkOrder.objects.get().note == "The fan"
    client.post(f"/console/work/{number}/choose/", {"edit": "x"})
    assert "There is no such change" in client.get(f"/console/work/{number}/").content.decode()


def test_a_risk_leads_to_a_job_with_its_reasons(network: None, sign_in: SignIn) -> None:
    WorkOrder.objects.all().delete()
    client = sign_in()
    text = client.get("/console/risks/").content.decode()
    assert "41 %" in text
    RiskScore.objects.update(chance_7=0.004)
    assert "&lt; 1 %" in client.get("/console/risks/").content.decode()
    assert "It gets hotter than it used to." in text
    address = text.partition("/console/work/raise/")[2].partition('"')[0].replace("&amp;", "&")
    form = client.get(f"/console/work/raise/{address}").content.decode()
    assert "It gets hotter than it used to." in form
    assert 'value="4107"' in form


def test_a_plan_is_made_changed_and_marked(station: ChargingStation, site: Location, sign_in: SignIn) -> None:
    client = sign_in()
    form = {
        "name": "Filters",
        "checklist": "cooling",
        "threshold": "500",
        "measure": "hours",
        "vendor": "",
        "model": "",
        "location_id": str(site.pk),
        "is_active": "on",
    }
    assert client.post("/console/plans/add/", form).status_code == 302
    plan = PreventivePlan.objects.get()
    assert (plan.threshold, plan.location_id, plan.is_per_plug) == (500.0, site.pk, False)
    assert 'value="500"' in client.get(f"/console/plans/{plan.pk}/").content.decode()
    client.post(f"/console/plans/{plan.pk}/", form | {"threshold": "250"})
    assert PreventivePlan.objects.get().threshold == 250.0
    day = (clock.now() - timedelta(days=9)).date()
    client.post(f"/console/plans/{plan.pk}/mark/", {"station": station.pk, "evse": "0", "day": str(day)})
    assert PlanMark.objects.get().since.date() in {day, day - timedelta(days=1)}
    [due] = plans.progress(plan.operator_id, clock.now())
    assert due.since == PlanMark.objects.get().since


def test_a_campaign_is_planned_started_and_halted(campaign: int, sign_in: SignIn) -> None:
    client = sign_in()
    image = FirmwareCampaign.objects.get().image_id
    form = {
        "name": "Second",
        "image_id": image,
        "first": "4108",
        "shares": "100",
        "at_once": "2",
        "soak_hours": "1",
        "window_from": "",
        "window_until": "",
    }
    assert "no charger X" in client.post("/console/firmware/plan/", form | {"first": "X"}).content.decode()
    assert "as numbers" in client.post("/console/firmware/plan/", form | {"shares": "a"}).content.decode()
    page = client.post("/console/firmware/plan/", form)
    number = FirmwareCampaign.objects.latest("pk").pk
    assert page.headers["Location"] == f"/console/firmware/{number}/"
    for verb, state in (
        ("start", "running"),
        ("pause", "paused"),
        ("start", "running"),
        ("cancel", "cancelled"),
    ):
        client.post(f"/console/firmware/{number}/{verb}/")
        assert FirmwareCampaign.objects.get(pk=number).state == state
    FirmwareCampaign.objects.filter(pk=campaign).update(
        state="halted", sentence="3 of 4 updates failed: that is more than 10 %."
    )
    text = client.get(f"/console/firmware/{campaign}/").content.decode()
    assert "It halted by itself" in text
    assert "3 of 4 updates failed" in text
    assert "0 of 2 updated" in text
    left_out = ChargingStation.objects.get(identity="4108")
    client.post(f"/console/firmware/{campaign}/skip/", {"station": left_out.pk})
    assert "1 left out" in client.get(f"/console/firmware/{campaign}/").content.decode()


def test_a_firmware_is_registered(db: None, sign_in: SignIn) -> None:
    form = {"vendor": "V", "model": "M", "version": "1", "url": "not an address"}
    client = sign_in()
    assert client.post("/console/firmware/register/", form).status_code == 422
    assert (
        client.post("/console/firmware/register/", form | {"url": "https://x.example/1.bin"}).status_code
        == 302
    )
    assert "https://x.example/1.bin" in client.get("/console/firmware/").content.decode()


def test_a_log_is_asked_for_and_shown(station: ChargingStation, sign_in: SignIn) -> None:
    client = sign_in(Role.TECHNICIAN)
    client.post("/console/logs/", {"station": "4107", "kind": "diagnostics", "since": "", "until": ""})
    log = LogUpload.objects.get()
    assert "Asked" in client.get("/console/logs/?station=4107").content.decode()
    LogUpload.objects.update(state="received", size=2048, file_name="d.tar.gz")
    assert f"/console/files/logs/{log.pk}/" in client.get("/console/logs/?station=4107").content.decode()


def test_a_profile_is_written_compared_and_applied(station: ChargingStation, sign_in: SignIn) -> None:
    client = sign_in()
    form = {"name": "Beat", "settings": "HeartbeatInterval", "station": "", "location_id": ""}
    assert "Write a name, = and the value" in client.post("/console/profiles/add/", form).content.decode()
    form["settings"] = "HeartbeatInterval = 300\nOCPPCommCtrlr / HeartbeatInterval = 300"
    assert client.post("/console/profiles/add/", form | {"station": "4107"}).status_code == 302
    profile = ConfigurationProfile.objects.get()
    assert [each["component"] for each in profile.settings] == ["", "OCPPCommCtrlr"]
    assert profile.station_id == station.pk
    text = client.get("/console/profiles/").content.decode()
    assert "never reported" in text
    client.post(f"/console/profiles/apply/{station.pk}/")
    assert StationRequest.objects.count() == 1
    client.post(f"/console/profiles/{profile.pk}/delete/")
    assert not ConfigurationProfile.objects.exists()


def test_a_done_job_shows_what_was_recorded(
    raise_order: Raise, operator: Operator, technician: User, sign_in: SignIn
) -> None:
    number, mo = raise_order(checklist="connector"), Actor("user", technician.pk, "Mo")
    at = clock.now() - timedelta(minutes=30)
    said = {"item:contact-resistance": 7.5, "item:isolate": True, "note": "Burnt pin"}
    work.start(operator_id=operator.pk, order_id=number, actor=mo)
    edits = [Edit(id=new_id(), field=field, value=value, made_at=at) for field, value in said.items()]
    order_edits.apply_edits(operator_id=operator.pk, order_id=number, edits=edits, actor=mo)
    text = sign_in().get(f"/console/work/{number}/").content.decode()
    for shown in ("Burnt pin", "7.5", "at most 5", "kept away by this job", "Mo: started"):
        assert shown in text
