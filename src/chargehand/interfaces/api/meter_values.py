"""Meter values, by session and by station, oldest first."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.charging import meter_samples
from chargehand.domain.charging.meter_samples import SampleCursor
from chargehand.interfaces.api import paging, reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.session_shapes import MeterValue, MeterValueFilter
from chargehand.interfaces.api.wire import Id

sessions_router = Router(tags=["Meter values"])
stations_router = Router(tags=["Meter values"])


@sessions_router.get("/{session_id}/meter-values", response=Page[MeterValue])
@needs(Permission.SESSIONS_VIEW)
def list_session_values(
    request: ApiRequest,
    response: HttpResponse,
    session_id: Id,
    wanted: Query[MeterValueFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Meter values of a session. `limit` counts moments: the values of one moment stay together."""
    reach.session(request.auth, session_id)
    return _page(request, response, wanted, cursor, limit, {"transaction_id": session_id})


@stations_router.get("/{station_id}/meter-values", response=Page[MeterValue])
@needs(Permission.SESSIONS_VIEW)
def list_station_values(
    request: ApiRequest,
    response: HttpResponse,
    station_id: Id,
    wanted: Query[MeterValueFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Meter values of a station. `limit` counts moments: the values of one moment stay together."""
    reach.station(request.auth, station_id)
    return _page(request, response, wanted, cursor, limit, {"station_id": station_id})


def _page(
    request: ApiRequest,
    response: HttpResponse,
    wanted: MeterValueFilter,
    cursor: str | None,
    limit: int,
    about: dict[str, Any],
) -> dict[str, Any]:
    after: tuple[datetime, int] | None = paging.read_cursor(cursor, tuple[paging.Moment, paging.Number])
    page = meter_samples.meter_samples(
        request.auth.operator_id,
        **about,
        **wanted.model_dump(),
        after=None if after is None else SampleCursor(*after),
        limit=limit,
    )
    following = page.after and (page.after.measured_at, page.after.reading_id)
    return paging.page(request, response, page.samples, following)
