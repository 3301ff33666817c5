"""Addresses of the API; whatever leads nowhere hears so as a problem."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path, re_path
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page

from chargehand.interfaces.api import problems
from chargehand.interfaces.api.v1 import api

View = Callable[..., HttpResponseBase]


def as_resource(view: View) -> View:
    """Give a view what every resource has: HEAD, ETag, a problem for wrong methods, no shared caches."""

    @conditional_page
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"  # the server leaves the body away
        response = view(request, *args, **kwargs)
        request.method = asked
        if response.status_code == 405 and "Allow" in response:
            response = _not_allowed(request, response["Allow"])
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization", "X-API-Key", "Cookie", "Accept-Language"])
        return response

    return answer


def root(request: HttpRequest) -> HttpResponse:
    """Say where the description is."""
    base = request.path.rstrip("/")
    return JsonResponse({"documentation": f"{base}/docs", "openapi": f"{base}/openapi.json"})


def _not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    sentence = _("This address takes %s.") % allowed
    return problems.respond(
        request, problems.Problem(405, "method-not-allowed", sentence, headers={"Allow": allowed})
    )


def _wrapped(patterns: list[URLResolver | URLPattern]) -> list[URLResolver | URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = as_resource(pattern.callback)
    return patterns


_patterns, _app_name, _namespace = api.urls

urlpatterns = [
    path("", as_resource(root)),
    path("", (_wrapped(_patterns), _app_name, _namespace)),
    re_path(r"^.*$", csrf_exempt(as_resource(problems.not_found))),
]
