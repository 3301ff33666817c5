"""Holding stations in the console, and accepting them."""

import pytest
from tests.interfaces.console.conftest import SignIn

from chargehand.domain.accounts.models import AuditEntry
from chargehand.domain.stations.models import ChargingStation, StationRequest

pytestmark = pytest.mark.django_db


def test_a_held_station_is_accepted_and_asked_to_boot(sign_in: SignIn, station: ChargingStation) -> None:
    ChargingStation.objects.filter(pk=station.pk).update(approval="held")
    client = sign_in()
    assert "Accept the station" in client.get(f"/console/stations/{station.pk}/connection/").content.decode()
    assert "Held." in client.get(f"/console/stations/{station.pk}/").content.decode()
    for _ in range(2):
        client.post(f"/console/stations/{station.pk}/connection/accept/", {})
    station.refresh_from_db()
    assert station.approval == "accepted"
    request = StationRequest.objects.get(station_id=station.pk)
    assert request.body["message"] == "BootNotification"


def test_new_stations_are_held_when_the_operator_says_so(sign_in: SignIn) -> None:
    client = sign_in()
    assert "Hold new stations" in client.get("/console/waiting/").content.decode()
    client.post("/console/waiting/hold/", {"value": "hold"})
    assert "Accept new stations at once" in client.get("/console/waiting/").content.decode()
    assert AuditEntry.objects.filter(action="stations.hold_policy").count() == 1
    client.post("/console/waiting/hold/", {"value": "accept"})
    assert "Hold new stations" in client.get("/console/waiting/").content.decode()
