"""Maintenance windows: while work goes on somewhere, nobody is told what is wrong there."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.notices import queries
from chargehand.domain.notices import windows as verbs
from chargehand.domain.notices.queries import WindowView
from chargehand.domain.stations import queries as stations
from chargehand.interfaces.console import deeds, door
from chargehand.interfaces.console.alerts import forms, parts
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused


@require_http_methods(["GET", "POST"])
@door.needs(Permission.ALERTS_EDIT)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Windows that stand or are to come; a POST opens one."""
    here = reverse("console:alerts-windows")
    form = forms.WindowForm(principal, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            deeds.perform(request, principal, lambda: _open(principal, form.cleaned_data), target=here)
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return HttpResponseRedirect(here)
    now = clock.now()
    lines = [_line(principal, each) for each in queries.maintenance_windows(principal.operator_id, now)]
    context = {"windows": [each for each in lines if each is not None], "form": form, "now": now}
    return parts.show(request, principal, "alerts-windows", context)


@require_POST
@door.needs(Permission.ALERTS_EDIT)
def end(request: HttpRequest, principal: Principal, window_id: int) -> HttpResponse:
    """End a window now."""
    found = queries.maintenance_windows(principal.operator_id, clock.now())
    window = next((each for each in found if each.id == window_id), None)
    if window is not None and not _may_end(principal, window):
        raise Http404
    return deeds.act(
        request,
        principal,
        lambda: verbs.end_window(
            operator_id=principal.operator_id, window_id=window_id, actor=principal.actor
        ),
        target=reverse("console:alerts-windows"),
        done=_("The window is over. What it held back is told now."),
    )


def _open(principal: Principal, said: dict[str, Any]) -> int:
    kind, _separator, number = said["place"].partition(":")
    return verbs.open_window(
        operator_id=principal.operator_id,
        location_id=int(number) if kind == "site" else None,
        starts_at=said["starts_at"],
        ends_at=said["ends_at"],
        reason=said["reason"],
        actor=principal.actor,
    )


def _location_of(principal: Principal, window: WindowView) -> int | None:
    if window.station_id is None:
        return window.location_id
    station = stations.station(principal.operator_id, window.station_id)
    return None if station is None else station.location_id


def _may_end(principal: Principal, window: WindowView) -> bool:
    location_id = _location_of(principal, window)
    if location_id is None:
        return principal.location_ids is None
    return principal.may_see_location(location_id)


def _line(principal: Principal, window: WindowView) -> dict[str, Any] | None:
    """A window as a row; None where it stands over nothing that the person may see."""
    location_id = _location_of(principal, window)
    if location_id is not None and not principal.may_see_location(location_id):
        return None
    if window.station_id is not None:
        station = stations.station(principal.operator_id, window.station_id)
        place = _("charger %s") % (station.name or station.identity) if station else "–"
    elif window.location_id is not None:
        site = stations.location(principal.operator_id, window.location_id)
        place = site.name if site else "–"
    else:
        place = _("everywhere")
    return {"it": window, "place": place, "may_end": _may_end(principal, window)}
