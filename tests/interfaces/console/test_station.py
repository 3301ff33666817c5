"""The page of a station: what it shows, what it lets whom do, and that a form sent twice counts once."""

import re
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from tests.interfaces.console.conftest import AddStation, SignIn

from chargehand.domain.accounts.models import AuditEntry, Operator
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations.models import ChargingStation, Connector, StationConnection, StationRequest
from chargehand.domain.tokens.models import Token

pytestmark = pytest.mark.django_db


def page_of(client: Client, station: ChargingStation, part: str = "") -> str:
    answer = client.get(f"/console/stations/{station.pk}/{part}")
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, station: ChargingStation, command: str, **fields: str) -> int:
    return client.post(f"/console/stations/{station.pk}/commands/{command}/", fields).status_code


def test_a_station_says_what_it_is_doing_and_how_old_that_is(
    sign_in: SignIn, station: ChargingStation
) -> None:
    text = page_of(sign_in(), station)
    assert "4107 Tor 3" in text
    assert "2 of 2 plugs free." in text
    assert re.search(r"\d+ s ago", text)
    assert "firmware 2.3.1" in " ".join(text.split())
    assert "Type 2 · up to 22\xa0kW" in text


def test_an_open_charge_is_shown_with_a_button_to_stop_it(
    sign_in: SignIn, station: ChargingStation, session: Transaction
) -> None:
    text = page_of(sign_in(), station)
    assert "1 charging, 1 free." in text
    assert f'name="transaction" value="{session.pk}"' in text


@pytest.mark.parametrize("part", ["", "sessions/", "log/"])
def test_every_tab_answers(
    sign_in: SignIn, station: ChargingStation, session: Transaction, part: str
) -> None:
    assert "4107" in page_of(sign_in(), station, part)


def test_the_live_part_is_only_a_part(sign_in: SignIn, station: ChargingStation) -> None:
    text = page_of(sign_in(), station, "live/")
    assert text.strip().startswith('<div id="live"')


def test_start_is_queued_once_though_the_form_is_sent_twice(
    sign_in: SignIn, station: ChargingStation, token: Token
) -> None:
    client, once = sign_in(), str(uuid4())
    for _ in range(2):
        assert send(client, station, "start", token=token.uid, evse="1", once=once) == 302
    request = StationRequest.objects.get()
    assert request.command == "start"
    assert request.asked_by == "Mia"
    assert AuditEntry.objects.filter(action="station.command").count() == 1


def test_a_start_for_an_unknown_token_says_why_it_was_not_sent(
    sign_in: SignIn, station: ChargingStation
) -> None:
    client = sign_in()
    send(client, station, "start", token="NOBODY", evse="1", once=str(uuid4()))
    assert not StationRequest.objects.exists()
    assert not AuditEntry.objects.filter(action="station.command").exists()
    assert "This token may not charge" in page_of(client, station)


def test_a_refused_form_may_be_sent_again(sign_in: SignIn, station: ChargingStation, token: Token) -> None:
    client, once = sign_in(), str(uuid4())
    send(client, station, "start", token="NOBODY", evse="1", once=once)
    send(client, station, "start", token=token.uid, evse="1", once=once)
    assert StationRequest.objects.count() == 1


def test_stop_asks_for_the_charge_of_this_station_only(
    sign_in: SignIn, station: ChargingStation, session: Transaction, add_station: AddStation
) -> None:
    other = add_station("2210")
    client = sign_in()
    send(client, other, "stop", transaction=str(session.pk))
    assert not StationRequest.objects.exists()
    send(client, station, "stop", transaction=str(session.pk))
    assert StationRequest.objects.get().body["transaction_id"] == session.pk


@pytest.mark.parametrize(
    ("name", "fields", "command"),
    [
        ("unlock", {"evse": "2", "connector": "1"}, "unlock"),
        ("reset", {"when": "now"}, "reset"),
        ("trigger", {"message": "StatusNotification", "evse": "1"}, "trigger"),
        ("clear-cache", {}, "clear-cache"),
        ("read-all", {}, "get-report"),
        ("read", {"name": "HeartbeatInterval"}, "get-variables"),
        ("write", {"name": "HeartbeatInterval", "value": "300"}, "set-variables"),
        ("call", {"action": "GetDiagnostics", "payload": '{"location": "ftp://127.0.0.1/"}'}, "call"),
    ],
)
def test_a_command_is_queued_and_audited(
    sign_in: SignIn, station: ChargingStation, name: str, fields: dict[str, str], command: str
) -> None:
    assert send(sign_in(), station, name, **fields) == 302
    assert StationRequest.objects.get().command == command
    assert AuditEntry.objects.get(action="station.command").detail["command"] == name


