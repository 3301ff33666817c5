"""The page of one station: what it is doing now, what was asked of it, and everything known, tab by tab."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import overview, token_sites
from chargehand.domain.charging.states import PlugState
from chargehand.domain.stations import command_cards
from chargehand.domain.stations.command_cards import CommandCard
from chargehand.domain.stations.queries import ConnectorView, StationView
from chargehand.domain.tokens import queries as tokens
from chargehand.domain.tokens.queries import TokenView
from chargehand.interfaces.console import door, finding, frame, incident_rows, triggers, wording
from chargehand.interfaces.console.uptime import summary
from chargehand.kernel import clock

#: Commands that stand on the page: those of the last hour, but at most so many, and always the newest.
RECENT: Final = timedelta(hours=1)
MOST_CARDS: Final = 3
MOST_TOKENS: Final = 200

TABS: Final = (
    ("stations-page", "Timeline", Permission.STATIONS_VIEW),
    ("stations-sessions", "Sessions", Permission.SESSIONS_VIEW),
    ("stations-findings", "Findings", Permission.INCIDENTS_VIEW),
    ("stations-settings", "Settings", Permission.STATIONS_VIEW),
    ("stations-security", "Connection", Permission.STATIONS_VIEW),
    ("stations-log", "Log", Permission.WORK_VIEW),
)


def show_tab(
    request: HttpRequest,
    principal: Principal,
    view: StationView,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Answer with a tab of a station's page, under what is true of the station now."""
    whole = live_context(principal, view) | dialogs_context(principal, view) | context
    whole |= summary.station_days(principal, view.id, clock.now())
    whole["tabs"] = _tabs(request, principal, view)
    whole["crumbs"] = [(_("Stations"), reverse("console:stations"))]
    return frame.show(request, principal, template, whole, status=status)


@require_GET
@door.needs(Permission.STATIONS_VIEW)
def live(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """What is true of the station now, for a page that asks again."""
    view = finding.station(principal, station_id)
    context = live_context(principal, view) | {"page_url": _page_url(request, view)}
    return frame.show_part(request, principal, "console/station/live.html", context)


def live_context(principal: Principal, view: StationView) -> dict[str, Any]:
    """What the live part of the page shows."""
    row = overview.station_row(principal.operator_id, view.id)
    if row is None:
        raise Http404
    now = clock.now()
    letters = {(plug.evse, plug.connector): letter for letter, plug in reversed(lettered(view))}
    return {
        "station": view,
        "row": row,
        "plugs": [plug_context(plug, position, now) for position, plug in enumerate(row.plugs)],
        "incidents": incident_rows.at_station(principal, view.id),
        "cards": [card_context(card, letters) for card in _recent(principal, view)],
        "unreachable": "" if row.is_connected else _("The station is not connected."),
        "name": call(view),
        "now": now,
    }


def dialogs_context(principal: Principal, view: StationView) -> dict[str, Any]:
    """What the dialogs of the page offer: tokens to charge for, messages to ask for."""
    may_command = principal.may(Permission.STATIONS_COMMAND)
    version = view.connection.version if view.connection else view.version
    if not may_command:
        return {"tokens": (), "triggers": ()}
    return {"tokens": _offered(principal), "triggers": triggers.of_version(version)}


def _offered(principal: Principal) -> tuple[TokenView, ...]:
    """The tokens to choose from; whoever may not see tokens types one."""
    if not principal.may(Permission.TOKENS_VIEW):
        return ()
    seen = token_sites.tokens_used_at(principal.operator_id, principal.location_ids)
    page = tokens.list_tokens(principal.operator_id, is_blocked=False, token_ids=seen, limit=MOST_TOKENS)
    return page.tokens


def call(view: StationView) -> str:
    """What people call a station."""
    return f"{view.identity} {view.name}" if view.name and view.name != view.identity else view.identity


def plug_context(plug: PlugState, position: int, now: Any) -> dict[str, Any]:
    """A plug as its tile shows it."""
    seconds = None
    if plug.state == "charging" and plug.transaction_id is not None and plug.since is not None:
        seconds = int((now - plug.since).total_seconds())
    return {
        "plug": plug,
        "letter": wording.letter_of(position),
        "standard": wording.plug_word(plug.standard),
        "power": None if plug.power_w is None else int(plug.power_w),
        "energy": None if plug.energy_wh is None else int(plug.energy_wh),
        "seconds": seconds,
        "is_out": plug.transaction_id is None and (not plug.is_wanted or plug.status == "Unavailable"),
    }


def card_context(card: CommandCard, letters: Mapping[tuple[int, int], str]) -> dict[str, Any]:
    """A command as the command card reads it; `letters` are those of the plugs by EVSE and connector."""
    problem = {"failed": "failed", "expired": "timed-out", "unseen": "timed-out"}.get(card.progress, "")
    letter = letters.get((card.evse or 0, card.connector or 1), "")
    where = f" · {_('plug %s') % letter}" if letter else ""
    return {
        "id": card.id,
        "name": f"{card.name}{where}",
        "by": card.asked_by,
        "sent_at": card.sent_at,
        "answered_at": card.answered_at if card.progress != "failed" else None,
        "answer": card.word,
        "seen_at": card.seen_at if card.expects_proof else None,
        "seen": card.seen_as if card.expects_proof else "",
        "refused": card.progress == "refused",
        "problem": problem,
        "problem_text": card.sentence if problem else "",
        "expects_proof": card.expects_proof,
        "sentence": card.sentence,
        "detail": card.detail,
        "is_raw": card.command in {"call", "get-variables"},
    }


def _recent(principal: Principal, view: StationView) -> list[CommandCard]:
    cards = command_cards.station_requests(principal.operator_id, view.id, limit=MOST_CARDS)
    since = clock.now() - RECENT
    return [card for place, card in enumerate(cards) if place == 0 or card.queued_at >= since]


def _tabs(request: HttpRequest, principal: Principal, view: StationView) -> list[dict[str, Any]]:
    match = request.resolver_match
    here = match.url_name if match else ""
    words = {
        "Timeline": _("Timeline"),
        "Sessions": _("Sessions"),
        "Findings": _("Findings"),
        "Settings": _("Settings"),
        "Connection": _("Connection"),
        "Log": _("Log"),
    }
    return [
        {
            "label": words[word],
            "url": reverse(f"console:{name}", args=[view.id]),
            "current": here == name,
        }
        for name, word, permission in TABS
        if principal.may(permission)
    ]


def _page_url(request: HttpRequest, view: StationView) -> str:
    """The page that the live part stands on: where its buttons come back to."""
    return request.GET.get("page") or reverse("console:stations-page", args=[view.id])


def lettered(view: StationView) -> list[tuple[str, ConnectorView]]:
    """The plugs of a station with their letters; EVSE 0 is the station itself and has none."""
    plugs = [one for one in view.connectors if one.evse > 0]
    return [(wording.letter_of(at), plug) for at, plug in enumerate(plugs)]
