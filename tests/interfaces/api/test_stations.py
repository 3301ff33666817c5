"""Stations through the API: listed, made with their password shown once, changed, blocked."""

from typing import Any

from django.test import Client
from tests.interfaces.api.conftest import AddStation, Caller

from chargehand.domain.accounts.models import AuditEntry
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.stations import entry
from chargehand.domain.stations.models import ChargingStation, Connector, Location, Variable, WaitingStation
from chargehand.kernel import clock

STATIONS = "/api/v1/stations"


def _post(client: Client, address: str, body: Any) -> Any:
    return client.post(address, body, content_type="application/json")


def _patch(client: Client, address: str, body: Any) -> Any:
    return client.patch(address, body, content_type="application/json")


def _is_password(identity: str, password: str) -> bool:
    known = entry.find_station(identity)
    assert known is not None
    return entry.Passwords().is_right(known, password.encode())


def test_a_station_made_tells_its_password_once(api: Client, site: Location) -> None:
    made = _post(api, STATIONS, {"identity": "HH-1", "location_id": site.pk, "name": "Tor 1"})
    assert made.status_code == 201, made.content
    body = made.json()
    assert made["Location"] == f"{STATIONS}/{body['id']}"
    assert made["Cache-Control"] == "no-store"
    assert _is_password("HH-1", body["password"])
    again = api.get(made["Location"]).json()
    assert "password" not in again
    assert again["has_password"] is True
    assert again["location_name"] == "Hafengarage"
    assert AuditEntry.objects.get(action="station.created").subject_id == str(body["id"])


def test_a_station_can_be_made_with_a_password_of_ones_own(api: Client) -> None:
    body = _post(api, STATIONS, {"identity": "HH-1", "password": "sixteen-characters"}).json()
    assert body["password"] == "sixteen-characters"
    assert _is_password("HH-1", "sixteen-characters")


def test_a_station_that_needs_no_password_gets_none(api: Client) -> None:
    body = _post(api, STATIONS, {"identity": "HH-1", "security_profile": 0}).json()
    assert body["password"] is None
    assert body["has_password"] is False


def test_what_a_station_never_said_is_null(api: Client, station: ChargingStation) -> None:
    body = api.get(f"{STATIONS}/{station.pk}").json()
    for name in (
        "vendor",
        "model",
        "firmware_version",
        "booted_at",
        "clock_skew_s",
        "reported_status",
        "name",
    ):
        assert body[name] is None, name
    assert body["evses"][0]["connectors"][0]["error_code"] is None
    assert body["evses"][0]["connectors"][0]["phases"] is None
    assert body["connection"]["is_connected"] is True


def test_the_list_tells_the_state_now_and_filters(api: Client, add_station: AddStation) -> None:
    add_station("4107", vendor="Voltwerk")
    add_station("4108", is_connected=False)
    rows = api.get(STATIONS).json()["items"]
    assert [(row["identity"], row["state"]) for row in rows] == [("4107", "ready"), ("4108", "offline")]
    assert rows[0]["plugs"][0]["power_w"] is None
    assert [row["identity"] for row in api.get(STATIONS, {"state": "offline"}).json()["items"]] == ["4108"]
    assert [row["identity"] for row in api.get(STATIONS, {"text": "voltw"}).json()["items"]] == ["4107"]


def test_a_change_leaves_alone_what_it_does_not_name(api: Client, station: ChargingStation) -> None:
    address = f"{STATIONS}/{station.pk}"
    assert _patch(api, address, {"name": "Tor 1", "notes": "Key at the desk"}).status_code == 200
    body = _patch(api, address, {"notes": ""}).json()
    assert (body["name"], body["notes"], body["location_name"]) == ("Tor 1", None, "Hafengarage")
    body = _patch(api, address, {"location_id": None, "version_pinned": "ocpp1.6"}).json()
    assert (body["name"], body["location_id"], body["version_pinned"]) == ("Tor 1", None, "ocpp1.6")
    assert _patch(api, address, {"name": None}).status_code == 422
    assert AuditEntry.objects.filter(action="station.edited").count() == 3


def test_a_security_profile_without_a_password_changes_nothing_at_all(
    api: Client, station: ChargingStation
) -> None:
    answer = _patch(api, f"{STATIONS}/{station.pk}", {"name": "Tor 1", "security_profile": 2})
    assert (answer.status_code, answer.json()["code"]) == (422, "no-password")
    station.refresh_from_db()
    assert station.name == ""
    assert not AuditEntry.objects.filter(action="station.edited").exists()


def test_a_security_profile_needs_the_right_to_configure(caller: Caller, station: ChargingStation) -> None:
    client = caller(Permission.STATIONS_EDIT)
    assert _patch(client, f"{STATIONS}/{station.pk}", {"name": "Tor 1"}).status_code == 200
    answer = _patch(client, f"{STATIONS}/{station.pk}", {"security_profile": 0})
    assert answer.status_code == 403


def test_a_station_is_blocked_and_let_in_again(api: Client, station: ChargingStation) -> None:
    assert _post(api, f"{STATIONS}/{station.pk}/block", None).json()["is_blocked"] is True
    assert _post(api, f"{STATIONS}/{station.pk}/unblock", None).json()["is_blocked"] is False
    deeds = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert [deed for deed in deeds if deed.startswith("station.")] == ["station.blocked", "station.unblocked"]


