"""Stations nobody knows, which called: what they said, and letting them in by one press."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.stations import approval, holding
from chargehand.domain.stations.actions import NewStation
from chargehand.domain.stations.queries import WaitingView
from chargehand.interfaces.console import deeds, door, forms, frame
from chargehand.interfaces.console.stations import show_secret
from chargehand.kernel.errors import Refused

_HANDSHAKE: Final[Mapping[str, Promise]] = {
    "has_password": gettext_lazy("Sent a password"),
    "has_certificate": gettext_lazy("Showed a certificate"),
    "user_agent": gettext_lazy("Calls its software"),
}


@require_GET
@door.needs(Permission.STATIONS_APPROVE)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Those that wait, the one heard last first."""
    context: dict[str, Any] = {
        "waiting": [
            _card(principal, one, number) for number, one in enumerate(approval.waiting_for(principal))
        ],
    }
    context["may_hold"] = principal.may(Permission.STATIONS_CONFIGURE) and principal.location_ids is None
    context["holds_new"] = holding.holds_new(principal.operator_id)
    return frame.show(request, principal, "console/waiting.html", context)


@require_POST
@door.needs(Permission.STATIONS_CONFIGURE)
def hold(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Say whether new stations are held until they are set up; that counts at all sites."""
    if principal.location_ids is not None:
        return door.refuse(request, principal, Permission.STATIONS_CONFIGURE)
    holds_new = request.POST.get("value") == "hold"
    return deeds.act(
        request,
        principal,
        lambda: holding.set_policy(operator_id=principal.operator_id, holds_new=holds_new),
        target=reverse("console:waiting"),
        done=_("Saved. It counts for stations that are added from now on."),
        entry=deeds.Entry(action="stations.hold_policy", subject="operator", detail={"holds_new": holds_new}),
    )


@require_POST
@door.needs(Permission.STATIONS_APPROVE)
def approve(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Make a station of one that waits; its password is shown once, on the page that answers."""
    identity = request.POST.get("identity", "")
    target = reverse("console:waiting")
    form = forms.ApprovalForm(principal, request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the sites in the list."))
        return HttpResponseRedirect(target)
    try:
        made = deeds.perform(
            request,
            principal,
            lambda: _approve(principal, identity, form.cleaned_data),
            entry=deeds.Entry(action="station.approved", subject=f"identity:{identity}"),
            target=target,
        )
    except deeds.SentBefore:
        messages.info(request, deeds.sent_before_sentence())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        return show_secret(request, principal, made)
    return HttpResponseRedirect(target)


@require_POST
@door.needs(Permission.STATIONS_APPROVE)
def dismiss(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Take a station off the list; it comes back when it calls again."""
    identity = request.POST.get("identity", "")
    return deeds.act(
        request,
        principal,
        lambda: _dismiss(principal, identity),
        target=reverse("console:waiting"),
        done=_("%s is off the list. It comes back when it calls again.") % identity,
        entry=deeds.Entry(action="station.dismissed", subject=f"identity:{identity}"),
    )


def _approve(principal: Principal, identity: str, said: dict[str, Any]) -> NewStation:
    approval.check_waiting_for(principal, identity)
    return approval.approve_waiting(
        operator_id=principal.operator_id, identity=identity, name=said["name"], location_id=said["location"]
    )


def _dismiss(principal: Principal, identity: str) -> None:
    approval.check_waiting_for(principal, identity)
    approval.dismiss_waiting(identity=identity)


def _value(value: str | int) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _card(principal: Principal, one: WaitingView, number: int) -> dict[str, Any]:
    said = [
        (_("Versions offered"), ", ".join(one.subprotocols) or _("none; it is taken for OCPP 1.6")),
        (_("Security profile tried"), str(one.security_profile)),
        (_("From"), one.address or None),
    ]
    said += [
        (str(_HANDSHAKE.get(name, name)), _value(value))
        for name, value in one.handshake.items()
        if isinstance(value, str | int) and name != "path"
    ]
    return {
        "it": one,
        "said": said,
        "form": forms.ApprovalForm(principal, auto_id=f"id_{number}_%s"),
        "key": str(number),
    }
