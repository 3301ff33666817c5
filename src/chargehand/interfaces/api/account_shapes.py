"""Callers, keys, audit and the network's figures on the wire."""

from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, StringConstraints

from chargehand.domain.accounts.permissions import Permission, Role
from chargehand.interfaces.api.wire import Asked, Exact, Time, TimeAsked


class Actor(Schema):
    """Who did something: a person, a key, or the system."""

    kind: str
    id: int | None
    name: str


class Me(Schema):
    """Who the caller is. `location_ids` null: all locations of the operator."""

    operator_id: int
    operator_slug: str
    operator_name: str
    actor: Actor
    role: Role | None
    permissions: list[Permission]
    location_ids: list[int] | None


class ApiKey(Schema):
    """An API key without its secret."""

    id: int
    name: str
    prefix: str
    scopes: list[Permission]
    created_at: Time
    expires_at: Time | None
    revoked_at: Time | None
    last_used_at: Time | None


class ApiKeyIssued(ApiKey):
    """A new key. `secret` is shown this once."""

    secret: str


class ApiKeyAsked(Asked):
    """A key to be issued; its scopes are permissions the caller has."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
    scopes: Annotated[list[Permission], Field(min_length=1, max_length=100)]
    expires_at: TimeAsked | None = None


class AuditEntry(Schema):
    """One deed: who did what to which thing (`station:4`)."""

    id: int
    at: Time
    actor: Actor
    action: str
    subject: str
    detail: dict[str, Any]


class NetworkNow(Schema):
    """The network now: `able` of `plugs` can charge a car; `power_w` is known of `reporting` open sessions."""

    stations: int
    plugs: int
    able: int
    charging: int
    offline: int
    broken: int
    attention: int
    unknown: int
    power_w: Exact | None
    power_at: Annotated[Time | None, Field(description="The oldest reading in it.")]
    reporting: int
    open_sessions: Annotated[int, Field(validation_alias="open_transactions")]


class PowerPoint(Schema):
    """Power on average in the ten minutes that begin at `at`; null: nothing was reported."""

    at: Time
    power_w: Exact | None
