"""Tags that hold or order other things: panels, dialogs, tabs, lists, pages."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from chargehand.interfaces.ui import states
from chargehand.interfaces.ui.icons import draw_shape


def panel(
    content: str,
    title: str = "",
    aside: str = "",
    id: str = "",  # noqa: A002
    *,
    flush: bool = False,
) -> SafeString:
    """Frame content under a heading; `flush` lets a table or a map reach the edges."""
    return render_to_string(
        "ui/components/panel.html",
        {"content": content, "title": title, "aside": aside, "id": id, "flush": flush},
    )


def dialog(content: str, id: str, title: str, *, drawer: bool = False) -> SafeString:  # noqa: A002
    """Hold content in a native dialog, opened by {% opens id label %}."""
    return render_to_string(
        "ui/components/dialog.html", {"content": content, "id": id, "title": title, "drawer": drawer}
    )


def drawer(content: str, id: str, title: str) -> SafeString:  # noqa: A002
    return dialog(content, id, title, drawer=True)


def opens(id: str, label: str, kind: str = "", *, small: bool = False) -> dict[str, Any]:  # noqa: A002
    return {"id": id, "label": label, "kind": kind, "small": small}


def banner(content: str, state: str = "", title: str = "", id: str = "") -> SafeString:  # noqa: A002
    """Say something about the whole page; `state` none is plain information."""
    look = states.css_state(states.name_state(state)) if state else ""
    return render_to_string(
        "ui/components/banner.html",
        {"content": content, "look": look, "title": title, "id": id, "shape": draw_shape(look or "charging")},
    )


def empty(content: str, title: str, text: str = "") -> SafeString:
    """Say why a list is empty; the content is the next action."""
    return render_to_string("ui/components/empty.html", {"content": content, "title": title, "text": text})


def breadcrumb(items: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Show (label, url) pairs from the top down; the page itself is not among them."""
    return {"items": items}


def tabs(items: Iterable[Mapping[str, Any]], label: str) -> dict[str, Any]:
    """Show links to sibling pages: mappings of label, url, current, count."""
    return {"items": items, "label": label}


def facts(items: Iterable[tuple[str, Any]], *, across: bool = False) -> dict[str, Any]:
    """Show (term, value) pairs as a definition list; a value of None is "–"."""
    return {"items": items, "across": across}


def timeline(items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Show what happened, newest first as given: mappings of time (aware), text, detail, state, url, gap."""
    drawn = [
        {**item, "shape": draw_shape(item["state"]) if item.get("state") else "", "day": day}
        for item, day in _with_days(items)
    ]
    return {"items": drawn}


def _with_days(items: Iterable[Mapping[str, Any]]) -> Iterable[tuple[Mapping[str, Any], bool]]:
    before = None
    for item in items:
        time: datetime = item["time"]
        yield item, before is not None and before != time.date()
        before = time.date()


def diff(rows: Iterable[tuple[str, Any, Any]], caption: str = "") -> dict[str, Any]:
    """Show (name, before, after) rows; None means the value did not exist."""
    return {"rows": rows, "caption": caption}


def pagination(text: str = "", previous_url: str = "", next_url: str = "") -> dict[str, Any]:
    """Turn pages by cursor: no page numbers, an empty url ends that way."""
    return {"text": text, "previous_url": previous_url, "next_url": next_url}
