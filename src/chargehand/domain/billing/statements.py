"""Questions to the ledger: balances, statements of accounts, single postings, holds that are open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.billing.chart import AccountKind, AccountName, Leg, sign_of
from chargehand.domain.billing.models import Account, Entry, Posting

MOST_PER_PAGE: Final = 500

_BALANCES: Final = """
SELECT a.id, a.kind, a.currency, a.detail,
    COALESCE(sum(e.minor) FILTER (WHERE NOT p.is_pending), 0),
    COALESCE(sum(e.minor) FILTER (WHERE p.is_pending AND r.id IS NULL AND e.minor > 0), 0),
    COALESCE(sum(e.minor) FILTER (WHERE p.is_pending AND r.id IS NULL AND e.minor < 0), 0)
FROM billing_account a
LEFT JOIN (billing_entry e JOIN billing_posting p ON p.id = e.posting_id AND p.happened_at <= %(at)s::timestamptz)
    ON e.account_id = a.id
LEFT JOIN billing_posting r ON r.resolves_id = p.id AND r.happened_at <= %(at)s::timestamptz
WHERE a.operator_id = %(operator)s AND (%(kind)s = '' OR a.kind = %(kind)s)
    AND (%(currency)s = '' OR a.currency = %(currency)s) AND (%(account)s::bigint IS NULL OR a.id = %(account)s)
GROUP BY a.id ORDER BY a.kind, a.currency, a.detail
"""
_FOREVER: Final = "infinity"


class BalanceView(msgspec.Struct, frozen=True, kw_only=True):
    """An account with its balance in minor units, above zero on the side it grows on.

    `held_minor` is what open holds will take away, `available_minor` what is left then.
    """

    account_id: int
    kind: AccountKind
    currency: str
    detail: str
    posted_minor: int
    held_minor: int
    available_minor: int


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of an account; amount and the balance after it in minor units, as in `BalanceView`."""

    entry_id: int
    posting_id: int
    kind: str
    key: str
    memo: str
    happened_at: datetime
    posted_at: datetime
    minor: int
    balance_minor: int


class StatementPage(msgspec.Struct, frozen=True):
    """Lines, newest first; `before_id` asks for the page after this one, None where there is none."""

    lines: tuple[StatementLine, ...]
    before_id: int | None


class PostingView(msgspec.Struct, frozen=True, kw_only=True):
    """A posting with its legs, debits above zero; `reversed_by` and `resolved_by` name later postings."""

    id: int
    key: str
    kind: str
    memo: str
    is_pending: bool
    expires_at: datetime | None
    happened_at: datetime
    posted_at: datetime
    legs: tuple[Leg, ...]
    reverses_id: int | None
    resolves_id: int | None
    reversed_by: int | None
    resolved_by: int | None


def balances(
    operator_id: int,
    *,
    kind: AccountKind | None = None,
    currency: str = "",
    at: datetime | None = None,
) -> list[BalanceView]:
    """Return the accounts of an operator with their balances, now or by what had happened until `at`."""
    return _balances(operator_id, kind=kind or "", currency=currency, account=None, at=at)


def balance(operator_id: int, account: AccountName) -> BalanceView | None:
    """Return one account; None where nothing was ever posted to it."""
    row = Account.objects.filter(
        operator_id=operator_id, kind=account.kind, currency=account.currency, detail=account.detail
    ).first()
    if row is None:
        return None
    [found] = _balances(operator_id, kind="", currency="", account=row.pk, at=None)
    return found


def account_balance(operator_id: int, account_id: int) -> BalanceView | None:
    """Return one account by its id."""
    return next(iter(_balances(operator_id, kind="", currency="", account=account_id, at=None)), None)


