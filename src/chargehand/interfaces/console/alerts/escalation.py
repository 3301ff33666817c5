"""Escalation: whom to tell one after the other, and which incidents take which way."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import formset_factory
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.notices import plans, queries
from chargehand.domain.notices.plans import RouteTerms, Step
from chargehand.domain.notices.queries import PolicyView, StepView
from chargehand.interfaces.console import deeds, door, frame
from chargehand.interfaces.console.alerts import forms, parts, words
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

_Steps = formset_factory(forms.StepForm, extra=3, max_num=plans.MOST_STEPS)
_Routes = formset_factory(forms.RouteForm, extra=1, can_order=True, can_delete=True, max_num=50)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.ALERTS_EDIT)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All escalations, and the routes that lead to them; a POST saves the routes."""
    here = reverse("console:alerts-escalation")
    data = request.POST if request.method == "POST" else None
    routes = _Routes(
        data,
        initial=_route_rows(principal),
        prefix="route",
        form_kwargs={"operator_id": principal.operator_id},
    )
    refusal = parts.refuse_bound(request, principal) if data is not None else None
    if refusal is not None:
        return refusal
    if data is not None and routes.is_valid():
        terms = [_terms(each.cleaned_data) for each in routes.ordered_forms if _is_said(each)]
        return deeds.act(
            request,
            principal,
            lambda: plans.save_routes(operator_id=principal.operator_id, routes=terms, actor=principal.actor),
            target=here,
            done=_("Saved."),
        )
    if data is not None:
        messages.error(request, _("Look at the routes: something is missing."))
    context = {
        "policies": [_line(principal, each) for each in queries.policies(principal.operator_id)],
        "routes": routes,
        "may_edit": principal.location_ids is None,
    }
    return parts.show(request, principal, "alerts-escalation", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.ALERTS_EDIT)
def edit(request: HttpRequest, principal: Principal, policy_id: int | None = None) -> HttpResponse:
    """Make an escalation, or change its steps."""
    refusal = parts.refuse_bound(request, principal)
    if refusal is not None:
        return refusal
    policy = next((each for each in queries.policies(principal.operator_id) if each.id == policy_id), None)
    if policy_id is not None and policy is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    said = {} if policy is None else {"name": policy.name, "repeats": policy.repeats}
    form = forms.PolicyForm(data, initial=said)
    rotas = [(f"rota:{each.id}", each.name) for each in queries.rotas(principal.operator_id, clock.now())]
    steps = _Steps(
        data,
        initial=[_step_row(each) for each in (policy.steps if policy else ())],
        prefix="step",
        form_kwargs={"operator_id": principal.operator_id, "rotas": rotas},
    )
    if data is not None and form.is_valid() and steps.is_valid():
        try:
            deeds.perform(request, principal, lambda: _save(principal, policy_id, form, steps), target="")
        except deeds.SentBefore:
            return HttpResponseRedirect(reverse("console:alerts-escalation"))
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            return HttpResponseRedirect(reverse("console:alerts-escalation"))
    crumbs = [
        (_("Alerts"), reverse("console:alerts")),
        (_("Escalation"), reverse("console:alerts-escalation")),
    ]
    context = {"form": form, "steps": steps, "policy": policy, "crumbs": crumbs}
    return frame.show(request, principal, "console/alerts/policy.html", context)


@require_POST
@door.needs(Permission.ALERTS_EDIT)
def remove(request: HttpRequest, principal: Principal, policy_id: int) -> HttpResponse:
    """Remove an escalation."""
    return parts.refuse_bound(request, principal) or deeds.act(
        request,
        principal,
        lambda: plans.remove_policy(
            operator_id=principal.operator_id, policy_id=policy_id, actor=principal.actor
        ),
        target=reverse("console:alerts-escalation"),
        done=_("The escalation is removed."),
    )


def _line(principal: Principal, policy: PolicyView) -> dict[str, Any]:
    people = words.names(principal.operator_id)
    rotas = {each.id: each.name for each in queries.rotas(principal.operator_id, clock.now())}

    def target(step: StepView) -> str:
        if step.rota_id is not None:
            return _("on duty by %s") % rotas.get(step.rota_id, "?")
        return words.name_of(people, step.user_id) if step.user_id else _("all of operations")

    return {
        "it": policy,
        "steps": [{"who": target(step), "wait": step.wait_minutes} for step in policy.steps],
    }


def _step_row(step: StepView) -> dict[str, Any]:
    target = "team"
    if step.rota_id is not None:
        target = f"rota:{step.rota_id}"
    elif step.user_id is not None:
        target = f"person:{step.user_id}"
    return {"target": target, "wait_minutes": step.wait_minutes}


def _save(principal: Principal, policy_id: int | None, form: forms.PolicyForm, steps: Any) -> int:
    said = [each.cleaned_data for each in steps if each.cleaned_data.get("target")]
    return plans.save_policy(
        operator_id=principal.operator_id,
        policy_id=policy_id,
        name=form.cleaned_data["name"],
        repeats=form.cleaned_data["repeats"],
        steps=[_step(each["target"], each["wait_minutes"] or 0) for each in said],
        actor=principal.actor,
    )


def _step(target: str, wait_minutes: int) -> Step:
    kind, _separator, number = target.partition(":")
    return Step(
        wait_minutes=wait_minutes,
        rota_id=int(number) if kind == "rota" else None,
        user_id=int(number) if kind == "person" else None,
    )


def _route_rows(principal: Principal) -> list[dict[str, Any]]:
    return [
        {
            "policy_id": str(each.policy_id) if each.policy_id is not None else "nobody",
            "least_severity": each.least_severity,
            "kinds": list(each.kinds),
            "location_ids": list(each.location_ids),
            "weekdays": list(each.weekdays),
            "hours_from": each.hours_from,
            "hours_to": each.hours_to,
        }
        for each in queries.routes(principal.operator_id)
    ]


def _is_said(form: Any) -> bool:
    return bool(form.cleaned_data.get("policy_id"))


def _terms(said: dict[str, Any]) -> RouteTerms:
    policy = said["policy_id"]
    return RouteTerms(
        policy_id=None if policy == "nobody" else int(policy),
        least_severity=said["least_severity"] or 9,
        kinds=said["kinds"],
        location_ids=said["location_ids"],
        weekdays=said["weekdays"],
        hours_from=said["hours_from"],
        hours_to=said["hours_to"],
    )