def test_taking_a_plug_out_of_service_keeps_the_intent(sign_in: SignIn, station: ChargingStation) -> None:
    client = sign_in()
    Connector.objects.filter(station=station, evse=1).update(status="Preparing")
    assert "Put into service" not in page_of(client, station)
    send(client, station, "availability", service="out", evse="2", connector="1")
    assert not Connector.objects.get(station=station, evse=2).intent_operative
    assert Connector.objects.get(station=station, evse=1).intent_operative
    assert page_of(client, station).count("Put into service") == 1


def test_a_raw_call_with_broken_json_is_refused_in_words(sign_in: SignIn, station: ChargingStation) -> None:
    client = sign_in()
    send(client, station, "call", action="Reset", payload="{nope")
    assert not StationRequest.objects.exists()
    assert "The payload is not JSON" in page_of(client, station)


def test_who_may_only_look_sees_no_button_but_who_can(
    sign_in: SignIn, station: ChargingStation, session: Transaction
) -> None:
    client = sign_in(Role.READ_ONLY)
    text = page_of(client, station)
    assert "/commands/" not in text
    assert "These roles can do this: Admin, Operations, Support agent, Technician." in text
    assert send(client, station, "stop", transaction=str(session.pk)) == 403
    assert not StationRequest.objects.exists()


def test_a_raw_call_is_for_admins_only(sign_in: SignIn, station: ChargingStation) -> None:
    client = sign_in(Role.OPERATIONS)
    assert "call-action" not in page_of(client, station, "log/")
    assert send(client, station, "call", action="Reset", payload="{}") == 403


@pytest.mark.parametrize("part", ["", "live/", "sessions/", "log/"])
def test_another_operators_station_does_not_exist(
    sign_in: SignIn, add_station: AddStation, other_operator: Operator, part: str
) -> None:
    theirs = add_station("9001", home=other_operator)
    assert sign_in().get(f"/console/stations/{theirs.pk}/{part}").status_code == 404


def test_a_command_to_another_operators_station_goes_nowhere(
    sign_in: SignIn, add_station: AddStation, other_operator: Operator
) -> None:
    theirs = add_station("9001", home=other_operator)
    assert send(sign_in(), theirs, "reset") == 404
    assert not StationRequest.objects.exists()


def test_a_site_host_sees_only_their_sites(sign_in: SignIn, station: ChargingStation) -> None:
    assert station.location is not None
    assert (
        sign_in(Role.SITE_HOST, location_ids=[station.location.pk])
        .get(f"/console/stations/{station.pk}/")
        .status_code
        == 200
    )
    stranger = sign_in(Role.SITE_HOST, location_ids=[station.location.pk + 1])
    assert stranger.get(f"/console/stations/{station.pk}/").status_code == 404


def test_a_form_leads_back_to_our_own_pages_only(sign_in: SignIn, station: ChargingStation) -> None:
    answer = sign_in().post(
        f"/console/stations/{station.pk}/commands/reset/", {"next": "https://evil.example/"}
    )
    assert answer.headers["Location"] == f"/console/stations/{station.pk}/"


def test_every_button_form_carries_its_number(sign_in: SignIn, station: ChargingStation) -> None:
    text = page_of(sign_in(), station)
    forms = re.findall(r"<form[^>]*/commands/.*?</form>", text, re.DOTALL)
    assert forms
    assert all('name="once"' in form for form in forms)


def test_what_to_type_into_a_station_is_on_its_page_by_its_brand(
    sign_in: SignIn, add_station: AddStation
) -> None:
    station = add_station("4107")
    ChargingStation.objects.filter(pk=station.pk).update(vendor="Teison", model="Smart")
    page = page_of(sign_in(Role.OPERATIONS), station, "connection/")
    typed = re.findall(r'<input class="input mono" id="set-up-\d" value="([^"]*)" readonly>', page)
    assert typed == [settings.GATEWAY_URL.removeprefix("ws://"), "ocpp1.6", "4107"]
    assert "The field called port is the path" in page


def test_how_a_station_connects_is_shown_of_one_that_never_did(
    sign_in: SignIn, add_station: AddStation
) -> None:
    station = add_station("4107")
    StationConnection.objects.filter(station_id=station.pk).delete()
    assert "never" in page_of(sign_in(Role.OPERATIONS), station, "connection/")