def test_a_station_is_held_and_accepted(api: Client, station: ChargingStation) -> None:
    address = f"{STATIONS}/{station.pk}"
    assert api.get(address).json()["is_held"] is False
    for is_held, approval in ((True, "held"), (True, "held"), (False, "accepted"), (False, "accepted")):
        assert _patch(api, address, {"is_held": is_held}).json()["is_held"] is is_held
        station.refresh_from_db()
        assert station.approval == approval
    _post(api, f"{address}/block", None)
    answer = _patch(api, address, {"is_held": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "blocked")


def test_the_zone_of_a_stations_clock_is_told_and_set(api: Client, station: ChargingStation) -> None:
    address = f"{STATIONS}/{station.pk}"
    assert api.get(address).json()["clock_zone"] is None
    assert _patch(api, address, {"clock_zone": "Europe/Paris"}).json()["clock_zone"] == "Europe/Paris"
    assert _patch(api, address, {"notes": "x"}).json()["clock_zone"] == "Europe/Paris"
    answer = _patch(api, address, {"clock_zone": "Middle/Earth"})
    assert answer.json()["code"] == "unknown-time-zone"
    assert _patch(api, address, {"clock_zone": ""}).json()["clock_zone"] is None


def test_new_stations_are_held_if_the_operator_says_so(api: Client) -> None:
    policy = "/api/v1/waiting-stations/policy"
    assert api.get(policy).json() == {"holds_new": False}
    answer = api.put(policy, {"holds_new": True}, content_type="application/json")
    assert answer.json() == {"holds_new": True}
    assert api.get(policy).json() == {"holds_new": True}
    assert _post(api, STATIONS, {"identity": "NEU-1"}).json()["is_held"] is True
    assert AuditEntry.objects.filter(action="stations.hold_policy").count() == 1


def test_a_new_password_is_shown_once(api: Client, station: ChargingStation) -> None:
    answer = _post(api, f"{STATIONS}/{station.pk}/password", {})
    assert answer["Cache-Control"] == "no-store"
    assert _is_password("4107", answer.json()["password"])


def test_a_connector_is_described_and_made_known(api: Client, station: ChargingStation) -> None:
    address = f"{STATIONS}/{station.pk}/evses/2/connectors/1"
    assert api.get(address).status_code == 404
    body = {"standard": "IEC_62196_T2", "power_type": "AC_3_PHASE", "phases": 3, "max_power_w": 22000}
    told = api.put(address, body, content_type="application/json").json()
    assert (told["standard"], told["max_power_w"], told["status"]) == ("IEC_62196_T2", 22000, None)
    assert Connector.objects.filter(station=station).count() == 2
    assert [each["evse"] for each in api.get(f"{STATIONS}/{station.pk}/evses").json()] == [1, 2]
    assert api.get(f"{STATIONS}/{station.pk}/evses/3").status_code == 404


def test_plugs_tell_their_state(api: Client, station: ChargingStation) -> None:
    [plug] = api.get(f"{STATIONS}/{station.pk}/plugs").json()
    assert (plug["evse"], plug["state"], plug["session_id"]) == (1, "ready", None)


def test_a_station_that_never_connected_has_no_connection(api: Client) -> None:
    made = _post(api, STATIONS, {"identity": "HH-1"}).json()
    assert api.get(f"{STATIONS}/{made['id']}/connection").status_code == 404


def test_variables_are_searched(api: Client, station: ChargingStation) -> None:
    for name in ("HeartbeatInterval", "NumberOfConnectors"):
        Variable.objects.create(
            station=station, component="OCPP16", name=name, value="1", reported_at=clock.now()
        )
    [found] = api.get(f"{STATIONS}/{station.pk}/variables", {"search": "heart"}).json()["items"]
    assert (found["name"], found["value"], found["evse"]) == ("HeartbeatInterval", "1", None)


def test_a_waiting_station_is_let_in_with_its_password(api: Client, site: Location) -> None:
    WaitingStation.objects.create(
        identity="W 1/ü", first_seen_at=clock.now(), last_seen_at=clock.now(), subprotocols=["ocpp1.6"]
    )
    WaitingStation.objects.create(identity="W1", first_seen_at=clock.now(), last_seen_at=clock.now())
    assert [each["identity"] for each in api.get("/api/v1/waiting-stations").json()["items"]] == [
        "W 1/ü",
        "W1",
    ]
    approve = "/api/v1/waiting-stations/approve"
    answer = _post(api, approve, {"identity": "W1", "location_id": site.pk})
    assert answer.status_code == 201, answer.content
    assert _is_password("W1", answer.json()["password"])
    assert api.get(answer["Location"]).json()["location_id"] == site.pk
    assert _post(api, approve, {"identity": "W1"}).status_code == 404
    assert _post(api, "/api/v1/waiting-stations/dismiss", {"identity": "W 1/ü"}).status_code == 204
    assert not WaitingStation.objects.exists()
    assert AuditEntry.objects.filter(action="station.approved").count() == 1


def test_a_location_is_made_and_changed(api: Client) -> None:
    body = {"name": "Elbtunnel", "latitude": "53.546", "longitude": "9.966", "country": "DE"}
    made = _post(api, "/api/v1/locations", body)
    assert made.status_code == 201
    assert (made.json()["latitude"], made.json()["city"]) == ("53.546", None)
    changed = _patch(api, made["Location"], {"city": "Hamburg"}).json()
    assert (changed["name"], changed["city"], changed["longitude"]) == ("Elbtunnel", "Hamburg", "9.966")
    assert _patch(api, made["Location"], {"time_zone": "Mars/Base"}).json()["code"] == "unknown-time-zone"
    assert _patch(api, made["Location"], {"name": ""}).json()["code"] == "bad-name"
