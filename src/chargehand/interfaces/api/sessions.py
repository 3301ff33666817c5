"""Sessions: charges with their evidence, energy and records."""

from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging.queries import TransactionCursor
from chargehand.interfaces.api import paging, problems, reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.session_shapes import (
    Cdr,
    PowerSample,
    Session,
    SessionDetail,
    SessionFilter,
)
from chargehand.interfaces.api.wire import Id

router = Router(tags=["Sessions"])


@router.get("", response=Page[Session])
@needs(Permission.SESSIONS_VIEW)
def list_sessions(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[SessionFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Sessions, newest first."""
    asked = wanted.model_dump(exclude={"location_id", "state"})
    page = charging.list_transactions(
        request.auth.operator_id,
        **asked,
        state=wanted.state or "",
        location_ids=reach.locations_within(request.auth, wanted.location_id),
        before=_read_cursor(cursor),
        limit=limit,
    )
    following = page.before and (page.before.started_at, page.before.id)
    return paging.page(request, response, page.transactions, following)


@router.get("/{session_id}", response=SessionDetail)
@needs(Permission.SESSIONS_VIEW)
def read_session(request: ApiRequest, session_id: Id) -> dict[str, Any]:
    """A session with its events, signed readings and records."""
    detail = reach.session(request.auth, session_id)
    evidence = {name: getattr(detail, name) for name in detail.__struct_fields__ if name != "transaction"}
    return {**msgspec.structs.asdict(detail.transaction), **evidence}


@router.get("/{session_id}/cdr", response=Cdr)
@needs(Permission.SESSIONS_VIEW)
def read_cdr(request: ApiRequest, session_id: Id) -> Any:
    """The record that holds: its newest version. 404 until one was issued."""
    detail = reach.session(request.auth, session_id)
    if not detail.cdrs:
        raise problems.missing(_("No record was issued for this session yet."))
    return detail.cdrs[-1]


@router.get("/{session_id}/power", response=list[PowerSample])
@needs(Permission.SESSIONS_VIEW)
def read_power(request: ApiRequest, session_id: Id) -> Any:
    """Power, energy so far and state of charge, by time."""
    reach.session(request.auth, session_id)
    return charging.power_curve(request.auth.operator_id, session_id)


def _read_cursor(text: str | None) -> TransactionCursor | None:
    found: tuple[datetime, int] | None = paging.read_cursor(text, tuple[paging.Moment, paging.Number])
    return None if found is None else TransactionCursor(*found)
