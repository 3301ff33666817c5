"""What stands around every page of a technician: who it is, what is not sent, and what browsers are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from chargehand.domain.accounts.principals import Principal
from chargehand.interfaces.desk import wording
from chargehand.kernel import clock
from chargehand.kernel.ids import new_id


def show(
    request: HttpRequest,
    principal: Principal,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Answer with a page; only the phone's own store for its technician keeps it, no cache between."""
    around = {
        "principal": principal,
        "user_name": principal.actor.name,
        "signout_url": reverse("account_logout"),
        "desk_words": wording.script_words(),
        "now": clock.now(),
        # Called anew at each place of a template: by its number a form that is sent twice is known.
        "fresh_id": new_id,
    }
    response = render(request, template, {**around, **context}, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response
