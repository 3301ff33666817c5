"""Preventive plans: what comes again, how far each charger has come, and what was done last."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Final

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.health import places
from chargehand.domain.maintenance import checklists, plans
from chargehand.domain.maintenance.plans import Due, PlanDetails, PlanView
from chargehand.domain.stations import plates
from chargehand.interfaces.console import cursors, deeds, door, frame
from chargehand.interfaces.console.maintenance.plan_forms import PlanForm
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

MOST: Final = 300
UNITS: Final = {
    "days": gettext_lazy("days"),
    "cycles": gettext_lazy("charges"),
    "kwh": "kWh",
    "insertions": gettext_lazy("insertions"),
    "hours": gettext_lazy("hours of charging"),
}


@require_GET
@door.needs(Permission.WORK_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The plans, and what is due next."""
    due = plans.progress(principal.operator_id, clock.now(), location_ids=principal.location_ids)[:MOST]
    known = plates.plates(principal.operator_id, {each.station.id for each in due})
    context = {
        "plans": [_plan(view) for view in plans.plans(principal.operator_id)],
        "lines": [_line(each, known) for each in due],
        "may_plan": _may_plan(principal),
    }
    return frame.show(request, principal, "console/work/plans.html", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.WORK_PLAN)
def edit(request: HttpRequest, principal: Principal, plan_id: int | None = None) -> HttpResponse:
    """Make a plan, or change one."""
    known = {view.id: view for view in plans.plans(principal.operator_id)}
    if not _may_plan(principal) or (plan_id is not None and plan_id not in known):
        raise Http404
    before = known[plan_id].details if plan_id is not None else None
    initial = msgspec.structs.asdict(before) | {"threshold": f"{before.threshold:.10g}"} if before else {}
    form = PlanForm(principal, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        details = PlanDetails(
            **form.cleaned_data,
            station_id=before.station_id if before else None,
            parts=before.parts if before else (),
        )
        try:
            deeds.perform(
                request,
                principal,
                lambda: plans.save_plan(
                    operator_id=principal.operator_id,
                    details=details,
                    actor=principal.actor,
                    plan_id=plan_id,
                ),
            )
        except deeds.SentBefore:
            return HttpResponseRedirect(reverse("console:plans"))
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return HttpResponseRedirect(reverse("console:plans"))
    context = {
        "form": form,
        "title": before.name if before else _("New plan"),
        "crumbs": [(_("Preventive plans"), reverse("console:plans"))],
        "back": reverse("console:plans"),
        "label": _("Save the plan"),
    }
    return frame.show(
        request, principal, "console/work/form.html", context, status=422 if form.errors else 200
    )


@require_POST
@door.needs(Permission.WORK_PLAN)
def mark(request: HttpRequest, principal: Principal, plan_id: int) -> HttpResponse:
    """Say when a plan's work was done last at a charger."""
    day = parse_date(request.POST.get("day", ""))
    station_id = cursors.read_number(request.POST.get("station", ""))

    def do() -> None:
        if day is None or station_id is None:
            raise Refused("bad-time", _("Choose the day on which it was done."))
        plans.mark_done(
            operator_id=principal.operator_id,
            plan_id=plan_id,
            station_id=station_id,
            evse=cursors.read_number(request.POST.get("evse", "")) or 0,
            at=timezone.make_aware(datetime.combine(day, time.min)),
            actor=principal.actor,
        )

    if not _may_plan(principal):
        raise Http404
    return deeds.act(
        request, principal, do, target=reverse("console:plans"), done=_("The count begins there.")
    )


def _may_plan(principal: Principal) -> bool:
    """Whether a person plans for the whole network; who is bound to sites does not."""
    return principal.may(Permission.WORK_PLAN) and principal.location_ids is None


def _plan(view: PlanView) -> dict[str, Any]:
    said = view.details
    return {
        "it": view,
        "every": f"{_amount(said.threshold)} {UNITS[said.measure]}",
        "steps": checklists.TEMPLATES[said.checklist].name,
        "scope": " ".join(filter(None, (said.vendor, said.model))) or _("any model"),
    }


def _line(due: Due, known: dict[int, plates.Plate]) -> dict[str, Any]:
    share = due.used / due.threshold
    plate = known.get(due.station.id)
    return {
        "it": due,
        "place": places.name_place(plate, due.evse) if plate else due.station.identity,
        "used": _amount(round(due.used)),
        "of": f"{_amount(due.threshold)} {UNITS[due.measure]}",
        "percent": min(100, round(100 * share)),
        "look": "broken" if due.is_due else "attention" if share >= 0.9 else "ready",
        "word": _("due") if due.is_due else _("soon") if share >= 0.9 else _("not yet"),
    }


def _amount(number: float) -> str:
    """A number as people read it, thousands parted by thin blanks."""
    return f"{number:,.1f}".removesuffix(".0").replace(",", "\u202f")
