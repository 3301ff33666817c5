"""When a site is open: hours in which it is closed are no outage."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import exclusions
from chargehand.domain.health.uptime.intervals import OpeningTime
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import deeds, door, finding, frame
from chargehand.interfaces.console.uptime.forms import WEEKDAYS, HoursForm


@require_http_methods(["GET", "POST"])
@door.needs(Permission.WORK_PLAN)
def edit(request: HttpRequest, principal: Principal, location_id: int) -> HttpResponse:
    """The hours of a site."""
    site = stations.location(principal.operator_id, location_id)
    if site is None or not finding.may_see(principal, location_id):
        raise Http404
    known = exclusions.opening_hours(principal.operator_id).get(location_id, ())
    form = HoursForm(request.POST if request.method == "POST" else None, initial=_initial(known))
    if request.method == "POST" and form.is_valid():
        here = reverse("console:uptime-hours", args=[location_id])
        return deeds.act(
            request,
            principal,
            lambda: exclusions.set_hours(
                operator_id=principal.operator_id,
                location_id=location_id,
                week=_week(form.cleaned_data),
                actor=principal.actor,
            ),
            target=here,
            done=_("The hours are saved."),
        )
    days = [
        {"word": word, "opens": form[f"opens_{day}"], "closes": form[f"closes_{day}"]}
        for day, word in enumerate(WEEKDAYS)
    ]
    context = {
        "form": form,
        "days": days,
        "site": site,
        "crumbs": [(_("Uptime"), reverse("console:uptime"))],
    }
    return frame.show(request, principal, "console/uptime/hours.html", context)


def _initial(week: tuple[OpeningTime, ...]) -> dict[str, Any]:
    initial: dict[str, Any] = {"is_always": not week}
    for each in week:
        initial |= {f"opens_{each.weekday}": each.opens, f"closes_{each.weekday}": each.closes}
    return initial


def _week(said: dict[str, Any]) -> list[OpeningTime]:
    if said["is_always"]:
        return []
    found = []
    for day in range(7):
        opens: time | None = said[f"opens_{day}"]
        closes: time | None = said[f"closes_{day}"]
        if opens is not None and closes is not None:
            found.append(OpeningTime(day, opens, closes))
    return found
