"""The web: console, API and drivers' pages."""

from __future__ import annotations

import uvicorn
from django.core.management import call_command

from chargehand.project.configuration import Configuration

_GRACE_SECONDS = 5


def serve(configuration: Configuration, _number: int = 0) -> None:
    """Serve until SIGTERM or SIGINT."""
    call_command("collectstatic", interactive=False, verbosity=0)
    uvicorn.run(
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
