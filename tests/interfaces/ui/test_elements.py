"""The custom elements do what they promise with mouse, with keys alone, and without script."""

import pytest
from playwright.sync_api import Page, expect
from tests.interfaces.ui.conftest import PageMaker
from tests.plugins.keys import go_by_keys

pytestmark = pytest.mark.browser


def focused(page: Page, attribute: str) -> str | None:
    value: str | None = page.evaluate("(name) => document.activeElement.getAttribute(name)", attribute)
    return value


def test_a_dialog_opens_keeps_the_focus_and_gives_it_back(open_page: PageMaker) -> None:
    page = open_page("")
    page.focus("a[data-opens=refund]")
    page.keyboard.press("Enter")
    expect(page.locator("#refund")).to_be_visible()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('#refund') !== null"
        )
    page.keyboard.press("Escape")
    expect(page.locator("#refund")).to_be_hidden()
    assert focused(page, "data-opens") == "refund"


def test_a_press_beside_a_dialog_closes_it(open_page: PageMaker) -> None:
    page = open_page("")
    page.click("a[data-opens=session]")
    expect(page.locator("#session")).to_be_visible()
    page.mouse.click(40, 400)
    expect(page.locator("#session")).to_be_hidden()


def test_escape_closes_a_menu_and_returns_to_its_button(open_page: PageMaker) -> None:
    page = open_page("")
    page.focus("#user-menu > summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('user-menu').open")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_skip_link_comes_first_and_leads_to_the_content(open_page: PageMaker) -> None:
    page = open_page("overview/")
    page.keyboard.press("Tab")
    assert focused(page, "href") == "#content"
    page.keyboard.press("Enter")
    assert focused(page, "id") == "content"


def test_the_palette_finds_a_charger_by_its_number(open_page: PageMaker) -> None:
    page = open_page("overview/")
    page.keyboard.press("Control+k")
    page.keyboard.type("1017")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#station-1017")


def test_the_palette_is_steered_by_arrows(open_page: PageMaker) -> None:
    page = open_page("overview/")
    page.keyboard.press("Control+k")
    page.keyboard.type("101")
    expect(page.locator("[role=option]")).to_have_count(8)
    assert focused(page, "aria-activedescendant") == "palette-0"
    page.keyboard.press("ArrowUp")
    assert focused(page, "aria-activedescendant") == "palette-7"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#station-1011")


def test_the_palette_knows_the_pages_without_the_server(open_page: PageMaker) -> None:
    page = open_page("overview/")
    page.keyboard.press("Control+k")
    page.keyboard.type("sta")
    page.wait_for_selector("[role=option] >> text=Stations")
    page.keyboard.press("Enter")
    page.wait_for_url("**/styleguide/stations/")


def test_a_long_list_says_how_long_it_is_and_draws_little(open_page: PageMaker) -> None:
    page = open_page("stations/")
    grid = page.locator("[role=grid]")
    expect(grid).to_have_attribute("aria-rowcount", "5001")
    expect(page.locator(".grid__foot")).to_have_text("5,000 rows")
    assert page.locator(".grid__row").count() < 60


def test_a_long_list_is_walked_by_keys(open_page: PageMaker) -> None:
    page = open_page("stations/")
    page.wait_for_selector(".grid__row")
    page.focus(".grid__row[tabindex='0']")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    assert focused(page, "aria-rowindex") == "4"
    page.keyboard.press("k")
    assert focused(page, "aria-rowindex") == "3"
    page.keyboard.press("End")
    assert focused(page, "aria-rowindex") == "5001"
    page.keyboard.press("PageUp")
    assert 4900 < int(focused(page, "aria-rowindex") or 0) < 5001
    page.keyboard.press("Home")
    assert focused(page, "aria-rowindex") == "2"
    page.keyboard.press("Enter")
    page.wait_for_url("**/#station-1000")


def test_the_row_with_the_focus_is_never_covered(open_page: PageMaker) -> None:
    page = open_page("stations/")
    page.wait_for_selector(".grid__row")
    page.focus(".grid__row[tabindex='0']")
    for key in ("End", "Home", "PageDown", "PageDown", "ArrowUp", "PageUp"):
        page.keyboard.press(key)
        seen = page.evaluate("""() => {
            const row = document.activeElement.getBoundingClientRect();
            const grid = document.querySelector('.grid').getBoundingClientRect();
            const head = document.querySelector('.grid__head').getBoundingClientRect();
            return [document.activeElement.className, row.top >= head.bottom - 1, row.bottom <= grid.bottom + 1];
        }""")
        assert seen == ["grid__row", True, True], key


def test_a_row_keeps_the_focus_when_it_is_scrolled_away(open_page: PageMaker) -> None:
    page = open_page("stations/")
    page.wait_for_selector(".grid__row")
    page.focus(".grid__row[tabindex='0']")
    page.evaluate("document.querySelector('.grid').scrollTop = 90000")
    page.wait_for_selector(".grid__row[aria-rowindex='2505']")
    assert focused(page, "aria-rowindex") == "2"


def test_a_long_list_is_filtered_and_sorted(open_page: PageMaker) -> None:
    page = open_page("stations/")
    page.fill("#station-filter", "uni 22")
    expect(page.locator(".grid__foot")).to_contain_text("found")
    page.fill("#station-filter", "4321")
    expect(page.locator(".grid__foot")).to_have_text("1 found")
    expect(page.locator(".grid__row:visible")).to_have_count(1)
    page.fill("#station-filter", "")
    page.click("[data-sort=sessions]")
    page.click("[data-sort=sessions]")
    head = page.locator("[role=columnheader][aria-sort]")
    expect(head).to_have_attribute("aria-sort", "descending")
    first = page.locator(".grid__row[aria-rowindex='2'] .grid__cell--number >> nth=1")
    expect(first).to_have_text("40")


