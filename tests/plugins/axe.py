"""What the accessibility checker axe finds wrong with a page that a browser shows."""

from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

_SCRIPT: Final = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"

#: Only what is wrong leaves the browser: the whole report of a long page takes seconds to carry over.
_LOOK: Final = """
async (within) => {
    const moving = document.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime));
    await Promise.all(moving.map((one) => one.finished.catch(() => null)));
    const options = {resultTypes: ["violations"], selectors: false};
    const report = await axe.run(within, options);
    return report.violations.map((one) => [one.id, one.nodes.map((node) => node.html)]);
}
"""


def violations(page: Page, within: str = "html") -> list[Any]:
    """Return the broken rules, each with the elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT.read_text("utf-8"))
    found: list[Any] = page.evaluate(_LOOK, within)
    return found
