"""The repair queue: records that evidence alone could not settle, and what a person decides about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import queries, repair_queue, resolutions
from chargehand.domain.charging.repair_queue import RepairCaseView
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import cursors, deeds, door, finding, frame, repair_words, station
from chargehand.interfaces.console.sessions import as_line
from chargehand.kernel.errors import Refused


@require_GET
@door.needs(Permission.SESSIONS_REPAIR)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The cases, open ones unless others are asked for."""
    state = "resolved" if request.GET.get("state") == "resolved" else "open"
    before = cursors.read_number(request.GET.get("before", ""))
    page = repair_queue.repair_cases(
        principal.operator_id, location_ids=principal.location_ids, state=state, before_id=before
    )
    waiting = repair_queue.open_case_counts(principal.operator_id, location_ids=principal.location_ids)
    following = {"state": state, "before": page.before_id}
    context = {
        "cases": [_line(principal, case) for case in page.cases],
        "state": state,
        "next_url": f"?{urlencode(following)}" if page.before_id else "",
        "first_url": f"?state={state}" if before else "",
        "open_count": sum(waiting.values()),
    }
    return frame.show(request, principal, "console/repairs.html", context)


@require_GET
@door.needs(Permission.SESSIONS_REPAIR)
def show(request: HttpRequest, principal: Principal, case_id: int) -> HttpResponse:
    """A case: what is known, what we suggest, and what can be done."""
    case = _find(principal, case_id)
    detail = (
        queries.transaction(principal.operator_id, case.transaction_id)
        if case.transaction_id is not None
        else None
    )
    view = detail.transaction if detail else None
    suggested = str(case.suggestion.get("action", ""))
    context = {
        "case": case,
        "title": repair_words.title(case.kind),
        "place": stations.station(principal.operator_id, case.station_id),
        "session": as_line(view) if view else None,
        "evidence": repair_words.evidence(case.evidence),
        "suggestion": repair_words.suggestion(case.suggestion),
        "suggested": suggested,
        "is_open_session": view is not None and view.state == "open",
        "is_ended_session": view is not None and view.state != "open",
        "candidates": _candidates(principal, case),
        "resolution": repair_words.resolution(case.resolution),
        "ended_at": _local(case.suggestion.get("ended_at")),
        "crumbs": [(_("Repair queue"), reverse("console:repairs"))],
    }
    return frame.show(request, principal, "console/repair.html", context)


@require_POST
@door.needs(Permission.SESSIONS_REPAIR)
def resolve(request: HttpRequest, principal: Principal, case_id: int, action: str) -> HttpResponse:
    """Do what a person decided; the room writes the audit itself."""
    case = _find(principal, case_id)
    deed = _DEEDS.get(action)
    if deed is None:
        raise Http404
    about: dict[str, Any] = {
        "operator_id": principal.operator_id,
        "case_id": case.id,
        "actor": principal.actor,
        "note": request.POST.get("note", "").strip(),
    }
    return deeds.act(
        request,
        principal,
        lambda: deed(request, about),
        target=reverse("console:repairs-page", args=[case.id]),
        done=_("Settled."),
    )


def _attach(request: HttpRequest, about: dict[str, Any]) -> object:
    number = cursors.read_number(request.POST.get("transaction", ""))
    if number is None:
        raise Refused("transaction-missing", _("Choose the session this stop belongs to."))
    resolutions.attach_stop(**about, transaction_id=number)
    return number


def _use_samples(_request: HttpRequest, about: dict[str, Any]) -> object:
    return resolutions.use_samples(**about)


def _set_energy(request: HttpRequest, about: dict[str, Any]) -> object:
    try:
        kilowatt_hours = Decimal(request.POST.get("energy", "").strip().replace(",", "."))
    except InvalidOperation:
        raise Refused("bad-energy", _("Enter the energy in kWh, such as 12.5.")) from None
    if not kilowatt_hours.is_finite():
        raise Refused("bad-energy", _("Enter the energy in kWh, such as 12.5."))
    resolutions.set_energy(**about, energy_wh=kilowatt_hours * 1000)
    return kilowatt_hours


def _close(request: HttpRequest, about: dict[str, Any]) -> object:
    try:
        ended = datetime.fromisoformat(request.POST.get("ended_at", ""))
    except ValueError:
        raise Refused("bad-time", _("Enter when the charge ended.")) from None
    if ended.tzinfo is None:
        ended = timezone.make_aware(ended)
    resolutions.close_record(**about, ended_at=ended)
    return ended


def _dismiss(_request: HttpRequest, about: dict[str, Any]) -> object:
    resolutions.dismiss_case(**about)
    return None


_DEEDS: dict[str, Callable[[HttpRequest, dict[str, Any]], object]] = {
    "attach": _attach,
    "use-samples": _use_samples,
    "set-energy": _set_energy,
    "close": _close,
    "dismiss": _dismiss,
}


def _find(principal: Principal, case_id: int) -> RepairCaseView:
    case = repair_queue.repair_case(principal.operator_id, case_id)
    if case is None:
        raise Http404
    finding.station(principal, case.station_id)
    return case


def _line(principal: Principal, case: RepairCaseView) -> dict[str, Any]:
    view = stations.station(principal.operator_id, case.station_id)
    return {
        "it": case,
        "title": repair_words.title(case.kind),
        "station": station.call(view) if view else "",
        "suggestion": repair_words.suggestion(case.suggestion),
        "resolution": repair_words.resolution(case.resolution),
    }


def _candidates(principal: Principal, case: RepairCaseView) -> list[dict[str, Any]]:
    """The sessions an orphan stop may belong to."""
    if case.kind != "orphan-stop":
        return []
    numbers = [one for one in case.suggestion.get("transactions", []) if isinstance(one, int)]
    if not numbers:
        page = queries.list_transactions(principal.operator_id, station_id=case.station_id, limit=20)
        return [as_line(view) for view in page.transactions if view.state != "ended"]
    found = [queries.transaction(principal.operator_id, number) for number in numbers[:20]]
    return [as_line(detail.transaction) for detail in found if detail is not None]


def _local(value: Any) -> str:
    """A moment of the suggestion as the browser's field for times wants it."""
    time = cursors.read_time(value) if isinstance(value, str) else None
    return "" if time is None else timezone.localtime(time).strftime("%Y-%m-%dT%H:%M")
