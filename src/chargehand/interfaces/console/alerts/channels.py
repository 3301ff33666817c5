"""My alerts: a person's own ways to be told, proved by a code, with quiet hours."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.notices import actions, queries
from chargehand.domain.notices.actions import ChannelTerms
from chargehand.domain.notices.kinds import ChannelKind
from chargehand.domain.notices.queries import ChannelView
from chargehand.interfaces.console import deeds, door, frame
from chargehand.interfaces.console.alerts import forms, words
from chargehand.kernel.errors import Refused

_TERMS = ChannelTerms.__struct_fields__


@require_GET
@door.needs(Permission.INCIDENTS_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """One's own channels."""
    own = queries.channels(principal.operator_id, user_id=principal.user_id)
    context = {
        "channels": [_line(each) for each in own],
        "is_mail_used": not any(each.is_verified and not each.is_paused for each in own),
    }
    return frame.show(request, principal, "console/alerts/channels.html", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.INCIDENTS_VIEW)
def add(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Add a channel; a code goes out by it."""
    home = accounts.operator(principal.operator_id)
    initial = {"time_zone": home.time_zone if home else "UTC", "least_severity": 9}
    form = forms.ChannelForm(principal, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            number = deeds.perform(
                request,
                principal,
                lambda: actions.add_channel(
                    principal=principal,
                    kind=ChannelKind(said["kind"]),
                    target=said["target"],
                    terms=_terms(said),
                ),
                target=reverse("console:channels"),
            )
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refusal:
            form.add_error("target" if refusal.code == "bad-address" else None, refusal.sentence)
        else:
            messages.success(request, _("A code is on its way. Type it in here."))
            return HttpResponseRedirect(reverse("console:channels-page", args=[number]))
    context = {"form": form, "crumbs": [(_("My alerts"), reverse("console:channels"))]}
    return frame.show(request, principal, "console/alerts/channel_add.html", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.INCIDENTS_VIEW)
def show(request: HttpRequest, principal: Principal, channel_id: int) -> HttpResponse:
    """One channel; a POST changes when it is used."""
    channel = _own(principal, channel_id)
    data = request.POST if request.method == "POST" else None
    form = forms.TermsForm(data, initial={name: getattr(channel, name) for name in _TERMS})
    here = reverse("console:channels-page", args=[channel_id])
    if data is not None and form.is_valid():
        terms = _terms(form.cleaned_data)
        return deeds.act(
            request,
            principal,
            lambda: actions.change_channel(principal=principal, channel_id=channel_id, terms=terms),
            target=here,
            done=_("Saved."),
        )
    context = {
        "line": _line(channel),
        "form": form,
        "crumbs": [(_("My alerts"), reverse("console:channels"))],
    }
    return frame.show(request, principal, "console/alerts/channel.html", context)


@require_POST
@door.needs(Permission.INCIDENTS_VIEW)
def act(request: HttpRequest, principal: Principal, channel_id: int, name: str) -> HttpResponse:
    """Send a code, take one in, or remove the channel."""
    _own(principal, channel_id)
    here = reverse("console:channels-page", args=[channel_id])
    if name == "remove":
        return deeds.act(
            request,
            principal,
            lambda: actions.remove_channel(principal=principal, channel_id=channel_id),
            target=reverse("console:channels"),
            done=_("The channel is removed."),
        )
    if name == "test":
        return deeds.act(
            request,
            principal,
            lambda: actions.send_code(principal=principal, channel_id=channel_id),
            target=here,
            done=_("A code is on its way."),
        )
    if name != "verify":
        raise Http404
    # Outside `deeds`, whose transaction would forget that a wrong code was tried.
    try:
        actions.verify_channel(principal=principal, channel_id=channel_id, code=request.POST.get("code", ""))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("This channel works. It is used from now on."))
    return HttpResponseRedirect(here)


def _own(principal: Principal, channel_id: int) -> ChannelView:
    found = queries.channel(principal.operator_id, principal.user_id or 0, channel_id)
    if found is None:
        raise Http404
    return found


def _terms(said: dict[str, Any]) -> ChannelTerms:
    return ChannelTerms(**{name: said.get(name, False) for name in _TERMS})


def _line(channel: ChannelView) -> dict[str, Any]:
    state, word = "ready", _("In use")
    if not channel.is_verified:
        state, word = "attention", _("Waits for its code")
    elif channel.is_paused:
        state, word = "offline", _("Not used for now")
    elif channel.last_state in {"failed", "unknown"}:
        state, word = "broken", _("The last message did not arrive")
    return {
        "it": channel,
        "kind": words.KINDS[channel.kind],
        "severity": words.severity_words(channel.least_severity),
        "state": state,
        "word": word,
    }
