"""Every operation of the API as its own description lists it, with a body that fits."""

from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.http import HttpResponse
from django.test import Client

from chargehand.interfaces.api.v1 import api
from chargehand.kernel import clock

METHODS = ("get", "post", "put", "patch", "delete")

TARIFF: Final = {
    "currency": "EUR",
    "elements": [{"price_components": [{"type": "ENERGY", "price": 0.5, "vat": 19, "step_size": 1}]}],
}
SESSION: Final = {
    "start_date_time": "2026-05-01T10:00:00Z",
    "end_date_time": "2026-05-01T11:00:00Z",
    "charging_periods": [
        {"start_date_time": "2026-05-01T10:00:00Z", "dimensions": [{"type": "ENERGY", "volume": 20}]}
    ],
}

#: What must be in the query, by operation.
QUERIES: dict[str, str] = {
    "send_call": "wait=0",
    **dict.fromkeys(
        ("read_revenue", "export_cdrs", "export_invoices", "export_journal", "export_batch"),
        "since=2026-05-01&until=2026-05-31",
    ),
    "read_uptime": "year=2026&month=5",
}
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
    "set_entry_policy": {"holds_new": True},
    "set_watch_policy": {"sets_measurands": True, "sets_monitors": False, "sample_interval_s": 120},
    "set_recovery_policy": {"is_enabled": True, "steps": ["probe", "soft-reset"], "per_day": 2},
    "resolve_case": {"action": "dismiss"},
    "create_tariff": {"name": "Night", "tariff": TARIFF},
    "price_session": {"tariff": TARIFF, "session": SESSION, "time_zone": "Europe/Berlin"},
    "rename_tariff": {"name": "Day"},
    "add_tariff_version": {"tariff": TARIFF},
    "assign_tariff": {"tariff_id": 1},
    "end_assignment": {},
    "credit_cdr": {"note": "The plug was broken."},
    "request_credit": {"note": "The plug was broken."},
    "answer_objection": {"answer": "You are right."},
    "price_review": {"note": "By the meter on site."},
    "waive_review": {"note": "Goodwill."},
    "record_payment": {"amount": "0.01", "reference": "E2E-1"},
    "credit_invoice": {"note": "The plug was broken."},
    "create_customer": {"party": {"name": "Ada"}, "mode": "monthly"},
    "change_customer": {"party": {"city": "Berlin"}},
    "create_legal_entity": {
        "party": {"name": "Example South", "country": "DE"},
        "time_zone": "Europe/Berlin",
        "invoice_series": "S-{year}-",
    },
    "change_legal_entity": {"payment_days": 30},
    "assign_incident": {"user_id": None},
    "snooze_incident": {"until": (clock.now() + timedelta(hours=4)).isoformat()},
    "note_incident": {"text": "Somebody left a sock in it."},
    "resolve_incident": {"cause": "A sock.", "fix": "Taken out."},
    "tell_drivers_of_incident": {"words": "Please use the plug beside it."},
    "reopen_incident": {"reason": "It is back."},
    "raise_work_order": {"station_id": 1, "title": "Clean the plug"},
    "assign_work_order": {"user_id": None},
    "edit_work_order": {
        "edits": [
            {
                "id": "0190a5e0-0000-7000-8000-000000000001",
                "field": "note",
                "value": "Cleaned.",
                "made_at": "2026-05-01T10:00:00Z",
            }
        ]
    },
    "finish_work": {"no_test_reason": "No car at hand."},
    "cancel_work": {"reason": "It was done before."},
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
        asked = f"?{QUERIES[self.name]}" if self.name in QUERIES else ""
        return self.path.format(**{name: network[name] for name in self.parameters}) + asked

    def call(self, client: Client, network: dict[str, Any], body: Any = None) -> HttpResponse:
        """Send it with ids filled in and a body that fits."""
        sent = BODIES.get(self.name) if body is None else body
        if self.name == "assign_tariff" and body is None:
            sent = {"tariff_id": network["tariff_id"]}
        elif self.name == "raise_work_order" and body is None:
            sent = {**BODIES[self.name], "station_id": network["station_id"]}
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
