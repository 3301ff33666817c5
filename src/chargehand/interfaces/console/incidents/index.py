"""The list of incidents: grouped by cause, those with most drivers affected first, filters in the address."""

from __future__ import annotations

from typing import Any, Final, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import incident_list
from chargehand.domain.health.incident_list import IncidentCounts, Which
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import cursors, door, frame, incident_rows
from chargehand.interfaces.console import incident_words as words
from chargehand.kernel import clock

PER_PAGE: Final = 100
TABS: Final = ("open", "watching", "snoozed", "ended")


@require_GET
@door.needs(Permission.INCIDENTS_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The page, or its live part for a page that asks again."""
    context = _context(request, principal)
    if request.headers.get("HX-Request"):
        return frame.show_part(request, principal, "console/incidents/list_live.html", context)
    sites = stations.locations(principal.operator_id, location_ids=principal.location_ids)
    context |= {
        "sites": sites,
        "page_keys": words.KEYS,
        "families": [
            {"value": family, "word": word, "current": family == context["wanted"].get("family")}
            for family, word in words.FAMILIES.items()
        ],
    }
    return frame.show(request, principal, "console/incidents/list.html", context)


def _context(request: HttpRequest, principal: Principal) -> dict[str, Any]:
    which = request.GET.get("state", "open")
    which = which if which in TABS else "open"
    wanted = {name: request.GET[name] for name in ("family", "site", "mine") if request.GET.get(name)}
    skip = cursors.read_number(request.GET.get("skip", "")) or 0
    page = incident_list.list_incidents(
        principal.operator_id,
        which=cast("Which", which),
        family=wanted.get("family", ""),
        location_ids=_places(principal, wanted.get("site", "")),
        assignee_id=principal.user_id if "mine" in wanted else None,
        skip=skip,
        limit=PER_PAGE,
    )
    counts = incident_list.count_incidents(principal.operator_id, location_ids=principal.location_ids)
    given = {"state": which} | wanted
    return {
        "groups": _groups(incident_rows.lines(principal, page.incidents), is_by_cause=which != "ended"),
        "which": which,
        "tabs": _tabs(which, counts, wanted),
        "counts": counts,
        "wanted": wanted,
        "is_filtered": bool(wanted),
        "here": f"?{urlencode(given)}",
        "next_url": f"?{urlencode({**given, 'skip': page.skip})}" if page.skip else "",
        "first_url": f"?{urlencode(given)}" if skip else "",
        "now": clock.now(),
    }


def _places(principal: Principal, site: str) -> frozenset[int] | None:
    """The sites to look at: the one that is asked for, where the person may see it."""
    number = cursors.read_number(site)
    if number is None:
        return principal.location_ids
    return frozenset({number}) if principal.may_see_location(number) else frozenset()


def _tabs(which: str, counts: IncidentCounts, wanted: dict[str, str]) -> list[dict[str, Any]]:
    labels = {
        "open": (_("Needs a person"), counts.open),
        "watching": (_("Watching"), counts.watching),
        "snoozed": (_("Put off"), counts.snoozed),
        "ended": (_("Over"), None),
    }
    return [
        {
            "label": label,
            "count": count,
            "url": f"{reverse('console:incidents')}?{urlencode({'state': name} | wanted)}",
            "current": name == which,
        }
        for name, (label, count) in labels.items()
    ]


def _groups(found: list[dict[str, Any]], *, is_by_cause: bool) -> list[dict[str, Any]]:
    """Rows by cause, the cause with most drivers first; ended ones stay in the order of their ends."""
    if not is_by_cause:
        return [{"title": "", "lines": found, "drivers": 0}] if found else []
    groups: dict[str, dict[str, Any]] = {}
    for line in found:
        group = groups.setdefault(line["it"].kind, {"title": line["it"].title, "lines": [], "drivers": 0.0})
        group["lines"].append(line)
        group["drivers"] += line["it"].drivers
    return sorted(groups.values(), key=lambda group: -group["drivers"])
