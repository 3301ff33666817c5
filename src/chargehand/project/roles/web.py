"""The web: console, API and drivers' pages."""

from __future__ import annotations

import contextlib
import socket

import uvicorn
from django.core.management import call_command

from chargehand.interfaces.console.news.newsroom import newsroom
from chargehand.project.configuration import Configuration

_GRACE_SECONDS = 5
_NOT_STARTED = 3


def serve(configuration: Configuration, _number: int = 0) -> None:
    """Serve until SIGTERM or SIGINT."""
    call_command("collectstatic", interactive=False, verbosity=0)
    chosen = uvicorn.Config(
        "chargehand.project.asgi:application",
        host=configuration.bind,
        port=configuration.web_port,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        proxy_headers=configuration.behind_proxy,
        forwarded_allow_ips="*",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(chosen)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(_NOT_STARTED)


class _Server(uvicorn.Server):
    """Ends the streams of pages first: they would last until the browser goes."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        newsroom.end_all()
        await super().shutdown(sockets)
