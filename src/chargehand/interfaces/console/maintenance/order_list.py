"""The list of work orders: the most urgent and the earliest due first, filters in the address."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import places
from chargehand.domain.maintenance import orders
from chargehand.domain.maintenance.orders import OrderCard
from chargehand.domain.stations import plates
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import cursors, door, frame
from chargehand.interfaces.console.maintenance import order_words
from chargehand.kernel import clock

MOST: Final = 300
FILTERS: Final = ("text", "site", "mine", "priority")


@require_GET
@door.needs(Permission.WORK_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The page, or its live part for a page that asks again."""
    context = _context(request, principal)
    if request.headers.get("HX-Request"):
        return frame.show_part(request, principal, "console/work/list_live.html", context)
    context |= {
        "sites": stations.locations(principal.operator_id, location_ids=principal.location_ids),
        "priorities": [(str(number), word) for number, (_look, word) in order_words.PRIORITIES.items()],
    }
    return frame.show(request, principal, "console/work/list.html", context)


def lines(principal: Principal, cards: list[OrderCard]) -> list[dict[str, Any]]:
    """Orders as lists show them."""
    known = plates.plates(principal.operator_id, {card.station_id for card in cards})
    return [
        {
            "it": card,
            "url": reverse("console:work-page", args=[card.id]),
            "place": places.name_place(known[card.station_id], card.evse or 0),
            "state": order_words.STATES[card.state],
            "priority": order_words.PRIORITIES[card.priority],
        }
        for card in cards
        if card.station_id in known
    ]


def _context(request: HttpRequest, principal: Principal) -> dict[str, Any]:
    which = request.GET.get("state", "open")
    which = which if which in {"open", "free", "ended"} else "open"
    wanted = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    found = orders.work_orders(
        principal.operator_id,
        is_open=which != "ended",
        is_unassigned=which == "free",
        assignee_id=principal.user_id if "mine" in wanted and which != "free" else None,
        location_ids=_places(principal, wanted.get("site", "")),
        text=wanted.get("text", ""),
        limit=MOST,
    )
    if "priority" in wanted:
        found = [card for card in found if str(card.priority) == wanted["priority"]]
    return {
        "lines": lines(principal, found),
        "is_full": len(found) == MOST,
        "which": which,
        "tabs": _tabs(principal, which, wanted),
        "wanted": wanted,
        "here": f"?{urlencode({'state': which} | wanted)}",
        "now": clock.now(),
    }


def _places(principal: Principal, site: str) -> frozenset[int] | None:
    number = cursors.read_number(site)
    if number is None:
        return principal.location_ids
    return frozenset({number}) if principal.may_see_location(number) else frozenset()


def _tabs(principal: Principal, which: str, wanted: dict[str, str]) -> list[dict[str, Any]]:
    counts = orders.open_counts(principal.operator_id, location_ids=principal.location_ids)
    labels = {
        "open": (_("To do"), sum(counts.values())),
        "free": (_("Nobody has them"), counts.get("open", 0)),
        "ended": (_("Over"), None),
    }
    return [
        {
            "label": label,
            "count": count,
            "url": f"{reverse('console:work')}?{urlencode({'state': name} | wanted)}",
            "current": name == which,
        }
        for name, (label, count) in labels.items()
    ]
