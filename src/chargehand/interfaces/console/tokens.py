"""Tokens: the list, one token with its sessions, adding, blocking, and bringing in a table of them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging import token_sites
from chargehand.domain.tokens import actions, csv_import
from chargehand.domain.tokens import queries as tokens
from chargehand.domain.tokens.actions import TokenDetails
from chargehand.domain.tokens.kinds import TokenKind
from chargehand.domain.tokens.queries import TokenView
from chargehand.interfaces.console import cursors, deeds, door, finding, forms, frame, wording
from chargehand.interfaces.console.sessions import as_line
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

#: A file larger than this is no table of at most 10,000 tokens.
MOST_BYTES = 8_000_000


@require_GET
@door.needs(Permission.TOKENS_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The list, newest first."""
    text, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    before = cursors.read_number(request.GET.get("before", ""))
    page = tokens.list_tokens(
        principal.operator_id,
        search=text,
        is_blocked={"blocked": True, "valid": False}.get(state),
        token_ids=token_sites.tokens_used_at(principal.operator_id, principal.location_ids),
        before_id=before,
    )
    given = {name: value for name, value in (("q", text), ("state", state)) if value}
    following = {**given, "before": page.next_before_id}
    context = {
        "tokens": [as_line_of(token) for token in page.tokens],
        "q": text,
        "state": state,
        "is_filtered": bool(given),
        "may_edit": may_edit(principal),
        "next_url": f"?{urlencode(following)}" if page.next_before_id else "",
        "first_url": f"{request.path}?{urlencode(given)}" if before else "",
    }
    return frame.show(request, principal, "console/tokens.html", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.TOKENS_VIEW)
def show(request: HttpRequest, principal: Principal, token_id: int) -> HttpResponse:
    """One token with the sessions it began; a POST edits what is said about it."""
    token = finding.token(principal, token_id)
    if request.method == "POST" and not may_edit(principal):
        return door.refuse(request, principal, Permission.TOKENS_EDIT)
    form = forms.TokenForm(request.POST if request.method == "POST" else None, initial=_said(token))
    here = reverse("console:tokens-page", args=[token.id])
    if request.method == "POST" and form.is_valid():
        details = _details(form.cleaned_data, token.language)
        return deeds.act(
            request,
            principal,
            lambda: actions.edit_token(
                operator_id=principal.operator_id, token_id=token.id, details=details, actor=principal.actor
            ),
            target=here,
            done=_("Saved."),
        )
    page = charging.list_transactions(
        principal.operator_id, token_id=token.id, location_ids=principal.location_ids, limit=20
    )
    context = {
        "line": as_line_of(token),
        "token": token,
        "form": form,
        "may_edit": may_edit(principal),
        "sessions": [as_line(view) for view in page.transactions],
        "crumbs": [(_("Tokens"), reverse("console:tokens"))],
    }
    return frame.show(request, principal, "console/token.html", context)


@require_http_methods(["GET", "POST"])
@door.needs(Permission.TOKENS_EDIT)
def add(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Make a token known."""
    if not may_edit(principal):
        return door.refuse(request, principal, Permission.TOKENS_EDIT)
    form = forms.NewTokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            deeds.perform(
                request,
                principal,
                lambda: actions.issue_token(
                    operator_id=principal.operator_id,
                    uid=said["uid"],
                    kind=TokenKind(said["kind"]),
                    details=_details(said),
                    actor=principal.actor,
                ),
                target=reverse("console:tokens"),
            )
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refusal:
            form.add_error("uid", refusal.sentence)
        else:
            messages.success(request, _("Token %s may charge.") % said["uid"])
            return HttpResponseRedirect(reverse("console:tokens"))
    context = {"form": form, "crumbs": [(_("Tokens"), reverse("console:tokens"))]}
    return frame.show(request, principal, "console/token_add.html", context)


@require_POST
@door.needs(Permission.TOKENS_EDIT)
def set_status(request: HttpRequest, principal: Principal, token_id: int, name: str) -> HttpResponse:
    """Block a token or let it charge again."""
    deed = {"block": actions.block_token, "unblock": actions.unblock_token}.get(name)
    if deed is None:
        raise Http404
    finding.token(principal, token_id)
    if not may_edit(principal):
        return door.refuse(request, principal, Permission.TOKENS_EDIT)
    done = _("This token may not charge any more.") if name == "block" else _("This token may charge again.")
    return deeds.act(
        request,
        principal,
        lambda: deed(operator_id=principal.operator_id, token_id=token_id, actor=principal.actor),
        target=deeds.way_back(request, reverse("console:tokens")),
        done=done,
    )


@require_http_methods(["GET", "POST"])
@door.needs(Permission.TOKENS_EDIT)
def import_file(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Bring in a table; the page says what came of it, line by line where something did not."""
    if not may_edit(principal):
        return door.refuse(request, principal, Permission.TOKENS_EDIT)
    form = forms.TokenFileForm(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        try:
            text = _text_of(form.cleaned_data["file"])
            report = deeds.perform(
                request,
                principal,
                lambda: csv_import.import_csv(
                    operator_id=principal.operator_id, text=text, actor=principal.actor
                ),
                target=reverse("console:tokens"),
            )
        except deeds.SentBefore as before:
            return HttpResponseRedirect(before.target)
        except Refused as refusal:
            form.add_error("file", refusal.sentence)
    context = {
        "form": form,
        "report": report,
        "columns": csv_import.COLUMNS,
        "crumbs": [(_("Tokens"), reverse("console:tokens"))],
    }
    return frame.show(request, principal, "console/token_import.html", context)


def may_edit(principal: Principal) -> bool:
    """Whether a person may change tokens: those count everywhere, so nobody who is bound to sites does."""
    return principal.location_ids is None and principal.may(Permission.TOKENS_EDIT)


def as_line_of(token: TokenView) -> dict[str, Any]:
    """A token as a row of a table."""
    is_over = token.valid_until is not None and token.valid_until <= clock.now()
    state, word = ("ready", _("Valid"))
    if token.is_blocked:
        state, word = "broken", _("Blocked")
    elif is_over:
        state, word = "attention", _("Expired")
    return {"it": token, "kind": wording.TOKEN_KINDS[token.kind], "state": state, "word": word}


def _said(token: TokenView) -> dict[str, Any]:
    until = timezone.localtime(token.valid_until).date() if token.valid_until else None
    return {
        "holder_name": token.holder_name,
        "group_uid": token.group_uid,
        "valid_until": until,
        "note": token.note,
    }


def _details(said: dict[str, Any], language: str = "") -> TokenDetails:
    """What the form says; a token is valid to the end of the day in the operator's time."""
    until = said["valid_until"]
    return TokenDetails(
        holder_name=said["holder_name"],
        group_uid=said["group_uid"],
        valid_until=timezone.make_aware(datetime.combine(until, time(23, 59, 59))) if until else None,
        language=language,
        note=said["note"],
    )


def _text_of(file: Any) -> str:
    if file.size > MOST_BYTES:
        raise Refused("too-large", _("The file is too large. Split it."))
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused("bad-encoding", _("The file is not UTF-8 text. Save it as CSV UTF-8.")) from None
