"""The technicians' pages on a phone in a real Chromium: without a connection, without script, axe everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, Route, expect
from tests.domain.maintenance.yard import Yard
from tests.interfaces.desk.conftest import Visit
from tests.patience import wait_for
from tests.plugins.axe import violations

from chargehand.domain.maintenance import order_edits, work
from chargehand.domain.maintenance.models import OrderEdit, OrderFile
from chargehand.domain.maintenance.order_edits import Edit
from chargehand.kernel import clock
from chargehand.kernel.ids import new_id

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Look = Callable[..., None]


def picture(page: Page) -> bytes:
    """A photo as a phone takes one."""
    data = page.evaluate(
        "new Promise((done) => { const c = document.createElement('canvas'); c.width = c.height = 64;"
        " c.getContext('2d').fillRect(9, 9, 20, 20);"
        " c.toBlob(async (b) => done([...new Uint8Array(await b.arrayBuffer())]), 'image/jpeg'); })"
    )
    return bytes(data)


def expect_stored(page: Page) -> None:
    """Wait until the phone has its jobs."""
    expect(page.locator("[data-stored]")).to_contain_text("stored on this phone")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def unsent(page: Page) -> Any:
    return expect(page.locator(".outbox__count"))


def outcomes(order_id: int) -> dict[str, Any]:
    rows = OrderEdit.objects.filter(order_id=order_id)
    return {row.field if row.field != "state" else f"state:{row.value}": row.value for row in rows}


def take(yard: Yard, **more: Any) -> int:
    order_id = yard.order(**more)
    yard.do(work.assign, order_id, user_id=yard.mo.id)
    return order_id


def test_a_day_without_a_connection_is_sent_once(yard: Yard, visit: Visit, look: Look) -> None:
    order_id = take(yard, checklist="ground-fault", access_notes="Ask at the gate")
    page = visit("/desk/", yard.mo)
    expect_stored(page)
    page.context.set_offline(True)
    page.click(f"[data-job='{order_id}']")
    expect(page.locator("#job")).to_contain_text("4711#")
    page.click("button:text-is('Start job')")
    expect(page.locator("#job-state")).to_have_text("At work")
    page.click("text=Isolate, lock and prove dead")
    page.fill("#value-insulation", "0,4")
    page.click("text=Note: what was wrong")
    expect(page.locator("#said-insulation")).to_have_text("Out of limits")
    page.fill("#value-insulation", "550")
    page.fill("#field-note", "Wet gland")
    page.fill("#part-name", "Gland kit")
    page.click("button:text-is('Add')")
    unsent(page).to_have_text("6 not sent")
    page.reload()
    unsent(page).to_have_text("6 not sent")
    expect(page.locator("#field-note")).to_have_value("Wet gland")
    expect(page.locator("#parts")).to_contain_text("1 × Gland kit")
    page.evaluate("scrollTo(0, 0)")
    look(page, "desk-offline", is_whole=False)
    assert not OrderEdit.objects.exists()
    assert yard.is_in_service()
    page.context.set_offline(False)
    unsent(page).to_have_text("All sent")
    view = yard.view(order_id)
    values = {item.key: item.value for item in view.items}
    assert (view.card.state, view.note, values["isolate"], values["insulation"]) == (
        "started",
        "Wet gland",
        True,
        550.0,
    )
    assert view.parts_used == ({"name": "Gland kit", "quantity": 1},)
    assert OrderEdit.objects.filter(order_id=order_id).count() == 6
    assert not yard.is_in_service()


def test_an_answer_that_was_lost_makes_no_second_change(yard: Yard, visit: Visit) -> None:
    order_id = take(yard)
    page = visit(f"/desk/jobs/{order_id}/", yard.mo)
    losses = []

    def lose(route: Route) -> None:
        route.fetch()
        losses.append(route.request.post_data)
        route.abort()

    page.route("**/desk/sync", lose, times=1)
    page.fill("#field-note", "was there")
    page.click("button:text-is('Keep') >> nth=-2")
    unsent(page).to_have_text("1 not sent")
    expect(page.locator(".outbox__note")).to_contain_text("No connection")
    assert OrderEdit.objects.filter(order_id=order_id).count() == 1
    page.evaluate("document.querySelector('offline-outbox').send()")
    unsent(page).to_have_text("All sent")
    assert len(losses) == 1
    assert OrderEdit.objects.get(order_id=order_id).outcome == "applied"


def test_photos_follow_the_changes_and_come_once(yard: Yard, visit: Visit) -> None:
    order_id = take(yard, checklist="vandalism")
    page = visit("/desk/", yard.mo)
    expect_stored(page)
    page.goto(f"{page.url}jobs/{order_id}/")
    page.context.set_offline(True)
    page.click("button:text-is('Start job')")
    page.set_input_files(
        "#value-before", {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": picture(page)}
    )
    unsent(page).to_have_text("2 not sent")
    expect(page.locator("#step-before .photos img")).to_have_count(1)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.context.set_offline(False)
    unsent(page).to_have_text("All sent")
    assert [url.rpartition("/desk/")[2] for url in sent] == ["sync", f"jobs/{order_id}/photos/"]
    photo = OrderFile.objects.get(order_id=order_id)
    assert (photo.item_key, photo.media_type) == ("before", "image/jpeg")
    expect(page.locator("#step-before .photos img")).to_have_attribute(
        "src", f"/desk/jobs/{order_id}/photos/{photo.pk}/"
    )


def test_a_job_ends_only_after_the_photos_it_asks_for(yard: Yard, visit: Visit) -> None:
    order_id = take(yard, checklist="vandalism")
    page = visit(f"/desk/jobs/{order_id}/", yard.mo)
    page.click("button:text-is('Start job')")
    expect(page.locator("#live")).to_contain_text("Blocked for drivers")
    page.context.set_offline(True)
    page.click("text=Isolate, lock and prove dead")
    page.fill("#value-insulation", "200")
    page.set_input_files(
        "#value-before", {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": picture(page)}
    )
    page.fill("#no-test", "No car came")
    page.click("button:text-is('Done – reopen for drivers')")
    expect(page.locator("#job-state")).to_have_text("Done")
    page.context.set_offline(False)
    unsent(page).to_have_text("All sent")
    assert yard.view(order_id).card.state == "done"
    assert yard.is_in_service()


def test_two_phones_that_disagree_are_shown_both_values(yard: Yard, visit: Visit) -> None:
    order_id = take(yard)
    page = visit("/desk/", yard.mo)
    expect_stored(page)
    page.goto(f"{page.url}jobs/{order_id}/")
    page.context.set_offline(True)
    page.fill("#field-note", "The fan")
    page.click("h1")
    unsent(page).to_have_text("1 not sent")
    other = Edit(id=new_id(), field="note", value="The filter", made_at=clock.now(), base_version=0)
    yard.do(order_edits.apply_edits, order_id, edits=[other], actor=yard.kim)
    page.context.set_offline(False)
    expect(page.locator(".banner")).to_contain_text("Two people changed this")
    page.click("button:text-is('Take that of Mo')")
    expect(page.locator(".banner")).to_have_count(0)
    assert (yard.view(order_id).note, yard.view(order_id).clashes) == ("The fan", ())


def test_who_is_signed_out_meanwhile_loses_nothing(yard: Yard, visit: Visit) -> None:
    order_id = take(yard)
    page = visit("/desk/", yard.mo)
    expect_stored(page)
    page.goto(f"{page.url}jobs/{order_id}/")
    page.context.set_offline(True)
    page.fill("#field-note", "Kept")
    page.click("h1")
    unsent(page).to_have_text("1 not sent")
    Session.objects.all().delete()
    page.context.set_offline(False)
    expect(page.locator(".outbox__login")).to_be_visible()
    page.click(".outbox__login")
    page.fill("[name=login]", "mo@example.org")
    page.fill("[name=password]", "correct horse battery")
    page.click("button:text-is('Sign in')")
    unsent(page).to_have_text("All sent")
    assert yard.view(order_id).note == "Kept"


def test_what_one_person_entered_is_not_sent_in_the_name_of_another(yard: Yard, visit: Visit) -> None:
    order_id = take(yard)
    page = visit("/desk/", yard.mo)
    expect_stored(page)
    page.goto(f"{page.url}jobs/{order_id}/")
    page.context.set_offline(True)
    page.fill("#field-note", "Mo's")
    page.click("h1")
    unsent(page).to_have_text("1 not sent")
    page.context.clear_cookies()
    page.context.set_offline(False)
    page.click(".outbox__login")
    page.fill("[name=login]", "kim@example.org")
    page.fill("[name=password]", "correct horse battery")
    page.click("button:text-is('Sign in')")
    expect(page.locator(".outbox__note")).to_contain_text("somebody else")
    unsent(page).to_have_text("1 not sent")
    assert not OrderEdit.objects.exists()


def test_who_signs_out_takes_the_stored_pages_along(yard: Yard, visit: Visit) -> None:
    take(yard)
    page = visit("/desk/", yard.mo)
    expect_stored(page)
    page.click("#user-menu summary")
    page.click("#user-menu button:text-is('Sign out')")
    page.wait_for_function("caches.keys().then((names) => !names.includes('desk-pages'))")


def test_commands_need_a_connection_and_say_so(yard: Yard, visit: Visit) -> None:
    order_id = take(yard)
    page = visit("/desk/", yard.mo)
    expect_stored(page)
    page.goto(f"{page.url}jobs/{order_id}/")
    page.click("button:text-is('Unlock')")
    expect(page.locator(".command")).to_contain_text("Unlock the plug")
    page.context.set_offline(True)
    expect(page.locator("#needs-link")).to_be_visible()
    expect(page.locator("button:text-is('Restart')")).to_have_attribute("aria-disabled", "true")
    page.click("button:text-is('Restart')", force=True)
    expect(page.locator(".toast")).to_contain_text("need a connection")


def test_a_page_that_was_not_stored_says_so(yard: Yard, visit: Visit) -> None:
    page = visit("/desk/", yard.mo)
    expect_stored(page)
    page.context.set_offline(True)
    page.goto(f"{page.url}jobs/99999/")
    expect(page.locator("h1")).to_have_text("Not on this phone")
    page.click("text=To the stored jobs")
    expect(page.locator("h1")).to_contain_text("jobs today")


def test_a_job_is_done_without_script(yard: Yard, visit: Visit) -> None:
    order_id = take(yard)
    page = visit("/desk/", yard.mo, script=False)
    page.click(f"[data-job='{order_id}']")
    page.click("button:text-is('Start job')")
    page.click("text=Look at housing")
    page.fill("#value-found", "A wasp")
    page.click("#step-found button")
    page.set_input_files(
        "#value-photo", {"name": "x.png", "mimeType": "image/png", "buffer": b"\x89PNG no picture"}
    )
    page.click("#step-photo button")
    expect(page.locator(".toast")).to_contain_text("This is no photo")
    page.click("button:text-is('Done – reopen for drivers')")
    expect(page.locator(".toast")).to_contain_text("No test charge")
    page.fill("#no-test", "No car came")
    page.click("button:text-is('Done – reopen for drivers')")
    wait_for(lambda: yard.view(order_id).card.state == "done")
    assert yard.view(order_id).card.state == "done"
    assert outcomes(order_id)["item:found"] == "A wasp"


def test_every_page_has_no_fault_that_axe_finds_and_fits_a_small_phone(
    yard: Yard, visit: Visit, look: Look
) -> None:
    order_id = take(yard, checklist="ground-fault", why="Ground fault since 11:20. Probably a wet gland.")
    yard.order(title="Look at the cable", priority=0)
    yard.do(work.start, order_id)
    for scheme, width in (("light", 390), ("dark", 320)):
        for path in ("/desk/", f"/desk/jobs/{order_id}/", "/desk/missing/"):
            page = visit(path, yard.mo, scheme=scheme, width=width)
            page.wait_for_load_state("networkidle")
            look(page, f"desk-{path.strip('/').replace('/', '-')}-{scheme}-{width}")
            assert violations(page) == [], (path, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, scheme)
            small = page.evaluate(
                "[...document.querySelectorAll('main .btn, main .input, main .tick, .jobs__item, summary')]"
                ".filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 55.5)"
                ".map((one) => one.outerHTML)"
            )
            assert small == [], path


@pytest.fixture
def look() -> Look:
    """Keep a picture of a page where CHARGEHAND_TEST_PICTURES names a directory."""
    directory = os.environ.get("CHARGEHAND_TEST_PICTURES")

    def take_picture(page: Page, name: str, *, is_whole: bool = True) -> None:
        if directory:
            page.screenshot(path=f"{directory}/{name}.png", full_page=is_whole)

    return take_picture
