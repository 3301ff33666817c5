"""Counts and times of web requests, for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Histogram

# By route, not by address: an address holds ids, and there must be a bounded number of series.
SECONDS = Histogram(
    "chargehand_http_request_seconds",
    "Seconds until the answer to a web request begins, by route.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class RequestMetricsMiddleware:
    """Observes how long each request took. Put it first."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], _Answer]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> _Answer:
        began = time.perf_counter()
        answer = self.get_response(request)
        if isinstance(answer, HttpResponseBase):
            return _observe(request, answer, began)
        return _observe_later(request, answer, began)


async def _observe_later(
    request: HttpRequest, answer: Awaitable[HttpResponseBase], began: float
) -> HttpResponseBase:
    return _observe(request, await answer, began)


def _observe(request: HttpRequest, response: HttpResponseBase, began: float) -> HttpResponseBase:
    match = request.resolver_match
    method = request.method if request.method in _METHODS else "other"
    SECONDS.labels(method, match.route if match else "none", response.status_code).observe(
        time.perf_counter() - began
    )
    return response
