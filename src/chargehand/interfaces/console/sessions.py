"""Charging sessions: the list with its filters, and one session with all evidence for it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import meter_samples, overview, queries, repair_queue
from chargehand.domain.charging.queries import (
    EventView,
    TransactionCursor,
    TransactionDetail,
    TransactionView,
)
from chargehand.interfaces.console import (
    cursors,
    door,
    evidence,
    finding,
    frame,
    session_words,
    wording,
)
from chargehand.interfaces.console.money import charge
from chargehand.kernel import clock

PER_PAGE: Final = 50
MOST_SAMPLES: Final = 200


@require_GET
@door.needs(Permission.SESSIONS_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The list, newest first."""
    context = page_context(request, principal)
    return frame.show(request, principal, "console/sessions.html", context)


@require_GET
@door.needs(Permission.SESSIONS_VIEW)
def show(request: HttpRequest, principal: Principal, session_id: int) -> HttpResponse:
    """One session: what happened, how much power flowed, and what all that rests on."""
    detail = _find(principal, session_id)
    view = detail.transaction
    samples = meter_samples.meter_samples(principal.operator_id, transaction_id=view.id, limit=MOST_SAMPLES)
    cases = repair_queue.repair_cases(principal.operator_id, state="", transaction_id=view.id).cases
    context = {
        "session": view,
        "detail": detail,
        "line": as_line(view),
        "power_now": view.last.power_w if view.last else None,
        "soc": view.last.soc if view.last else None,
        "events": [_event(event) for event in detail.events],
        "curve": curve_data(principal, view.id),
        "samples": samples.samples,
        "samples_cut": samples.after is not None,
        "flags": [session_words.flag_sentence(flag) for flag in view.flags],
        "cases": cases,
        "letter": _letter(principal, view),
        "crumbs": [(_("Sessions"), reverse("console:sessions"))],
        "facts": evidence.facts_of(principal, detail),
        "cdrs": [evidence.record_of(cdr) for cdr in detail.cdrs],
        "price": charge.price_of_session(principal, session_id),
    }
    return frame.show(request, principal, "console/session.html", context)


@require_GET
@door.needs(Permission.SESSIONS_VIEW)
def curve(_request: HttpRequest, principal: Principal, session_id: int) -> HttpResponse:
    """The power of a session as the chart reads it."""
    _find(principal, session_id)
    return JsonResponse(curve_data(principal, session_id))


def curve_data(principal: Principal, session_id: int) -> dict[str, Any]:
    """Power over the time of a session, kW; None where it was not told."""
    found = queries.power_curve(principal.operator_id, session_id)
    told = [sample for sample in found if sample.power_w is not None]
    return {
        "unit": "kW",
        "x": [int(sample.at.timestamp()) for sample in told],
        "series": [
            {"label": _("Power"), "y": [float((sample.power_w or Decimal(0)) / 1000) for sample in told]}
        ],
        "limits": [],
        "marks": [],
    }


def page_context(
    request: HttpRequest, principal: Principal, *, station_id: int | None = None
) -> dict[str, Any]:
    """A page of sessions under the filters in the address, of all stations or of one."""
    state = request.GET.get("state", "")
    text = request.GET.get("q", "").strip()
    before = _read_cursor(request.GET.get("before", ""))
    page = queries.list_transactions(
        principal.operator_id,
        station_id=station_id,
        location_ids=principal.location_ids,
        state=state if state in {"open", "ended", "system-closed"} else "",
        text=text,
        before=before,
        limit=PER_PAGE,
    )
    given = {name: value for name, value in (("q", text), ("state", state)) if value}
    following = {**given, "before": _write_cursor(page.before)} if page.before else {}
    return {
        "sessions": [as_line(view) for view in page.transactions],
        "q": text,
        "state": state,
        "is_filtered": bool(given),
        "next_url": f"?{urlencode(following)}" if following else "",
        "first_url": f"{request.path}?{urlencode(given)}" if before else "",
    }


def as_line(view: TransactionView) -> dict[str, Any]:
    """A session as a row of a table."""
    ended = view.ended_at or clock.now()
    return {
        "view": view,
        "seconds": max(0, int((ended - view.started_at).total_seconds())),
        "state": "charging" if view.state == "open" else "ready",
        "word": session_words.session_word(view.state, view.charging_state),
        "marks": [session_words.flag_word(flag) for flag in view.flags],
        "is_defect": view.state != "open" and view.energy_wh is not None and view.energy_wh <= 0,
    }


def _find(principal: Principal, session_id: int) -> TransactionDetail:
    detail = queries.transaction(principal.operator_id, session_id)
    if detail is None or not finding.may_see(principal, detail.transaction.location_id):
        raise Http404
    return detail


def _letter(principal: Principal, view: TransactionView) -> str:
    row = overview.station_row(principal.operator_id, view.station_id)
    for position, plug in enumerate(row.plugs if row else ()):
        if plug.evse == view.evse and view.connector in {None, plug.connector}:
            return wording.letter_of(position)
    return ""


def _event(event: EventView) -> dict[str, Any]:
    told = timezone.localtime(event.received_at).strftime("%H:%M:%S")
    parts = [
        session_words.charging_word(event.charging_state),
        session_words.trigger_word(event.trigger),
        _("told later, at %s") % told if event.is_offline else "",
    ]
    return {
        "time": timezone.localtime(event.happened_at),
        "text": session_words.event_word(event.kind),
        "detail": " · ".join(part for part in parts if part),
        "state": "charging" if event.charging_state == "Charging" else "",
    }


def _read_cursor(text: str) -> TransactionCursor | None:
    at, _blank, number = text.rpartition("~")
    time, found = cursors.read_time(at), cursors.read_number(number)
    return TransactionCursor(time, found) if time is not None and found is not None else None


def _write_cursor(cursor: TransactionCursor) -> str:
    return f"{cursor.started_at.isoformat()}~{cursor.id}"
