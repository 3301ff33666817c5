"""The settings of recovery: what the system may try by itself, and how long faults may stand before people hear."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import actions as health
from chargehand.domain.health import guard_rails, joining, provisioning
from chargehand.domain.health.debounces import MODELS, USUAL
from chargehand.domain.health.guard_rails import Policy
from chargehand.domain.health.model_exceptions import FORBIDDEN
from chargehand.interfaces.console import deeds, door, frame
from chargehand.interfaces.console import incident_words as words
from chargehand.interfaces.ui.widgets import Switch
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

STEPS = (
    ("probe", gettext_lazy("Ask whether it answers")),
    ("trigger", gettext_lazy("Ask for its status")),
    ("soft-reset", gettext_lazy("Restart when nobody charges")),
    ("hard-reset", gettext_lazy("Restart at once (never while somebody charges)")),
    ("block", gettext_lazy("Block the plug and point drivers to a neighbour")),
)
_ANY_HOUR = ("", gettext_lazy("any time"))
_HOURS = [(str(hour), f"{hour:02}:00") for hour in range(25)]


class PolicyForm(forms.Form):
    """What the system may try by itself."""

    is_enabled = forms.BooleanField(
        label=gettext_lazy("Repair by itself"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy("Plugs that endanger people are blocked at once, whatever is set here."),
    )
    steps = forms.MultipleChoiceField(
        label=gettext_lazy("Steps"), choices=STEPS, required=False, widget=forms.CheckboxSelectMultiple
    )
    per_day = forms.IntegerField(
        label=gettext_lazy("At most so many times in 24 hours, a station"), min_value=0, max_value=24
    )
    from_hour = forms.ChoiceField(
        label=gettext_lazy("Only from"), choices=[_ANY_HOUR, *_HOURS], required=False
    )
    until_hour = forms.ChoiceField(
        label=gettext_lazy("Only until"),
        choices=[_ANY_HOUR, *_HOURS],
        required=False,
        help_text=gettext_lazy("Hours of the site's own day."),
    )
    pause_s = forms.IntegerField(
        label=gettext_lazy("Wait between two steps, seconds"), min_value=0, max_value=3600
    )
    neighbour_km = forms.FloatField(
        label=gettext_lazy("Point drivers at most so far away, km"), min_value=0, max_value=50
    )
    target_min = forms.IntegerField(
        label=gettext_lazy("Drivers can charge again within, minutes"),
        min_value=0,
        max_value=health.LONGEST_TARGET_MIN,
        help_text=gettext_lazy("The clock of incidents counts against this. 0: no target."),
    )


class PatienceForm(forms.Form):
    """How long faults of a family may stand at a model."""

    family = forms.ChoiceField(label=gettext_lazy("Kind of fault"), choices=list(words.FAMILIES.items()))
    vendor = forms.CharField(
        label=gettext_lazy("Maker"),
        max_length=255,
        required=False,
        help_text=gettext_lazy("Empty: any. As the station itself writes it."),
    )
    model = forms.CharField(label=gettext_lazy("Model"), max_length=255, required=False)
    seconds = forms.IntegerField(
        label=gettext_lazy("May stand for, seconds"),
        min_value=0,
        max_value=86_400,
        required=False,
        help_text=gettext_lazy("Empty: as usual."),
    )


class WatchForm(forms.Form):
    """What stations are set to tell, so that faults show."""

    sets_measurands = forms.BooleanField(
        label=gettext_lazy("Set which values they tell, and how often"), required=False, widget=Switch
    )
    sets_monitors = forms.BooleanField(
        label=gettext_lazy("Set monitors on sensors (OCPP 2.x)"), required=False, widget=Switch
    )
    sample_interval_s = forms.IntegerField(
        label=gettext_lazy("Meter values every so many seconds"),
        min_value=provisioning.SHORTEST_S,
        max_value=provisioning.LONGEST_S,
        help_text=gettext_lazy("Stations that tell more often stay as they are."),
    )


@require_http_methods(["GET", "POST"])
@door.needs(Permission.STATIONS_EDIT)
def show(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The settings; a POST replaces what the system may try."""
    here = reverse("console:recovery")
    policy = guard_rails.policy_of(principal.operator_id)
    form = PolicyForm(request.POST if request.method == "POST" else None, initial=_initial(policy))
    if request.method == "POST" and form.is_valid():
        try:
            deeds.perform(request, principal, lambda: _save(principal, form.cleaned_data), target=here)
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("Saved. It holds from the next step on."))
            return HttpResponseRedirect(here)
    return frame.show(request, principal, "console/incidents/policy.html", _context(principal, form))


