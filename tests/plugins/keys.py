"""Keys that count only when they follow each other at once."""

from contextlib import suppress
from itertools import repeat
from typing import Final

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TookTooLong

#: After so long a machine has stalled between two keys: they are pressed again.
_AGAIN_AFTER_MS: Final = 15_000
_TRIES: Final = 8


def go_by_keys(page: Page, first: str, second: str, *, to: str) -> None:
    """Press two keys and wait until the page they lead to has loaded."""
    for _ in repeat(None, _TRIES):
        page.keyboard.press(first)
        page.keyboard.press(second)
        with suppress(TookTooLong):
            page.wait_for_url(to, timeout=_AGAIN_AFTER_MS)
            return
    raise AssertionError(f"{first} {second} leads nowhere")
