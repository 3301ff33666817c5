"""Who watches a page: read once when the stream begins, and looked at again while it lasts."""

from __future__ import annotations

import io
from collections.abc import Collection
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

import msgspec
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.core.handlers.asgi import ASGIRequest
from django.db import connections

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import pulses
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import door
from chargehand.kernel import clock

_engine = import_module(settings.SESSION_ENGINE)


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in front of a page; `station_id` where the page is about one station they may see."""

    user_id: int
    session_key: str
    operator_id: int
    station_id: int | None = None


class Look(msgspec.Struct, frozen=True):
    """What a look around found: the sessions that are over, and the marks of the watched stations."""

    ended: frozenset[str]
    pulses: dict[int, Any]


def read_viewer(scope: dict[str, Any]) -> Viewer | None:
    """Return who asks with this ASGI scope; None: nobody who is signed in and may see this.

    Uses the database; call it from a thread.
    """
    try:
        return _read(scope)
    finally:
        connections.close_all()


def look_around(session_keys: Collection[str], station_ids: Collection[int]) -> Look:
    """Look at all sessions and all stations that are watched, in two statements. Call it from a thread."""
    try:
        alive = Session.objects.filter(session_key__in=session_keys, expire_date__gt=clock.now())
        over = frozenset(session_keys) - set(alive.values_list("session_key", flat=True))
        return Look(over, pulses.pulses(station_ids))
    finally:
        connections.close_all()


def _read(scope: dict[str, Any]) -> Viewer | None:
    request = ASGIRequest(scope, io.BytesIO())
    request.session = _engine.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    principal = door.principal_of(request)
    user_id, session_key = request.user.pk, request.session.session_key
    if principal is None or user_id is None or session_key is None:
        return None
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("station", [""])[0]
    station_id = _visible(principal, asked) if asked else None
    if asked and station_id is None:
        return None
    return Viewer(
        user_id=user_id,
        session_key=session_key,
        operator_id=principal.operator_id,
        station_id=station_id,
    )


def _visible(principal: Principal, asked: str) -> int | None:
    if not (
        asked.isascii() and asked.isdigit() and len(asked) < 19 and principal.may(Permission.STATIONS_VIEW)
    ):
        return None
    found = stations.station(principal.operator_id, int(asked))
    if found is None:
        return None
    if principal.location_ids is not None and found.location_id not in principal.location_ids:
        return None
    return found.id
