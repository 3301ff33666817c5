"""Chargers likely to fail: chances within 7 and 30 days, reasons, and the work order that prevents it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.maintenance import orders, risk_scores
from chargehand.domain.maintenance.risk_scores import RiskView
from chargehand.interfaces.console import door, frame

MOST: Final = 200
#: From these chances within 30 days on a charger asks for attention.
HIGH: Final = 0.3
RAISED: Final = 0.1


@require_GET
@door.needs(Permission.WORK_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The list, the likeliest to fail first."""
    found = risk_scores.risks(principal.operator_id, location_ids=principal.location_ids, limit=MOST)
    standing = orders.work_orders(
        principal.operator_id, is_open=True, location_ids=principal.location_ids, limit=500
    )
    jobs = {card.station_id: card for card in reversed(standing)}
    context = {
        "lines": [_line(each, jobs.get(each.station_id)) for each in found],
        "computed_at": found[0].computed_at if found else None,
    }
    return frame.show(request, principal, "console/work/risks.html", context)


def _line(view: RiskView, card: orders.OrderCard | None) -> dict[str, Any]:
    reasons = " ".join(reason.sentence for reason in view.reasons)
    given = {
        "station": view.identity,
        "title": _("Look before it fails"),
        "why": reasons,
        "checklist": "inspection",
        "priority": 3,
    }
    look = "broken" if view.chance_30 >= HIGH else "attention" if view.chance_30 >= RAISED else "ready"
    return {
        "it": view,
        "look": look,
        "week": _percent(view.chance_7),
        "month": _percent(view.chance_30),
        "job": card,
        "raise_url": f"{reverse('console:work-raise')}?{urlencode(given)}",
    }


def _percent(chance: float) -> str:
    """A chance as people read it; what is small is not nothing."""
    return "< 1 %" if chance < 0.01 else f"{100 * chance:.0f} %"