@require_POST
@door.needs(Permission.STATIONS_EDIT)
def set_patience(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Say how long faults of a family may stand at a model, or that it is as usual again."""
    form = PatienceForm(request.POST)

    def save() -> None:
        if not form.is_valid():
            raise Refused("bad-limit", " ".join(str(each[0]) for each in form.errors.values()))
        health.set_debounce(
            operator_id=principal.operator_id, actor=principal.actor, **_patience(form.cleaned_data)
        )

    return deeds.act(request, principal, save, target=reverse("console:recovery"), done=_("Saved."))


@require_POST
@door.needs(Permission.STATIONS_EDIT)
def set_watch(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Say what may be set on stations so that faults show; it holds for what is set from now on."""
    form = WatchForm(request.POST)

    def save() -> None:
        if not form.is_valid():
            raise Refused("bad-limit", " ".join(str(each[0]) for each in form.errors.values()))
        provisioning.set_policy(
            operator_id=principal.operator_id, now=clock.now(), actor=principal.actor, **form.cleaned_data
        )

    return deeds.act(request, principal, save, target=reverse("console:recovery"), done=_("Saved."))


def _watch_form(principal: Principal) -> WatchForm:
    watch = provisioning.policy(principal.operator_id)
    return WatchForm(
        initial={
            "sets_measurands": watch.sets_measurands,
            "sets_monitors": watch.sets_monitors,
            "sample_interval_s": watch.sample_interval_s,
        }
    )


def _patience(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "family": said["family"],
        "vendor": said["vendor"],
        "model": said["model"],
        "seconds": said["seconds"],
    }


def _context(principal: Principal, form: PolicyForm) -> dict[str, Any]:
    return {
        "form": form,
        "patience": PatienceForm(),
        "watch": _watch_form(principal),
        "usual": [(words.FAMILIES[family], seconds) for family, seconds in USUAL.items()],
        "customs": [
            {"it": custom, "family": words.FAMILIES.get(custom.family, custom.family)}
            for custom in joining.customs_of(principal.operator_id)
        ],
        "slow": [
            {"it": each, "family": words.FAMILIES[each.family], "name": _name(each.vendor, each.model)}
            for each in MODELS
        ],
        "spared": [
            {
                "it": each,
                "name": _name(each.vendor, each.model),
                "firmware": _versions(each.firmware),
                "steps": [dict(STEPS)[step] for step in each.steps],
            }
            for each in FORBIDDEN
        ],
    }


def _versions(pattern: str) -> str:
    """Versions from their pattern, as people write them: "1.0 to 1.8" for `1.[0-8]*`."""
    plain = pattern.strip("*")
    begin, _bracket, ends = plain.partition("[")
    least, _dash, most = ends.rstrip("]").partition("-")
    if not most:
        return plain
    return _("%(least)s to %(most)s") % {"least": begin + least, "most": begin + most}


def _name(vendor: str, model: str) -> str:
    """Maker and model from their patterns, as people write them."""
    return " ".join(part for part in (vendor.strip("*"), model.strip("*")) if part)


def _initial(policy: Policy) -> dict[str, Any]:
    return {
        "is_enabled": policy.is_enabled,
        "steps": list(policy.steps),
        "per_day": policy.per_day,
        "from_hour": "" if policy.from_hour is None else str(policy.from_hour),
        "until_hour": "" if policy.until_hour is None else str(policy.until_hour),
        "pause_s": policy.pause_s,
        "neighbour_km": f"{policy.neighbour_km:g}",
        "target_min": policy.target_min,
    }


def _save(principal: Principal, said: dict[str, Any]) -> None:
    health.set_recovery_policy(
        operator_id=principal.operator_id,
        is_enabled=said["is_enabled"],
        steps=said["steps"],
        per_day=said["per_day"],
        from_hour=int(said["from_hour"]) if said["from_hour"] else None,
        until_hour=int(said["until_hour"]) if said["until_hour"] else None,
        pause_s=said["pause_s"],
        neighbour_km=said["neighbour_km"],
        target_min=said["target_min"],
        actor=principal.actor,
    )
