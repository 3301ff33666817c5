"""Version 1 of the API put together: ways in, resources, errors, description."""

from typing import Any, Final

import msgspec
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from chargehand.interfaces.api import (
    account,
    books,
    cdrs,
    commands,
    customers,
    door,
    equipment,
    evidence,
    incidents,
    invoices,
    locations,
    meter_values,
    objections,
    policies,
    price_reviews,
    problems,
    repairs,
    reports,
    sessions,
    stations,
    tariff_assignments,
    tariffs,
    tokens,
    waiting,
    work_orders,
)
from chargehand.interfaces.api.documentation import Documentation

DESCRIPTION: Final = """
Everything the console can do, for machines.

**Coming in.** `Authorization: Bearer chk_...` or `X-API-Key: chk_...`; `x-permissions` of an operation names the
scopes of which the key needs one. **Values.** Times are RFC 3339 in UTC, exact numbers are strings, null means
unknown (never 0). **Lists** come by pages: `next_cursor`, and a `Link` header. **Errors** are
`application/problem+json` (RFC 9457) with a stable `code`. **Commands** take an `Idempotency-Key`.
"""

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` is stable; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "description": "urn:chargehand:problem:<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


class StrictJson(Parser):
    """Reads bodies as JSON and nothing else: no NaN, no halves of characters, no bottomless nesting."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body's value. Raises Problem `bad-json`."""
        try:
            return msgspec.json.decode(request.body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise ValueError(str(error)) from None


class Api(NinjaAPI):
    """The API, whose description also says what a problem looks like."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._descriptions: dict[tuple[object, ...], OpenAPISchema] = {}

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Return the OpenAPI 3.1 description, made once: anybody may ask for it, and making it takes a second."""
        key = path_prefix, *sorted((path_params or {}).items())
        if (schema := self._descriptions.get(key)) is None:
            schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
            schema["components"]["schemas"]["Problem"] = _PROBLEM
            self._descriptions[key] = schema
        return schema

    def get_openapi_operation_id(self, operation: Any) -> str:
        """Return the name generated clients give to an operation."""
        return str(operation.view_func.__name__)


api = Api(
    title="Chargehand API",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    auth=door.WAYS_IN,
    parser=StrictJson(),
    docs=Documentation(),
)
problems.handle_with(api)
for prefix, router in (
    ("", account.router),
    ("/locations", locations.router),
    ("/stations", stations.router),
    ("/stations", equipment.router),
    ("/stations", commands.stations_router),
    ("/stations", meter_values.stations_router),
    ("/stations", evidence.stations_router),
    ("/commands", commands.router),
    ("/sessions", sessions.router),
    ("/sessions", meter_values.sessions_router),
    ("/sessions", cdrs.sessions_router),
    ("/tokens", tokens.router),
    ("/waiting-stations", waiting.router),
    ("/repair-cases", repairs.router),
    ("/quarantine", evidence.quarantine_router),
    ("/tariffs", tariffs.router),
    ("/tariff-assignments", tariff_assignments.router),
    ("/cdrs", cdrs.router),
    ("/price-reviews", price_reviews.router),
    ("/objections", objections.router),
    ("/credit-requests", objections.requests_router),
    ("/invoices", invoices.router),
    ("/statements", invoices.statements_router),
    ("/customers", customers.router),
    ("/legal-entities", customers.entities_router),
    ("/ledger", books.router),
    ("/revenue", books.revenue_router),
    ("/exports", books.exports_router),
    ("/findings", incidents.findings_router),
    ("/incidents", incidents.router),
    ("/policies", policies.router),
    ("/on-duty", reports.duty_router),
    ("/reports", reports.router),
    ("/work-orders", work_orders.router),
):
    api.add_router(prefix, router)
