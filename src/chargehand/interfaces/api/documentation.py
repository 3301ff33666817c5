"""The page that shows the OpenAPI description: everything on it comes from this server."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import Swagger


class Documentation(Swagger):
    """Swagger UI as ninja bundles it, in a page of ours."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """Answer with the page. Whoever is signed in can try requests with their session."""
        settings = {**self.settings, "url": self.get_openapi_url(api, kwargs)}
        return render(request, "api/documentation.html", {"api": api, "settings": json.dumps(settings)})
