"""Stations through the API: listed, made with their password shown once, changed, blocked."""

from typing import Any

from django.test import Client

from chargehand.domain.accounts.models import AuditEntry
from chargehand.domain.stations import entry
from chargehand.domain.stations.models import ChargingStation, Location

STATIONS = "/api/v1/stations"


def _send(client: Client, method: str, address: str, body: Any) -> Any:
    return getattr(client, method)(address, body, content_type="application/json")


def test_a_station_made_tells_its_password_once(api: Client, site: Location) -> None:
    made = _send(api, "post", STATIONS, {"identity": "HH-1", "location_id": site.pk, "name": "Tor 1"})
    assert made.status_code == 201, made.content
    body = made.json()
    assert made["Location"] == f"{STATIONS}/{body['id']}"
    assert made["Cache-Control"] == "no-store"
    row = ChargingStation.objects.get(pk=body["id"])
    known = entry.find_station("HH-1")
    assert known is not None
    assert entry.Passwords().is_right(known, body["password"].encode())
    assert row.location_id == site.pk

    again = api.get(made["Location"])
    assert "password" not in again.json()
    assert again.json()["has_password"] is True
    assert AuditEntry.objects.get(action="station.created").subject_id == str(row.pk)