def statement(
    operator_id: int, account_id: int, *, before_id: int | None = None, limit: int = 50
) -> StatementPage:
    """Return a page of an account's posted entries with the balance after each; holds are not among them."""
    account = Account.objects.filter(operator_id=operator_id, pk=account_id).first()
    if account is None:
        return StatementPage((), None)
    rows = Entry.objects.filter(account=account, posting__is_pending=False).select_related("posting")
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows.order_by("-pk")[: limit + 1])
    sign = sign_of(AccountKind(account.kind))
    lines = []
    running = _posted_until(account.pk, found[0].pk) if found else 0
    for row in found[:limit]:
        lines.append(_line(row, sign, running))
        running -= row.minor
    return StatementPage(tuple(lines), lines[-1].entry_id if len(found) > limit else None)


def posting(operator_id: int, posting_id: int) -> PostingView | None:
    """Return a posting."""
    row = Posting.objects.filter(operator_id=operator_id, pk=posting_id).first()
    return None if row is None else _view(row)


def postings_keyed(operator_id: int, prefix: str) -> list[PostingView]:
    """Return the postings whose business key begins with a text (`cdr:17:`), oldest first, at most 500."""
    rows = Posting.objects.filter(operator_id=operator_id, key__startswith=prefix)
    return [_view(row) for row in rows.order_by("pk")[:MOST_PER_PAGE]]


def open_holds(operator_id: int) -> list[PostingView]:
    """Return holds that nothing has resolved, oldest first."""
    resolved = Posting.objects.filter(resolves__isnull=False).values("resolves_id")
    rows = Posting.objects.filter(operator_id=operator_id, is_pending=True).exclude(pk__in=resolved)
    return [_view(row) for row in rows.order_by("pk")]


def _balances(
    operator_id: int, *, kind: str, currency: str, account: int | None, at: datetime | None
) -> list[BalanceView]:
    values: dict[str, Any] = {
        "operator": operator_id,
        "kind": kind,
        "currency": currency,
        "account": account,
        "at": at or _FOREVER,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, values)
        return [_balance_view(row) for row in cursor.fetchall()]


def _balance_view(row: Sequence[Any]) -> BalanceView:
    kind = AccountKind(row[1])
    sign = sign_of(kind)
    posted, debits, credit = (int(number) for number in row[4:7])
    held = -credit if sign > 0 else debits
    return BalanceView(
        account_id=row[0],
        kind=kind,
        currency=row[2],
        detail=row[3],
        posted_minor=sign * posted,
        held_minor=held,
        available_minor=sign * posted - held,
    )


def _posted_until(account_id: int, entry_id: int) -> int:
    """Return the sum of posted entries up to and with one, debits above zero."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(sum(e.minor), 0) FROM billing_entry e"
            " JOIN billing_posting p ON p.id = e.posting_id"
            " WHERE e.account_id = %s AND e.id <= %s AND NOT p.is_pending",
            [account_id, entry_id],
        )
        return int(cursor.fetchone()[0])


def _line(row: Entry, sign: int, running: int) -> StatementLine:
    return StatementLine(
        entry_id=row.pk,
        posting_id=row.posting_id,
        kind=row.posting.kind,
        key=row.posting.key,
        memo=row.posting.memo,
        happened_at=row.posting.happened_at,
        posted_at=row.posting.posted_at,
        minor=sign * row.minor,
        balance_minor=sign * running,
    )


def _view(row: Posting) -> PostingView:
    entries = Entry.objects.filter(posting=row).select_related("account").order_by("pk")
    later = Posting.objects.filter(reverses=row).values_list("pk", flat=True).first()
    resolved = Posting.objects.filter(resolves=row).values_list("pk", flat=True).first()
    return PostingView(
        id=row.pk,
        key=row.key,
        kind=row.kind,
        memo=row.memo,
        is_pending=row.is_pending,
        expires_at=row.expires_at,
        happened_at=row.happened_at,
        posted_at=row.posted_at,
        legs=tuple(
            Leg(AccountName(AccountKind(e.account.kind), e.currency, e.account.detail), e.minor)
            for e in entries
        ),
        reverses_id=row.reverses_id,
        resolves_id=row.resolves_id,
        reversed_by=later,
        resolved_by=resolved,
    )
