"""The page of one job: why, what to bring, how to get in, what to do, and what the charger does now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import overview, usage
from chargehand.domain.charging.states import PlugState
from chargehand.domain.maintenance import orders
from chargehand.domain.maintenance.orders import ItemView, OrderView
from chargehand.domain.maintenance.work import ENDED
from chargehand.domain.stations import command_cards, plates
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.command_cards import CommandCard
from chargehand.domain.stations.plates import Plate
from chargehand.interfaces.desk import door, frame, jobs, wording
from chargehand.kernel import clock

MOST_PAST: Final = 3
MOST_CARDS: Final = 4
RECENT: Final = timedelta(hours=2)


@require_safe
@door.needs(Permission.WORK_VIEW)
def show(request: HttpRequest, principal: Principal, order_id: int) -> HttpResponse:
    """Show a job."""
    view = find(principal, order_id)
    card, plate = view.card, plate_of(principal, view)
    look, word = wording.STATES[card.state]
    context = {
        "order": view,
        "it": card,
        "place": jobs.place_of(card, plate),
        "look": look,
        "word": word,
        "words_of_states": {state: str(each[1]) for state, each in wording.STATES.items()},
        "priority": wording.PRIORITIES[card.priority],
        "site": _site(principal, view),
        "steps": [_step(view, number, item) for number, item in enumerate(view.items, 1)],
        "clashes": [_clash(view, clash) for clash in view.clashes],
        "fields": [
            {"name": name, "value": getattr(view, name), "version": view.versions.get(name, 0)}
            for name in ("note", "signed_by", "no_test_reason")
        ],
        "parts_version": view.versions.get("parts_used", 0),
        "past": _past(principal, view),
        "may_edit": principal.may(Permission.WORK_EDIT),
        "may_command": principal.may(Permission.STATIONS_COMMAND),
        "is_over": card.state in ENDED,
        "address": settings.PUBLIC_URL,
        **live_context(principal, view),
    }
    return frame.show(request, principal, "desk/job.html", context)


@require_safe
@door.needs(Permission.WORK_VIEW)
def live(request: HttpRequest, principal: Principal, order_id: int) -> HttpResponse:
    """Show what the charger does now and what was asked of it, for a page that asks again."""
    context = live_context(principal, find(principal, order_id))
    response = render(request, "desk/live.html", context)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def find(principal: Principal, order_id: int) -> OrderView:
    """Return a job within what a person may see. Raises Http404."""
    found = orders.work_order(
        principal.operator_id,
        order_id,
        is_masked=not principal.may(Permission.WORK_EDIT),
        location_ids=principal.location_ids,
    )
    if found is None:
        raise Http404
    return found


def plate_of(principal: Principal, view: OrderView) -> Plate | None:
    """Return the station of a job as it stands now."""
    station_id = view.card.station_id
    return plates.plates(principal.operator_id, [station_id]).get(station_id)


def live_context(principal: Principal, view: OrderView) -> dict[str, Any]:
    """What the live part of the page shows."""
    card = view.card
    row = overview.station_row(principal.operator_id, card.station_id)
    plugs = [plug for plug in (row.plugs if row else ()) if card.evse in (None, plug.evse)]
    since = card.started_at or card.raised_at
    proof = view.test_transaction_id or usage.proof_of_repair(
        principal.operator_id, card.station_id, evse=card.evse, since=since
    )
    return {
        "it": card,
        "row": row,
        "plugs": plugs,
        "barrier": _barrier(view, plugs, is_connected=row is not None and row.is_connected),
        "cards": _commands(principal, card.station_id),
        "proof": proof,
        "now": clock.now(),
    }


def _barrier(view: OrderView, plugs: list[PlugState], *, is_connected: bool) -> tuple[str, str] | None:
    """Say whether drivers are kept away, as the charger itself reports; None before and after the work."""
    if view.card.state not in {"started", "waiting-parts"}:
        return None
    if not view.is_blocking:
        return "attention", _(
            "Open for drivers: for the test charge, or because it was never closed by this job."
        )
    if not is_connected:
        return "attention", _("Blocked for drivers once the charger connects again. Put up a sign.")
    if plugs and all(plug.status == "Unavailable" for plug in plugs):
        return "ready", _("Blocked for drivers. The charger says so.")
    return "attention", _("Blocked for drivers; the charger has not shown it yet.")


def _commands(principal: Principal, station_id: int) -> list[dict[str, Any]]:
    since = clock.now() - RECENT
    cards = command_cards.station_requests(principal.operator_id, station_id, limit=MOST_CARDS)
    return [_command(card) for card in cards if card.queued_at >= since]


def _command(card: CommandCard) -> dict[str, Any]:
    """A command as its card is drawn: sent, answered, seen to work."""
    problem = {"failed": "failed", "expired": "timed-out", "unseen": "timed-out"}.get(card.progress, "")
    return {
        "name": card.name,
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
    }


def _step(view: OrderView, number: int, item: ItemView) -> dict[str, Any]:
    files = [file for file in view.files if file.item_key == item.key]
    return {
        "it": item,
        "number": number,
        "files": files,
        "limits": _limits(item),
        "is_sign": item.key == "sign",
    }


def _limits(item: ItemView) -> str:
    if item.least is not None and item.most is not None:
        return _("%(least)g to %(most)g %(unit)s") % {
            "least": item.least,
            "most": item.most,
            "unit": item.unit,
        }
    if item.least is not None:
        return _("at least %(least)g %(unit)s") % {"least": item.least, "unit": item.unit}
    if item.most is not None:
        return _("at most %(most)g %(unit)s") % {"most": item.most, "unit": item.unit}
    return ""


def _clash(view: OrderView, clash: orders.ClashView) -> dict[str, Any]:
    """A clash with the words of its field."""
    names = {"note": _("Note"), "parts_used": _("Parts used"), "signed_by": _("Signed by")}
    texts = {item.field: item.text for item in view.items}
    label = texts.get(clash.field) or names.get(clash.field, clash.field)
    choices = ((clash.kept_edit_id, clash.kept_author), (clash.edit_id, clash.author))
    return {
        "it": clash,
        "label": label,
        "value": _said(clash.value),
        "kept": _said(clash.kept_value),
        "choices": choices,
    }


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("done") if value else _("not done")
    if isinstance(value, list):
        return ", ".join(f"{part['quantity']} × {part['name']}" for part in value) or _("nothing")
    return _("nothing") if value in (None, "") else str(value)


def _site(principal: Principal, view: OrderView) -> dict[str, Any] | None:
    """Where the job is: address, and a link that opens the phone's own navigation (RFC 5870)."""
    location_id = view.card.location_id
    place = stations.location(principal.operator_id, location_id) if location_id is not None else None
    if place is None:
        return None
    address = ", ".join(filter(None, (place.address, f"{place.postal_code} {place.city}".strip())))
    geo = ""
    if place.latitude is not None and place.longitude is not None:
        at = f"{place.latitude.normalize():f},{place.longitude.normalize():f}"
        geo = f"geo:{at}?q={at}({quote(place.name)})"
    elif address:
        geo = f"geo:0,0?q={quote(address)}"
    return {"name": place.name, "address": address, "geo": geo}


def _past(principal: Principal, view: OrderView) -> list[OrderView]:
    """Return the last jobs at this charger, with what was noted then."""
    cards = orders.work_orders(
        principal.operator_id, station_id=view.card.station_id, is_open=False, limit=MOST_PAST + 1
    )
    return [find(principal, card.id) for card in cards if card.id != view.card.id][:MOST_PAST]
