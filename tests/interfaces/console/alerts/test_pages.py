"""The alerts' pages: plans are saved and shown, channels are one's own, and each page opens for whom it should."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from tests.domain.notices.making import ADA, Crew
from tests.interfaces.console.conftest import SignIn

from chargehand.domain.accounts.models import AuditEntry, Operator, User
from chargehand.domain.accounts.permissions import Permission, Role, may
from chargehand.domain.notices import queries, sealing, windows
from chargehand.domain.notices.models import Alert, Channel, Delivery
from chargehand.domain.notices.plans import Step
from chargehand.domain.stations.models import Location
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

PAGES = {
    "alerts/": Permission.ALERTS_EDIT,
    "alerts/escalation/": Permission.ALERTS_EDIT,
    "alerts/windows/": Permission.ALERTS_EDIT,
    "alerts/log/": Permission.ALERTS_EDIT,
    "channels/": Permission.INCIDENTS_VIEW,
    "channels/add/": Permission.INCIDENTS_VIEW,
}


@pytest.fixture
def crew(operator: Operator) -> Crew:
    return Crew(operator)


def shifts(*rows: tuple[int, str, str, int]) -> dict[str, str]:
    said = {"shift-TOTAL_FORMS": str(len(rows)), "shift-INITIAL_FORMS": "0"}
    for at, (weekday, starts, ends, user_id) in enumerate(rows):
        said |= {
            f"shift-{at}-weekday": str(weekday),
            f"shift-{at}-starts": starts,
            f"shift-{at}-ends": ends,
            f"shift-{at}-user_id": str(user_id or ""),
        }
    return said


@pytest.mark.parametrize("role", list(Role))
def test_a_page_opens_for_whom_the_table_names(sign_in: SignIn, site: Location, role: Role) -> None:
    client = sign_in(role, location_ids=[site.pk])
    for path, permission in PAGES.items():
        assert client.get(f"/console/{path}").status_code == (200 if may(role, permission) else 403), path


def test_who_sees_only_some_sites_does_not_change_plans_of_all(sign_in: SignIn, site: Location) -> None:
    client = sign_in(Role.OPERATIONS, location_ids=[site.pk])
    for path in ("alerts/rotas/add/", "alerts/escalation/add/"):
        assert client.get(f"/console/{path}").status_code == 403
    assert client.post("/console/alerts/escalation/", {}).status_code == 403


def test_a_rota_is_made_changed_and_removed(sign_in: SignIn, crew: Crew) -> None:
    client, mia = sign_in(), crew.person("Mia")
    said = {"name": "Week", "time_zone": "Europe/Berlin"}
    week = [(day, "00:00", "00:00", mia) for day in range(7)]
    answer = client.post("/console/alerts/rotas/add/", {**said, **shifts(*week, (0, "", "", 0))})
    [rota] = queries.rotas(crew.operator_id, clock.now())
    assert answer.headers["Location"] == f"/console/alerts/rotas/{rota.id}/"
    assert (len(rota.shifts), rota.on_duty, rota.gaps) == (7, (mia,), ())
    page = client.get("/console/alerts/").content.decode()
    assert "<b>Mia</b>" in page
    assert "Somebody is on duty at every moment" in page
    client.post(
        f"/console/alerts/rotas/{rota.id}/", {**said, "name": "Days", **shifts((0, "08:00", "09:00", mia))}
    )
    assert "Nobody is on duty" in client.get("/console/alerts/").content.decode()
    client.post(f"/console/alerts/rotas/{rota.id}/remove/")
    assert queries.rotas(crew.operator_id, clock.now()) == []
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"rota.saved", "rota.removed"}


def test_a_shift_without_its_times_is_said_beside_its_row(sign_in: SignIn, crew: Crew) -> None:
    mia = crew.person("Mia")
    said = {"name": "Week", "time_zone": "Europe/Berlin", **shifts((0, "08:00", "", mia))}
    answer = sign_in().post("/console/alerts/rotas/add/", said)
    assert "Give this shift both times." in answer.content.decode()
    assert queries.rotas(crew.operator_id, clock.now()) == []


def test_somebody_stands_in_for_a_time_in_the_operators_zone(sign_in: SignIn, crew: Crew) -> None:
    client, mia = sign_in(), crew.person("Mia")
    client.post("/console/alerts/rotas/add/", {"name": "W", "time_zone": "UTC", **shifts()})
    [rota] = queries.rotas(crew.operator_id, clock.now())
    path = f"/console/alerts/rotas/{rota.id}/overrides/"
    client.post(
        f"{path}add/", {"user_id": mia, "starts_at": "2099-07-01T08:00", "ends_at": "2099-07-02T08:00"}
    )
    [rota] = queries.rotas(crew.operator_id, clock.now())
    [override] = rota.overrides
    assert (override.user_id, override.starts_at.isoformat()) == (mia, "2099-07-01T06:00:00+00:00")
    answer = client.post(f"{path}add/", {"user_id": mia, "starts_at": "", "ends_at": ""}, follow=True)
    assert "Give both days with their times." in answer.content.decode()
    client.post(f"{path}{override.id}/remove/")
    assert queries.rotas(crew.operator_id, clock.now())[0].overrides == ()


def test_an_escalation_and_its_routes_are_saved(sign_in: SignIn, crew: Crew) -> None:
    client, mia = sign_in(), crew.person("Mia")
    steps = {
        "step-TOTAL_FORMS": "3",
        "step-INITIAL_FORMS": "0",
        "step-0-target": f"person:{mia}",
        "step-0-wait_minutes": "5",
        "step-1-target": "team",
        "step-1-wait_minutes": "15",
    }
    client.post("/console/alerts/escalation/add/", {"name": "Night", "repeats": "2", **steps})
    [policy] = queries.policies(crew.operator_id)
    assert [(step.user_id, step.wait_minutes) for step in policy.steps] == [(mia, 5), (None, 15)]
    routes = {
        "route-TOTAL_FORMS": "2",
        "route-INITIAL_FORMS": "0",
        "route-0-policy_id": str(policy.id),
        "route-0-least_severity": "5",
        "route-0-weekdays": ["5", "6"],
        "route-0-location_ids": [str(crew.location_id)],
        "route-0-kinds": ["cable-cut"],
        "route-0-hours_from": "08:00",
        "route-0-hours_to": "18:00",
        "route-0-ORDER": "2",
        "route-1-policy_id": "nobody",
        "route-1-least_severity": "9",
        "route-1-ORDER": "1",
    }
    answer = client.post("/console/alerts/escalation/", routes, follow=True)
    assert "Saved." in answer.content.decode()
    first, second = queries.routes(crew.operator_id)
    assert (first.policy_id, second.policy_id) == (None, policy.id)
    assert (second.weekdays, second.kinds, second.location_ids) == (
        (5, 6),
        ("cable-cut",),
        (crew.location_id,),
    )
    answer = client.post(f"/console/alerts/escalation/{policy.id}/remove/", follow=True)
    assert "Change the route first." in answer.content.decode()


def test_a_window_is_opened_and_ended(sign_in: SignIn, crew: Crew) -> None:
    client = sign_in()
    said = {
        "place": f"site:{crew.location_id}",
        "starts_at": "2020-01-01T08:00",
        "ends_at": "2099-01-01T08:00",
        "reason": "New cables",
    }
    assert "New cables" in client.post("/console/alerts/windows/", said, follow=True).content.decode()
    assert queries.is_in_window(crew.operator_id, crew.station_id, clock.now())
    [window] = queries.maintenance_windows(crew.operator_id, clock.now())
    client.post(f"/console/alerts/windows/{window.id}/end/")
    assert queries.maintenance_windows(crew.operator_id, clock.now()) == []
    late = {**said, "ends_at": "2020-01-02T08:00"}
    assert "must end after it begins" in client.post("/console/alerts/windows/", late).content.decode()


def test_windows_of_sites_one_may_not_see_are_neither_shown_nor_ended(
    sign_in: SignIn, crew: Crew, site: Location
) -> None:
    window = windows.open_window(
        operator_id=crew.operator_id,
        location_id=crew.location_id,
        starts_at=clock.now(),
        ends_at=clock.now() + timedelta(hours=1),
        reason="Secret work",
        actor=ADA,
    )
    client = sign_in(Role.OPERATIONS, location_ids=[site.pk])
    assert "Secret work" not in client.get("/console/alerts/windows/").content.decode()
    assert client.post(f"/console/alerts/windows/{window}/end/").status_code == 404


def test_the_log_shows_what_was_sent_and_what_was_lost(sign_in: SignIn, crew: Crew, site: Location) -> None:
    mia = crew.person("Mia")
    crew.channel(mia, "json://mia?bad", label="Mia's phone")
    crew.escalate(Step(wait_minutes=5, user_id=mia), Step(wait_minutes=5))
    crew.opened()
    crew.tell()
    page = sign_in().get("/console/alerts/log/?state=lost").content.decode()
    assert "Mia&#x27;s phone" in page
    assert "not an address" in page
    bound = sign_in(Role.OPERATIONS, location_ids=[site.pk]).get("/console/alerts/log/")
    assert "Mia" not in bound.content.decode().partition("<main")[2].partition("</main")[0].replace(
        "Mia ", ""
    )


def test_a_channel_is_added_proved_changed_and_removed(sign_in: SignIn, operator: Operator) -> None:
    client = sign_in(Role.TECHNICIAN)
    said = {
        "kind": "mail",
        "target": "tom@example.com",
        "label": "Home",
        "least_severity": "9",
        "time_zone": "Europe/Berlin",
        "once": str(uuid4()),
    }
    first = client.post("/console/channels/add/", said)
    second = client.post("/console/channels/add/", said)
    assert (first.status_code, second.status_code, Channel.objects.count()) == (302, 302, 1)
    row = Channel.objects.get()
    here = f"/console/channels/{row.pk}/"
    assert "t…@example.com" in client.get(here).content.decode()
    wrong = client.post(f"{here}verify/", {"code": "not it"}, follow=True).content.decode()
    assert "This is not the code." in wrong
    assert Channel.objects.get().code_tries == 1
    code = sealing.code_of(row.pk, Delivery.objects.get().detail["asked_at"])
    assert (
        "This channel works." in client.post(f"{here}verify/", {"code": code}, follow=True).content.decode()
    )
    client.post(
        here, {**said, "once": str(uuid4()), "label": "Flat", "quiet_from": "22:00", "quiet_to": "07:00"}
    )
    [channel] = queries.channels(operator.pk)
    assert (channel.label, channel.is_verified, str(channel.quiet_to)) == ("Flat", True, "07:00:00")
    assert "22:00–07:00" in client.get("/console/channels/").content.decode()
    client.post(f"{here}remove/")
    assert client.get(here).status_code == 404
    assert client.post(f"{here}test/").status_code == 404


def test_an_address_that_is_none_is_said_beside_its_field(sign_in: SignIn) -> None:
    said = {"kind": "chat", "target": "http://x", "label": "a", "least_severity": "9", "time_zone": "UTC"}
    page = sign_in().post("/console/channels/add/", said).content.decode()
    assert "The address must begin with one of" in page


def test_only_those_who_run_alerts_are_offered_webhooks(sign_in: SignIn) -> None:
    assert "webhook" in sign_in(Role.OPERATIONS).get("/console/channels/add/").content.decode()
    assert "webhook" not in sign_in(Role.TECHNICIAN).get("/console/channels/add/").content.decode()


def test_nobody_sees_another_persons_channel(sign_in: SignIn, crew: Crew) -> None:
    number = crew.channel(crew.person("Mia"))
    client = sign_in()
    assert client.get(f"/console/channels/{number}/").status_code == 404
    assert client.post(f"/console/channels/{number}/remove/").status_code == 404


@pytest.fixture
def link(crew: Crew) -> str:
    """The link in the mail that Mia got."""
    crew.escalate(Step(wait_minutes=5, user_id=crew.person("Mia")))
    crew.opened(severity=2, kind="ground-fault")
    crew.tell()
    found = re.search(r"http://localhost:8000(/a/\S+)", crew.provider.sent[0][1].body)
    assert found is not None
    return found[1]


def test_reading_the_link_changes_nothing_and_pressing_the_button_takes_care(link: str) -> None:
    scanner = Client(enforce_csrf_checks=True)
    for _ in range(3):
        page = scanner.get(link)
        assert page.status_code == 200
    scanner.head(link)
    assert "Serious fault: charger volt-4107, Harbour" in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"
    assert Alert.objects.get().state == "running"
    answer = scanner.post(link)
    assert "You take care of it, Mia." in answer.content.decode()
    assert (Alert.objects.get().state, Alert.objects.get().acknowledged_by) == ("acknowledged", "Mia")
    assert "You take care of it, Mia." in scanner.post(link).content.decode()


def test_a_link_of_what_somebody_else_took_says_so(link: str, crew: Crew) -> None:
    crew.acknowledged(Alert.objects.get().incident_id, by="Tom")
    assert "Tom takes care of it already." in Client().get(link).content.decode()


def test_a_link_of_what_is_over_says_so(link: str, crew: Crew) -> None:
    crew.resolved(Alert.objects.get().incident_id)
    assert "This is over." in Client().get(link).content.decode()
    assert Client().post(link).status_code == 409


def test_a_link_of_somebody_who_lost_their_role_holds_no_more(link: str) -> None:
    User.objects.filter(name="Mia").update(is_active=False)
    assert Client().get(link).status_code == 404
    assert Client().post(link).status_code == 404
    assert Alert.objects.get().state == "running"


@pytest.mark.parametrize("change", [lambda link: link[:-3] + "xx/", lambda _: "/a/nonsense/"])
def test_a_link_that_was_changed_holds_nothing(link: str, change: object) -> None:
    assert callable(change)
    answer = Client().get(change(link))
    assert answer.status_code == 404
    assert "This link is not complete." in answer.content.decode()


def test_a_link_is_too_old_after_a_week(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now().timestamp() + 8 * 86_400
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert "This link is too old." in Client().get(link).content.decode()
