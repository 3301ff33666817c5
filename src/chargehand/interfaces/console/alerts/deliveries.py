"""The delivery log: who was told what by which way, and whether it arrived."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.notices import queries, wording
from chargehand.domain.notices.queries import DeliveryView
from chargehand.interfaces.console import cursors, door
from chargehand.interfaces.console.alerts import parts, words

_LOST = ("failed", "unknown")


@require_GET
@door.needs(Permission.ALERTS_EDIT)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The log, newest first; `state=lost` shows what did not, or may not have, arrived."""
    before = cursors.read_number(request.GET.get("before", ""))
    is_lost = request.GET.get("state") == "lost"
    page = queries.deliveries(
        principal.operator_id,
        states=_LOST if is_lost else (),
        location_ids=principal.location_ids,
        before_id=before,
    )
    given = {"state": "lost"} if is_lost else {}
    context = {
        "lines": [_line(principal, each) for each in page.deliveries],
        "is_lost": is_lost,
        "next_url": f"?{urlencode({**given, 'before': page.before_id})}" if page.before_id else "",
        "first_url": f"?{urlencode(given)}" if before else "",
    }
    return parts.show(request, principal, "alerts-log", context)


def _line(principal: Principal, view: DeliveryView) -> dict[str, Any]:
    state, word = words.DELIVERIES[view.state]
    about, url_id = "", None
    if view.alert is not None:
        about = wording.places(principal.operator_id, view.alert.station_ids)
        url_id = view.alert.station_ids[0] if view.alert.station_ids else None
    return {
        "it": view,
        "state": state,
        "word": word,
        "purpose": words.PURPOSES[view.purpose],
        "about": about,
        "station_id": url_id,
        "severity": wording.severity_word(view.alert.severity) if view.alert else "",
        "way": view.channel_label or words.KINDS[view.kind],
    }
