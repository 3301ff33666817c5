"""What was said and what happened at a station: raw messages, one timeline, and what went to quarantine."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Query, Router

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.charging import timeline
from chargehand.domain.stations import message_log
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.message_log import MessageCursor
from chargehand.interfaces.api import paging, reach
from chargehand.interfaces.api.door import ApiRequest, needs
from chargehand.interfaces.api.evidence_shapes import Happening, Message, Quarantined
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.wire import Id, Words
from chargehand.kernel import clock

stations_router = Router(tags=["Evidence"])
quarantine_router = Router(tags=["Evidence"])


@stations_router.get("/{station_id}/messages", response=Page[Message])
@needs(Permission.WORK_VIEW)
def list_messages(
    request: ApiRequest,
    response: HttpResponse,
    station_id: Id,
    action: Annotated[Words | None, Query(description="Such as StatusNotification.")] = None,
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Raw messages as they came and went, newest first."""
    reach.station(request.auth, station_id)
    before: tuple[datetime, int] | None = paging.read_cursor(cursor, tuple[paging.Moment, paging.Number])
    page = message_log.messages(
        request.auth.operator_id,
        station_id,
        before=None if before is None else MessageCursor(*before),
        action=action or "",
        limit=limit,
    )
    following = page.following and (page.following.received_at, page.following.id)
    return paging.page(request, response, page.messages, following)


@stations_router.get("/{station_id}/timeline", response=Page[Happening])
@needs(Permission.STATIONS_VIEW)
def list_timeline(
    request: ApiRequest,
    response: HttpResponse,
    station_id: Id,
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Boots, connections, statuses, sessions, commands, notices and cases as one stream, newest first."""
    who = request.auth
    reach.station(who, station_id)
    before = paging.read_cursor(cursor, paging.Moment) or clock.now() + timedelta(days=1)
    cut, following = paging.cut_by_time(
        lambda most: timeline.station_timeline(who.operator_id, station_id, before=before, limit=most),
        lambda entry: entry.at,
        limit,
    )
    return paging.page(request, response, cut, following)


@quarantine_router.get("", response=Page[Quarantined])
@needs(Permission.WORK_VIEW)
def list_quarantine(
    request: ApiRequest,
    response: HttpResponse,
    is_resolved: bool = False,
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Messages that could not be stored as what they mean, newest first."""
    who, seen = request.auth, reach.visible_stations(request.auth)
    found = stations.quarantined(
        who.operator_id,
        is_resolved=is_resolved,
        before_id=paging.read_cursor(cursor, paging.Number),
        limit=limit,
    )
    following = found[-1].id if len(found) == limit else None
    shown = [each for each in found if seen is None or each.station_id in seen]
    return paging.page(request, response, shown, following)
