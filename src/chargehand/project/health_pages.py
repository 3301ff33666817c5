"""What `/healthz`, `/readyz` and `/metrics` say, whichever server is asked."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from http import HTTPStatus

import msgspec
import prometheus_client
from django.db import connections

_TEXT = "text/plain; charset=utf-8"


class HealthPage(msgspec.Struct, frozen=True):
    """An answer, ready to be sent."""

    status: HTTPStatus
    body: bytes
    content_type: str = _TEXT


def health_page(path: str, client: str, find_problems: Callable[[], list[str]]) -> HealthPage | None:
    """The page at `path`, None when it is none of the three.

    `find_problems` is asked for `/readyz`: sentences on why the process is not ready, none when it is.
    It may use the database of this thread, which is let go afterwards. `/metrics` is for the operator's
    own networks: a `client` with a public address is told that there is nothing.
    """
    if path == "/healthz":
        return HealthPage(HTTPStatus.OK, b"ok\n")
    if path == "/metrics":
        if _is_public(client):
            return HealthPage(HTTPStatus.NOT_FOUND, b"no such page\n")
        return HealthPage(
            HTTPStatus.OK, prometheus_client.generate_latest(), prometheus_client.CONTENT_TYPE_LATEST
        )
    if path != "/readyz":
        return None
    try:
        problems = find_problems()
    finally:
        connections.close_all()
    if problems:
        return HealthPage(HTTPStatus.SERVICE_UNAVAILABLE, "".join(f"{each}\n" for each in problems).encode())
    return HealthPage(HTTPStatus.OK, b"ready\n")


def _is_public(client: str) -> bool:
    try:
        return ipaddress.ip_address(client.partition("%")[0]).is_global
    except ValueError:
        return False
