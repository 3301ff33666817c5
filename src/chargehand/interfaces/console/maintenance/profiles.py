"""Wanted settings: profiles, where chargers differ from them, and writing what differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.maintenance import drift, profiles
from chargehand.domain.maintenance.profiles import ProfileDetails, ProfileView
from chargehand.domain.maintenance.wanted import Comparison, Wanted
from chargehand.interfaces.console import deeds, door, finding, frame
from chargehand.interfaces.console.maintenance.finding_stations import typed_station
from chargehand.interfaces.console.maintenance.plan_forms import ProfileForm
from chargehand.kernel.errors import Refused

STATES: Final[Mapping[str, tuple[str, Any]]] = {
    "same": ("ready", gettext_lazy("as wanted")),
    "differs": ("attention", gettext_lazy("differs")),
    "unread": ("offline", gettext_lazy("never reported")),
    "unknown": ("offline", gettext_lazy("not known there")),
    "readonly": ("broken", gettext_lazy("read-only")),
    "refused": ("broken", gettext_lazy("refused")),
    "gave-up": ("broken", gettext_lazy("said yes, kept its own")),
    "restart": ("reserved", gettext_lazy("after a restart")),
}


@require_GET
@door.needs(Permission.STATIONS_CONFIGURE)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Profiles, and the chargers that differ."""
    found = drift.drift(principal.operator_id, location_ids=principal.location_ids)
    context = {
        "profiles": [_profile(view) for view in profiles.profiles(principal.operator_id)],
        "stations": [
            {"it": each.station, "rows": [_row(one) for one in each.drifted], "count": len(each.drifted)}
            for each in found
            if each.drifted
        ],
        "good_count": sum(not each.drifted for each in found),
        "may_edit": principal.location_ids is None,
    }
    return frame.show(request, principal, "console/work/profiles.html", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.STATIONS_CONFIGURE)
def edit(request: HttpRequest, principal: Principal, profile_id: int | None = None) -> HttpResponse:
    """Make a profile, or change one."""
    known = {view.profile.id: view for view in profiles.profiles(principal.operator_id)}
    if principal.location_ids is not None or (profile_id is not None and profile_id not in known):
        raise Http404
    before = known.get(profile_id or 0)
    form = ProfileForm(
        principal,
        request.POST if request.method == "POST" else None,
        initial=_initial(principal, before) if before else {},
    )
    if request.method == "POST" and form.is_valid():
        try:
            deeds.perform(request, principal, lambda: _save(principal, form.cleaned_data, profile_id))
        except deeds.SentBefore:
            return HttpResponseRedirect(reverse("console:profiles"))
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return HttpResponseRedirect(reverse("console:profiles"))
    context = {
        "form": form,
        "title": before.profile.name if before else _("New profile"),
        "label": _("Save the profile"),
        "back": reverse("console:profiles"),
        "crumbs": [(_("Wanted settings"), reverse("console:profiles"))],
    }
    return frame.show(
        request, principal, "console/work/form.html", context, status=422 if form.errors else 200
    )


@require_POST
@door.needs(Permission.STATIONS_CONFIGURE)
def delete(request: HttpRequest, principal: Principal, profile_id: int) -> HttpResponse:
    """Delete a profile; what it wrote stays."""
    if principal.location_ids is not None:
        raise Http404
    return deeds.act(
        request,
        principal,
        lambda: profiles.delete_profile(
            operator_id=principal.operator_id, profile_id=profile_id, actor=principal.actor
        ),
        target=reverse("console:profiles"),
        done=_("Deleted. What it wrote stays as it is."),
    )


@require_POST
@door.needs(Permission.STATIONS_CONFIGURE)
def apply(request: HttpRequest, principal: Principal, station_id: int) -> HttpResponse:
    """Write what differs to a charger; `insists` tries again what it refused."""
    station = finding.station(principal, station_id)

    def do() -> None:
        asked = drift.apply_settings(
            operator_id=principal.operator_id,
            station_id=station.id,
            actor=principal.actor,
            tries_refused=request.POST.get("insists") == "yes",
        )
        if asked is None:
            raise Refused("nothing-to-write", _("There is nothing to write now."))

    return deeds.act(
        request,
        principal,
        do,
        target=reverse("console:profiles"),
        done=_("Asked. What the charger answers shows here when the page is loaded again."),
    )


def _save(principal: Principal, said: dict[str, Any], profile_id: int | None) -> int:
    named = said["station"].strip()
    details = ProfileDetails(
        name=said["name"],
        settings=tuple(_wanted(line) for line in said["settings"].splitlines() if line.strip()),
        vendor=said["vendor"],
        model=said["model"],
        location_id=said["location_id"],
        station_id=typed_station(principal, named).id if named else None,
        is_enforced=said["is_enforced"],
    )
    return profiles.save_profile(
        operator_id=principal.operator_id, details=details, actor=principal.actor, profile_id=profile_id
    )


def _wanted(line: str) -> Wanted:
    """Return a wanted setting: `Key = value`, or `Component / Variable = value`. Raises Refused `bad-setting`."""
    name, sign, value = line.partition("=")
    component, slash, variable = name.partition("/")
    if not sign or not name.strip() or (slash and not variable.strip()):
        raise Refused("bad-setting", _("Write a name, = and the value: %s") % line.strip())
    if slash:
        return Wanted(component=component.strip(), name=variable.strip(), value=value.strip())
    return Wanted(name=name.strip(), value=value.strip())


def _line(wanted: Wanted) -> str:
    return f"{_name(wanted)} = {wanted.value}"


def _name(wanted: Wanted) -> str:
    return f"{wanted.component} / {wanted.name}" if wanted.component else wanted.name


def _initial(principal: Principal, view: ProfileView) -> dict[str, Any]:
    profile = view.profile
    station = finding.station(principal, profile.station_id).identity if profile.station_id else ""
    return {
        "name": profile.name,
        "settings": "\n".join(_line(wanted) for wanted in profile.settings),
        "vendor": profile.vendor,
        "model": profile.model,
        "location_id": profile.location_id,
        "station": station,
        "is_enforced": profile.is_enforced,
    }


def _profile(view: ProfileView) -> dict[str, Any]:
    profile = view.profile
    scope = " ".join(filter(None, (profile.vendor, profile.model)))
    if profile.station_id:
        scope = _("one charger")
    elif profile.location_id:
        scope = " ".join(filter(None, (scope, _("at one site"))))
    return {"it": profile, "view": view, "scope": scope or _("all chargers"), "count": len(profile.settings)}


def _row(each: Comparison) -> dict[str, Any]:
    look, word = STATES[each.state]
    return {"it": each, "name": _name(each.wanted), "look": look, "word": word}
