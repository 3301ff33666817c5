"""The pages about money in a real Chromium: no violation in either theme at either width, keys, no script needed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.interfaces.console.conftest import Visit
from tests.interfaces.console.money.conftest import Books
from tests.interfaces.console.money.test_requests import object_to
from tests.patience import wait_for
from tests.plugins.axe import violations

from chargehand.domain.billing import queries, statements
from chargehand.domain.billing.chart import AccountKind

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def paths(books: Books) -> dict[str, str]:
    [account] = statements.balances(books.operator_id, kind=AccountKind.RECEIVABLE)
    priced = queries.standing_price(books.operator_id, books.billed)
    assert priced is not None
    return {
        "charges": "charges/",
        "charge": f"charges/{books.billed}/",
        "defect": f"charges/{books.empty}/",
        "reviews": "reviews/",
        "review": f"reviews/{books.review_id}/",
        "waivers": f"reviews/waive/?id={books.tiny_review_id}",
        "invoices": "invoices/",
        "unbilled": "invoices/unbilled/",
        "invoice": f"invoices/{books.invoice_id}/",
        "credit": f"invoices/{books.invoice_id}/credit/",
        "customers": "customers/",
        "customer": f"customers/{books.customer_id}/",
        "statements": "statements/",
        "ledger": "ledger/",
        "accounts": "ledger/?kind=receivable",
        "account": f"ledger/accounts/{account.account_id}/",
        "posting": f"ledger/postings/{priced.posting_id}/",
        "exports": "ledger/exports/",
        "revenue": "revenue/",
        "billing": "billing/",
        "seller": "billing/sellers/add/",
        "policy": "billing/policy/",
        "help": "billing/help/",
        "objection": f"objections/{object_to(books)}/",
        "taxes": "billing/taxes/",
        "numbers": "billing/numbers/",
        "hosts": "billing/hosts/",
        "host": f"billing/hosts/{books.host_id}/",
        "session": f"sessions/{books.billed}/",
    }


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_about_money_has_a_violation_or_scrolls_sideways(
    visit: Visit, books: Books, host_statement: int, scheme: str, width: int
) -> None:
    page = visit("/console/", width=width, scheme=scheme)
    origin = page.url.partition("/console/")[0]
    found = {}
    for name, path in paths(books).items():
        page.goto(f"{origin}/console/{path}")
        page.wait_for_timeout(200)
        wrong = violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append("scrolls sideways")
        if wrong:
            found[name] = wrong
    assert found == {}


def test_a_review_is_decided_by_keyboard_alone(visit: Visit, books: Books) -> None:
    page = visit("/console/reviews/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(f"Review of charge {books.doubtful}")
    reach(page, "price-note")
    page.keyboard.type("The log is complete")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("The log is complete")
    priced = queries.standing_price(books.operator_id, books.doubtful)
    assert priced is not None
    assert priced.rated.after_minor == 417


def test_tiny_charges_are_waived_without_script(visit: Visit, books: Books) -> None:
    page = visit("/console/reviews/", script=False)
    page.check(f"input[name=id][value='{books.tiny_review_id}']")
    page.click("button:text-is('Bill nothing for the chosen')")
    expect(page.locator("main")).to_contain_text("€0.12")
    page.fill("#note", "Too little")
    page.click("button:text-is('Bill nothing')")

    def resolution() -> str:
        settled = queries.price_review(books.operator_id, books.tiny_review_id)
        assert settled is not None
        return settled.resolution

    assert wait_for(resolution) == "waived"


def test_an_invoice_is_credited_without_script(visit: Visit, books: Books) -> None:
    page = visit(f"/console/invoices/{books.invoice_id}/", script=False)
    page.click("a:text-is('Credit note')")
    page.fill("#note", "Broken screen")
    page.click("button:text-is('Show what that means')")
    expect(page.locator("main")).to_contain_text("a credit note over €4.17")
    page.click("button:text-is('Take €4.17 back')")
    expect(page.locator("main")).to_contain_text("Corrected by credit note")
    assert queries.standing_price(books.operator_id, books.billed) is None


def test_the_table_of_revenue_stands_there_without_script(visit: Visit, books: Books) -> None:
    page = visit("/console/revenue/", script=False)
    page.click("summary:text-is('Numbers as a table')")
    expect(page.locator(".chart__twin")).to_contain_text("3.5")


def reach(page: Page, target: str) -> None:
    """Go to a field by the tabulator key."""
    for _step in range(120):
        if page.evaluate("document.activeElement.id") == target:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{target} is not reached by Tab")
