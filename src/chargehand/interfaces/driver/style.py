"""The style of the drivers' pages, carried inside them: in a garage a second request costs a second.

The Content-Security-Policy allows exactly this text by its hash, and no other style beside the files.
"""

import base64
import functools
import hashlib
from pathlib import Path
from typing import Final

import msgspec
from django.contrib.staticfiles import finders

FILES: Final = ("ui/dist/driver.css", "driver/driver.css")


class Style(msgspec.Struct, frozen=True):
    """A style sheet and the source expression that allows it (CSP level 3, 2.3.1)."""

    text: str
    source: str


def page_style() -> Style:
    """Return the style of all drivers' pages; it is read again only when its files change."""
    paths = [Path(found) for name in FILES if (found := finders.find(name)) is not None]
    return _read(tuple((path, path.stat().st_mtime_ns) for path in paths))


@functools.lru_cache(maxsize=2)
def _read(files: tuple[tuple[Path, int], ...]) -> Style:
    text = "\n".join(path.read_text(encoding="utf-8") for path, _changed in files)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Style(text, f"'sha256-{digest}'")
