"""What every page tells the browser."""

import asyncio

from django.http import HttpRequest, HttpResponse
from django.test import Client

from chargehand.project.response_headers import CONTENT_SECURITY_POLICY, ResponseHeadersMiddleware


def test_a_page_allows_scripts_of_our_own_only(db: None) -> None:
    answer = Client().get("/accounts/login/")
    assert answer.status_code == 200
    assert "script-src 'self';" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_a_view_may_set_a_policy_of_its_own() -> None:
    answer = HttpResponse(headers={"Content-Security-Policy": "sandbox"})
    assert ResponseHeadersMiddleware(lambda _request: answer)(HttpRequest()) is answer
    assert answer["Content-Security-Policy"] == "sandbox"
    assert "geolocation" in answer["Permissions-Policy"]


def test_asynchronous_pages_get_the_same() -> None:
    async def show(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    async def ask() -> str:
        answer = await ResponseHeadersMiddleware(show)(HttpRequest())  # type: ignore[misc]
        return str(answer["Content-Security-Policy"])

    assert asyncio.run(ask()) == CONTENT_SECURITY_POLICY


def test_nobody_opens_an_account_by_themselves(db: None) -> None:
    answer = Client().get("/accounts/signup/")
    assert b"password1" not in answer.content
