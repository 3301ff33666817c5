"""The incidents' pages: the list by cause, the page, what people do there, and who may."""

from datetime import timedelta

import pytest
from tests.interfaces.console.conftest import AddStation, SignIn
from tests.interfaces.console.incidents.conftest import OpenIncident

from chargehand.domain.accounts.models import Membership, Operator
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.health import guard_rails, provisioning
from chargehand.domain.health.models import Debounce, DriverMessage, Incident
from chargehand.domain.maintenance.models import WorkOrder
from chargehand.domain.stations.models import ChargingStation, Location, StationRequest
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

HERE = "/console/incidents/"


def test_incidents_stand_under_their_cause_those_with_most_drivers_first(
    sign_in: SignIn, open_incident: OpenIncident, add_station: AddStation
) -> None:
    one, other, third = (open_incident(add_station(str(number))) for number in (1, 2, 3))
    slow = open_incident(add_station("4"), "power-derating")
    Incident.objects.filter(pk=slow.pk).update(drivers=50)
    Incident.objects.filter(pk=other.pk).update(drivers=9)
    text = sign_in().get(HERE).content.decode()
    places = [text.index(f"{HERE}{each.pk}/") for each in (slow, other, one, third)]
    assert places == sorted(places)
    assert text.index("It charges too slowly") < text.index("Starts fail")
    assert text.count("Starts fail") == 1


def test_the_navigation_counts_open_incidents(sign_in: SignIn, incident: Incident) -> None:
    text = sign_in().get("/console/").content.decode()
    assert '1<span class="hidden-text"> open incidents' in text


def test_tabs_hold_what_is_watched_put_off_and_over(sign_in: SignIn, incident: Incident) -> None:
    client = sign_in()
    rows = Incident.objects.filter(pk=incident.pk)
    for state, changes in (
        ("watching", {"state": "watching"}),
        ("snoozed", {"snoozed_until": clock.now() + timedelta(hours=1)}),
        ("ended", {"state": "resolved", "resolved_at": clock.now(), "fix": "Swept the contact"}),
    ):
        rows.update(**changes)
        text = client.get(f"{HERE}?state={state}").content.decode()
        assert f"{HERE}{incident.pk}/" in text
        assert f"{HERE}{incident.pk}/" not in client.get(HERE).content.decode()
    assert "Swept the contact" in text


def test_filters_stand_in_the_address(
    sign_in: SignIn, incident: Incident, open_incident: OpenIncident, add_station: AddStation
) -> None:
    cut = open_incident(add_station("2210"), "cable-cut")
    text = sign_in().get(f"{HERE}?family=cable").content.decode()
    assert f"{HERE}{cut.pk}/" in text
    assert f"{HERE}{incident.pk}/" not in text
    assert "No incident matches" in sign_in().get(f"{HERE}?mine=1").content.decode()


def test_a_site_host_sees_their_site_only_and_changes_nothing(
    sign_in: SignIn, site: Location, incident: Incident, operator: Operator
) -> None:
    other = Location.objects.create(operator=operator, name="Else", created_at=clock.now())
    host, stranger = (sign_in(Role.SITE_HOST, location_ids=[each]) for each in (site.pk, other.pk))
    assert host.get(f"{HERE}{incident.pk}/").status_code == 200
    assert stranger.get(f"{HERE}{incident.pk}/").status_code == 404
    assert f"{HERE}{incident.pk}/" not in stranger.get(f"{HERE}?site={site.pk}").content.decode()
    assert host.post(f"{HERE}{incident.pk}/take/").status_code == 403


def test_incidents_of_others_do_not_exist(
    sign_in: SignIn, incident: Incident, other_operator: Operator
) -> None:
    theirs = sign_in(home=other_operator)
    assert theirs.get(f"{HERE}{incident.pk}/").status_code == 404
    assert theirs.post(f"{HERE}{incident.pk}/take/").status_code == 404


