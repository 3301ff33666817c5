"""What the alerts' pages share: the tabs, and the guard for what concerns the whole network."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.interfaces.console import door, frame


def show(request: HttpRequest, principal: Principal, name: str, context: dict[str, Any]) -> HttpResponse:
    """Answer with a page under the alerts' tabs; `name` is its address and template."""
    entries = (
        ("alerts", _("On duty")),
        ("alerts-escalation", _("Escalation")),
        ("alerts-windows", _("Maintenance windows")),
        ("alerts-log", _("What was sent")),
    )
    tabs = [
        {"label": label, "url": reverse(f"console:{entry}"), "current": entry == name}
        for entry, label in entries
    ]
    template = f"console/alerts/{name.partition('-')[2] or 'duty'}.html"
    return frame.show(request, principal, template, {"tabs": tabs, **context})


def refuse_bound(request: HttpRequest, principal: Principal) -> HttpResponse | None:
    """Say no to those who see only some sites: rotas and escalation concern all of them."""
    if principal.location_ids is None:
        return None
    return door.refuse(request, principal, Permission.ALERTS_EDIT)
