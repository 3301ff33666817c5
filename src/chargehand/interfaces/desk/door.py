"""The technicians' door: who comes in, for which operator, and what they may do."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, Final, ParamSpec, TypeAlias

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal

P = ParamSpec("P")
Inside: TypeAlias = Callable[Concatenate[HttpRequest, Principal, P], HttpResponse]
Outside: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponse]

#: The session's key for the operator a person chose to act for; the console writes it.
OPERATOR: Final = "operator"


def needs(permission: Permission) -> Callable[[Inside[P]], Outside[P]]:
    """Let a person in who may do this; the view gets who they are.

    Others are sent to sign in or refused; a page's script gets 401 or 403, and keeps what it has.
    """

    def guard(view: Inside[P]) -> Outside[P]:
        def enter(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.user.pk is None:
                if is_script(request):
                    return JsonResponse({"sentence": _("Sign in again.")}, status=401)
                return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))
            if any("\0" in value for _name, values in request.POST.lists() for value in values):
                return HttpResponseBadRequest(_("This form holds a character that no text has."))
            principal = _principal_of(request)
            if principal is None or not principal.may(permission):
                return _refuse(request)
            home = accounts.operator(principal.operator_id)
            with timezone.override(zoneinfo.ZoneInfo(home.time_zone if home else "UTC")):
                return view(request, principal, *args, **kwargs)

        update_wrapper(enter, view)
        return enter

    return guard


def is_script(request: HttpRequest) -> bool:
    """Whether a page's script asks, which can do nothing with a page to sign in."""
    return request.headers.get("X-Requested-With") == "desk"


def _principal_of(request: HttpRequest) -> Principal | None:
    user_id = request.user.pk or 0
    chosen = request.session.get(OPERATOR)
    found = accounts.principal_of(user_id, chosen) if chosen else None
    return found or accounts.principal_of(user_id)


def _refuse(request: HttpRequest) -> HttpResponse:
    sentence = _("These pages are for people who do work at chargers. Ask an admin for the role Technician.")
    if is_script(request):
        return JsonResponse({"sentence": sentence}, status=403)
    return render(request, "desk/refused.html", {"sentence": sentence}, status=403)
