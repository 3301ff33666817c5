"""Where and for whom a tariff counts: assigned, tried out before, ended; and which price counts at a place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import queries as stations
from chargehand.domain.tariffs import actions, conflicts
from chargehand.domain.tariffs import queries as tariffs
from chargehand.domain.tariffs.conflicts import ConflictKind, Wanted
from chargehand.domain.tariffs.views import Place
from chargehand.interfaces.console import deeds, door, finding, frame
from chargehand.interfaces.console import station as station_page
from chargehand.interfaces.console.tariffs import parts, spots
from chargehand.interfaces.console.tariffs.fields import MomentField
from chargehand.interfaces.console.tariffs.forms import FutureField
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused


class PlaceForm(forms.Form):
    """A place and a token group."""

    scope = forms.ChoiceField(label=gettext_lazy("Where"))
    station = forms.CharField(
        label=gettext_lazy("Charger"),
        max_length=48,
        required=False,
        help_text=gettext_lazy("The number on it, such as 4107. For a charger or one of its plugs."),
    )
    plug = forms.CharField(
        label=gettext_lazy("Plug"),
        max_length=2,
        required=False,
        help_text=gettext_lazy("Its letter, such as A. Empty: all plugs of the charger."),
    )
    token_group = forms.CharField(
        label=gettext_lazy("Only for the token group"),
        max_length=255,
        required=False,
        help_text=gettext_lazy("As it stands at the tokens. Empty: for everybody."),
    )

    def __init__(self, principal: Principal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._principal = principal
        field = self.fields["scope"]
        assert isinstance(field, forms.ChoiceField)
        sites = stations.locations(principal.operator_id, location_ids=principal.location_ids)
        choices: list[Any] = [("station", _("at one charger"))]
        if principal.location_ids is None:
            choices.insert(0, ("everywhere", _("everywhere")))
        field.choices = [*choices, (_("At a site"), [(f"site:{each.id}", each.name) for each in sites])]

    def clean(self) -> dict[str, Any]:
        """Find the place that was named."""
        said = super().clean() or {}
        said["token_group"] = said.get("token_group", "").strip()
        kind, _colon, number = said.get("scope", "").partition(":")
        said["place"] = Place(location_id=int(number)) if kind == "site" else Place()
        if kind == "station":
            self._find_charger(said)
        elif said.get("station", "").strip():
            self.add_error("scope", _("You named a charger: choose “at one charger”, or empty the charger."))
        return said

    def _find_charger(self, said: dict[str, Any]) -> None:
        identity = said.get("station", "").strip()
        if not identity:
            self.add_error("station", _("Say which charger."))
            return
        found = stations.station_by_identity(self._principal.operator_id, identity)
        if found is None or not finding.may_see(self._principal, found.location_id):
            self.add_error("station", _("There is no charger %s.") % identity)
            return
        letter = said.get("plug", "").strip().upper()
        plugs = dict(station_page.lettered(found))
        if letter and letter not in plugs:
            known = ", ".join(plugs) or _("none yet")
            self.add_error("plug", _("This charger has no plug %(letter)s. It has: %(known)s.")
                           % {"letter": letter, "known": known})  # fmt: skip
            return
        plug = plugs.get(letter)
        said["place"] = Place(
            station_id=found.id,
            evse=plug.evse if plug else None,
            connector=plug.connector if plug else None,
        )


class AssignForm(PlaceForm):
    """A place, a token group, and the time in which a tariff counts there."""

    valid_from = FutureField(label=gettext_lazy("From"), help_text=gettext_lazy("Empty: at once."))
    valid_until = FutureField(label=gettext_lazy("Until"), help_text=gettext_lazy("Empty: for good."))


class WhereForm(PlaceForm):
    """A place and a time at which to look."""

    at = MomentField(label=gettext_lazy("At"), required=False, help_text=gettext_lazy("Empty: now."))

    def __init__(self, principal: Principal, *args: Any, **kwargs: Any) -> None:
        super().__init__(principal, *args, **kwargs)
        self.fields["token_group"].label = _("With a token of the group")


@require_http_methods(["GET", "POST"])
@door.needs(Permission.TARIFFS_EDIT)
def assign(request: HttpRequest, principal: Principal, tariff_id: int) -> HttpResponse:
    """Set a tariff for a place and a token group; `check` only says what would come of it."""
    refusal = parts.refuse_bound(request, principal)
    if refusal is not None:
        return refusal
    found = parts.tariff(principal, tariff_id)
    here = reverse("console:tariffs-page", args=[tariff_id])
    initial = {name: request.GET.get(name, "") for name in ("scope", "station", "plug", "token_group")}
    form = AssignForm(principal, request.POST if request.method == "POST" else None, initial=initial)
    tried: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            if request.POST.get("do") != "save":
                tried = _try(principal, tariff_id, said)
            else:
                deeds.perform(request, principal, lambda: _assign(principal, tariff_id, said), target=here)
                return HttpResponseRedirect(f"{here}#assignments")
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refused:
            form.add_error("valid_until" if refused.code == "ends-before-start" else None, refused.sentence)
    context = {"form": form, "tariff": found, "tried": tried, "crumbs": parts.crumbs(found)}
    return frame.show(request, principal, "console/tariffs/assign.html", context)


@require_POST
@door.needs(Permission.TARIFFS_EDIT)
def end(request: HttpRequest, principal: Principal, tariff_id: int, assignment_id: int) -> HttpResponse:
    """End an assignment now; one that has not begun never will."""
    refusal = parts.refuse_bound(request, principal)
    if refusal is not None:
        return refusal
    parts.tariff(principal, tariff_id)
    if assignment_id not in {each.id for each in parts.assignments(principal, tariff_id)}:
        raise Http404
    return deeds.act(
        request,
        principal,
        lambda: actions.end_assignment(
            operator_id=principal.operator_id, assignment_id=assignment_id, actor=principal.actor
        ),
        target=f"{reverse('console:tariffs-page', args=[tariff_id])}#assignments",
        done=_("Ended. Charges that have begun keep their price."),
    )


@require_GET
@door.needs(Permission.TARIFFS_VIEW)
def look(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Which price counts at a place, for whom, when, and why."""
    form = WhereForm(principal, request.GET if "scope" in request.GET else None)
    found: dict[str, Any] | None = None
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        at = said["at"] or clock.now()
        found = spots.explain(principal, said["place"], said["token_group"], at)
        found |= {"words": _when(principal, said, at)}
    context = {"form": form, "found": found, "crumbs": parts.crumbs()}
    return frame.show(request, principal, "console/tariffs/where.html", context)


