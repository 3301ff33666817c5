"""Every page of the console stands in one of the browser tests' lists, where axe and a narrow screen look at it."""

import ast
import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import NoReverseMatch, Resolver404, URLPattern, URLResolver, resolve, reverse

from chargehand.interfaces.console import urls

HERE = Path(__file__).resolve().parent

#: What answers a GET with something else than a page.
NO_PAGES = {
    **dict.fromkeys(("overview-load", "overview-map", "stations-rows", "sessions-curve"), "data of a part"),
    **dict.fromkeys(("stations-live", "counts"), "a part of a page that is looked at as a whole"),
    "news": "a stream of events",
    **dict.fromkeys(
        ("files-log", "files-photo", "invoices-file", "statements-file", "uptime-file"), "a file"
    ),
    **dict.fromkeys(("charges-csv", "revenue-csv", "ledger-export", "tariffs-download"), "a file"),
}


def views_of(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, object]]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from views_of(each.url_patterns)
        elif each.name:
            yield each.name, each.callback


def paths_in(source: str) -> Iterator[str]:
    """The addresses that stand in a test, with 1 for what is filled in; names of addresses are followed.

    Some are the rest of an address of the console, or of the room that the test is about.
    """
    known: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = text_of(node.value, known)
            if text is not None:
                known[node.targets[0].id] = text
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            text = text_of(node, known)
            if text is not None and " " not in text:
                yield text.partition("?")[0].partition("#")[0]


def text_of(node: ast.expr, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            name = part.value.id if isinstance(part.value, ast.Name) else ""
            parts.append(known.get(name, "1"))
        else:
            parts.append(str(part.value) if isinstance(part, ast.Constant) else "")
    return "".join(parts)


def covered() -> set[object]:
    """The views behind the addresses of the browser tests: a form to add and to change is one page."""
    found: set[object] = set()
    for test in HERE.rglob("test_browser.py"):
        for path in paths_in(test.read_text(encoding="utf-8")):
            for address in (path, f"/console/{test.parent.name}{path}", f"/console/{path.strip('/')}/"):
                with contextlib.suppress(Resolver404):
                    found.add(resolve(address).func)
    return found


def takes_only_posts(name: str) -> bool:
    """Whether a GET is refused; the door comes after that, so nobody need be signed in."""
    for filled in (1, "x", uuid.UUID(int=1)):
        for count in range(4):
            try:
                address = reverse(f"console:{name}", args=[1] * max(0, count - 1) + [filled] * (count > 0))
            except NoReverseMatch:
                continue
            return Client().get(address).status_code == 405
    pytest.fail(f"no address for {name}")


@pytest.mark.django_db
def test_every_page_is_looked_at_by_axe() -> None:
    known = covered()
    missing = {
        name for name, view in views_of(urls.urlpatterns) if name not in NO_PAGES and view not in known
    }
    assert sorted(name for name in missing if not takes_only_posts(name)) == []


def test_what_is_no_page_is_still_there() -> None:
    assert sorted(NO_PAGES.keys() - dict(views_of(urls.urlpatterns)).keys()) == []
