"""Whose things are whose: another operator's key finds nothing, and sites narrow what a person sees."""

from typing import Any

import pytest
from django.test import Client
from tests.interfaces.api.conftest import AddSession, AddStation, Caller
from tests.interfaces.api.operations import OPERATIONS, Operation

from chargehand.domain.accounts.models import Membership, Operator, User
from chargehand.domain.accounts.permissions import Permission, Role
from chargehand.domain.charging.models import RepairCase
from chargehand.domain.stations.models import ChargingStation, Location, QuarantinedMessage, StationRequest
from chargehand.domain.tokens.models import Token
from chargehand.interfaces.api.rates import buckets
from chargehand.kernel import clock

#: Waiting stations belong to no operator yet; whoever may approve sees them.
OF_NOBODY = {"list_waiting"}
ABOUT_A_THING = [each for each in OPERATIONS if each.parameters]
LISTS = [each for each in OPERATIONS if each.name.startswith("list_") and not each.parameters]


@pytest.mark.parametrize("operation", ABOUT_A_THING, ids=lambda each: each.name)
def test_another_operators_key_finds_nothing_and_changes_nothing(
    operation: Operation, stranger: Client, network: dict[str, Any]
) -> None:
    asked_before = StationRequest.objects.count()
    answer = operation.call(stranger, network)
    assert answer.status_code == 404, answer.content
    assert StationRequest.objects.count() == asked_before
    assert RepairCase.objects.get().state == "open"
    assert Token.objects.get().status == "active"
    assert ChargingStation.objects.get().approval == "accepted"


@pytest.mark.parametrize("operation", ABOUT_A_THING, ids=lambda each: each.name)
def test_the_operators_own_key_finds_it(operation: Operation, api: Client, network: dict[str, Any]) -> None:
    answer = operation.call(api, network)
    assert 200 <= answer.status_code < 300, answer.content


@pytest.mark.parametrize("operation", LISTS, ids=lambda each: each.name)
def test_a_list_shows_the_operators_own_things_alone(
    operation: Operation, stranger: Client, api: Client, network: dict[str, Any], other_operator: Operator
) -> None:
    own = operation.call(api, network).json()["items"]  # type: ignore[attr-defined]
    theirs = operation.call(stranger, network).json()["items"]  # type: ignore[attr-defined]
    if operation.name in OF_NOBODY:
        assert own == theirs
        return
    assert own
    assert not {str(each["id"]) for each in own} & {str(each["id"]) for each in theirs}


@pytest.mark.parametrize("name", ["create_station", "approve_waiting"])
def test_a_station_cannot_be_put_at_another_operators_location(
    name: str, stranger: Client, network: dict[str, Any]
) -> None:
    [operation] = [each for each in OPERATIONS if each.name == name]
    answer = operation.call(stranger, network, {"identity": "WAIT-1", "location_id": network["location_id"]})
    assert answer.status_code == 404
    assert ChargingStation.objects.count() == 1


@pytest.fixture
def host(operator: Operator, network: dict[str, Any]) -> Client:
    """Somebody signed in who runs the operations of one other site, and of nothing else."""
    elsewhere = Location.objects.create(operator=operator, name="Elsewhere", created_at=clock.now())
    person = User.objects.create_user("host@example.org", "correct horse battery")
    Membership.objects.create(user=person, operator=operator, role=Role.ADMIN, location_ids=[elsewhere.pk])
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize("operation", ABOUT_A_THING, ids=lambda each: each.name)
def test_whoever_is_bound_to_a_site_finds_nothing_of_another(
    operation: Operation, host: Client, network: dict[str, Any]
) -> None:
    of_the_operator = {"key_id"}
    of_the_whole = {"invoice_id", "customer_id", "entity_id", "statement_id", "account_id", "posting_id"}
    everywhere = {"tariff_id", "assignment_id"}
    answer = operation.call(host, network)
    about = set(operation.parameters)
    if about & of_the_whole or (about & (everywhere | {"token_id"}) and operation.method != "get"):
        assert answer.status_code == 403, answer.content
    elif about & (of_the_operator | everywhere):
        assert 200 <= answer.status_code < 300
    else:
        assert answer.status_code == 404, answer.content


