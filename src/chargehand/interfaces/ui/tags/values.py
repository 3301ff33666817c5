"""Tags that show one value: a state, an age, an icon, a key figure, a sentence, a button."""

from datetime import datetime
from typing import Any

from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from chargehand.interfaces.ui import formats, states
from chargehand.interfaces.ui.icons import draw_icon, draw_shape
from chargehand.kernel import clock

STALE_AFTER = 60


def state_chip(state: object, word: str = "", *, bare: bool = False) -> dict[str, Any]:
    """Show word, shape and colour; `word` replaces the state's own ("Slow · 31 of 150 kW")."""
    name = states.name_state(state)
    return {
        "look": states.css_state(name),
        "shape": draw_shape(name),
        "word": word or states.WORDS[name],
        "bare": bare,
    }


def age(
    value: datetime | None, stale_after: int = STALE_AFTER, now: datetime | None = None
) -> dict[str, Any]:
    """Show how long ago an aware time was; over `stale_after` seconds it asks for attention, 0 never does."""
    if value is None:
        return {"value": None}
    seconds = ((now or clock.now()) - value).total_seconds()
    return {
        "value": value,
        "machine": formats.machine_time(value),
        "words": formats.write_age(max(0, seconds)),
        "stale_after": stale_after,
        "is_stale": 0 < stale_after < seconds,
    }


def live_age(value: datetime, stale_after: int = STALE_AFTER) -> dict[str, Any]:
    """Show of when a page that keeps itself up to date is: the time, which a script turns into an age."""
    return {"value": value, "machine": formats.machine_time(value), "stale_after": stale_after}


def icon(name: str) -> SafeString:
    return draw_icon(name)


def shape(state: object) -> SafeString:
    return draw_shape(states.name_state(state))


def key_figure(
    label: str,
    value: object,
    *,
    unit: str = "",
    note: str = "",
    url: str = "",
    change: str = "",
    better: bool | None = None,
) -> dict[str, Any]:
    """Show a number under its label; None is "–", never 0. `better` colours `change`."""
    return {
        "label": label,
        "value": formats.DASH if value is None or value == "" else value,
        "unit": "" if value is None or value == "" else unit,
        "note": note,
        "url": url,
        "change": change,
        "look": {None: "", True: "better", False: "worse"}[better],
    }


def sentence(text: str, code: str = "") -> dict[str, Any]:
    """Show state, cause and next step as one sentence; a code only after it."""
    return {"text": text, "code": code}


def button(
    label: str,
    kind: str = "",
    *,
    url: str = "",
    icon: str = "",
    type: str = "",  # noqa: A002 -- the attribute's own name
    name: str = "",
    value: str = "",
    why: str = "",
    **extra: Any,
) -> dict[str, Any]:
    """Show a button, or a link that looks like one when `url` is given.

    `kind`: main, plain, danger or none. `why` disables it and says why. Flags: small, busy, icon_only.
    Other keywords become attributes, with _ for - (hx_post="…" gives hx-post="…").
    """
    flags = {flag: bool(extra.pop(flag, False)) for flag in ("small", "busy", "icon_only")}
    return {
        **flags,
        "label": label,
        "kind": kind,
        "url": url,
        "icon": draw_icon(icon) if icon else "",
        "type": type or ("submit" if kind == "main" else "button"),
        "name": name,
        "value": value,
        "why": why,
        "attributes": {
            key.replace("_", "-"): text for key, text in extra.items() if text not in (None, False)
        },
    }


def avatar(name: str) -> dict[str, Any]:
    """Show a person's initials; the name itself must stand beside it."""
    parts = [part for part in name.replace("@", " ").replace(".", " ").split() if part]
    return {"initials": "".join(part[0] for part in parts[:2]).upper() or "?"}


def block_text(context: Context, name: str) -> SafeString:
    """Give a block's text without its tags, so that <title> and the heading come from one block."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks is not None else None
    if block is None:
        return SafeString("")
    # The block's own rendering has escaped its values already; tags are taken out, nothing is added.
    return mark_safe(" ".join(strip_tags(block.render(context)).split()))  # noqa: S308
