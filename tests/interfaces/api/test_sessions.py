"""Sessions through the API: energy as exact text, evidence, pages."""

from django.test import Client
from tests.interfaces.api.conftest import AddSession

from chargehand.domain.stations.models import ChargingStation


def test_a_session_tells_its_energy_in_kwh_exactly(
    api: Client, station: ChargingStation, add_session: AddSession
) -> None:
    row = add_session(station)
    [listed] = api.get("/api/v1/sessions").json()["items"]
    assert listed["id"] == row.pk
    assert listed["energy_kwh"] == "12.345"
    assert listed["meter_start_wh"] == "1000"
    detail = api.get(f"/api/v1/sessions/{row.pk}").json()
    assert detail["energy_kwh"] == "12.345"
    assert detail["started_at"].endswith("Z")


def test_unknown_energy_is_null_and_never_zero(
    api: Client, station: ChargingStation, add_session: AddSession
) -> None:
    row = add_session(station, energy_wh=None, meter_stop_wh=None)
    detail = api.get(f"/api/v1/sessions/{row.pk}").json()
    assert detail["energy_kwh"] is None
    assert detail["energy_wh"] is None
    assert detail["meter_stop_wh"] is None