def _assign(principal: Principal, tariff_id: int, said: dict[str, Any]) -> int:
    _refuse_conflict(principal, tariff_id, said)
    return actions.assign_tariff(
        operator_id=principal.operator_id,
        tariff_id=tariff_id,
        actor=principal.actor,
        place=said["place"],
        token_group=said["token_group"],
        valid_from=said["valid_from"],
        valid_until=said["valid_until"],
    )


@transaction.atomic
def _try(principal: Principal, tariff_id: int, said: dict[str, Any]) -> dict[str, Any]:
    """What would count once the tariff is assigned so: it is, for a moment that nobody sees."""
    _assign(principal, tariff_id, said)
    at = said["valid_from"] or clock.now()
    found = spots.explain(principal, said["place"], said["token_group"], at)
    found |= {"words": _when(principal, said, at)}
    transaction.set_rollback(True)
    return found


def _refuse_conflict(principal: Principal, tariff_id: int, said: dict[str, Any]) -> None:
    """Raise Refused `conflict` where another assignment makes this one pointless or unclear."""
    wanted = Wanted(
        tariff_id=tariff_id,
        place=said["place"],
        token_group=said["token_group"],
        priority=0,
        valid_from=said["valid_from"] or clock.now(),
        valid_until=said["valid_until"],
    )
    found = conflicts.find_conflict(tariffs.assignments(principal.operator_id), wanted)
    if found is None:
        return
    names = {
        "tariff": found.other.tariff_name,
        "where": spots.say(principal, found.other),
        "since": f"{timezone.localtime(found.other.valid_from):%Y-%m-%d %H:%M}",
    }
    sentences = {
        ConflictKind.SAME_TARIFF: _("This tariff counts %(where)s already, since %(since)s."),
        ConflictKind.SAME_START: _(
            "%(tariff)s counts %(where)s from the same moment (%(since)s), and only one price can. "
            "End it, or choose another time."
        ),
        ConflictKind.LOWER_PRIORITY: _(
            "%(tariff)s counts %(where)s with a higher priority, so this tariff never would. End it first."
        ),
    }
    raise Refused("conflict", sentences[found.kind] % names)


def _when(principal: Principal, said: dict[str, Any], at: datetime) -> str:
    where = spots.say_place(principal, said["place"], said["token_group"])
    return _("%(where)s, on %(time)s") % {"where": where, "time": f"{timezone.localtime(at):%Y-%m-%d %H:%M}"}
