"""Logs of chargers: ask for one, see what came of it, fetch it."""

from __future__ import annotations

from typing import Any, Final, cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.maintenance import log_files
from chargehand.domain.maintenance.log_files import LogKind
from chargehand.domain.stations.queries import StationView
from chargehand.interfaces.console import deeds, door, frame
from chargehand.interfaces.console.maintenance.finding_stations import typed_station
from chargehand.interfaces.console.maintenance.plan_forms import LogForm
from chargehand.kernel.errors import Refused

STATES: Final = {
    "asked": ("charging", gettext_lazy("Asked")),
    "uploading": ("charging", gettext_lazy("On its way")),
    "received": ("ready", gettext_lazy("Here")),
    "failed": ("broken", gettext_lazy("Failed")),
    "expired": ("offline", gettext_lazy("Never came")),
}
KINDS: Final = {"diagnostics": gettext_lazy("Diagnostics"), "security": gettext_lazy("Security")}


@require_http_methods(["GET", "POST"])
@door.needs(Permission.WORK_EDIT)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The logs of a charger, and a form to ask for one."""
    named = request.GET.get("station", "").strip()
    form = LogForm(request.POST if request.method == "POST" else None, initial={"station": named})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        target = f"{reverse('console:logs')}?station={said['station'].strip()}"
        return deeds.act(
            request, principal, lambda: _ask(principal, said), target=target, done=_("The charger is asked.")
        )
    station, problem = _named(principal, named)
    found = log_files.logs_of(principal.operator_id, station.id) if station else []
    context = {
        "form": form,
        "named": named,
        "station": station,
        "problem": problem,
        "lines": [
            {"it": log, "look": STATES[log.state], "kind": KINDS.get(log.kind, log.kind)} for log in found
        ],
    }
    return frame.show(
        request, principal, "console/work/logs.html", context, status=422 if form.errors else 200
    )


def _named(principal: Principal, identity: str) -> tuple[StationView | None, str]:
    if not identity:
        return None, ""
    try:
        return typed_station(principal, identity), ""
    except Refused as refusal:
        return None, refusal.sentence


def _ask(principal: Principal, said: dict[str, Any]) -> None:
    log_files.ask_for_log(
        operator_id=principal.operator_id,
        station_id=typed_station(principal, said["station"]).id,
        kind=cast("LogKind", said["kind"]),
        actor=principal.actor,
        since=said["since"],
        until=said["until"],
    )
