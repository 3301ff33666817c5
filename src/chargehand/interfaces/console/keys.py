"""API keys: issued once in clear, listed with their last use, revoked at once."""

from __future__ import annotations

from datetime import datetime, time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chargehand.domain.accounts import api_keys
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.interfaces.console import deeds, door, forms, frame, wording
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused


@require_GET
@door.needs(Permission.KEYS_EDIT)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All keys, newest first, revoked ones too."""
    now = clock.now()
    lines = []
    for key in accounts.api_keys(principal.operator_id):
        state, word = ("ready", _("Valid"))
        if key.revoked_at is not None:
            state, word = "offline", _("Revoked")
        elif key.expires_at is not None and key.expires_at <= now:
            state, word = "attention", _("Expired")
        scopes = [wording.PERMISSIONS[scope] for scope in key.scopes]
        lines.append({"it": key, "state": state, "word": word, "scopes": scopes})
    return frame.show(request, principal, "console/keys.html", {"keys": lines})


@require_http_methods(["GET", "POST"])
@door.needs(Permission.KEYS_EDIT)
def add(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Issue a key; its secret is shown once, on the page that answers."""
    form = forms.KeyForm(principal, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        until = said["expires_at"]
        try:
            issued = deeds.perform(
                request,
                principal,
                lambda: api_keys.issue_api_key(
                    operator_id=principal.operator_id,
                    name=said["name"],
                    scopes=[Permission(scope) for scope in said["scopes"]],
                    issuer=principal,
                    expires_at=timezone.make_aware(datetime.combine(until, time(23, 59, 59)))
                    if until
                    else None,
                ),
                target=reverse("console:keys"),
            )
        except deeds.SentBefore:
            messages.info(request, deeds.sent_before_sentence())
            return HttpResponseRedirect(reverse("console:keys"))
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            answer = frame.show(request, principal, "console/key_made.html", {"issued": issued})
            answer.headers["Cache-Control"] = "no-store"
            return answer
    context = {"form": form, "crumbs": [(_("API keys"), reverse("console:keys"))]}
    return frame.show(request, principal, "console/key_add.html", context)


@require_POST
@door.needs(Permission.KEYS_EDIT)
def revoke(request: HttpRequest, principal: Principal, key_id: int) -> HttpResponse:
    """Make a key useless from now on."""
    return deeds.act(
        request,
        principal,
        lambda: api_keys.revoke_api_key(
            operator_id=principal.operator_id, api_key_id=key_id, actor=principal.actor
        ),
        target=reverse("console:keys"),
        done=_("The key is revoked."),
    )
