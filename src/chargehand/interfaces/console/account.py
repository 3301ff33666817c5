"""A person's own page: who they are here, for whom they act, and the way to password and second factor."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.principals import Principal
from chargehand.interfaces.console import door, frame, wording


@require_GET
@door.needs(None)
def show(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The page."""
    context = {
        "role": wording.role_word(principal.role),
        "rights": [word for each, word in wording.PERMISSIONS.items() if principal.may(each)],
        "operators": accounts.operators_of(request.user.pk or 0),
    }
    return frame.show(request, principal, "console/account.html", context)


@require_POST
@door.needs(None)
def act_for(request: HttpRequest, _principal: Principal) -> HttpResponse:
    """Act for another operator from now on, where the person has a role."""
    wanted = request.POST.get("operator", "")
    if accounts.principal_of(request.user.pk or 0, wanted) is not None:
        request.session[door.OPERATOR] = wanted
    return HttpResponseRedirect(reverse("console:overview"))
