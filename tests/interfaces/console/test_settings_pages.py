"""Waiting stations, repairs, tokens, sites, people, keys, audit: every page for every role, every deed once."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.interfaces.console.conftest import AddStation, SignIn

from chargehand.domain.accounts.models import ApiKey, AuditEntry, Membership, Operator, User
from chargehand.domain.accounts.permissions import Permission, Role, may
from chargehand.domain.charging.models import RepairCase, Transaction
from chargehand.domain.stations.models import ChargingStation, Connector, Location, Variable, WaitingStation
from chargehand.domain.tokens.models import Token
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

PAGES = {
    "": Permission.STATIONS_VIEW,
    "stations/": Permission.STATIONS_VIEW,
    "stations/add/": Permission.STATIONS_EDIT,
    "sessions/": Permission.SESSIONS_VIEW,
    "waiting/": Permission.STATIONS_APPROVE,
    "repairs/": Permission.SESSIONS_REPAIR,
    "tokens/": Permission.TOKENS_VIEW,
    "tokens/add/": Permission.TOKENS_EDIT,
    "tokens/import/": Permission.TOKENS_EDIT,
    "sites/": Permission.STATIONS_VIEW,
    "sites/add/": Permission.STATIONS_EDIT,
    "people/": Permission.PEOPLE_VIEW,
    "people/invite/": Permission.PEOPLE_EDIT,
    "keys/": Permission.KEYS_EDIT,
    "keys/add/": Permission.KEYS_EDIT,
    "audit/": Permission.AUDIT_VIEW,
    "account/": None,
}


@pytest.mark.parametrize("role", list(Role))
def test_a_page_opens_for_whom_the_table_names_and_says_who_can_to_others(
    sign_in: SignIn, site: Location, role: Role
) -> None:
    client = sign_in(role, location_ids=[site.pk] if role == Role.SITE_HOST else [])
    for path, permission in PAGES.items():
        answer = client.get(f"/console/{path}")
        is_allowed = permission is None or may(role, permission)
        assert answer.status_code == (200 if is_allowed else 403), path
        if not is_allowed:
            assert "These roles can do this: Admin" in answer.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_the_navigation_holds_only_what_opens(sign_in: SignIn, site: Location, role: Role) -> None:
    client = sign_in(role, location_ids=[site.pk])
    text = client.get("/console/").content.decode()
    links = re.findall(r'class="nav__link" href="([^"]+)"', text)
    assert links
    assert [link for link in links if client.get(link).status_code != 200] == []


def test_a_waiting_station_is_approved_by_one_press_and_its_password_shown_once(
    sign_in: SignIn, waiting: WaitingStation, site: Location
) -> None:
    client, once = sign_in(), str(uuid4())
    assert "wbx/1" in client.get("/console/waiting/").content.decode()
    fields = {"identity": "NEU-7", "name": "Tor 9", "location": str(site.pk), "once": once}
    answer = client.post("/console/waiting/approve/", fields)
    found = re.search(r'id="password">([^<]+)<', answer.content.decode())
    assert found is not None
    row = ChargingStation.objects.get(identity="NEU-7")
    assert row.location == site
    assert row.password_hash
    assert found[1] not in row.password_hash
    assert answer.headers["Cache-Control"] == "no-store"
    again = client.post("/console/waiting/approve/", fields)
    assert again.status_code == 302
    assert ChargingStation.objects.filter(identity="NEU-7").count() == 1
    assert AuditEntry.objects.filter(action="station.approved").count() == 1


def test_a_waiting_station_is_taken_off_the_list(sign_in: SignIn, waiting: WaitingStation) -> None:
    sign_in().post("/console/waiting/dismiss/", {"identity": "NEU-7"})
    assert not WaitingStation.objects.exists()


def test_the_count_of_waiting_stations_stands_in_the_navigation(
    sign_in: SignIn, waiting: WaitingStation
) -> None:
    assert "waiting for approval" in sign_in().get("/console/").content.decode()


def test_energy_entered_by_hand_settles_a_case(
    sign_in: SignIn, case: RepairCase, session: Transaction
) -> None:
    client = sign_in()
    assert "Enter the energy." in client.get("/console/repairs/").content.decode()
    assert "10.000" in client.get(f"/console/repairs/{case.pk}/").content.decode()
    answer = client.post(f"/console/repairs/{case.pk}/set-energy/", {"energy": "12,5", "note": "photo"})
    assert answer.status_code == 302
    session.refresh_from_db()
    case.refresh_from_db()
    assert session.energy_wh == Decimal(12500)
    assert case.state == "resolved"
    assert case.resolved_by == "Mia"
    assert "Energy entered" in client.get("/console/repairs/?state=resolved").content.decode()
    assert "Energy entered" in client.get(f"/console/repairs/{case.pk}/").content.decode()


def test_energy_that_is_no_number_is_refused_in_words(sign_in: SignIn, case: RepairCase) -> None:
    client = sign_in()
    client.post(f"/console/repairs/{case.pk}/set-energy/", {"energy": "much", "note": "x"})
    assert "Enter the energy in kWh" in client.get(f"/console/repairs/{case.pk}/").content.decode()
    case.refresh_from_db()
    assert case.state == "open"


def test_a_case_of_another_operator_does_not_exist(
    sign_in: SignIn, case: RepairCase, other_operator: Operator
) -> None:
    client = sign_in(home=other_operator)
    assert client.get(f"/console/repairs/{case.pk}/").status_code == 404
    assert client.post(f"/console/repairs/{case.pk}/dismiss/").status_code == 404


def test_a_stop_is_matched_to_its_session(
    sign_in: SignIn, operator: Operator, station: ChargingStation, session: Transaction
) -> None:
    case = RepairCase.objects.create(
        operator_id=operator.pk,
        station_id=station.pk,
        kind="orphan-stop",
        key="orphan|1",
        sentence="A stop came for a session nobody knows.",
        evidence={"meter_stop_wh": "15000", "reason": "Local"},
        suggestion={"action": "attach", "transactions": [session.pk]},
        opened_at=clock.now(),
    )
    client = sign_in()
    assert f'<option value="{session.pk}">' in client.get(f"/console/repairs/{case.pk}/").content.decode()
    client.post(f"/console/repairs/{case.pk}/attach/", {"transaction": str(session.pk)})
    session.refresh_from_db()
    assert session.energy_wh == Decimal(5000)


def test_a_token_is_added_edited_blocked_and_found(sign_in: SignIn, operator: Operator) -> None:
    client = sign_in()
    said = {"uid": "04A2B3C4", "kind": "rfid", "holder_name": "Ada", "valid_until": "2031-05-01"}
    assert client.post("/console/tokens/add/", said).status_code == 302
    row = Token.objects.get()
    assert row.holder_name == "Ada"
    assert row.valid_until is not None
    assert row.valid_until.isoformat() == "2031-05-01T21:59:59+00:00"
    client.post(f"/console/tokens/{row.pk}/", {"holder_name": "Grace", "note": "lent"})
    client.post(f"/console/tokens/{row.pk}/block/")
    row.refresh_from_db()
    assert (row.holder_name, row.note, row.status) == ("Grace", "lent", "blocked")
    assert "04A2B3C4" in client.get("/console/tokens/?q=grace&state=blocked").content.decode()
    assert "No token matches" in client.get("/console/tokens/?state=valid").content.decode()


def test_a_token_that_is_there_already_is_refused_beside_its_field(sign_in: SignIn, token: Token) -> None:
    answer = sign_in().post("/console/tokens/add/", {"uid": "cafe 01", "kind": "rfid"})
    assert answer.status_code == 200
    assert "is there already" in answer.content.decode()


def test_a_table_of_tokens_says_line_by_line_what_was_not_taken(sign_in: SignIn) -> None:
    file = SimpleUploadedFile("t.csv", b"uid,kind\nAA01,rfid\nAA02,cheese\n")
    text = sign_in().post("/console/tokens/import/", {"file": file}).content.decode()
    assert "1 added, 0 changed, 1 not taken." in text
    assert Token.objects.get().uid == "AA01"


def test_a_table_in_another_encoding_is_refused_in_words(sign_in: SignIn) -> None:
    file = SimpleUploadedFile("t.csv", "uid,holder_name\nAA01,Jörg\n".encode("latin-1"))
    assert "not UTF-8" in sign_in().post("/console/tokens/import/", {"file": file}).content.decode()


def test_who_may_only_see_tokens_cannot_edit_one(sign_in: SignIn, token: Token) -> None:
    client = sign_in(Role.READ_ONLY)
    assert client.get(f"/console/tokens/{token.pk}/").status_code == 200
    assert client.post(f"/console/tokens/{token.pk}/", {"holder_name": "x"}).status_code == 403
    assert client.post(f"/console/tokens/{token.pk}/block/").status_code == 403


def test_a_site_is_added_and_changed(sign_in: SignIn) -> None:
    client = sign_in()
    said = {
        "name": "Markt 5",
        "country": "de",
        "time_zone": "Europe/Berlin",
        "latitude": "53.5",
        "longitude": "10",
    }
    assert client.post("/console/sites/add/", said).status_code == 302
    row = Location.objects.get()
    assert row.country == "DE"
    client.post(f"/console/sites/{row.pk}/", {**said, "name": "Markt 6"})
    row.refresh_from_db()
    assert row.name == "Markt 6"
    assert AuditEntry.objects.filter(action="location.changed").count() == 1


def test_a_site_with_half_a_position_is_refused_in_words(sign_in: SignIn) -> None:
    said = {"name": "Markt 5", "time_zone": "Europe/Berlin", "latitude": "53.5"}
    answer = sign_in().post("/console/sites/add/", said)
    assert "both latitude and longitude" in answer.content.decode()
    assert not Location.objects.exists()


def test_a_station_is_added_once_though_the_form_is_sent_twice(sign_in: SignIn) -> None:
    client = sign_in()
    said = {"identity": "4107", "security_profile": "1", "once": str(uuid4())}
    assert 'id="password"' in client.post("/console/stations/add/", said).content.decode()
    again = client.post("/console/stations/add/", said).content.decode()
    assert "sent and done already" in again
    assert ChargingStation.objects.count() == 1


def test_an_identity_that_is_taken_is_said_so(sign_in: SignIn, station: ChargingStation) -> None:
    text = sign_in().post("/console/stations/add/", {"identity": "4107", "security_profile": "1"}).content
    assert "Another station calls itself 4107." in text.decode()


def test_somebody_is_invited_gets_another_role_and_loses_it(sign_in: SignIn, operator: Operator) -> None:
    client = sign_in()
    client.post(
        "/console/people/invite/", {"email": "grace@example.org", "name": "Grace", "role": "technician"}
    )
    person = User.objects.get(email="grace@example.org")
    assert Membership.objects.get(user=person).role == "technician"
    client.post(f"/console/people/{person.pk}/", {"role": "operations"})
    assert Membership.objects.get(user=person).role == "operations"
    client.post(f"/console/people/{person.pk}/remove/")
    assert not Membership.objects.filter(user=person).exists()


def test_the_last_admin_stays(sign_in: SignIn) -> None:
    client = sign_in()
    me = User.objects.get()
    client.post(f"/console/people/{me.pk}/remove/")
    assert Membership.objects.filter(user=me).exists()
    assert "This is the last admin." in client.get("/console/people/").content.decode()


def test_a_key_is_shown_once_and_revoked(sign_in: SignIn) -> None:
    client = sign_in()
    answer = client.post(
        "/console/keys/add/", {"name": "BI", "scopes": ["sessions.view"], "once": str(uuid4())}
    )
    assert re.search(r"chk_[0-9a-f]{12}_[\w-]{43}", answer.content.decode())
    assert answer.headers["Cache-Control"] == "no-store"
    key = ApiKey.objects.get()
    client.post(f"/console/keys/{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert "Revoked" in client.get("/console/keys/").content.decode()


def test_the_audit_tells_who_did_what(sign_in: SignIn, station: ChargingStation) -> None:
    client = sign_in()
    client.post(f"/console/stations/{station.pk}/commands/reset/", {"when": "now"})
    text = client.get(f"/console/audit/?subject=station:{station.pk}").content.decode()
    assert "station.command" in text
    assert "command: reset, when: now" in text or "when: now, command: reset" in text


def test_settings_are_shown_without_secrets_and_lead_to_a_form(
    sign_in: SignIn, station: ChargingStation
) -> None:
    for name, value in (("HeartbeatInterval", "300"), ("AuthorizationKey", "c0ffee")):
        Variable.objects.create(
            station=station, component="OCPP16", name=name, value=value, reported_at=clock.now()
        )
    client = sign_in()
    text = client.get(f"/console/stations/{station.pk}/settings/").content.decode()
    assert "HeartbeatInterval" in text
    assert "c0ffee" not in text
    form = client.get(f"/console/stations/{station.pk}/setting/?name=HeartbeatInterval&component=&evse=")
    assert 'value="300"' in form.content.decode()
    assert client.get(f"/console/stations/{station.pk}/setting/?name=AuthorizationKey").status_code == 404


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("profile", "2", "security_profile", 2),
        ("pin", "ocpp2.0.1", "version_pinned", "ocpp2.0.1"),
        ("assume", "ocpp1.6", "assumes_version", "ocpp1.6"),
        ("block", "", "approval", "blocked"),
        ("hold", "", "approval", "held"),
        ("zone", "Europe/Berlin", "clock_zone", "Europe/Berlin"),
    ],
)
def test_what_is_demanded_of_a_station_is_changed_and_audited(
    sign_in: SignIn, station: ChargingStation, name: str, value: str, field: str, expected: object
) -> None:
    ChargingStation.objects.filter(pk=station.pk).update(password_hash="x")
    client = sign_in()
    assert client.get(f"/console/stations/{station.pk}/connection/").status_code == 200
    client.post(f"/console/stations/{station.pk}/connection/{name}/", {"value": value})
    station.refresh_from_db()
    assert getattr(station, field) == expected
    assert AuditEntry.objects.filter(action=f"station.{name}").count() == 1


def test_a_new_password_is_shown_once(sign_in: SignIn, station: ChargingStation) -> None:
    client, once = sign_in(), str(uuid4())
    answer = client.post(f"/console/stations/{station.pk}/password/", {"once": once})
    assert 'id="password"' in answer.content.decode()
    station.refresh_from_db()
    before = station.password_hash
    assert client.post(f"/console/stations/{station.pk}/password/", {"once": once}).status_code == 302
    station.refresh_from_db()
    assert station.password_hash == before


def test_name_site_and_plugs_are_described(sign_in: SignIn, station: ChargingStation, site: Location) -> None:
    client = sign_in()
    assert client.get(f"/console/stations/{station.pk}/edit/").status_code == 200
    client.post(f"/console/stations/{station.pk}/edit/", {"name": "Tor 5", "location": str(site.pk)})
    client.post(
        f"/console/stations/{station.pk}/plugs/2/1/",
        {"standard": "IEC_62196_T2_COMBO", "power_type": "DC", "max_power": "150"},
    )
    station.refresh_from_db()
    plug = Connector.objects.get(station=station, evse=2)
    assert station.name == "Tor 5"
    assert (plug.standard, plug.max_power_w) == ("IEC_62196_T2_COMBO", 150_000)


def test_a_session_shows_what_it_rests_on(sign_in: SignIn, session: Transaction) -> None:
    Transaction.objects.filter(pk=session.pk).update(flags=["clock-not-credible"])
    text = sign_in().get(f"/console/sessions/{session.pk}/").content.decode()
    assert "clock was wrong at the start" in text
    assert "CAFE01" in text
    assert "Stop charging" in text


def test_a_session_of_another_operator_does_not_exist(
    sign_in: SignIn, session: Transaction, other_operator: Operator
) -> None:
    client = sign_in(home=other_operator)
    for path in ("", "curve.json"):
        assert client.get(f"/console/sessions/{session.pk}/{path}").status_code == 404


def test_sessions_without_energy_are_shown_as_defects(sign_in: SignIn, session: Transaction) -> None:
    Transaction.objects.filter(pk=session.pk).update(
        state="ended", ended_at=clock.now(), energy_wh=Decimal(0), stop_reason="Local"
    )
    assert "no energy" in sign_in().get("/console/sessions/?state=ended").content.decode()


def test_acting_for_another_operator_needs_a_role_there(
    sign_in: SignIn, other_operator: Operator, add_station: AddStation
) -> None:
    client = sign_in()
    add_station("9001", home=other_operator)
    client.post("/console/account/operator/", {"operator": "ampere"})
    assert "9001" not in client.get("/console/stations/").content.decode()
    Membership.objects.create(user=User.objects.get(), operator=other_operator, role="read_only")
    client.post("/console/account/operator/", {"operator": "ampere"})
    assert "9001" in client.get("/console/stations/").content.decode()


def test_addresses_with_nonsense_in_them_break_nothing(sign_in: SignIn, station: ChargingStation) -> None:
    client: Client = sign_in()
    for path in (
        "stations/?site=99999999999999999999&state=x&after=~",
        f"stations/{station.pk}/?before=yesterday",
        f"stations/{station.pk}/log/?before=~~",
        "sessions/?before=2026-01-01~x&state=y",
        "tokens/?before=-1",
        "audit/?before=x&subject=:",
        "repairs/?before=9e9&state=z",
        "find/?q=%23%25_",
    ):
        assert client.get(f"/console/{path}").status_code == 200, path


def test_a_nul_in_an_address_or_a_form_is_a_bad_request(sign_in: SignIn, station: ChargingStation) -> None:
    client = sign_in()
    assert client.get("/console/stations/?q=%00").status_code == 400
    assert client.post(f"/console/stations/{station.pk}/commands/start/", {"token": "\0"}).status_code == 400
