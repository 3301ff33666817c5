"""The counts beside the navigation, for pages that ask again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from chargehand.domain.accounts.principals import Principal
from chargehand.interfaces.console import door, frame


@require_GET
@door.needs(None)
def show(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The counts, each as the element that takes the place of the old one."""
    return frame.show_part(request, principal, "console/counts.html", {"nav": frame.counted(principal)})
