"""Who is on duty: rotas now and in the coming days, their weekly shifts, and who stands in for whom."""

from __future__ import annotations

from typing import Any

from django.forms import formset_factory
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.notices import plans, queries
from chargehand.domain.notices.duty import ShiftTime
from chargehand.domain.notices.queries import RotaView
from chargehand.interfaces.console import deeds, door, frame
from chargehand.interfaces.console.alerts import forms, parts, words
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

_Shifts = formset_factory(forms.ShiftForm, extra=5, max_num=200)


@require_GET
@door.needs(Permission.ALERTS_EDIT)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All rotas with who is on duty now, and the times at which nobody is."""
    people = words.names(principal.operator_id)
    rotas = queries.rotas(principal.operator_id, clock.now())
    unreached = [each for each in people if not _is_reached(principal.operator_id, each)]
    context = {
        "rotas": [
            {
                "it": rota,
                "now": [words.name_of(people, each) for each in rota.on_duty],
                "gaps": rota.gaps[:5],
                "more_gaps": max(0, len(rota.gaps) - 5),
            }
            for rota in rotas
        ],
        "has_policies": bool(queries.policies(principal.operator_id)),
        "mail_only": [people[each] for each in unreached],
        "may_edit": principal.location_ids is None,
    }
    return parts.show(request, principal, "alerts", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.ALERTS_EDIT)
def edit(request: HttpRequest, principal: Principal, rota_id: int | None = None) -> HttpResponse:
    """Make a rota, or change its week."""
    refusal = parts.refuse_bound(request, principal)
    if refusal is not None:
        return refusal
    rota = None if rota_id is None else queries.rota(principal.operator_id, rota_id, clock.now())
    if rota_id is not None and rota is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = forms.RotaForm(data, initial=_said(principal, rota))
    shifts = _Shifts(
        data,
        initial=_rows(rota),
        prefix="shift",
        form_kwargs={"operator_id": principal.operator_id},
    )
    if data is not None and form.is_valid() and shifts.is_valid():
        try:
            number = deeds.perform(
                request, principal, lambda: _save(principal, rota_id, form, shifts), target=""
            )
        except deeds.SentBefore:
            return HttpResponseRedirect(reverse("console:alerts"))
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            return HttpResponseRedirect(reverse("console:alerts-rota", args=[number]))
    context = {
        "form": form,
        "shifts": shifts,
        "rota": rota,
        "overrides": _overrides(principal, rota),
        "override_form": forms.OverrideForm(principal.operator_id, auto_id="override_%s"),
        "crumbs": [(_("Alerts"), reverse("console:alerts"))],
    }
    return frame.show(request, principal, "console/alerts/rota.html", context)


@require_POST
@door.needs(Permission.ALERTS_EDIT)
def remove(request: HttpRequest, principal: Principal, rota_id: int) -> HttpResponse:
    """Remove a rota."""
    return parts.refuse_bound(request, principal) or deeds.act(
        request,
        principal,
        lambda: plans.remove_rota(operator_id=principal.operator_id, rota_id=rota_id, actor=principal.actor),
        target=reverse("console:alerts"),
        done=_("The rota is removed."),
    )


@require_POST
@door.needs(Permission.ALERTS_EDIT)
def add_override(request: HttpRequest, principal: Principal, rota_id: int) -> HttpResponse:
    """Let somebody else be on duty for a time."""
    form = forms.OverrideForm(principal.operator_id, request.POST)
    refusal = parts.refuse_bound(request, principal)
    if refusal is not None:
        return refusal
    is_valid = form.is_valid()

    def add() -> None:
        if not is_valid:
            raise Refused("bad-times", _("Give both days with their times."))
        plans.add_override(
            operator_id=principal.operator_id,
            rota_id=rota_id,
            actor=principal.actor,
            **form.cleaned_data,
        )

    here = reverse("console:alerts-rota", args=[rota_id])
    return deeds.act(request, principal, add, target=here, done=_("Saved."))


@require_POST
@door.needs(Permission.ALERTS_EDIT)
def remove_override(
    request: HttpRequest, principal: Principal, rota_id: int, override_id: int
) -> HttpResponse:
    """Let the week hold again."""
    return parts.refuse_bound(request, principal) or deeds.act(
        request,
        principal,
        lambda: plans.remove_override(
            operator_id=principal.operator_id,
            rota_id=rota_id,
            override_id=override_id,
            actor=principal.actor,
        ),
        target=reverse("console:alerts-rota", args=[rota_id]),
        done=_("The week holds again."),
    )


def _is_reached(operator_id: int, user_id: int) -> bool:
    """Whether somebody who would be told has a channel beside the mail of their account."""
    own = queries.channels(operator_id, user_id=user_id)
    return any(each.is_verified and not each.is_paused for each in own)


def _said(principal: Principal, rota: RotaView | None) -> dict[str, Any]:
    if rota is not None:
        return {"name": rota.name, "time_zone": rota.time_zone}
    home = accounts.operator(principal.operator_id)
    return {"time_zone": home.time_zone if home else "UTC"}


def _rows(rota: RotaView | None) -> list[dict[str, Any]]:
    shifts = rota.shifts if rota is not None else ()
    return [
        {"weekday": each.weekday, "starts": each.starts, "ends": each.ends, "user_id": each.user_id}
        for each in shifts
    ]


def _save(principal: Principal, rota_id: int | None, form: forms.RotaForm, shifts: Any) -> int:
    said = [each.cleaned_data for each in shifts if each.cleaned_data.get("user_id")]
    return plans.save_rota(
        operator_id=principal.operator_id,
        rota_id=rota_id,
        name=form.cleaned_data["name"],
        time_zone=form.cleaned_data["time_zone"],
        shifts=[
            ShiftTime(
                weekday=int(each["weekday"]),
                starts=each["starts"],
                ends=each["ends"],
                user_id=each["user_id"],
            )
            for each in said
        ],
        actor=principal.actor,
    )


def _overrides(principal: Principal, rota: RotaView | None) -> list[dict[str, Any]]:
    people = words.names(principal.operator_id)
    found = rota.overrides if rota is not None else ()
    return [{"it": each, "who": words.name_of(people, each.user_id)} for each in found]
