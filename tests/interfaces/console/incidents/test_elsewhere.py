"""Incidents where people look first: overview, map, list of stations, the station's page, search."""

from datetime import timedelta

import pytest
from tests.interfaces.console.conftest import AddStation, SignIn
from tests.interfaces.console.incidents.conftest import OpenIncident

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.health.models import HealthFinding, Incident
from chargehand.domain.maintenance.models import WorkOrder
from chargehand.domain.stations.models import ChargingStation, Connector, Location
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def _needs(text: str) -> str:
    return text.partition('id="needs"')[2].partition("</section>")[0]


def test_the_overview_begins_with_incidents_and_names_each_station_once(
    sign_in: SignIn, incident: Incident, add_station: AddStation
) -> None:
    offline = add_station("2210", is_connected=False)
    Connector.objects.filter(station_id=incident.station_id, evse=1).update(status="Faulted")
    needs = _needs(sign_in().get("/console/").content.decode())
    assert needs.index(f"/console/incidents/{incident.pk}/") < needs.index(f"/console/stations/{offline.pk}/")
    assert f"/console/stations/{incident.station_id}/" not in needs


def test_what_is_put_off_is_not_shown_as_a_broken_station_either(sign_in: SignIn, incident: Incident) -> None:
    Connector.objects.filter(station_id=incident.station_id, evse=1).update(status="Faulted")
    Incident.objects.filter(pk=incident.pk).update(snoozed_until=clock.now() + timedelta(hours=1))
    assert "Nothing needs a person" in _needs(sign_in().get("/console/").content.decode())


def test_who_may_not_see_incidents_sees_the_stations_as_before(sign_in: SignIn, incident: Incident) -> None:
    Connector.objects.filter(station_id=incident.station_id, evse=1).update(status="Faulted")
    client = sign_in(Role.FINANCE)
    needs = _needs(client.get("/console/").content.decode())
    assert f"/console/stations/{incident.station_id}/" in needs
    assert "/console/incidents/" not in needs
    assert client.get("/console/incidents/").status_code == 403


def test_a_site_host_finds_no_incident_of_other_sites_on_the_overview(
    sign_in: SignIn, incident: Incident, operator: Operator
) -> None:
    other = Location.objects.create(operator=operator, name="Else", created_at=clock.now())
    text = sign_in(Role.SITE_HOST, location_ids=[other.pk]).get("/console/").content.decode()
    assert f"/console/incidents/{incident.pk}/" not in text


def test_list_and_map_flag_a_station_that_looks_well(sign_in: SignIn, incident: Incident) -> None:
    client = sign_in()
    [row] = client.get("/console/stations/rows.json").json()["rows"]
    assert row["cells"]["state"]["state"] == "ready"
    assert row["cells"]["incident"]["word"] == "Starts fail"
    [point] = client.get("/console/map.json").json()["points"]
    assert (point["state"], point["word"]) == ("attention", "Starts fail")
    [hidden] = sign_in(Role.FINANCE).get("/console/stations/rows.json").json()["rows"]
    assert hidden["cells"]["incident"] is None


def test_the_station_page_tells_of_the_incident_in_a_banner_and_in_its_timeline(
    sign_in: SignIn, incident: Incident
) -> None:
    client = sign_in()
    client.post(f"/console/incidents/{incident.pk}/send-technician/")
    order = WorkOrder.objects.get()
    text = client.get(f"/console/stations/{incident.station_id}/").content.decode()
    assert f"/console/incidents/{incident.pk}/" in text.partition('id="tab"')[0]
    timeline = text.partition('id="tab"')[2]
    for sentence in (f"Incident {incident.pk} opened: Starts fail", "Found: Starts fail"):
        assert sentence in timeline
    assert f"Work order {order.pk} raised" in timeline
    assert "Found: Starts fail" not in (
        sign_in(Role.FINANCE).get(f"/console/stations/{incident.station_id}/").content.decode()
    )


def test_the_findings_tab_holds_what_was_over_when_it_was_found_too(
    sign_in: SignIn, incident: Incident, open_incident: OpenIncident, station: ChargingStation
) -> None:
    open_incident(station, "weak-signal", evse=0, sentence="The signal was weak.")
    HealthFinding.objects.filter(kind="weak-signal").update(is_past=True)
    text = sign_in().get(f"/console/stations/{station.pk}/findings/").content.decode()
    assert "Three of the last four charges began without current." in text
    assert "The signal was weak." in text
    assert text.count("was over when found") == 1
    assert "2 figures" in text
    assert sign_in(Role.FINANCE).get(f"/console/stations/{station.pk}/findings/").status_code == 403


def test_incidents_are_found_by_number_and_by_place(sign_in: SignIn, incident: Incident) -> None:
    client = sign_in()
    for text in (f"!{incident.pk}", "!tor 3", "!"):
        answer = client.get("/console/find/", {"q": text}, headers={"Accept": "application/json"})
        assert [each["url"] for each in answer.json()["results"]] == [f"/console/incidents/{incident.pk}/"]
    nothing = client.get("/console/find/", {"q": "!nowhere"}, headers={"Accept": "application/json"})
    assert nothing.json()["results"] == []
