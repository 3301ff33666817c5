"""Firmware: versions that are known, and campaigns that bring them to chargers wave by wave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.maintenance import campaign_views, campaigns
from chargehand.domain.maintenance.campaign_views import CampaignView, Counts
from chargehand.domain.maintenance.campaigns import Choice, ImageDetails, Plan
from chargehand.domain.maintenance.rollout import Limits
from chargehand.interfaces.console import cursors, deeds, door, frame, wording
from chargehand.interfaces.console.maintenance.finding_stations import typed_station
from chargehand.interfaces.console.maintenance.plan_forms import CampaignForm, ImageForm
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

STATES: Final[Mapping[str, tuple[str, Any]]] = {
    "draft": ("offline", gettext_lazy("Not started")),
    "running": ("charging", gettext_lazy("Running")),
    "paused": ("reserved", gettext_lazy("Paused")),
    "halted": ("broken", gettext_lazy("Halted by itself")),
    "done": ("ready", gettext_lazy("Done")),
    "cancelled": ("offline", gettext_lazy("Cancelled")),
}
WAVES: Final[Mapping[str, tuple[str, Any]]] = {
    "waiting": ("offline", gettext_lazy("Waiting")),
    "running": ("charging", gettext_lazy("Running")),
    "soaking": ("reserved", gettext_lazy("Being watched")),
    "done": ("ready", gettext_lazy("Done")),
}
TARGETS: Final[Mapping[str, tuple[str, Any]]] = {
    "waiting": ("offline", gettext_lazy("Waiting")),
    "asked": ("charging", gettext_lazy("Asked")),
    "downloading": ("charging", gettext_lazy("Downloading")),
    "installing": ("charging", gettext_lazy("Installing")),
    "done": ("ready", gettext_lazy("Updated")),
    "failed": ("broken", gettext_lazy("Failed")),
    "skipped": ("offline", gettext_lazy("Left out")),
}
VERBS: Final[Mapping[str, tuple[Callable[..., None], Any]]] = {
    "start": (campaigns.start_campaign, gettext_lazy("It runs.")),
    "pause": (campaigns.pause_campaign, gettext_lazy("Paused. Chargers that were asked go on.")),
    "cancel": (campaigns.cancel_campaign, gettext_lazy("Cancelled. Chargers that were asked go on.")),
}
STATION_VERBS: Final[Mapping[str, tuple[Callable[..., None], Any]]] = {
    "try-again": (campaigns.try_again, gettext_lazy("It waits for another try.")),
    "skip": (campaigns.skip_station, gettext_lazy("Left out.")),
}


@require_GET
@door.needs(Permission.STATIONS_CONFIGURE)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Campaigns and known versions."""
    if principal.location_ids is not None:
        return _refuse_bound(request, principal)
    context = {
        "campaigns": [_campaign(view) for view in campaign_views.campaigns(principal.operator_id)],
        "images": campaign_views.images(principal.operator_id),
    }
    return frame.show(request, principal, "console/work/firmware.html", context)


@require_GET
@door.needs(Permission.STATIONS_CONFIGURE)
def show(request: HttpRequest, principal: Principal, campaign_id: int) -> HttpResponse:
    """A campaign, wave by wave, or its live part for a page that asks again."""
    if principal.location_ids is not None:
        return _refuse_bound(request, principal)
    view = campaign_views.campaign(principal.operator_id, campaign_id)
    if view is None:
        raise Http404
    context = {
        **_campaign(view),
        "waves": [{"it": wave, "look": WAVES[wave.state], "bar": _bar(wave.counts)} for wave in view.waves],
        "targets": [{"it": each, "look": TARGETS[each.state]} for each in view.targets],
        "now": clock.now(),
        "crumbs": [(_("Firmware"), reverse("console:firmware"))],
    }
    if request.headers.get("HX-Request"):
        return frame.show_part(request, principal, "console/work/campaign_live.html", context)
    return frame.show(request, principal, "console/work/campaign.html", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.STATIONS_CONFIGURE)