def test_the_page_says_what_is_wrong_why_and_what_to_do(sign_in: SignIn, incident: Incident) -> None:
    text = sign_in().get(f"{HERE}{incident.pk}/").content.decode()
    assert "charger Tor 3, plug A" in text
    assert "Three of the last four charges began without current." in text
    assert "Restart when idle" in text
    assert "Nobody charges now. Nobody can start for about three minutes." in text
    assert "Drivers are pointed to plug B." in text
    assert "How did attempts go?" in text


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.SUPPORT_AGENT, Role.TECHNICIAN, Role.READ_ONLY])
def test_every_role_that_may_look_gets_the_page(sign_in: SignIn, incident: Incident, role: Role) -> None:
    answer = sign_in(role).get(f"{HERE}{incident.pk}/")
    assert answer.status_code == 200
    assert ("Write it down" in answer.content.decode()) == (role is not Role.READ_ONLY)


def test_the_live_part_comes_alone(sign_in: SignIn, incident: Incident) -> None:
    for path in (HERE, f"{HERE}{incident.pk}/"):
        answer = sign_in().get(path, headers={"HX-Request": "true"})
        assert answer.content.decode().strip().startswith('<div id="live"')


def test_who_takes_an_incident_looks_after_it(sign_in: SignIn, incident: Incident) -> None:
    client = sign_in()
    answer = client.post(f"{HERE}{incident.pk}/take/", follow=True)
    assert "Mia looks after it" in answer.content.decode()
    incident.refresh_from_db()
    assert incident.assignee_id == Membership.objects.get().user_id
    assert incident.acknowledged_by == "Mia"
    client.post(f"{HERE}{incident.pk}/hand-back/")
    again = Incident.objects.get(pk=incident.pk)
    assert (again.assignee_id, again.acknowledged_at, again.run) == (None, None, 2)


def test_it_is_put_off_and_taken_up_again(sign_in: SignIn, incident: Incident) -> None:
    client = sign_in()
    text = client.post(f"{HERE}{incident.pk}/snooze/", {"minutes": "60"}, follow=True).content.decode()
    assert "Put off." in text
    incident.refresh_from_db()
    assert incident.snoozed_until is not None
    client.post(f"{HERE}{incident.pk}/wake/")
    assert Incident.objects.get(pk=incident.pk).snoozed_until is None
    refused = client.post(f"{HERE}{incident.pk}/snooze/", {"minutes": "999999999"}, follow=True)
    assert "Choose until when it is put off." in refused.content.decode()


def test_a_note_stands_in_the_activity_as_text(sign_in: SignIn, incident: Incident) -> None:
    said = {"text": "Called <b>Koch</b>"}
    text = sign_in().post(f"{HERE}{incident.pk}/note/", said, follow=True).content.decode()
    assert "Called &lt;b&gt;Koch&lt;/b&gt;" in text


def test_an_action_asks_the_station_once_and_stands_in_the_activity(
    sign_in: SignIn, incident: Incident
) -> None:
    client = sign_in()
    said = {"act": "restart-when-idle", "once": "5e3f7b62-5a0b-4a9c-8d6c-1f0f1f7c8c11"}
    for _ in range(2):
        text = client.post(f"{HERE}{incident.pk}/act/", said, follow=True).content.decode()
    assert list(StationRequest.objects.values_list("command", flat=True)) == ["reset"]
    assert '<div class="timeline__detail">Restart when idle</div>' in text


def test_a_technician_is_sent_once(sign_in: SignIn, incident: Incident) -> None:
    client = sign_in()
    for _ in range(2):
        client.post(f"{HERE}{incident.pk}/send-technician/")
    order = WorkOrder.objects.get()
    assert (order.incident_id, order.evse) == (incident.pk, 1)
    assert f"No. {order.pk}" in client.get(HERE).content.decode()
    assert f"No. {order.pk}" in client.get(f"{HERE}{incident.pk}/").content.decode()
    assert sign_in(Role.SUPPORT_AGENT).post(f"{HERE}{incident.pk}/send-technician/").status_code == 403


def test_resolving_asks_for_cause_and_fix(sign_in: SignIn, incident: Incident) -> None:
    client = sign_in()
    said = {"cause": "other", "fix": "restart"}
    refused = client.post(f"{HERE}{incident.pk}/resolve/", said, follow=True)
    assert "Say in a few words what the cause was" in refused.content.decode()
    said = {"cause": "as-thought", "fix": "replacement", "fix_more": "New contactor."}
    text = client.post(f"{HERE}{incident.pk}/resolve/", said, follow=True).content.decode()
    incident.refresh_from_db()
    assert incident.state == "resolved"
    assert incident.cause == "Starts fail"
    assert incident.fix == "Part replaced. New contactor."
    assert "Open again" in text
    client.post(f"{HERE}{incident.pk}/reopen/", {"reason": "It is back."})
    incident.refresh_from_db()
    assert incident.state == "open"


