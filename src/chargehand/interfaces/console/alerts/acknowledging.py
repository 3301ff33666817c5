"""The page behind the link of an alert: what is wrong, and one button to take care of it, without signing in.

Reading it changes nothing: mail scanners and previews open every link.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.notices import actions, links, queries, wording
from chargehand.domain.notices.queries import AlertView
from chargehand.kernel.errors import Refused

#: What is acknowledged by a link stays with the person it was sent to; nobody else's page may hold it.
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@csrf_exempt  # the link itself is the secret: who can forge a request to it could as well press the button
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    """Show the alert; a POST takes care of it."""
    try:
        alert, principal = _open(token)
    except Refused as refusal:
        return _answer(request, {"sentence": refusal.sentence}, status=404)
    is_done = False
    if request.method == "POST":
        try:
            actions.acknowledge(principal=principal, alert_id=alert.id)
        except Refused as refusal:
            return _answer(request, {"sentence": refusal.sentence}, status=409)
        is_done = True
        alert = queries.alert(principal.operator_id, alert.id) or alert
    context = {
        "alert": alert,
        "severity": wording.severity_word(alert.severity),
        "place": wording.places(principal.operator_id, alert.station_ids),
        "what": wording.kind_sentence(alert.kind),
        "who": principal.actor.name,
        "is_done": is_done,
        "is_own": alert.acknowledged_by == principal.actor.name,
        "brand": principal.operator_name,
    }
    return _answer(request, context)


def _open(token: str) -> tuple[AlertView, Principal]:
    """The alert of a link, and the person it was sent to as they stand now."""
    bearer = links.read_token(token)
    found = queries.alert_of_any_operator(bearer.alert_id)
    home = accounts.operator(found[0]) if found else None
    principal = accounts.principal_of(bearer.user_id, home.slug) if home else None
    if found is None or principal is None or not principal.may(Permission.INCIDENTS_EDIT):
        raise Refused("bad-link", _("This link holds no more. Sign in to see what is wrong."))
    return found[1], principal


def _answer(request: HttpRequest, context: dict[str, object], status: int = 200) -> HttpResponse:
    answer = render(request, "console/alerts/acknowledge.html", context, status=status)
    for name, value in _HEADERS.items():
        answer.headers[name] = value
    return answer
