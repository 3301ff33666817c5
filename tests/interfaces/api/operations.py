"""Every operation of the API as its own description lists it, with a body that fits."""

from typing import Any, NamedTuple

from django.http import HttpResponse
from django.test import Client

from chargehand.interfaces.api.v1 import api

METHODS = ("get", "post", "put", "patch", "delete")

#: A body that fits, by operation; an operation without a body needs none.
BODIES: dict[str, dict[str, Any]] = {
    "create_location": {"name": "Elbtunnel"},
    "change_location": {"name": "Elbtunnel"},
    "create_station": {"identity": "NEW-1"},
    "change_station": {"name": "Tor 1"},
    "set_password": {},
    "describe_connector": {"standard": "IEC_62196_T2"},
    "send_command": {"command": "clear-cache"},
    "send_call": {"action": "ClearCache"},
    "issue_token": {"uid": "BEEF02"},
    "change_token": {"note": "lost"},
    "approve_waiting": {"identity": "WAIT-1"},
    "dismiss_waiting": {"identity": "WAIT-1"},
    "resolve_case": {"action": "dismiss"},
    "issue_key": {"name": "Billing", "scopes": ["sessions.view"]},
}


class Operation(NamedTuple):
    """One method of one address; `parameters` are the names in its path."""

    name: str
    method: str
    path: str
    permissions: tuple[str, ...]
    parameters: tuple[str, ...]
    details: dict[str, Any]

    def address(self, network: dict[str, Any]) -> str:
        """The address with ids filled in."""
        wait = "?wait=0" if self.name == "send_call" else ""
        return self.path.format(**{name: network[name] for name in self.parameters}) + wait

    def call(self, client: Client, network: dict[str, Any], body: Any = None) -> HttpResponse:
        """Send it with ids filled in and a body that fits."""
        sent = BODIES.get(self.name) if body is None else body
        kind = {} if sent is None else {"data": sent, "content_type": "application/json"}
        answer: HttpResponse = getattr(client, self.method)(self.address(network), **kind)
        return answer


def all_operations() -> list[Operation]:
    """Return every operation, in the order of the description."""
    return [
        Operation(
            details["operationId"],
            method,
            path,
            tuple(details["x-permissions"]),
            tuple(each["name"] for each in details["parameters"] if each["in"] == "path"),
            details,
        )
        for path, item in api.get_openapi_schema()["paths"].items()
        for method, details in item.items()
        if method in METHODS
    ]


OPERATIONS = all_operations()
