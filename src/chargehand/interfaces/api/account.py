"""The caller's own account: who they are, the operator's keys, the audit, the network's figures."""

from typing import Annotated, Any

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from chargehand.domain.accounts import api_keys, audit
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import overview
from chargehand.interfaces.api import paging, problems
from chargehand.interfaces.api.account_shapes import (
    ApiKey,
    ApiKeyAsked,
    ApiKeyIssued,
    AuditEntry,
    Me,
    NetworkNow,
    PowerPoint,
)
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.wire import Id, Words
from chargehand.kernel import clock

router = Router(tags=["Account"])


@router.get("/me", response=Me)
@needs()
def read_me(request: ApiRequest) -> dict[str, Any]:
    """Who the caller is, and what they may do."""
    who = request.auth
    places = None if who.location_ids is None else sorted(who.location_ids)
    return {
        **msgspec.structs.asdict(who),
        "permissions": sorted(who.permissions),
        "location_ids": places,
    }


@router.get("/network", response=NetworkNow)
@needs(Permission.STATIONS_VIEW)
def read_network(request: ApiRequest) -> Any:
    """What the network can do and does now."""
    return overview.network_counts(request.auth.operator_id, location_ids=request.auth.location_ids)


@router.get("/network/power", response=list[PowerPoint])
@needs(Permission.SESSIONS_VIEW)
def read_network_power(request: ApiRequest, hours: Annotated[int, Query(ge=1, le=168)] = 24) -> Any:
    """Power that all sessions took together, by ten minutes up to now."""
    return overview.delivered_power(
        request.auth.operator_id, until=clock.now(), hours=hours, location_ids=request.auth.location_ids
    )


@router.get("/api-keys", response=Page[ApiKey])
@needs(Permission.KEYS_EDIT)
def list_keys(
    request: ApiRequest, response: HttpResponse, cursor: Cursor = None, limit: Limit = paging.DEFAULT_PER_PAGE
) -> dict[str, Any]:
    """The operator's keys, oldest first, revoked ones too."""
    found = accounts.api_keys(request.auth.operator_id)
    after = paging.read_cursor(cursor, paging.Number)
    cut, following = paging.slice_after(found, lambda view: view.id, after, limit)
    return paging.page(request, response, cut, following)


@router.post("/api-keys", response={201: ApiKeyIssued})
@needs(Permission.KEYS_EDIT)
def issue_key(request: ApiRequest, response: HttpResponse, body: ApiKeyAsked) -> Status[dict[str, Any]]:
    """Issue a key that may do no more than the caller. Its secret is in this answer and nowhere else."""
    who = request.auth
    if who.location_ids is not None:
        # A key knows no locations: it would see more than the person who issues it.
        raise problems.Problem(403, "forbidden", _("You act for certain locations only."))
    issued = api_keys.issue_api_key(
        operator_id=who.operator_id,
        name=body.name,
        scopes=body.scopes,
        issuer=who,
        expires_at=body.expires_at,
    )
    response["Location"] = f"{request.path.rstrip('/')}/{issued.id}"
    response["Cache-Control"] = "no-store"
    return Status(201, {**msgspec.structs.asdict(_key(who, issued.id)), "secret": issued.secret})


@router.get("/api-keys/{key_id}", response=ApiKey)
@needs(Permission.KEYS_EDIT)
def read_key(request: ApiRequest, key_id: Id) -> Any:
    """A key without its secret."""
    return _key(request.auth, key_id)


@router.delete("/api-keys/{key_id}", response={204: None})
@needs(Permission.KEYS_EDIT)
def revoke_key(request: ApiRequest, key_id: Id) -> Status[None]:
    """Make a key useless from now on."""
    who = request.auth
    api_keys.revoke_api_key(operator_id=who.operator_id, api_key_id=key_id, actor=who.actor)
    return Status(204, None)


@router.get("/audit", response=Page[AuditEntry])
@needs(Permission.AUDIT_VIEW)
def list_audit(
    request: ApiRequest,
    response: HttpResponse,
    subject: Annotated[Words | None, Query(description="Such as station:4")] = None,
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Who did what, newest first."""
    page = audit.list_audit(
        request.auth.operator_id,
        before_id=paging.read_cursor(cursor, paging.Number),
        subject=subject or None,
        limit=limit,
    )
    return paging.page(request, response, page.entries, page.next_before_id)


def _key(principal: Principal, key_id: int) -> accounts.ApiKeyView:
    for each in accounts.api_keys(principal.operator_id):
        if each.id == key_id:
            return each
    raise problems.missing()
