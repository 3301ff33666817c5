"""The books: accounts, entries, postings, revenue, and files for bookkeeping."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Query, Router

from chargehand.domain.accounts import queries as accounts
from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.billing import entities, exports, revenue, statements
from chargehand.domain.billing.statements import PostingView
from chargehand.interfaces.api import amounts, media, paging, problems, reach
from chargehand.interfaces.api.book_shapes import (
    Account,
    AccountFilter,
    BatchFilter,
    DaysAsked,
    LedgerEntry,
    Posting,
    Revenue,
    RevenueFilter,
)
from chargehand.interfaces.api.door import ApiRequest, demand, needs
from chargehand.interfaces.api.paging import Cursor, Limit, Page
from chargehand.interfaces.api.wire import Id
from chargehand.kernel import clock

router = Router(tags=["Books"])
revenue_router = Router(tags=["Books"])
exports_router = Router(tags=["Books"])


@router.get("/accounts", response=Page[Account])
@needs(Permission.MONEY_VIEW)
def list_accounts(
    request: ApiRequest,
    response: HttpResponse,
    wanted: Query[AccountFilter],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """Accounts of the ledger with their balances."""
    who = request.auth
    reach.whole(who)
    found = statements.balances(who.operator_id, kind=wanted.kind, currency=wanted.currency, at=wanted.at)
    after = paging.read_cursor(cursor, paging.Number)
    cut, following = paging.slice_after(found, lambda each: each.account_id, after, limit)
    return paging.page(request, response, [amounts.told(each) for each in cut], following)


@router.get("/accounts/{account_id}/entries", response=Page[LedgerEntry])
@needs(Permission.MONEY_VIEW)
def list_account_entries(
    request: ApiRequest,
    response: HttpResponse,
    account_id: Id,
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_PER_PAGE,
) -> dict[str, Any]:
    """What was posted to an account, newest first, with the balance after each; holds are not among it."""
    who = request.auth
    reach.whole(who)
    known = {each.account_id: each.currency for each in statements.balances(who.operator_id)}
    if account_id not in known:
        raise problems.missing()
    page = statements.statement(
        who.operator_id, account_id, before_id=paging.read_cursor(cursor, paging.Number), limit=limit
    )
    shown = [
        {
            **amounts.told(each, known[account_id]),
            "amount": amounts.amount(each.minor, known[account_id]),
        }
        for each in page.lines
    ]
    return paging.page(request, response, shown, page.before_id)


@router.get("/postings/{posting_id}", response=Posting)
@needs(Permission.MONEY_VIEW)
def read_posting(request: ApiRequest, posting_id: Id) -> dict[str, Any]:
    """A posting with its legs."""
    reach.whole(request.auth)
    found = statements.posting(request.auth.operator_id, posting_id)
    if found is None:
        raise problems.missing()
    return _posting(found)


@revenue_router.get("", response=Revenue)
@needs(Permission.MONEY_VIEW, Permission.REPORTS_VIEW)
def read_revenue(request: ApiRequest, wanted: Query[RevenueFilter]) -> dict[str, Any]:
    """Revenue by day, site and currency. `reports.view` alone is enough for the sites one is bound to."""
    who = request.auth
    if who.location_ids is None:
        demand(who, Permission.MONEY_VIEW)
    found = revenue.revenue_by_day(
        who.operator_id,
        since=wanted.since,
        until=wanted.until,
        location_ids=reach.locations_within(who, wanted.location_id),
    )
    return {"items": [amounts.told(each) for each in found]}


@exports_router.get("/cdrs.csv")
@media.sends(media.CSV)
@needs(Permission.MONEY_VIEW)
def export_cdrs(request: ApiRequest, wanted: Query[DaysAsked]) -> HttpResponseBase:
    """Prices and credits of charges that ended on the days, as CSV."""
    reach.whole(request.auth)
    since, until = _moments(request.auth.operator_id, wanted)
    rows = exports.record_rows(request.auth.operator_id, since=since, until=until)
    return media.table(rows, _name("cdrs", wanted))


@exports_router.get("/invoices.csv")
@media.sends(media.CSV)
@needs(Permission.MONEY_VIEW)
def export_invoices(request: ApiRequest, wanted: Query[DaysAsked]) -> HttpResponseBase:
    """Invoices and credit notes that were issued on the days, as CSV."""
    reach.whole(request.auth)
    rows = exports.invoice_rows(request.auth.operator_id, since=wanted.since, until=wanted.until)
    return media.table(rows, _name("invoices", wanted))


@exports_router.get("/journal.csv")
@media.sends(media.CSV)
@needs(Permission.MONEY_VIEW)
def export_journal(request: ApiRequest, wanted: Query[DaysAsked]) -> HttpResponseBase:
    """All entries of the ledger for what happened on the days, as CSV."""
    reach.whole(request.auth)
    since, until = _moments(request.auth.operator_id, wanted)
    rows = exports.journal_rows(request.auth.operator_id, since=since, until=until)
    return media.table(rows, _name("journal", wanted))


@exports_router.get("/batch.csv")
@media.sends(media.CSV)
@needs(Permission.MONEY_VIEW)
def export_batch(request: ApiRequest, wanted: Query[BatchFilter]) -> HttpResponseBase:
    """The postings of the days as a posting batch in the layout of DATEV (EXTF 700, Windows-1252)."""
    who = request.auth
    reach.whole(who)
    if wanted.since.year != wanted.until.year:
        raise problems.Problem(422, "two-years", _("A posting batch stays within one year."))
    seller = (
        entities.default_entity(who.operator_id)
        if wanted.entity_id is None
        else entities.entity(who.operator_id, wanted.entity_id)
    )
    if seller is None:
        raise problems.missing()
    lines = exports.batch_lines(seller, since=wanted.since, until=wanted.until, now=clock.now())
    name = f"EXTF_Buchungsstapel_{wanted.since:%Y%m%d}_{wanted.until:%Y%m%d}.csv"
    return media.pieces(lines, "text/csv; charset=windows-1252", name)


def _moments(operator_id: int, wanted: DaysAsked) -> tuple[datetime, datetime]:
    """Return when the first day begins and the last one ends, where the operator is."""
    home = accounts.operator(operator_id)
    zone = ZoneInfo(home.time_zone if home else "UTC")
    begin, end = wanted.since, wanted.until + timedelta(days=1)
    return datetime.combine(begin, time(), zone), datetime.combine(end, time(), zone)


def _name(what: str, wanted: DaysAsked) -> str:
    return f"{what}-{wanted.since}-{wanted.until}.csv"


def _posting(view: PostingView) -> dict[str, Any]:
    legs = [
        {
            "kind": leg.account.kind,
            "detail": leg.account.detail,
            "amount": amounts.amount(leg.minor, leg.account.currency),
        }
        for leg in view.legs
    ]
    return {**amounts.told(view, ""), "legs": legs}
