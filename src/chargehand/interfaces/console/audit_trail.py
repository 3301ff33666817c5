"""Who did what: the audit as people read it, newest first."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.interfaces.console import cursors, door, frame


@require_GET
@door.needs(Permission.AUDIT_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The page; `subject` (`station:4`) narrows it to one thing."""
    before = cursors.read_number(request.GET.get("before", ""))
    subject = request.GET.get("subject", "").strip()
    page = audit.list_audit(principal.operator_id, before_id=before, subject=subject or None, limit=100)
    given = {"subject": subject} if subject else {}
    context = {
        "entries": [
            {
                "it": entry,
                "detail": ", ".join(f"{name}: {value}" for name, value in entry.detail.items()),
            }
            for entry in page.entries
        ],
        "subject": subject,
        "next_url": f"?{urlencode({**given, 'before': page.next_before_id})}" if page.next_before_id else "",
        "first_url": f"{request.path}?{urlencode(given)}" if before else "",
    }
    return frame.show(request, principal, "console/audit.html", context)
