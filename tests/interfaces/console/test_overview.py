"""The overview and the list of stations, for every role and for a network of nothing."""

import pytest
from tests.interfaces.console.conftest import AddStation, SignIn

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.permissions import Role
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations.models import ChargingStation, Location

pytestmark = pytest.mark.django_db


def test_nobody_gets_in_without_signing_in(client: object, sign_in: SignIn) -> None:
    answer = sign_in().get("/console/")
    assert answer.status_code == 200
    stranger = sign_in()
    stranger.logout()
    answer = stranger.get("/console/stations/?state=offline")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/accounts/login/?next=/console/stations/%3Fstate%3Doffline"


def test_an_empty_network_says_what_to_do_and_shows_no_figures(sign_in: SignIn) -> None:
    text = sign_in().get("/console/").content.decode()
    assert "No station yet" in text
    assert "figure__value" not in text


def test_the_overview_says_what_can_charge(
    sign_in: SignIn, station: ChargingStation, add_station: AddStation
) -> None:
    add_station("2210", is_connected=False)
    text = sign_in().get("/console/").content.decode()
    assert "2 of 4" in text
    assert "of 2 stations" in text
    assert "Not connected." in text


def test_power_that_nobody_told_is_not_zero(sign_in: SignIn, session: Transaction) -> None:
    text = sign_in().get("/console/").content.decode()
    assert "told by 0 of 1 sessions" in text
    assert '<span class="figure__value">–</span>' in text


@pytest.mark.parametrize("role", list(Role))
def test_every_role_gets_the_overview(
    sign_in: SignIn, station: ChargingStation, site: Location, role: Role
) -> None:
    answer = sign_in(role, location_ids=[site.pk]).get("/console/")
    assert answer.status_code == 200
    assert "4107" in sign_in(role, location_ids=[site.pk]).get("/console/stations/").content.decode()


def test_the_live_part_comes_alone(sign_in: SignIn, station: ChargingStation) -> None:
    answer = sign_in().get("/console/", headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith('<div id="live"')


def test_a_live_page_whose_session_ended_goes_to_sign_in(sign_in: SignIn) -> None:
    client = sign_in()
    client.logout()
    answer = client.get("/console/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"


def test_the_list_holds_all_stations_for_the_browser(sign_in: SignIn, add_station: AddStation) -> None:
    for number in range(60):
        add_station(f"S{number:03}")
    client = sign_in()
    rows = client.get("/console/stations/rows.json").json()["rows"]
    assert [row["cells"]["name"] for row in rows] == [f"S{number:03}" for number in range(60)]
    first = client.get("/console/stations/").content.decode()
    assert "S049" in first
    assert "S050" not in first
    assert "S050" in client.get("/console/stations/?after=s049").content.decode()


def test_filters_stand_in_the_address(sign_in: SignIn, add_station: AddStation) -> None:
    add_station("4107")
    add_station("2210", is_connected=False)
    client = sign_in()
    text = client.get("/console/stations/?state=offline").content.decode()
    assert "2210" in text
    assert "4107" not in text
    assert "rows.json?state=offline" in text
    rows = client.get("/console/stations/rows.json?state=offline").json()["rows"]
    assert [row["cells"]["name"] for row in rows] == ["2210"]


def test_a_filter_that_finds_nothing_says_so(sign_in: SignIn, station: ChargingStation) -> None:
    assert "No station matches" in sign_in().get("/console/stations/?q=nowhere").content.decode()


def test_stations_of_others_are_in_no_list(
    sign_in: SignIn, station: ChargingStation, add_station: AddStation, other_operator: Operator
) -> None:
    theirs = add_station("9001", home=other_operator)
    client = sign_in()
    for path in ("", "stations/", "stations/rows.json", "map.json", "find/?q=9001"):
        text = client.get(f"/console/{path}").content.decode()
        assert f"/stations/{theirs.pk}/" not in text
        assert f"/stations/{station.pk}/" in text or "find" in path


def test_the_map_has_stations_with_a_place_only(
    sign_in: SignIn, station: ChargingStation, add_station: AddStation
) -> None:
    loose = add_station("2210")
    ChargingStation.objects.filter(pk=loose.pk).update(location=None)
    points = sign_in().get("/console/map.json").json()["points"]
    assert [point["id"] for point in points] == [station.pk]
    assert "1 station has no position" in sign_in().get("/console/").content.decode()


def test_finding_by_number_answers_the_palette(sign_in: SignIn, station: ChargingStation) -> None:
    answer = sign_in().get("/console/find/?q=4107", headers={"Accept": "application/json"})
    assert answer.json()["results"][0]["label"] == "4107"


def test_somebody_without_a_role_is_told_so(sign_in: SignIn, other_operator: Operator, user: object) -> None:
    client = sign_in()
    client.force_login(user)  # type: ignore[arg-type]  # the fixture's User
    answer = client.get("/console/")
    assert answer.status_code == 403
    assert "no role at any operator" in answer.content.decode()
