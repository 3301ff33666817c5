"""The words of work orders: states, priorities, fields and deeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: Look and word by state.
STATES: Final[Mapping[str, tuple[str, Promise]]] = {
    "open": ("attention", gettext_lazy("Nobody has it yet")),
    "assigned": ("reserved", gettext_lazy("Given to somebody")),
    "on-way": ("charging", gettext_lazy("On the way")),
    "started": ("charging", gettext_lazy("At work")),
    "waiting-parts": ("attention", gettext_lazy("Waiting for parts")),
    "done": ("ready", gettext_lazy("Done")),
    "cancelled": ("offline", gettext_lazy("Cancelled")),
}
#: Look and word by priority, 0 most urgent.
PRIORITIES: Final[Mapping[int, tuple[str, Promise]]] = {
    0: ("broken", gettext_lazy("Danger: at once")),
    1: ("broken", gettext_lazy("Urgent")),
    2: ("attention", gettext_lazy("Soon")),
    3: ("offline", gettext_lazy("With the next visit")),
}
#: Deeds of the audit.
DEEDS: Final[Mapping[str, Promise]] = {
    "work_order.raised": gettext_lazy("raised"),
    "work_order.assigned": gettext_lazy("given on"),
    "work_order.started": gettext_lazy("started"),
    "work_order.waits_for_parts": gettext_lazy("left, waiting for parts"),
    "work_order.done": gettext_lazy("done"),
    "work_order.cancelled": gettext_lazy("cancelled"),
}
_FIELDS: Final[Mapping[str, Promise]] = {
    "note": gettext_lazy("Note"),
    "parts_used": gettext_lazy("Parts used"),
    "signed_by": gettext_lazy("Signed by"),
    "no_test_reason": gettext_lazy("Why there is no test charge"),
}


def field_word(field: str, texts: Mapping[str, str]) -> str:
    """Return the name of a field; `texts` are those of the steps, by field."""
    return texts.get(field) or str(_FIELDS.get(field, field))


def say(value: Any) -> str:
    """Return a recorded value as people read it."""
    if isinstance(value, bool):
        return _("done") if value else _("not done")
    if isinstance(value, list):
        named = [f"{each['quantity']} × {each['name']}" for each in value if isinstance(each, dict)]
        return ", ".join(named) or "–"
    if isinstance(value, float):
        return f"{value:g}"
    return "–" if value in (None, "") else str(value)
