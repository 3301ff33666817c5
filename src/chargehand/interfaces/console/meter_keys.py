"""The keys of a station's meters, by which its signed readings are judged."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import meter_keys
from chargehand.domain.stations.queries import StationView
from chargehand.interfaces.console import deeds, door, finding, station


def panel(principal: Principal, view: StationView) -> dict[str, Any]:
    """What the tab about the connection shows of the keys."""
    letters: dict[int, str] = {}
    for letter, plug in station.lettered(view):
        letters[plug.evse] = letters.get(plug.evse, "") + letter
    return {
        "meter_keys": [
            {"it": each, "plugs": letters.get(each.evse, "")}
            for each in meter_keys.meter_keys(principal.operator_id, view.id)
        ],
        "metered": [{"evse": evse, "plugs": plugs} for evse, plugs in letters.items()],
    }


@require_POST
@door.needs(Permission.STATIONS_EDIT)
def register(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """Enter the key of a meter."""
    view = finding.station(principal, station_id)
    evse = request.POST.get("evse", "")
    return deeds.act(
        request,
        principal,
        lambda: meter_keys.register_key(
            operator_id=principal.operator_id,
            station_id=view.id,
            evse=int(evse) if evse.isascii() and evse.isdigit() and len(evse) < 6 else -1,
            public_key=request.POST.get("public_key", ""),
            meter_serial=request.POST.get("meter_serial", ""),
            actor=principal.actor,
        ),
        target=reverse("console:stations-security", args=[view.id]),
        done=_("Saved. Charges that begin from now on are judged by this key."),
    )


@require_POST
@door.needs(Permission.STATIONS_EDIT)
def retire(request: HttpRequest, principal: Principal, station_id: int, key_id: int) -> HttpResponse:
    """Let a key count no longer."""
    view = finding.station(principal, station_id)
    return deeds.act(
        request,
        principal,
        lambda: meter_keys.retire_key(
            operator_id=principal.operator_id, key_id=key_id, actor=principal.actor
        ),
        target=reverse("console:stations-security", args=[view.id]),
        done=_("The key counts no longer."),
    )