def test_a_refreshed_list_stays_where_it_was_read(open_page: PageMaker) -> None:
    page = open_page("stations/")
    page.wait_for_selector(".grid__row")
    page.evaluate("document.querySelector('.grid').scrollTop = 36000")
    page.wait_for_selector(".grid__row[aria-rowindex='1010']")
    page.evaluate("document.querySelector('station-list').load()")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.querySelector('.grid').scrollTop") == 36000


def test_the_focus_follows_its_charger_through_a_refresh(open_page: PageMaker) -> None:
    page = open_page("stations/")
    page.wait_for_selector(".grid__row")
    page.focus(".grid__row[tabindex='0']")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.evaluate("""async () => {
        const list = document.querySelector('station-list');
        await list.load();
        list.rows = { rows: [...list.all].reverse() };
    }""")
    assert focused(page, "aria-rowindex") == "4999"
    assert "1002" in page.evaluate("document.activeElement.textContent")


def test_without_script_the_list_is_a_table(open_page: PageMaker) -> None:
    page = open_page("stations/", script=False)
    expect(page.locator("station-list tbody tr")).to_have_count(50)
    expect(page.locator("station-list table")).to_be_visible()


def test_without_script_search_dialog_and_theme_work(open_page: PageMaker) -> None:
    page = open_page("", script=False)
    page.click("a[data-opens=refund]")
    expect(page.locator("#refund")).to_be_visible()
    page.click("#refund a[data-closes] >> nth=0")
    expect(page.locator("#refund")).to_be_hidden()
    page.click("#user-menu > summary")
    page.click("button[value=dark]")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.fill("input[type=search]", "1017")
    page.press("input[type=search]", "Enter")
    expect(page.locator("station-list tbody tr")).to_have_count(1)


def test_the_theme_switches_without_reloading_and_is_kept(open_page: PageMaker) -> None:
    page = open_page("overview/")
    page.evaluate("window.stayed = true")
    page.click("#user-menu > summary")
    page.click("button[value=dark]")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 18, 22)"
    assert page.evaluate("window.stayed")
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_the_navigation_of_a_phone_opens_without_script(open_page: PageMaker) -> None:
    page = open_page("overview/", width=390, script=False)
    expect(page.locator("#side")).to_be_hidden()
    page.click(".top__menu")
    expect(page.locator("#side")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#side")).to_be_hidden()


def test_an_age_counts_by_itself_and_turns_stale(open_page: PageMaker) -> None:
    page = open_page("sheet/")
    page.clock.install(time="2026-03-01T12:00:00Z")
    page.reload()
    page.evaluate("""() => {
        const html = '<age-label datetime="2026-03-01T12:00:00Z" stale-after="60"><time></time></age-label>';
        document.body.insertAdjacentHTML('beforeend', html);
    }""")
    label = page.locator("age-label")
    expect(label).to_have_text("now")
    page.clock.run_for(12_000)
    expect(label).to_have_text("12 s ago")
    page.clock.run_for(60_000)
    expect(label).to_have_text("1 min ago")
    expect(label).to_have_class("is-stale")


def test_single_letter_keys_go_to_pages_and_can_be_switched_off(open_page: PageMaker) -> None:
    page = open_page("overview/")
    go_by_keys(page, "g", "s", to="**/styleguide/stations/")
    page.keyboard.press("?")
    page.click("[data-keys-switch]")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()


def test_keys_do_nothing_while_somebody_types(open_page: PageMaker) -> None:
    page = open_page("stations/")
    page.keyboard.press("/")
    assert focused(page, "id") == "station-filter"
    page.keyboard.type("g?s")
    expect(page.locator("#keys")).to_be_hidden()
    assert page.input_value("#station-filter") == "g?s"


def test_a_chart_is_drawn_and_has_its_numbers_beside(open_page: PageMaker) -> None:
    page = open_page("")
    expect(page.locator("power-chart canvas")).to_have_count(1)
    expect(page.locator("power-chart .chart__legend")).to_contain_text("Delivered")
    page.click("power-chart summary")
    expect(page.locator("power-chart tbody tr")).to_have_count(145)


def test_a_map_draws_rings_that_say_their_shares(open_page: PageMaker) -> None:
    page = open_page("overview/")
    ring = page.locator(".ring").first
    expect(ring).to_be_visible()
    assert "Free" in (ring.get_attribute("aria-label") or "")
    total = page.evaluate(
        "[...document.querySelectorAll('.ring__text')].reduce((sum, one) => sum + Number(one.textContent), 0)"
    )
    pins = page.locator(".pin").count()
    assert total + pins == 120


def test_a_map_is_opened_by_keys(open_page: PageMaker) -> None:
    page = open_page("overview/")
    before = page.locator(".ring").count()
    page.focus(".ring >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_function("(count) => document.querySelectorAll('.ring, .pin').length !== count", arg=before)


def test_reduced_motion_is_respected(open_page: PageMaker) -> None:
    page = open_page("")
    page.emulate_media(reduced_motion="reduce")
    assert (
        page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--panel-time').trim()")
        == "1ms"
    )


def test_a_morph_keeps_charts_and_open_menus(open_page: PageMaker) -> None:
    page = open_page("")
    page.wait_for_selector("power-chart canvas")
    page.click("#user-menu > summary")
    page.evaluate("document.querySelector('canvas').mark = 'same'")
    page.evaluate("htmx.ajax('GET', location.href, {target: 'main', select: 'main', swap: 'morph'})")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.querySelector('power-chart canvas').mark") == "same"
    assert page.evaluate("document.getElementById('user-menu').open")
    expect(page.locator("power-chart .chart__legend li").first).to_contain_text("Delivered")
