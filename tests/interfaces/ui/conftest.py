"""A server for the style guide and a real Chromium that may not leave this machine."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from django.urls import include, path
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright
from tests.patience import PATIENCE_MS
from tools.build_frontend import bundle, install_packages

APP = "chargehand.interfaces.ui"
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PageMaker = Callable[..., Page]


class Urls:
    """The addresses of the test server."""

    urlpatterns = (
        path("ui/", include("chargehand.interfaces.ui.urls")),
        path("styleguide/", include("chargehand.interfaces.ui.styleguide.urls")),
    )


def restrict_content(application: Any) -> Any:
    """Send the strictest policy that the pages must work under."""

    def answer(environ: Any, start_response: Any) -> Any:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("Content-Security-Policy", POLICY)], exc_info)

        return application(environ, start)

    return answer


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are of no interest to a test's output."""


@pytest.fixture(scope="module")
def look() -> Iterator[None]:
    """Django with the shared look and its style guide alone: what it promises must hold without the rest."""
    templates = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
    with override_settings(
        ALLOWED_HOSTS=["127.0.0.1", "testserver"],
        FORM_RENDERER=f"{APP}.forms.FormRenderer",
        INSTALLED_APPS=["django.contrib.staticfiles", APP],
        LANGUAGE_CODE="en",
        MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
        ROOT_URLCONF=Urls,
        TEMPLATES=[templates],
    ):
        yield


@pytest.fixture(scope="module")
def server(look: None) -> Iterator[str]:
    """Give the style guide's address on a free port, with the CSS and JavaScript as people get them."""
    install_packages(force=False)
    bundle(force=False)
    httpd = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    httpd.set_app(restrict_content(StaticFilesHandler(get_wsgi_application())))
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium: CHARGEHAND_CHROMIUM or the one on the PATH."""
    found = os.environ.get("CHARGEHAND_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[PageMaker]:
    """Open pages of the style guide; at the end none may have complained or called elsewhere."""
    complaints: list[str] = []
    contexts = []

    def watch(route: Route) -> None:
        if route.request.url.startswith((server, "data:")):
            route.continue_()
        else:
            complaints.append(f"called {route.request.url}")
            route.abort()

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def open_one(
        path: str, *, width: int = 1440, scheme: str = "light", script: bool = True, settled: bool = False
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.route("**/*", watch)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", listen)
        page.goto(f"{server}/styleguide/{path}", wait_until="networkidle" if settled else "load")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []
