"""The description: valid OpenAPI, complete, and shown by a page that loads nothing from elsewhere."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from jsonschema import Draft202012Validator
from tests.interfaces.api.conftest import AddSession
from tests.interfaces.api.operations import BODIES, OPERATIONS, Operation

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.stations.models import WaitingStation
from chargehand.interfaces.api.verbs import VERBS
from chargehand.kernel import clock


@pytest.fixture
def description(client: Client) -> dict[str, Any]:
    """The description as served, without credentials."""
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_every_schema_in_the_description_is_valid_and_every_reference_leads_somewhere(
    description: dict[str, Any],
) -> None:
    assert description["openapi"].startswith("3.1")
    schemas = description["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    references = set(re.findall(r"#/components/schemas/([^\"']+)", str(description)))
    assert references <= set(schemas)


def test_every_operation_is_described_once_with_its_permissions(description: dict[str, Any]) -> None:
    names = [each.name for each in OPERATIONS]
    assert len(names) == len(set(names))
    known = {permission.value for permission in Permission}
    for each in OPERATIONS:
        assert each.details["description"], each.name
        assert set(each.permissions) <= known
        assert "default" in each.details["responses"]
        assert each.details["security"]
    assert {each.name for each in OPERATIONS if not each.permissions} == {"read_me"}


def test_every_operation_with_a_body_has_one_that_is_tried(description: dict[str, Any]) -> None:
    assert {each.name for each in OPERATIONS if "requestBody" in each.details} == set(BODIES)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_an_answer_is_what_the_description_says(
    operation: Operation, api: Client, network: dict[str, Any], description: dict[str, Any]
) -> None:
    WaitingStation.objects.create(identity="WAIT-1", first_seen_at=clock.now(), last_seen_at=clock.now())
    answer: Any = operation.call(api, network)
    described = operation.details["responses"][answer.status_code]
    if answer.status_code == 204:
        assert answer.content == b""
        return
    media_type = answer["Content-Type"].partition(";")[0]
    schema = described["content"][media_type]["schema"]
    if media_type != "application/json":
        assert answer.getvalue()
        return
    whole = {**schema, "components": description["components"]}
    Draft202012Validator(whole).validate(answer.json())


def test_the_page_loads_nothing_from_elsewhere(client: Client, db: None) -> None:
    answer = client.get("/api/v1/docs")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "'self'" in answer["Content-Security-Policy"]
    linked = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(linked) == 4
    for each in linked:
        assert each.startswith("/static/")
        assert finders.find(each.removeprefix("/static/")), each
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)
    assert 'lang="' in page


def test_the_root_says_where_the_description_is(client: Client) -> None:
    told = client.get("/api/v1/").json()
    assert client.get(told["documentation"]).status_code == 200
    assert client.get(told["openapi"]).status_code == 200


def test_an_unchanged_answer_need_not_be_sent_again(
    api: Client, network: dict[str, Any], add_session: AddSession
) -> None:
    address = f"/api/v1/sessions/{network['session_id']}"
    first = api.get(address)
    again = api.get(address, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert first["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first["Vary"]


def test_head_is_get_without_the_body(api: Client, network: dict[str, Any]) -> None:
    answer = api.head(f"/api/v1/stations/{network['station_id']}")
    assert answer.status_code == 200
    assert answer.content == b""


def test_the_reference_lists_every_operation_with_its_scopes_as_it_is() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/reference/api.md").read_text(encoding="utf-8")
    listed = page.partition("## Operations")[2].strip().splitlines()[2:]
    assert listed == [_row(each) for each in OPERATIONS]


def _row(operation: Operation) -> str:
    scopes = " or ".join(f"`{each}`" for each in operation.permissions) or "any"
    address = f"{operation.method.upper()} {operation.path.removeprefix('/api/v1')}"
    return f"| `{address}` | {scopes} | {operation.details['description'].splitlines()[0]} |"


def test_the_reference_names_every_command(description: dict[str, Any]) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/reference/api.md").read_text(encoding="utf-8")
    listed = re.findall(
        r"^\| `([a-z-]+)` \|",
        page.partition("| `command` |")[2].partition("`get-variables`, ")[0],
        re.MULTILINE,
    )
    assert sorted(listed) == sorted(VERBS)
    assert description["components"]["schemas"]["CommandAsked"]["discriminator"]["mapping"].keys() == set(
        VERBS
    )
