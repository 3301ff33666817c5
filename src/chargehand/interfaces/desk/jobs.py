"""The list of jobs: what is to do today, what later, what is nobody's yet; and which pages a phone stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import places
from chargehand.domain.maintenance import orders
from chargehand.domain.maintenance.orders import OrderCard
from chargehand.domain.stations import plates
from chargehand.domain.stations.plates import Plate
from chargehand.interfaces.desk import door, frame, wording

MOST_JOBS: Final = 60
#: So many jobs of nobody are shown, and stored on the phone: somebody may be sent on to one.
MOST_FREE: Final = 15
AT_WORK: Final = frozenset({"on-way", "started"})


@require_safe
@door.needs(Permission.WORK_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Show a technician's jobs."""
    mine, free = _own(principal), _free(principal)
    known = _plates(principal, [*mine, *free])
    today = [card for card in mine if _is_today(card)]
    later = [card for card in mine if not _is_today(card)]
    context = {
        "groups": [
            {"id": "today", "title": _("Today"), "lines": lines(today, known)},
            {"id": "later", "title": _("Later"), "lines": lines(later, known)},
            {"id": "free", "title": _("Nobody's yet"), "lines": lines(free, known)},
        ],
        "today_count": len(today),
        "is_idle": not mine and not free,
    }
    return frame.show(request, principal, "desk/jobs.html", context)


@require_safe
@door.needs(Permission.WORK_VIEW)
def stored(_request: HttpRequest, principal: Principal) -> JsonResponse:
    """Name the pages and files that a phone stores before its technician leaves."""
    cards = [*_own(principal), *_free(principal)]
    return JsonResponse(
        {
            "pages": [reverse("desk:jobs"), *(reverse("desk:job", args=[card.id]) for card in cards)],
            "files": [static("ui/dist/desk.css"), static("ui/dist/desk.js"), static("ui/mark.svg")],
            "jobs": len(cards),
        },
        headers={"Cache-Control": "private, no-store"},
    )


def lines(cards: Iterable[OrderCard], known: Mapping[int, Plate]) -> list[dict[str, Any]]:
    """Jobs as the list shows them."""
    return [
        {
            "it": card,
            "url": reverse("desk:job", args=[card.id]),
            "place": place_of(card, known.get(card.station_id)),
            "state": wording.STATES[card.state],
            "priority": wording.PRIORITIES[card.priority],
        }
        for card in cards
    ]


def place_of(card: OrderCard, plate: Plate | None) -> str:
    """Where a job is: "charger 4107, plug A"."""
    return places.name_place(plate, card.evse or 0) if plate is not None else card.identity


def _own(principal: Principal) -> list[OrderCard]:
    if principal.user_id is None:
        return []
    return orders.work_orders(
        principal.operator_id,
        is_open=True,
        assignee_id=principal.user_id,
        location_ids=principal.location_ids,
        limit=MOST_JOBS,
    )


def _free(principal: Principal) -> list[OrderCard]:
    return orders.work_orders(
        principal.operator_id,
        is_open=True,
        is_unassigned=True,
        location_ids=principal.location_ids,
        limit=MOST_FREE,
    )


def _plates(principal: Principal, cards: Iterable[OrderCard]) -> dict[int, Plate]:
    ids = {card.station_id for card in cards}
    return plates.plates(principal.operator_id, ids)


def _is_today(card: OrderCard) -> bool:
    """Whether a job is under way, or due by the end of this day at the operator's place."""
    if card.state in AT_WORK:
        return True
    return card.due_at is not None and timezone.localdate(card.due_at) <= timezone.localdate()
