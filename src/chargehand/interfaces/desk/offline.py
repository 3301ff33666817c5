"""What makes the pages work without a connection: the service worker, its page of last resort, the icon."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe


@require_safe
def worker(_request: HttpRequest) -> HttpResponse:
    """Give the service worker; it may answer for the technicians' pages and for nothing else."""
    found = finders.find("ui/dist/desk-worker.js")
    if not found:
        raise Http404
    headers = {"Service-Worker-Allowed": reverse("desk:jobs"), "Cache-Control": "no-cache"}
    return HttpResponse(Path(str(found)).read_bytes(), content_type="text/javascript", headers=headers)


@require_safe
def missing(request: HttpRequest) -> HttpResponse:
    """The page for what is not stored on this phone; it names nobody and nothing."""
    return render(request, "desk/missing.html")


@require_safe
def manifest(_request: HttpRequest) -> JsonResponse:
    """Let a phone put the pages on its home screen (W3C Web Application Manifest)."""
    jobs = reverse("desk:jobs")
    icon = {"src": static("ui/mark.svg"), "sizes": "any", "type": "image/svg+xml"}
    return JsonResponse(
        {
            "name": _("Chargehand jobs"),
            "short_name": _("Jobs"),
            "start_url": jobs,
            "scope": jobs,
            "display": "standalone",
            "background_color": "#f5f7f8",
            "theme_color": "#f5f7f8",
            "icons": [icon],
        },
        content_type="application/manifest+json",
    )
