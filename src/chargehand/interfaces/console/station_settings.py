"""The tabs of a station's page that are changed: its settings, its connection, its name and plugs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import actions, clocks, holding, passwords, secrets, set_up
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.actions import ConnectorDetails, NewStation, Version
from chargehand.domain.stations.queries import StationView
from chargehand.interfaces.console import (
    deeds,
    device_model,
    door,
    finding,
    forms,
    frame,
    meter_keys,
    station,
)
from chargehand.interfaces.console.stations import show_secret

#: Settings whose value is a secret: never shown, changed by their own command.
SECRET: Final = secrets.PASSWORD_VARIABLES
#: The component under which keys of OCPP 1.6 are kept; commands know them without one.


@require_GET
@door.needs(Permission.STATIONS_VIEW)
def show_settings(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """The variables (2.x) or keys (1.6) as the station last told them."""
    view = finding.station(principal, station_id)
    context = device_model.page(request, principal, view)
    return station.show_tab(request, principal, view, "console/station/settings.html", context)


@require_GET
@door.needs(Permission.STATIONS_CONFIGURE)
def change_setting(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """The form for one setting; what it sends is the command `write`."""
    view = finding.station(principal, station_id)
    asked = {
        name: request.GET.get(name, "")
        for name in ("component", "component_instance", "name", "instance", "attribute", "evse", "connector")
    }
    known = [
        one
        for one in stations.variables(principal.operator_id, view.id, search=asked["name"])
        if one.name == asked["name"]
        and ("" if one.component == device_model.V16 else one.component) == asked["component"]
        and one.component_instance == asked["component_instance"]
        and one.instance == asked["instance"]
        and str(one.evse or "") == asked["evse"]
    ]
    if asked["name"] in SECRET:
        raise Http404
    context = {"asked": asked, "known": known[0] if known else None}
    return station.show_tab(request, principal, view, "console/station/setting.html", context)


@require_GET
@door.needs(Permission.STATIONS_VIEW)
def show_connection(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """How the station connects, and what is demanded of it."""
    view = finding.station(principal, station_id)
    context = {
        "profiles": forms.PROFILES,
        "versions": forms.VERSIONS,
        "clock_zone": clocks.clock_zone(principal.operator_id, view.id),
        "set_up": set_up.write_set_up(
            url=settings.GATEWAY_URL, identity=view.identity, vendor=view.vendor, model=view.model
        ),
        **meter_keys.panel(principal, view),
    }
    return station.show_tab(request, principal, view, "console/station/connection.html", context)


@require_POST
@door.needs(Permission.STATIONS_EDIT)
def change_connection(request: HttpRequest, principal: Principal, station_id: int, name: str) -> HttpResponse:
    """Change one thing about how the station connects."""
    view = finding.station(principal, station_id)
    value = request.POST.get("value", "")
    deed = _connection_deed(principal, view, name, value)
    return deeds.act(
        request,
        principal,
        deed,
        target=reverse("console:stations-security", args=[view.id]),
        done=_("Done. It counts from the station's next connection on."),
        entry=_entry(view, f"station.{name.replace('-', '_')}", value=value),
    )


@require_POST
@door.needs(Permission.STATIONS_EDIT)
def set_password(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """Make a new password, shown this once; the old one ends now."""
    view = finding.station(principal, station_id)
    target = reverse("console:stations-security", args=[view.id])
    try:
        made = deeds.perform(
            request,
            principal,
            lambda: passwords.set_password(operator_id=principal.operator_id, station_id=view.id),
            entry=_entry(view, "station.password_set"),
            target=target,
        )
    except deeds.SentBefore:
        messages.info(request, deeds.sent_before_sentence())
        return HttpResponseRedirect(target)
    return show_secret(
        request, principal, NewStation(station_id=view.id, identity=view.identity, password=made)
    )


@require_http_methods(["GET", "POST"])
@door.needs(Permission.STATIONS_EDIT)
def edit(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """Name, site, notes and plugs of a station."""
    view = finding.station(principal, station_id)
    given = request.POST if request.method == "POST" else None
    initial = {"name": view.name, "location": view.location_id, "notes": view.notes}
    form = forms.StationDetailsForm(principal, given, initial=initial)
    target = reverse("console:stations-page", args=[view.id])
    if given is not None and form.is_valid():
        said = form.cleaned_data
        return deeds.act(
            request,
            principal,
            lambda: actions.change_station(
                operator_id=principal.operator_id,
                station_id=view.id,
                name=said["name"],
                location_id=said["location"],
                notes=said["notes"],
            ),
            target=target,
            done=_("Saved."),
            entry=_entry(view, "station.changed"),
        )
    context = {
        "form": form,
        "view": view,
        "plugs": _plug_forms(view),
        "name": station.call(view),
        "crumbs": [(_("Stations"), reverse("console:stations")), (station.call(view), target)],
    }
    return frame.show(request, principal, "console/station_edit.html", context)


@require_POST
@door.needs(Permission.STATIONS_EDIT)
def describe_plug(
    request: HttpRequest, principal: Principal, station_id: int, evse: int, connector: int
) -> HttpResponse:
    """Say what a plug is."""
    view = finding.station(principal, station_id)
    target = reverse("console:stations-edit", args=[view.id])
    known = next((one for one in view.connectors if (one.evse, one.connector) == (evse, connector)), None)
    form = forms.ConnectorForm(request.POST)
    if known is None:
        raise Http404
    if not form.is_valid():
        messages.error(request, _("The highest power must be a number of kW between 0 and 2000."))
        return HttpResponseRedirect(target)
    said = form.cleaned_data
    details = ConnectorDetails(
        standard=said["standard"],
        power_type=said["power_type"],
        phases={"AC_1_PHASE": 1, "AC_2_PHASE": 2, "AC_3_PHASE": 3}.get(said["power_type"], known.phases),
        max_power_w=None if said["max_power"] is None else int(said["max_power"] * 1000),
    )
    return deeds.act(
        request,
        principal,
        lambda: actions.describe_connector(
            operator_id=principal.operator_id,
            station_id=view.id,
            evse=evse,
            connector=connector,
            details=details,
        ),
        target=target,
        done=_("Saved."),
        entry=_entry(view, "connector.described", evse=evse, connector=connector),
    )


def _connection_deed(principal: Principal, view: StationView, name: str, value: str) -> Callable[[], object]:
    whose: dict[str, Any] = {"operator_id": principal.operator_id, "station_id": view.id}
    if name == "block":
        return lambda: actions.block_station(**whose)
    if name == "unblock":
        return lambda: actions.unblock_station(**whose)
    if name == "hold":
        return lambda: holding.hold_station(**whose)
    if name == "accept":
        return lambda: holding.accept_station(**whose, asked_by=principal.actor.name)
    if name == "zone":
        return lambda: actions.set_clock_zone(**whose, zone=value.strip())
    if name == "profile":
        profile = int(value) if value in {"0", "1", "2", "3"} else -1
        return lambda: actions.set_security_profile(**whose, security_profile=profile)
    if name in {"pin", "assume"} and value in dict(forms.VERSIONS):
        version = cast("Version", value)
        pin = actions.pin_version if name == "pin" else actions.assume_version
        return lambda: pin(**whose, version=version)
    raise Http404


def _plug_forms(view: StationView) -> list[dict[str, Any]]:
    return [
        {
            "it": one,
            "letter": letter,
            "form": forms.ConnectorForm(
                auto_id=f"id_{one.evse}_{one.connector}_%s",
                initial={
                    "standard": one.standard,
                    "power_type": one.power_type,
                    "max_power": None if one.max_power_w is None else Decimal(one.max_power_w) / 1000,
                },
            ),
        }
        for letter, one in station.lettered(view)
    ]


def _entry(view: StationView, action: str, **detail: Any) -> deeds.Entry:
    return deeds.Entry(action=action, subject=f"station:{view.id}", detail=detail)