def test_whoever_is_bound_to_a_site_sees_only_it_in_lists(
    host: Client, network: dict[str, Any], add_session: AddSession
) -> None:
    for name in ("stations", "sessions", "repair-cases", "quarantine", "tokens"):
        assert host.get(f"/api/v1/{name}").json()["items"] == []
    [seen] = host.get("/api/v1/locations").json()["items"]
    assert seen["name"] == "Elsewhere"
    asked = host.get("/api/v1/sessions", {"location_id": network["location_id"]})
    assert asked.json()["items"] == []
    assert host.get("/api/v1/network").json()["stations"] == 0


def test_whoever_is_bound_to_a_site_cannot_reach_beyond_it(host: Client, network: dict[str, Any]) -> None:
    def post(path: str, body: dict[str, Any]) -> tuple[int, str]:
        answer = host.post(f"/api/v1/{path}", body, content_type="application/json")
        return answer.status_code, answer.json()["code"]

    assert post("stations", {"identity": "X-1"}) == (422, "location-missing")
    assert post("stations", {"identity": "X-1", "location_id": network["location_id"]}) == (404, "not-found")
    assert post("api-keys", {"name": "All", "scopes": ["stations.view"]}) == (403, "forbidden")
    assert post("locations", {"name": "Mine"}) == (403, "forbidden")


class Somewhere(dict[str, Any]):
    """The ids that addresses name; 1 for what the network has not: who may not ask never learns that."""

    def __missing__(self, name: str) -> int:
        return 1


def test_a_key_without_the_permission_hears_so(caller: Caller, network: dict[str, Any]) -> None:
    clients: dict[tuple[str, ...], Client] = {}
    for operation in OPERATIONS:
        wanted = tuple(sorted(operation.permissions))
        if wanted not in clients:
            clients[wanted] = caller(*(each for each in Permission if each.value not in wanted))
        buckets.forget()
        answer = operation.call(clients[wanted], Somewhere(network))
        if wanted:
            assert (operation.name, answer.status_code) == (operation.name, 403), answer.content
            assert answer.json()["permission"] in wanted  # type: ignore[attr-defined]
        else:
            assert answer.status_code == 200, operation.name


def test_a_caller_without_credentials_hears_401(network: dict[str, Any]) -> None:
    for operation in OPERATIONS:
        buckets.forget()
        answer = operation.call(Client(), Somewhere(network))
        assert (operation.name, answer.status_code) == (operation.name, 401)
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"


def test_reading_variables_needs_more_than_the_right_to_command(
    caller: Caller, network: dict[str, Any]
) -> None:
    address = f"/api/v1/stations/{network['station_id']}/commands"
    body = {"command": "get-variables"}
    client = caller(Permission.STATIONS_COMMAND)
    assert client.post(address, body, content_type="application/json").status_code == 403
    client = caller(Permission.STATIONS_CONFIGURE)
    assert client.post(address, body, content_type="application/json").status_code == 202


def test_quarantine_is_shown_raw(api: Client, network: dict[str, Any]) -> None:
    [kept] = api.get("/api/v1/quarantine").json()["items"]
    assert kept["frame"] == "[]"
    assert kept["id"] == QuarantinedMessage.objects.get().pk


def test_a_page_of_cases_skips_those_of_other_sites_without_ending_early(
    operator: Operator, add_station: AddStation, network: dict[str, Any]
) -> None:
    here = Location.objects.create(operator=operator, name="Here", created_at=clock.now())
    mine = add_station("MINE")
    ChargingStation.objects.filter(pk=mine.pk).update(location=here)
    wanted = RepairCase.objects.create(
        operator_id=operator.pk, station_id=mine.pk, kind="x", key="two", sentence="x", opened_at=clock.now()
    )
    for number in range(3):
        RepairCase.objects.create(
            operator_id=operator.pk,
            station_id=network["station_id"],
            kind="x",
            key=f"later-{number}",
            sentence="x",
            opened_at=clock.now(),
        )
    person = User.objects.create_user("here@example.org", "correct horse battery")
    Membership.objects.create(user=person, operator=operator, role=Role.ADMIN, location_ids=[here.pk])
    client = Client()
    client.force_login(person)
    found: list[int] = []
    target: str | None = "/api/v1/repair-cases?limit=1"
    while target is not None:
        page = client.get(target)
        found += [case["id"] for case in page.json()["items"]]
        target = page["Link"].partition(">")[0].strip("<") if "Link" in page else None
    assert found == [wanted.pk]
