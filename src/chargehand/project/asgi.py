"""The web as an ASGI application: the health pages, what stations upload, the news of pages, then Django."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.core.asgi import get_asgi_application
from django.urls import reverse

from chargehand.interfaces.api.uploads import PREFIX, receive_upload
from chargehand.interfaces.console.news.stream import send_news
from chargehand.project.health_pages import health_page
from chargehand.project.readiness import find_problems

_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})

django_application = get_asgi_application()
_NEWS = reverse("console:news")


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer a request (ASGI 3). Probes come before Django, whose host names they do not know."""
    if scope["type"] == "http" and scope["path"].startswith(PREFIX):
        await receive_upload(scope, receive, send)
        return
    if scope["type"] == "http" and scope["path"] == _NEWS:
        await send_news(scope, receive, send)
        return
    if scope["type"] != "http" or scope["path"] not in _PROBES:
        await django_application(scope, receive, send)
        return
    client = scope["client"][0] if scope.get("client") else ""
    page = await sync_to_async(health_page, thread_sensitive=False)(scope["path"], client, find_problems)
    if page is None:
        raise LookupError(scope["path"])
    headers = [(b"content-type", page.content_type.encode()), (b"content-length", b"%d" % len(page.body))]
    await send({"type": "http.response.start", "status": page.status, "headers": headers})
    await send({"type": "http.response.body", "body": page.body})
