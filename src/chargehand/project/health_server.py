"""A small server of the health pages for processes that serve no other web pages."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chargehand.project.health_pages import HealthPage, health_page


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], find_problems: Callable[[], list[str]]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.find_problems = find_problems
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:  # the base's name
        page = health_page(self.path.partition("?")[0], self.client_address[0], self.server.find_problems)
        page = page or HealthPage(HTTPStatus.NOT_FOUND, b"no such page\n")
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        self.wfile.write(page.body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the base's name
        """Probes come every few seconds; they are not worth a line."""


def health_port(configured: int, number: int) -> int | None:
    """The port of the process with this number of its role; None when the setting is 0."""
    return configured + number if configured else None


@contextmanager
def serve_health(host: str, port: int | None, find_problems: Callable[[], list[str]]) -> Iterator[int | None]:
    """Serve the pages of `health_pages` from a thread of their own and give the port.

    Port 0 takes any free one; None serves nothing. Raises OSError when the port is taken.
    """
    if port is None:
        yield None
        return
    server = _Server((host, port), find_problems)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
