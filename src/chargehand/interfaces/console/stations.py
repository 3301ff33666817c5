"""The list of stations: filters in the address, a table from the server, all rows for the long list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast, get_args
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import overview
from chargehand.domain.charging.overview import StationRow
from chargehand.domain.charging.states import State
from chargehand.domain.health.flags import Flag
from chargehand.domain.stations import actions, set_up
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import deeds, door, forms, frame, places
from chargehand.interfaces.ui import formats, states
from chargehand.kernel.errors import Refused

PER_PAGE: Final = 50
#: A station that is connected and silent for longer than this is worth a look: heartbeats come more often.
STALE_AFTER_S: Final = 3600
#: How often the list of a page, and one of more than that, is fetched anew.
REFRESH_S: Final = 20
REFRESH_LONG_S: Final = 60
#: Order of states in the list: what needs a person first.
ORDER: Final = {state: number for number, state in enumerate(places.WORST_FIRST)}


@require_GET
@door.needs(Permission.STATIONS_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The page: a table of the first stations, which the browser turns into the long list of all."""
    wanted = _filters(request)
    page = overview.list_stations(
        principal.operator_id,
        location_ids=principal.location_ids,
        after=request.GET.get("after") or None,
        limit=PER_PAGE,
        **wanted,
    )
    sites = stations.locations(principal.operator_id, location_ids=principal.location_ids)
    given = _query(request)
    standing = places.known_flags(principal)
    context = {
        "rows": [as_row(row, places.page_urls(), standing.get(row.id)) for row in page.stations],
        "next_url": f"?{urlencode([*given, ('after', page.after)])}" if page.after else "",
        "first_url": f"?{urlencode(given)}" if request.GET.get("after") else "",
        "src": f"{reverse('console:stations-rows')}?{urlencode(given)}",
        "states": [
            {"value": state, "word": states.WORDS[state], "current": state == wanted["state"]}
            for state in places.WORST_FIRST
        ],
        "refresh": REFRESH_LONG_S if page.after else REFRESH_S,
        "sites": sites,
        "wanted": wanted,
        "is_filtered": bool(given),
    }
    return frame.show(request, principal, "console/stations.html", context)


@require_GET
@door.needs(Permission.STATIONS_VIEW)
def rows(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All stations that the filters let through, as the long list reads them."""
    found = places.all_stations(principal, **_filters(request))
    standing = places.known_flags(principal)
    where = places.page_urls()
    return JsonResponse({"rows": [as_row(row, where, standing.get(row.id)) for row in found]})


@require_http_methods(["GET", "POST"])
@door.needs(Permission.STATIONS_EDIT)
def add(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Make a station; its password is shown once, on the page that answers."""
    form = forms.StationForm(principal, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = deeds.perform(
                request,
                principal,
                lambda: _create(principal, form.cleaned_data),
                entry=deeds.Entry(
                    action="station.created", subject=f"identity:{form.cleaned_data['identity']}"
                ),
                target=reverse("console:stations"),
            )
        except deeds.SentBefore:
            messages.info(request, deeds.sent_before_sentence())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return show_secret(request, principal, made)
    return frame.show(request, principal, "console/station_add.html", {"form": form})


def show_secret(request: HttpRequest, principal: Principal, made: actions.NewStation) -> HttpResponse:
    """Show a new station's password, this once."""
    context = {
        "made": made,
        "set_up": set_up.write_set_up(url=settings.GATEWAY_URL, identity=made.identity),
        "page_url": reverse("console:stations-page", args=[made.station_id]),
    }
    answer = frame.show(request, principal, "console/station_made.html", context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def as_row(row: StationRow, where: Callable[[int], str], flag: Flag | None = None) -> dict[str, Any]:
    """A station as the long list and the table read it."""
    return {
        "id": row.id,
        "url": where(row.id),
        "cells": {
            "name": row.identity,
            "called": row.name,
            "site": row.location_name,
            "state": {"state": row.state, "word": state_word(row), "order": ORDER[row.state]},
            "sentence": row.sentence,
            "incident": _flag_cell(flag),
            "heard": {
                "at": row.heard_at.isoformat() if row.heard_at else None,
                "stale_after": STALE_AFTER_S,
                "order": row.heard_at.timestamp() if row.heard_at else None,
            },
            "power": formats.write_power(row.power_w) if row.power_w is not None else None,
            "model": f"{row.vendor} {row.model}".strip(),
            "firmware": row.firmware_version,
            "version": row.version.removeprefix("ocpp"),
        },
        "heard_at": row.heard_at,
    }


def _flag_cell(flag: Flag | None) -> dict[str, Any] | None:
    """The incident that stands at a station, as a cell with look and word; the gravest first in order."""
    if flag is None:
        return None
    look = "attention" if not flag.is_open or flag.severity > 3 else "broken"
    more = f" +{flag.count - 1}" if flag.count > 1 else ""
    return {
        "state": look,
        "word": f"{flag.title}{more}",
        "order": flag.severity + (0 if flag.is_open else 10),
    }


def state_word(row: StationRow) -> str:
    """The state in a word or two; trouble with some of the plugs is said as such."""
    broken = sum(plug.state == "broken" for plug in row.plugs)
    if row.state == "attention" and broken:
        return _("%(broken)d of %(all)d faulted") % {"broken": broken, "all": len(row.plugs)}
    if row.state == "attention":
        return _("Out of service") if not row.open_count else str(states.WORDS["attention"])
    if row.state == "charging" and len(row.plugs) > 1:
        free = sum(plug.state == "ready" for plug in row.plugs)
        busy = sum(plug.state == "charging" for plug in row.plugs)
        return _("%(busy)d charging, %(free)d free") % {"busy": busy, "free": free}
    return str(states.WORDS[row.state])


def _filters(request: HttpRequest) -> dict[str, Any]:
    state = request.GET.get("state", "")
    site = request.GET.get("site", "")
    return {
        "text": request.GET.get("q", "").strip(),
        "state": cast("State", state) if state in get_args(State) else None,
        "location_id": int(site) if site.isascii() and site.isdigit() and len(site) < 18 else None,
    }


def _query(request: HttpRequest) -> list[tuple[str, str]]:
    """The filters as they stand in the address, without empty ones."""
    return [(name, request.GET[name]) for name in ("q", "state", "site") if request.GET.get(name)]


def _create(principal: Principal, said: dict[str, Any]) -> actions.NewStation:
    return actions.create_station(
        operator_id=principal.operator_id,
        identity=said["identity"],
        name=said["name"],
        location_id=said["location"],
        security_profile=said["security_profile"],
    )
