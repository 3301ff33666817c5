"""Draw our own icons and state shapes as inline SVG, from the one file the browser's bundle reads too."""

import json
from pathlib import Path
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

DRAWINGS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "static/ui/icons.json").read_text(encoding="utf-8")
)


def draw_icon(name: str) -> SafeString:
    """Give a 16 px line icon as decoration; raises KeyError for a name that icons.json lacks."""
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>',
        DRAWINGS["icons"][name],
    )


def draw_shape(state: str) -> SafeString:
    """Give a state's shape as decoration (a word stands beside it); unknown draws the dashed ring."""
    shapes = DRAWINGS["shapes"]
    shape = shapes.get(state, shapes["offline"])
    return format_html(
        '<svg class="shape{}" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>',
        " shape--stroked" if shape.get("stroked") else "",
        shape["path"],
    )
