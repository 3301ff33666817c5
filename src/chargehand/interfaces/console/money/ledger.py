"""The ledger: accounts with their balances, the statement of one, a posting, and whether the books add up."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chargehand.domain.accounts import audit
from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.billing import invariants, queries, statements
from chargehand.domain.billing.chart import AccountKind
from chargehand.domain.billing.statements import BalanceView, PostingView
from chargehand.domain.charging import queries as charging
from chargehand.interfaces.console import cursors, deeds, frame
from chargehand.interfaces.console.money import parts, words
from chargehand.interfaces.console.money.account_names import AccountNames
from chargehand.kernel import clock

#: Under this subject the audit keeps when the books were checked last, and what was found.
BOOKS: Final = "books"
#: Most accounts of a kind on one page.
MOST: Final = 500


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def index(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What is posted, held and left: kind by kind, or the accounts of one kind."""
    chosen = next((each for each in AccountKind if each == request.GET.get("kind")), None)
    found = statements.balances(principal.operator_id, kind=chosen)
    names = AccountNames(principal.operator_id)
    context = {
        "kind": words.ACCOUNTS[chosen] if chosen else "",
        "lines": _kinds(found) if chosen is None else [_account(each, names) for each in found[:MOST]],
        "more": 0 if chosen is None else max(0, len(found) - MOST),
        "check": last_check(principal.operator_id),
        "holds": len(statements.open_holds(principal.operator_id)),
        "tabs": ledger_tabs("ledger"),
    }
    return frame.show(request, principal, "console/money/ledger.html", context)


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def account(request: HttpRequest, principal: Principal, account_id: int) -> HttpResponse:
    """The entries of an account, newest first, with the balance after each."""
    found = statements.account_balance(principal.operator_id, account_id)
    if found is None:
        raise Http404
    before = cursors.read_number(request.GET.get("before", ""))
    page = statements.statement(principal.operator_id, account_id, before_id=before)
    context = {
        "account": _account(found, AccountNames(principal.operator_id)),
        "lines": page.lines,
        "currency": found.currency,
        "next_url": f"?before={page.before_id}" if page.before_id else "",
        "first_url": request.path if before else "",
        "crumbs": [(_("Ledger"), reverse("console:ledger"))],
    }
    return frame.show(request, principal, "console/money/account.html", context)


@require_GET
@parts.whole(Permission.MONEY_VIEW)
def posting(request: HttpRequest, principal: Principal, posting_id: int) -> HttpResponse:
    """A posting with its legs, and what it comes from."""
    found = statements.posting(principal.operator_id, posting_id)
    if found is None:
        raise Http404
    context = {
        "posting": found,
        "kind": words.POSTINGS.get(found.kind, found.kind),
        "legs": legs_of(principal, found),
        "source": _source(principal, found),
        "crumbs": [(_("Ledger"), reverse("console:ledger"))],
    }
    return frame.show(request, principal, "console/money/posting.html", context)


def legs_of(principal: Principal, found: PostingView) -> list[dict[str, Any]]:
    """The legs of a posting as rows: account, debit, credit."""
    names = AccountNames(principal.operator_id)
    return [
        {
            "account": names.name(leg.account.kind, leg.account.detail),
            "name": leg.account,
            "balance": statements.balance(principal.operator_id, leg.account),
            "debit": parts.money(leg.minor, leg.account.currency) if leg.minor > 0 else None,
            "credit": parts.money(-leg.minor, leg.account.currency) if leg.minor < 0 else None,
        }
        for leg in found.legs
    ]


@require_POST
@parts.whole(Permission.MONEY_VIEW)
def check(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Check the books now, and remember when that was."""

    def find() -> None:
        breaks = invariants.find_breaks(clock.now())
        detail = {"breaks": len(breaks), "sentences": _own(breaks)}
        audit.write_audit(principal.actor, principal.operator_id, "billing.books_checked", BOOKS, detail)

    return deeds.act(
        request, principal, find, target=reverse("console:ledger"), done=_("The books were checked.")
    )


def last_check(operator_id: int) -> dict[str, Any] | None:
    """When the books were checked last and what was found; None: never from here."""
    entries = audit.list_audit(operator_id, subject=BOOKS, limit=1).entries
    if not entries:
        return None
    detail = entries[0].detail
    return {
        "at": entries[0].at,
        "by": entries[0].actor.name,
        "breaks": int(detail.get("breaks", 0)),
        "sentences": detail.get("sentences", []),
    }


def ledger_tabs(here: str) -> list[dict[str, Any]]:
    """The tabs of the ledger."""
    entries = (
        ("ledger", _("Accounts"), reverse("console:ledger")),
        ("exports", _("Exports"), reverse("console:ledger-exports")),
    )
    return parts.tabs(entries, here)


def _own(breaks: list[str]) -> list[str]:
    """What may be told of the breaks: they name documents of every operator of the installation."""
    return breaks[:20] if len(accounts.operators()) == 1 else []


def _account(found: BalanceView, names: AccountNames) -> dict[str, Any]:
    return {
        "url": reverse("console:ledger-account", args=[found.account_id]),
        "name": names.name(found.kind, found.detail),
        "currency": found.currency,
        "count": 1,
        "posted": parts.money(found.posted_minor, found.currency),
        "held": parts.money(found.held_minor, found.currency),
        "available": parts.money(found.available_minor, found.currency),
    }


def _kinds(found: Iterable[BalanceView]) -> list[dict[str, Any]]:
    """Sums of the accounts of each kind and currency, which the balances come ordered by."""
    lines = []
    for (kind, currency), group in groupby(found, key=lambda each: (each.kind, each.currency)):
        members = list(group)
        lines.append(
            {
                "url": f"?kind={kind.value}",
                "name": words.ACCOUNTS[kind],
                "currency": currency,
                "count": len(members),
                "posted": parts.money(sum(each.posted_minor for each in members), currency),
                "held": parts.money(sum(each.held_minor for each in members), currency),
                "available": parts.money(sum(each.available_minor for each in members), currency),
            }
        )
    return lines


def _source(principal: Principal, found: PostingView) -> tuple[str, str] | None:
    """What a posting comes from, as a label and an address: a charge, where its key names a record of one."""
    kind, _colon, rest = found.key.partition(":")
    number = cursors.read_number(rest.partition(":")[0])
    if number is None:
        return None
    if kind == "cdr":
        record = charging.cdr(principal.operator_id, number)
        charge_id = None if record is None else record.transaction_id
    elif kind in {"host-share", "host-clawback"}:
        priced = queries.priced_cdr(principal.operator_id, number)
        charge_id = None if priced is None else priced.transaction_id
    else:
        return None
    if charge_id is None:
        return None
    return _("Charge %d") % charge_id, reverse("console:charges-page", args=[charge_id])
