"""Noise at every operation: whatever comes, no answer is our fault, and every no is a problem."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.interfaces.api.conftest import Caller
from tests.interfaces.api.operations import BODIES, OPERATIONS, Operation

from chargehand.interfaces.api.rates import buckets
from chargehand.interfaces.api.v1 import api as described

NOISE = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)
SCHEMAS = described.get_openapi_schema()["components"]["schemas"]

WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "\x00", "0", "-1", str(2**63), "1e400", "NaN", "true", "2026-05-01T00:00:00Z", "a" * 400]
    ),
    st.integers().map(str),
    st.datetimes().map(str),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


#: Every kind of body where an operation takes several.
KINDS: dict[str, list[dict[str, Any]]] = {
    "send_command": [
        {"command": "start", "token_uid": "CAFE01", "evse": 1},
        {"command": "stop", "session_id": 1},
        {"command": "unlock", "evse": 1},
        {"command": "reset"},
        {"command": "availability", "is_operative": False, "evse": 1},
        {"command": "trigger", "message": "Heartbeat"},
        {"command": "get-variables", "variables": [{"name": "HeartbeatInterval"}]},
        {"command": "set-variables", "variables": [{"name": "HeartbeatInterval", "value": "60"}]},
        {"command": "get-report"},
        {"command": "clear-cache"},
        {"command": "transaction-status", "session_id": 1},
        {"command": "data", "vendor_id": "x", "data": {}},
        {"command": "rotate-password"},
    ],
    "resolve_case": [
        {"action": "attach", "session_id": 1},
        {"action": "use-samples"},
        {"action": "set-energy", "energy_kwh": "1.5", "note": "x"},
        {"action": "close", "ended_at": "2026-05-01T00:00:00Z"},
        {"action": "dismiss"},
    ],
}


def bodies(operation: Operation) -> st.SearchStrategy[Any]:
    """Bodies that fit with some fields spoilt, and anything at all."""
    kinds = KINDS.get(operation.name, [BODIES[operation.name]])
    schema = operation.details["requestBody"]["content"]["application/json"]["schema"]
    names = {name for kind in kinds for name in kind} | set(_fields(schema)) | {"evse", "connector"}
    spoilt = st.builds(
        lambda kind, more: {**kind, **more},
        st.sampled_from(kinds),
        st.dictionaries(st.sampled_from(sorted(names)), VALUES, max_size=2),
    )
    return st.one_of(spoilt, VALUES)


def _fields(schema: dict[str, Any]) -> list[str]:
    reference = schema.get("$ref", "")
    return sorted(SCHEMAS.get(reference.rpartition("/")[2], {}).get("properties", {}))


#: Values that fit, so that a query is not always refused for its first word.
FITTING = {
    "limit": ["1", "500"],
    "location_id": ["1"],
    "station_id": ["1"],
    "session_id": ["1"],
    "token_id": ["1"],
    "is_resolved": ["true"],
    "is_blocked": ["false"],
    "since": ["2026-05-01T00:00:00Z", "1970-01-01T00:00:00Z"],
    "until": ["2200-01-01T00:00:00Z"],
    "state": ["open", "ready"],
    "kind": ["rfid"],
    "hours": ["1", "168"],
}


def _values_of(name: str) -> st.SearchStrategy[str]:
    fitting = FITTING.get(name)
    return st.sampled_from(fitting) | WORDS if fitting else WORDS


def hear(answer: Any) -> None:
    """Check what every answer must be."""
    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


@pytest.fixture
def quiet(caller: Caller) -> Client:
    """A client that may do everything."""
    return caller()


WITH_BODY = [each for each in OPERATIONS if "requestBody" in each.details]
ASKED = {
    each.name: [
        one["name"] for one in each.details["parameters"] if one["in"] == "query" and one["name"] != "wait"
    ]
    for each in OPERATIONS
}
WITH_QUERY = [each for each in OPERATIONS if ASKED[each.name]]


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda each: each.name)
def test_no_body_breaks_an_operation(operation: Operation, quiet: Client, network: dict[str, Any]) -> None:
    @NOISE
    @given(body=bodies(operation))
    def try_with(body: Any) -> None:
        buckets.forget()
        with transaction.atomic():
            answer = operation.call(quiet, network, json.dumps(body))
            hear(answer)
            transaction.set_rollback(True)

    try_with()


@pytest.mark.parametrize("operation", WITH_QUERY, ids=lambda each: each.name)
def test_no_query_breaks_an_operation(operation: Operation, quiet: Client, network: dict[str, Any]) -> None:
    @NOISE
    @given(
        asked=st.fixed_dictionaries({}, optional={name: _values_of(name) for name in ASKED[operation.name]})
    )
    def try_with(asked: dict[str, str]) -> None:
        buckets.forget()
        if operation.method == "get":
            query = urlencode(asked, errors="surrogatepass")
            hear(quiet.get(f"{operation.address(network)}?{query}"))

    try_with()


PATHS = [each for each in OPERATIONS if each.parameters]


@pytest.mark.parametrize("operation", PATHS, ids=lambda each: each.name)
def test_no_id_breaks_an_operation(operation: Operation, quiet: Client, network: dict[str, Any]) -> None:
    for odd in (
        "0",
        "-1",
        str(2**63),
        str(2**64),
        "9" * 400,
        "a",
        "%00",
        "1.5",
        "00000000-0000-0000-0000-000000000000",
    ):
        for name in operation.parameters:
            answer: Any = operation.call(quiet, {**network, name: odd})
            hear(answer)
            assert answer.status_code in {404, 405, 422}, (odd, answer.content)