def register(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Make a version known."""
    if principal.location_ids is not None:
        return _refuse_bound(request, principal)
    form = ImageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        details = ImageDetails(**form.cleaned_data)
        try:
            deeds.perform(
                request,
                principal,
                lambda: campaigns.register_image(
                    operator_id=principal.operator_id, details=details, actor=principal.actor
                ),
            )
        except deeds.SentBefore:
            return HttpResponseRedirect(reverse("console:firmware"))
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return HttpResponseRedirect(reverse("console:firmware"))
    return _form(request, principal, form, _("Register a firmware"), _("Register it"))


@require_http_methods(["GET", "POST"])
@door.needs(Permission.STATIONS_CONFIGURE)
def plan(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Plan a campaign; it waits to be started."""
    if principal.location_ids is not None:
        return _refuse_bound(request, principal)
    images = [
        (image.id, f"{image.vendor} {image.model} {image.version}".strip())
        for image in campaign_views.images(principal.operator_id)
    ]
    form = CampaignForm(principal, images, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            number = deeds.perform(request, principal, lambda: _plan(principal, form.cleaned_data))
        except deeds.SentBefore:
            return HttpResponseRedirect(reverse("console:firmware"))
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return HttpResponseRedirect(reverse("console:firmware-page", args=[number]))
    return _form(request, principal, form, _("Plan a campaign"), _("Plan it"))


@require_POST
@door.needs(Permission.STATIONS_CONFIGURE)
def do(request: HttpRequest, principal: Principal, campaign_id: int, name: str) -> HttpResponse:
    """Start, pause or cancel a campaign; try a charger again or leave it out."""
    if principal.location_ids is not None:
        return _refuse_bound(request, principal)
    known = {**VERBS, **STATION_VERBS}
    if name not in known:
        raise Http404
    verb, done = known[name]
    who: dict[str, Any] = {
        "operator_id": principal.operator_id,
        "campaign_id": campaign_id,
        "actor": principal.actor,
    }
    if name in STATION_VERBS:
        who["station_id"] = cursors.read_number(request.POST.get("station", "")) or 0
    target = reverse("console:firmware-page", args=[campaign_id])
    return deeds.act(request, principal, lambda: verb(**who), target=target, done=str(done))


def _refuse_bound(request: HttpRequest, principal: Principal) -> HttpResponse:
    """A campaign goes through the whole network; who sees only some sites is told so."""
    context = {
        "sentence": _("Firmware goes through the whole network, and you are here for some of its sites."),
        "who": wording.who_can(Permission.STATIONS_CONFIGURE),
    }
    return frame.show(request, principal, "console/refused.html", context, status=403)


def _plan(principal: Principal, said: dict[str, Any]) -> int:
    first = [name for name in said["first"].split(",") if name.strip()]
    try:
        shares = tuple(float(each) for each in said["shares"].split(","))
    except ValueError:
        raise Refused("bad-shares", _("Write the waves as numbers, such as 2, 18, 80.")) from None
    return campaigns.plan_campaign(
        operator_id=principal.operator_id,
        name=said["name"],
        image_id=said["image_id"],
        choice=Choice(location_ids=tuple(said.get("locations") or ()) or None),
        plan=Plan(
            shares=shares,
            first_stations=tuple(typed_station(principal, name).id for name in first),
            limits=Limits(at_once=said["at_once"], soak_hours=said["soak_hours"]),
            window_from=said["window_from"],
            window_until=said["window_until"],
        ),
        actor=principal.actor,
    )


def _form(request: HttpRequest, principal: Principal, form: Any, title: str, label: str) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "label": label,
        "back": reverse("console:firmware"),
        "crumbs": [(_("Firmware"), reverse("console:firmware"))],
    }
    return frame.show(
        request, principal, "console/work/form.html", context, status=422 if form.errors else 200
    )


def _campaign(view: CampaignView) -> dict[str, Any]:
    state = view.state
    return {
        "it": view,
        "look": STATES[state],
        "bar": _bar(view.counts),
        "may_start": state in {"draft", "paused", "halted"},
        "may_pause": state == "running",
        "may_cancel": state in {"draft", "running", "paused", "halted"},
    }


def _bar(counts: Counts) -> dict[str, Any]:
    """Return how far it came: a share for the bar and the numbers in words."""
    total = counts.waiting + counts.in_flight + counts.done + counts.failed + counts.skipped
    settled = counts.done + counts.failed + counts.skipped
    said = _("%(done)d of %(total)d updated") % {"done": counts.done, "total": total}
    parts = [
        (counts.in_flight, _("%d under way")),
        (counts.waiting, _("%d waiting")),
        (counts.failed, _("%d failed")),
        (counts.skipped, _("%d left out")),
    ]
    return {
        "settled": settled,
        "total": max(1, total),
        "text": " · ".join([said, *(text % number for number, text in parts if number)]),
    }
