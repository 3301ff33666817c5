"""The tabs of a station's page that are read: timeline, sessions, and the log of raw messages."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import timeline
from chargehand.domain.stations import message_log
from chargehand.interfaces.console import cursors, door, finding, sessions, station, timeline_words
from chargehand.interfaces.console.incidents import health_words
from chargehand.kernel import clock

PER_PAGE: Final = 60


@require_GET
@door.needs(Permission.STATIONS_VIEW)
def show_timeline(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """Everything that happened at the station, as one stream."""
    view = finding.station(principal, station_id)
    before = cursors.read_time(request.GET.get("before", ""))
    until = before or clock.now()
    entries = timeline.station_timeline(principal.operator_id, view.id, before=until, limit=PER_PAGE)
    is_full = len(entries) == PER_PAGE
    context: dict[str, Any] = {
        "entries": health_words.woven(
            timeline_words.lines(principal, view, entries),
            health_words.happenings(principal, view, before=until, since=entries[-1].at if is_full else None),
        ),
        "next_url": f"?{urlencode({'before': entries[-1].at.isoformat()})}" if is_full else "",
        "first_url": reverse("console:stations-page", args=[view.id]) if before else "",
    }
    return station.show_tab(request, principal, view, "console/station/timeline.html", context)


@require_GET
@door.needs(Permission.SESSIONS_VIEW)
def show_sessions(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """The charges of the station."""
    view = finding.station(principal, station_id)
    context = sessions.page_context(request, principal, station_id=view.id)
    return station.show_tab(request, principal, view, "console/station/sessions.html", context)


@require_GET
@door.needs(Permission.WORK_VIEW)
def show_log(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """Raw messages as they came and went: they hold tokens, so not everybody who sees stations sees these."""
    view = finding.station(principal, station_id)
    action = request.GET.get("action", "").strip()
    before = _read_cursor(request.GET.get("before", ""))
    page = message_log.messages(principal.operator_id, view.id, before=before, action=action, limit=PER_PAGE)
    given = {"action": action} if action else {}
    context = {
        "messages_shown": page.messages,
        "action": action,
        "next_url": f"?{urlencode({**given, 'before': _write_cursor(page.following)})}"
        if page.following
        else "",
        "first_url": f"?{urlencode(given)}" if before else "",
    }
    return station.show_tab(request, principal, view, "console/station/log.html", context)


def _read_cursor(text: str) -> message_log.MessageCursor | None:
    at, _blank, number = text.rpartition("~")
    time = cursors.read_time(at)
    if time is None or not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return message_log.MessageCursor(time, int(number))


def _write_cursor(cursor: message_log.MessageCursor) -> str:
    return f"{cursor.received_at.isoformat()}~{cursor.id}"
