"""Every component, in both themes and on both widths, passes the accessibility checker and fits its screen."""

import pytest
from tests.interfaces.ui.conftest import PageMaker
from tests.plugins.axe import violations

pytestmark = pytest.mark.browser

PAGES = ("", "overview/", "stations/", "sheet/")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_violation(open_page: PageMaker, path: str, scheme: str, width: int) -> None:
    page = open_page(path, width=width, scheme=scheme, settled=True)
    assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_a_page_never_scrolls_sideways(open_page: PageMaker, path: str, width: int) -> None:
    page = open_page(path, width=width, settled=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_has_no_violation(open_page: PageMaker, scheme: str) -> None:
    page = open_page("", scheme=scheme)
    for opener in ("a[data-opens=refund]", "a[data-opens=session]", "#help"):
        page.click(opener)
        page.wait_for_selector("dialog[open]")
        assert violations(page, "dialog[open]") == []
        page.keyboard.press("Escape")
    page.click("#user-menu > summary")
    assert violations(page, "#user-menu") == []


def test_the_palette_has_no_violation(open_page: PageMaker) -> None:
    page = open_page("stations/")
    page.keyboard.press("Control+k")
    page.keyboard.type("101")
    page.wait_for_selector("[role=option] >> text=1010")
    assert violations(page, "dialog[open]") == []


def test_a_form_with_errors_has_no_violation(open_page: PageMaker) -> None:
    page = open_page("")
    page.click("button:text-is('Save')")
    page.wait_for_selector("[data-error-summary]")
    assert violations(page, "form[method=post]") == []
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")


def test_every_state_can_be_told_without_colour(open_page: PageMaker) -> None:
    page = open_page("")
    shapes = page.evaluate("""() => [...document.querySelectorAll('.panel .chip')].slice(0, 6)
        .map((chip) => [chip.textContent, chip.querySelector('path').getAttribute('d')])""")
    words, paths = zip(*shapes, strict=True)
    assert len(set(words)) == 6
    assert len(set(paths)) == 6
