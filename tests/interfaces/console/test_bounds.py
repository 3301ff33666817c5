"""What people bound to a few sites, or without a permission, are shown of tokens, cases and waiting stations."""

import pytest
from django.test import Client
from tests.interfaces.console.conftest import SignIn

from chargehand.domain.accounts.models import AuditEntry, Operator, User
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.charging.models import RepairCase, Transaction
from chargehand.domain.stations.models import ChargingStation, Location, WaitingStation
from chargehand.domain.tokens.models import Token
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere(operator: Operator) -> Location:
    """Another site of the operator."""
    return Location.objects.create(operator=operator, name="Elsewhere", created_at=clock.now())


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_cases_of_other_sites_are_not_listed_nor_counted(
    sign_in: SignIn, case: RepairCase, site: Location, elsewhere: Location
) -> None:
    here = sign_in(Role.FINANCE, location_ids=[site.pk])
    there = sign_in(Role.FINANCE, location_ids=[elsewhere.pk])
    assert f"/console/repairs/{case.pk}/" in text_of(here, "/console/repairs/")
    assert f"/console/repairs/{case.pk}/" not in text_of(there, "/console/repairs/")
    assert 'id="count-repairs" hx-swap-oob="morph">1' in text_of(here, "/console/counts/")
    assert 'id="count-repairs" hx-swap-oob="morph" hidden>0' in text_of(there, "/console/counts/")
    assert there.get(f"/console/repairs/{case.pk}/").status_code == 404
    assert there.post(f"/console/repairs/{case.pk}/dismiss/").status_code == 404


def test_tokens_are_seen_where_they_charged_and_changed_only_by_who_acts_for_all_sites(
    sign_in: SignIn, token: Token, session: Transaction, site: Location, elsewhere: Location
) -> None:
    Transaction.objects.filter(pk=session.pk).update(token_id=token.pk)
    whole = sign_in(Role.OPERATIONS)
    here = sign_in(Role.OPERATIONS, location_ids=[site.pk])
    there = sign_in(Role.OPERATIONS, location_ids=[elsewhere.pk])
    page = f"/console/tokens/{token.pk}/"
    assert "Ada L." in text_of(whole, "/console/tokens/")
    assert "Ada L." in text_of(here, "/console/tokens/")
    assert "Ada L." not in text_of(there, "/console/tokens/")
    assert "Ada L." not in text_of(there, "/console/find/?q=@CAFE01")
    assert there.get(page).status_code == 404
    assert text_of(here, page)
    assert here.post(f"{page}block/").status_code == 403
    assert there.post(f"{page}block/").status_code == 404
    for path in ("/console/tokens/add/", "/console/tokens/import/"):
        assert here.get(path).status_code == 403
        assert whole.get(path).status_code == 200
    assert whole.post(f"{page}block/").status_code == 302
    token.refresh_from_db()
    assert token.status == "blocked"


def test_who_may_not_see_tokens_reads_the_last_four_characters(
    sign_in: SignIn, token: Token, session: Transaction, station: ChargingStation, site: Location
) -> None:
    for client in (sign_in(Role.TECHNICIAN), sign_in(Role.SITE_HOST, location_ids=[site.pk])):
        for path in ("/console/sessions/", f"/console/sessions/{session.pk}/"):
            shown = text_of(client, path)
            assert "CAFE01" not in shown
            assert "…FE01" in shown
        assert "Ada L." not in text_of(client, f"/console/stations/{station.pk}/")
    assert "CAFE01" in text_of(sign_in(Role.SUPPORT_AGENT), "/console/sessions/")


def test_raw_messages_are_for_those_who_work_at_stations(sign_in: SignIn, station: ChargingStation) -> None:
    path = f"/console/stations/{station.pk}/log/"
    host = sign_in(Role.SITE_HOST, location_ids=[station.location_id])
    assert host.get(path).status_code == 403
    assert path not in text_of(host, f"/console/stations/{station.pk}/")
    assert sign_in(Role.TECHNICIAN).get(path).status_code == 200


def test_a_waiting_station_is_shown_to_the_operator_it_names(
    sign_in: SignIn, waiting: WaitingStation, other_operator: Operator
) -> None:
    ours, others = sign_in(Role.OPERATIONS), sign_in(Role.OPERATIONS, home=other_operator)
    for path, ours_sees, others_see in (
        ("/ocpp/volt/NEU-7", True, False),
        ("/Ampere/NEU-7", False, True),
        ("/ocpp/NEU-7", False, False),
        ("/ocpp/volt", False, False),  # the last part is the station's own name
    ):
        WaitingStation.objects.update(handshake={"path": path})
        assert ("NEU-7" in text_of(ours, "/console/waiting/")) is ours_sees
        assert ("NEU-7" in text_of(others, "/console/waiting/")) is others_see


def test_who_runs_the_installation_sees_every_waiting_station(
    client: Client, operator: Operator, other_operator: Operator, waiting: WaitingStation
) -> None:
    client.force_login(User.objects.create_superuser("root@example.org", "correct horse battery"))
    assert "NEU-7" in text_of(client, "/console/waiting/")


def test_the_only_operator_sees_every_waiting_station(sign_in: SignIn, waiting: WaitingStation) -> None:
    assert "NEU-7" in text_of(sign_in(Role.TECHNICIAN), "/console/waiting/")


def test_a_station_that_waits_for_somebody_else_is_neither_let_in_nor_sent_away(
    sign_in: SignIn, waiting: WaitingStation, other_operator: Operator
) -> None:
    client = sign_in()
    for deed in ("approve", "dismiss"):
        answer = client.post(f"/console/waiting/{deed}/", {"identity": "NEU-7"}, follow=True)
        assert "No station of this name is waiting." in answer.content.decode()
    assert WaitingStation.objects.count() == 1
    assert not ChargingStation.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="station.").exists()