def test_a_merged_incident_leads_to_the_one_it_became_part_of(
    sign_in: SignIn, incident: Incident, open_incident: OpenIncident, add_station: AddStation
) -> None:
    host = open_incident(add_station("2210"))
    Incident.objects.filter(pk=incident.pk).update(state="merged", merged_into=host)
    answer = sign_in().get(f"{HERE}{incident.pk}/")
    assert answer.headers["Location"] == f"{HERE}{host.pk}/"


def test_recovery_is_set_and_bad_hours_are_refused_in_words(
    sign_in: SignIn, station: ChargingStation
) -> None:
    client = sign_in()
    said = {
        "is_enabled": "on",
        "steps": ["probe", "soft-reset"],
        "per_day": "2",
        "from_hour": "6",
        "until_hour": "22",
        "pause_s": "90",
        "neighbour_km": "1.5",
        "target_min": "90",
    }
    client.post("/console/recovery/", said)
    policy = guard_rails.policy_of(station.operator_id)
    assert (policy.steps, policy.per_day, policy.from_hour) == (("probe", "soft-reset"), 2, 6)
    text = client.post("/console/recovery/", said | {"until_hour": ""}).content.decode()
    assert "give both or none" in text
    assert "firmware 1.0 to 1.8" in text
    assert sign_in(Role.TECHNICIAN).get("/console/recovery/").status_code == 403


def test_patience_with_a_model_is_set_and_taken_back(sign_in: SignIn, operator: Operator) -> None:
    client = sign_in()
    said = {"family": "reported", "vendor": "Voltwerk", "model": "", "seconds": "300"}
    client.post("/console/recovery/patience/", said)
    assert Debounce.objects.get().seconds == 300
    assert "Voltwerk" in client.get("/console/recovery/").content.decode()
    client.post("/console/recovery/patience/", said | {"seconds": ""})
    assert not Debounce.objects.exists()


def test_drivers_are_told_and_told_no_more_by_a_button(sign_in: SignIn, incident: Incident) -> None:
    client = sign_in()
    page = f"{HERE}{incident.pk}/"
    assert "Drivers are told nothing yet" in client.get(page).content.decode()
    client.post(f"{page}tell/", {"words": "Sorry for that."})
    text = client.get(page).content.decode()
    assert "is out of order. We are working on it. Sorry for that." in text
    client.post(f"{page}stop-telling/")
    assert "Sorry for that." not in client.get(page).content.decode()


def test_who_may_only_look_tells_drivers_nothing(sign_in: SignIn, incident: Incident) -> None:
    client = sign_in(Role.SITE_HOST)
    client.post(f"{HERE}{incident.pk}/tell/", {"words": "Sorry for that."})
    assert not DriverMessage.objects.exists()


def test_the_page_says_how_much_of_the_target_is_left(sign_in: SignIn, incident: Incident) -> None:
    client = sign_in()
    now = clock.now()
    for minutes, words in ((30, "left"), (300, "late by")):
        Incident.objects.filter(pk=incident.pk).update(began_at=now - timedelta(minutes=minutes))
        assert words in client.get(f"{HERE}{incident.pk}/").content.decode()
        assert words in client.get(HERE).content.decode()


def test_what_stations_are_set_to_tell_is_said_on_a_page(sign_in: SignIn, station: ChargingStation) -> None:
    client = sign_in()
    assert "Set monitors on sensors" in client.get("/console/recovery/").content.decode()
    client.post("/console/recovery/watch/", {"sets_measurands": "on", "sample_interval_s": "120"})
    watch = provisioning.policy(station.operator_id)
    assert (watch.sets_measurands, watch.sets_monitors, watch.sample_interval_s) == (True, False, 120)
    client.post("/console/recovery/watch/", {"sample_interval_s": "1"})
    assert provisioning.policy(station.operator_id).sample_interval_s == 120
    reader = sign_in(Role.READ_ONLY)
    assert reader.post("/console/recovery/watch/", {"sample_interval_s": "60"}).status_code == 403
