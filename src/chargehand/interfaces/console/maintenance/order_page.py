"""The page of a work order: what is to do and why, what was recorded, by whom, and what must be settled."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts import audit
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission, may
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import places
from chargehand.domain.maintenance import orders
from chargehand.domain.maintenance.orders import ClashView, ItemView, OrderView
from chargehand.domain.maintenance.work import ENDED
from chargehand.domain.stations import plates
from chargehand.interfaces.console import door, frame
from chargehand.interfaces.console.maintenance import order_list, order_words
from chargehand.interfaces.console.maintenance.order_forms import SiteNoteForm


@require_GET
@door.needs(Permission.WORK_VIEW)
def show(request: HttpRequest, principal: Principal, order_id: int) -> HttpResponse:
    """The page."""
    view = find(principal, order_id)
    card = view.card
    plate = plates.plates(principal.operator_id, [card.station_id]).get(card.station_id)
    texts = {item.field: item.text for item in view.items}
    context = {
        "order": view,
        "it": card,
        "place": places.name_place(plate, card.evse or 0) if plate else card.identity,
        "state": order_words.STATES[card.state],
        "priority": order_words.PRIORITIES[card.priority],
        "is_over": card.state in ENDED,
        "is_own": card.assignee_id is not None and card.assignee_id == principal.user_id,
        "steps": [_step(view, item) for item in view.items],
        "photos": [file for file in view.files if file.item_key not in {item.key for item in view.items}],
        "clashes": [_clash(clash, texts) for clash in view.clashes],
        "people": technicians(principal),
        "note_form": _note_form(view),
        "history": _history(principal, order_id),
        "others": order_list.lines(
            principal,
            [
                each
                for each in orders.work_orders(
                    principal.operator_id,
                    station_id=card.station_id,
                    location_ids=principal.location_ids,
                    limit=6,
                )
                if each.id != card.id
            ],
        ),
        "crumbs": [(_("Work orders"), reverse("console:work"))],
    }
    return frame.show(request, principal, "console/work/page.html", context)


def find(principal: Principal, order_id: int) -> OrderView:
    """Return the order, within what the person may see; Http404 where it is not."""
    found = orders.work_order(
        principal.operator_id,
        order_id,
        is_masked=not principal.may(Permission.WORK_EDIT),
        location_ids=principal.location_ids,
    )
    if found is None:
        raise Http404
    return found


def technicians(principal: Principal) -> list[tuple[int, str]]:
    """Those who may do work, by name."""
    found = [
        (person.user_id, person.name or person.email)
        for person in accounts.people(principal.operator_id)
        if person.is_active and may(person.role, Permission.WORK_EDIT)
    ]
    return sorted(found, key=lambda each: each[1].casefold())


def _step(view: OrderView, item: ItemView) -> dict[str, Any]:
    files = [file for file in view.files if file.item_key == item.key]
    limits = [
        text
        for value, text in ((item.least, _("at least %g")), (item.most, _("at most %g")))
        if value is not None
        for text in [text % value]
    ]
    return {
        "it": item,
        "files": files,
        "value": "" if item.kind == "photo" else order_words.say(item.value),
        "is_done": bool(files) if item.kind == "photo" else item.value not in (None, False, ""),
        "limits": ", ".join(limits),
    }


def _clash(clash: ClashView, texts: dict[str, str]) -> dict[str, Any]:
    return {
        "it": clash,
        "label": order_words.field_word(clash.field, texts),
        "choices": (
            (clash.kept_edit_id, clash.kept_author, order_words.say(clash.kept_value)),
            (clash.edit_id, clash.author, order_words.say(clash.value)),
        ),
    }


def _note_form(view: OrderView) -> SiteNoteForm:
    note = view.site_note
    names = ("directions", "gate_code", "contact", "phone")
    return SiteNoteForm(initial={name: getattr(note, name) for name in names} if note else {})


def _history(principal: Principal, order_id: int) -> list[dict[str, Any]]:
    page = audit.list_audit(principal.operator_id, subject=f"work_order:{order_id}", limit=50)
    return [
        {
            "time": entry.at,
            "text": f"{entry.actor.name}: {order_words.DEEDS.get(entry.action, entry.action)}",
            "state": "ready" if entry.action == "work_order.done" else "",
        }
        for entry in page.entries
    ]
