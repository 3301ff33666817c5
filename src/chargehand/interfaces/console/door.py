"""The door: who comes in, for which operator, and what the one table of permissions lets them do."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, TypeAlias

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.interfaces.console import frame, wording

P = ParamSpec("P")
Inside: TypeAlias = Callable[Concatenate[HttpRequest, Principal, P], HttpResponse]
Outside: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponse]

#: The session's key for the operator a person chose to act for.
OPERATOR = "operator"


def needs(permission: Permission | None) -> Callable[[Inside[P]], Outside[P]]:
    """Let a person in who may do this (None: anybody with a role); the view gets who they are.

    Others are sent to sign in, or are told which roles may.
    """

    def guard(view: Inside[P]) -> Outside[P]:
        def enter(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            user_id = request.user.pk
            if user_id is None:
                return _ask_to_sign_in(request)
            if _holds_nul(request):
                return HttpResponseBadRequest(_("This address or form holds a character that no text has."))
            principal = principal_of(request)
            if principal is None:
                return _refuse_stranger(request)
            if permission is not None and not principal.may(permission):
                return refuse(request, principal, permission)
            with timezone.override(_zone_of(principal)):
                return view(request, principal, *args, **kwargs)

        update_wrapper(enter, view)
        return enter

    return guard


def principal_of(request: HttpRequest) -> Principal | None:
    """What the signed-in person is to the operator they chose, or to their first; None: nothing."""
    user_id = request.user.pk
    if user_id is None:
        return None
    chosen = request.session.get(OPERATOR)
    found = accounts.principal_of(user_id, chosen) if chosen else None
    return found or accounts.principal_of(user_id)


def refuse(request: HttpRequest, principal: Principal, permission: Permission) -> HttpResponse:
    """Say no (403), and which roles may do this."""
    context = frame.frame(request, principal) | {
        "sentence": _("Your role is %(role)s, which may not do this.")
        % {"role": wording.role_word(principal.role)},
        "who": wording.who_can(permission),
    }
    return render(request, "console/refused.html", context, status=403)


def _zone_of(principal: Principal) -> zoneinfo.ZoneInfo:
    home = accounts.operator(principal.operator_id)
    return zoneinfo.ZoneInfo(home.time_zone if home else "UTC")


def _holds_nul(request: HttpRequest) -> bool:
    """Whether a field holds NUL, which PostgreSQL's text cannot."""
    said = [*request.GET.lists(), *request.POST.lists()]
    return any("\0" in value for _name, values in said for value in values)


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        # A live part of a page whose session ended: the browser goes to the sign-in page as a whole.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))


def _refuse_stranger(request: HttpRequest) -> HttpResponse:
    return render(request, "console/stranger.html", status=403)
