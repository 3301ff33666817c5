"""The findings tab of a station's page: everything that was ever found there, with its evidence."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import queries
from chargehand.domain.health.causes import cause_of
from chargehand.domain.health.queries import FindingView
from chargehand.domain.stations.queries import StationView
from chargehand.interfaces.console import cursors, door, finding, station
from chargehand.interfaces.console import incident_words as words

PER_PAGE: Final = 50


@require_GET
@door.needs(Permission.INCIDENTS_VIEW)
def show(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """Findings, newest first, those that were over when they were found among them."""
    view = finding.station(principal, station_id)
    before = cursors.read_number(request.GET.get("before", ""))
    page = queries.findings(principal.operator_id, station_id=view.id, before_id=before, limit=PER_PAGE)
    context = {
        "findings": [_line(view, each) for each in page.findings],
        "next_url": f"?{urlencode({'before': page.before_id})}" if page.before_id else "",
        "first_url": request.path if before else "",
    }
    return station.show_tab(request, principal, view, "console/station/findings.html", context)


def _line(view: StationView, one: FindingView) -> dict[str, Any]:
    letters = {plug.evse: letter for letter, plug in reversed(station.lettered(view))}
    look, word = words.severity_chip(one.severity)
    return {
        "it": one,
        "title": cause_of(one.kind).title,
        "letter": letters.get(one.evse, ""),
        "look": look,
        "word": word,
        "others": [str(cause_of(kind).title) for kind in one.candidates if kind != one.kind],
        "facts": [(name, _plain(value)) for name, value in one.facts.items()],
    }


def _plain(value: Any) -> str:
    """A figure of the evidence as it reads; lists by their elements."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    return str(value)
