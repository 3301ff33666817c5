"""What somebody has typed into the editor, right or wrong: kept as text, so that rows can be moved about."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from django import forms
from django.http import QueryDict

from chargehand.interfaces.console.tariffs.forms import ExampleForm, HeadForm, RowForm, SavingForm

#: Django reads at most a thousand fields of a form; a price has up to twenty-nine.
MOST_ROWS: Final = 30
NEW_ROW: Final[dict[str, Any]] = {"energy_step": "1", "time_step": "1", "parking_step": "1"}
Row = dict[str, Any]


class Typed(msgspec.Struct):
    """The texts of all fields. `rest` is OCPI JSON that holds what the form has no field for."""

    head: Row
    rows: list[Row]
    example: Row
    rest: str = ""


def read(data: QueryDict) -> Typed:
    """Take the texts out of what a browser sent."""
    count = data.get("rows", "")
    number = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    return Typed(
        head=_texts(HeadForm, data) | _texts(SavingForm, data),
        rows=[_texts(RowForm, data, f"row-{at}-") for at in range(min(number, MOST_ROWS))],
        example=_texts(ExampleForm, data, "ex-"),
        rest=data.get("rest", ""),
    )


def read_example(data: QueryDict, default: Row) -> Row:
    """Take the example out of an address; `default` where it holds none."""
    return _texts(ExampleForm, data, "ex-") if "ex-energy" in data else default


def _texts(kind: type[forms.Form], data: QueryDict, prefix: str = "") -> Row:
    return {
        name: data.getlist(prefix + name)
        if isinstance(field, forms.MultipleChoiceField)
        else data.get(prefix + name, "")
        for name, field in kind.base_fields.items()
    }


def change(typed: Typed, do: str) -> Typed:
    """Add, remove, copy or move a row: `add`, `remove-2`, `copy-0`, `up-1`, `down-1`; else nothing."""
    verb, _dash, place = do.partition("-")
    rows = list(typed.rows)
    at = int(place) if place.isascii() and place.isdigit() else len(rows)
    if verb == "add" and len(rows) < MOST_ROWS:
        rows.append({**NEW_ROW, "vat": rows[-1].get("vat", "") if rows else ""})
    elif at < len(rows):
        if verb == "remove":
            del rows[at]
        elif verb == "copy" and len(rows) < MOST_ROWS:
            rows.insert(at + 1, dict(rows[at]))
        elif verb == "up" and at > 0:
            rows[at - 1], rows[at] = rows[at], rows[at - 1]
        elif verb == "down" and at + 1 < len(rows):
            rows[at + 1], rows[at] = rows[at], rows[at + 1]
    return msgspec.structs.replace(typed, rows=rows)
