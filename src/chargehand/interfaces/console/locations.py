"""Sites: the list with what their stations do, adding one, changing one."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import actions
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.actions import LocationDetails
from chargehand.interfaces.console import deeds, door, forms, frame, places
from chargehand.kernel.errors import Refused


@require_GET
@door.needs(Permission.STATIONS_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All sites, by name."""
    at: dict[int | None, list[Any]] = {}
    for row in places.all_states(principal):
        at.setdefault(row.location_id, []).append(row)
    sites = stations.locations(principal.operator_id, location_ids=principal.location_ids)
    context = {
        "sites": [
            {
                "it": site,
                "address": ", ".join(
                    part for part in (site.address, f"{site.postal_code} {site.city}".strip()) if part
                ),
                "state": places.worst(at.get(site.id, [])),
                "summary": places.summary(at.get(site.id, [])),
            }
            for site in sites
        ]
    }
    return frame.show(request, principal, "console/locations.html", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.STATIONS_EDIT)
def add(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Make a site."""
    home = accounts.operator(principal.operator_id)
    initial = {"time_zone": home.time_zone, "country": home.country} if home else {}
    return _edit(request, principal, None, initial)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.STATIONS_EDIT)
def edit(request: HttpRequest, principal: Principal, location_id: int) -> HttpResponse:
    """Change what is said about a site."""
    site = stations.location(principal.operator_id, location_id)
    if site is None or not principal.may_see_location(location_id):
        raise Http404
    names = LocationDetails.__struct_fields__
    return _edit(request, principal, location_id, {name: getattr(site, name) for name in names})


def _edit(
    request: HttpRequest, principal: Principal, location_id: int | None, initial: dict[str, Any]
) -> HttpResponse:
    form = forms.LocationForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        details = LocationDetails(**{**form.cleaned_data, "country": form.cleaned_data["country"].upper()})
        try:
            deeds.perform(
                request,
                principal,
                lambda: _save(principal, location_id, details),
                entry=deeds.Entry(
                    action="location.changed" if location_id else "location.created",
                    subject=f"location:{location_id or details.name}",
                ),
                target=reverse("console:locations"),
            )
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return HttpResponseRedirect(reverse("console:locations"))
    context = {
        "form": form,
        "title": initial.get("name") or _("Add a site"),
        "location_id": location_id,
        "crumbs": [(_("Sites"), reverse("console:locations"))],
    }
    return frame.show(request, principal, "console/location_edit.html", context)


def _save(principal: Principal, location_id: int | None, details: LocationDetails) -> None:
    if location_id is None:
        actions.create_location(operator_id=principal.operator_id, details=details)
    else:
        actions.change_location(operator_id=principal.operator_id, location_id=location_id, details=details)
