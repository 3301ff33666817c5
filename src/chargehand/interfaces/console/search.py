"""Finding by typing: stations, sessions, tokens, incidents; as a page, or as JSON for the palette."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import overview, queries, token_sites
from chargehand.domain.tokens import queries as tokens
from chargehand.interfaces.console import door, frame, incident_rows, session_words, stations
from chargehand.interfaces.ui import formats

MOST: Final = 8
MOST_INCIDENTS: Final = 200


@require_GET
@door.needs(Permission.STATIONS_VIEW)
def find(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What matches `q`. It may begin with a scope: # sessions, @ drivers' tokens, ! incidents."""
    text = request.GET.get("q", "").strip()
    results = results_for(principal, text) if text else []
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"results": results[:MOST]})
    return frame.show(request, principal, "console/search.html", {"q": text, "results": results})


def results_for(principal: Principal, text: str) -> list[dict[str, Any]]:
    """Results as the palette reads them: label, detail, kind, url, state, word."""
    scope, rest = (text[0], text[1:].strip()) if text[:1] in "#@!>" else ("", text)
    found: list[dict[str, Any]] = []
    if scope == "":
        found += _stations(principal, rest)
    if scope in {"", "#"} and principal.may(Permission.SESSIONS_VIEW) and rest:
        found += _sessions(principal, rest, scope == "#")
    if scope in {"", "@"} and principal.may(Permission.TOKENS_VIEW) and rest:
        found += _tokens(principal, rest)
    if scope in {"", "!"} and principal.may(Permission.INCIDENTS_VIEW) and (rest or scope == "!"):
        found += _incidents(principal, rest)
    return found


def _incidents(principal: Principal, text: str) -> list[dict[str, Any]]:
    """Open incidents, by their number or by words of what and where."""
    words = text.casefold().split()
    lines = incident_rows.incidents(principal, MOST_INCIDENTS)
    return [
        {
            "label": f"!{line['it'].id} {line['it'].title}",
            "detail": " · ".join(part for part in (line["it"].place, line["it"].location_name) if part),
            "kind": _("Incident"),
            "url": line["url"],
            "state": line["severity"],
            "word": line["severity_word"],
        }
        for line in lines
        if all(word in _haystack(line) for word in words)
    ][:MOST]


def _haystack(line: dict[str, Any]) -> str:
    row = line["it"]
    return f"{row.id} {row.title} {row.place} {row.location_name}".casefold()


def _stations(principal: Principal, text: str) -> list[dict[str, Any]]:
    page = overview.list_stations(
        principal.operator_id, text=text, location_ids=principal.location_ids, limit=MOST
    )
    return [
        {
            "label": row.identity,
            "detail": " · ".join(part for part in (row.name, row.location_name) if part),
            "kind": _("Station"),
            "url": reverse("console:stations-page", args=[row.id]),
            "state": row.state,
            "word": stations.state_word(row),
        }
        for row in page.stations
    ]


def _sessions(principal: Principal, text: str, is_asked_for: bool) -> list[dict[str, Any]]:
    page = queries.list_transactions(
        principal.operator_id,
        text=text,
        location_ids=principal.location_ids,
        limit=MOST if is_asked_for else 3,
    )
    return [
        {
            "label": f"#{view.id}",
            "detail": f"{view.identity} · {formats.write_energy(view.energy_wh)}",
            "kind": _("Session"),
            "url": reverse("console:sessions-page", args=[view.id]),
            "state": "charging" if view.state == "open" else "ready",
            "word": session_words.session_word(view.state, view.charging_state),
        }
        for view in page.transactions
    ]


def _tokens(principal: Principal, text: str) -> list[dict[str, Any]]:
    page = tokens.list_tokens(
        principal.operator_id,
        search=text,
        token_ids=token_sites.tokens_used_at(principal.operator_id, principal.location_ids),
        limit=5,
    )
    return [
        {
            "label": token.uid,
            "detail": token.holder_name,
            "kind": _("Token"),
            "url": reverse("console:tokens-page", args=[token.id]),
            "state": "broken" if token.is_blocked else "ready",
            "word": _("Blocked") if token.is_blocked else _("Valid"),
        }
        for token in page.tokens
    ]
