"""The ledger: append-only double entry, one posting for each business event, corrected by reversal only."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from django.db import connection, transaction

from chargehand.domain.billing.chart import AccountName, Leg
from chargehand.domain.billing.models import Entry, Posting
from chargehand.kernel import clock
from chargehand.kernel.money import exponent_of

_ACCOUNTS: Final = """
INSERT INTO billing_account (operator_id, kind, currency, detail, created_at)
SELECT DISTINCT operator_id, kind, currency, detail, %s::timestamptz
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS wanted (operator_id, kind, currency, detail)
ORDER BY operator_id, kind, currency, detail
ON CONFLICT ON CONSTRAINT billing_account_once DO NOTHING
"""
_POSTINGS: Final = """
INSERT INTO billing_posting (operator_id, key, kind, is_pending, reverses_id, resolves_id, expires_at, memo,
    happened_at, posted_at)
SELECT operator_id, key, kind, is_pending, reverses_id, resolves_id, expires_at, memo, happened_at, %s
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::boolean[], %s::bigint[], %s::bigint[], %s::timestamptz[],
    %s::text[], %s::timestamptz[])
    WITH ORDINALITY AS draft (operator_id, key, kind, is_pending, reverses_id, resolves_id, expires_at, memo,
    happened_at, place)
ORDER BY place
ON CONFLICT ON CONSTRAINT billing_posting_once DO NOTHING RETURNING operator_id, key, id
"""
#: Writes all entries, or none where an account is not there yet.
_ENTRIES: Final = """
WITH wanted AS (
    SELECT leg.posting_id, account.id, leg.currency, leg.minor
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[])
        AS leg (posting_id, operator_id, kind, currency, detail, minor)
    JOIN billing_account account ON account.operator_id = leg.operator_id AND account.kind = leg.kind
        AND account.currency = leg.currency AND account.detail = leg.detail
)
INSERT INTO billing_entry (posting_id, account_id, currency, minor)
SELECT posting_id, id, currency, minor FROM wanted WHERE (SELECT count(*) FROM wanted) = %s
"""


class LedgerError(ValueError):
    """Something was to be posted that cannot be: a mistake of the caller, said in one sentence."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A business event that is to be written into the books."""

    key: str
    kind: str
    legs: tuple[Leg, ...]
    happened_at: datetime
    memo: str = ""


class _Draft(msgspec.Struct, frozen=True, kw_only=True):
    operator_id: int
    key: str
    kind: str
    happened_at: datetime
    memo: str = ""
    is_pending: bool = False
    reverses_id: int | None = None
    resolves_id: int | None = None
    expires_at: datetime | None = None


def post(
    *, operator_id: int, key: str, kind: str, legs: Iterable[Leg], happened_at: datetime, memo: str = ""
) -> int:
    """Write a business event into the books and return its posting; the same `key` again gives the same one.

    Legs to one account are added up and those of nothing left out. Raises LedgerError where they do not add
    up to zero in each currency, nothing is left, or the key stands for something else already.
    """
    draft = _Draft(operator_id=operator_id, key=key, kind=kind, happened_at=happened_at, memo=memo)
    return _write(draft, legs)


def post_all(*, operator_id: int, events: Sequence[Event]) -> list[int]:
    """Write business events into the books as `post` does, in a few questions for all of them."""
    return _write_all(
        [
            (
                _Draft(
                    operator_id=operator_id,
                    key=each.key,
                    kind=each.kind,
                    happened_at=each.happened_at,
                    memo=each.memo,
                ),
                each.legs,
            )
            for each in events
        ]
    )


def reverse(*, operator_id: int, posting_id: int, key: str, happened_at: datetime, memo: str = "") -> int:
    """Take a posting back by its exact opposite and return that; once only, with the same `key` again.

    Raises LedgerError for a posting that is not there, is a hold, or was reversed under another key.
    """
    with transaction.atomic():
        row = _locked(operator_id, posting_id)
        if row.is_pending:
            raise LedgerError(f"Posting {posting_id} is a hold; release it instead.")
        standing = Posting.objects.filter(reverses_id=row.pk).exclude(key=key).first()
        if standing is not None:
            raise LedgerError(f"Posting {posting_id} was reversed by posting {standing.pk}.")
        legs = [Leg(account, -minor) for account, minor in _legs_of(row.pk).items()]
        draft = _Draft(
            operator_id=operator_id,
            key=key,
            kind="reversal",
            happened_at=happened_at,
            memo=memo,
            reverses_id=row.pk,
        )
        return _write(draft, legs)


def hold(
    *,
    operator_id: int,
    key: str,
    legs: Iterable[Leg],
    happened_at: datetime,
    expires_at: datetime | None,
    memo: str = "",
) -> int:
    """Set money aside by a pending posting and return it; `expires_at` is when it must be resolved.

    Raises LedgerError as `post` does.
    """
    draft = _Draft(
        operator_id=operator_id,
        key=key,
        kind="hold",
        happened_at=happened_at,
        memo=memo,
        is_pending=True,
        expires_at=expires_at,
    )
    return _write(draft, legs)


def settle_hold(
    *, operator_id: int, hold_id: int, key: str, legs: Iterable[Leg], happened_at: datetime, memo: str = ""
) -> int:
    """Take a hold, or a part of it, and let go of the rest; return the posting.

    Raises LedgerError where more is taken than was held, in an account or at all, or the hold is resolved.
    """
    wanted = list(legs)
    with transaction.atomic():
        held = _unresolved(operator_id, hold_id, key)
        for account, minor in _add_up(wanted).items():
            most = held.get(account, 0)
            if minor * most < 0 or abs(minor) > abs(most):
                raise LedgerError(f"Hold {hold_id} has {most} in {account.kind}, not {minor}.")
        draft = _Draft(
            operator_id=operator_id,
            key=key,
            kind="hold-settled",
            happened_at=happened_at,
            memo=memo,
            resolves_id=hold_id,
        )
        return _write(draft, wanted)


def release_hold(*, operator_id: int, hold_id: int, key: str, happened_at: datetime, memo: str = "") -> int:
    """Let go of a hold entirely and return the posting. Raises LedgerError where it is resolved already."""
    with transaction.atomic():
        _unresolved(operator_id, hold_id, key)
        draft = _Draft(
            operator_id=operator_id,
            key=key,
            kind="hold-released",
            happened_at=happened_at,
            memo=memo,
            resolves_id=hold_id,
        )
        return _write(draft, [])


def _locked(operator_id: int, posting_id: int) -> Posting:
    row = Posting.objects.select_for_update().filter(operator_id=operator_id, pk=posting_id).first()
    if row is None:
        raise LedgerError(f"There is no posting {posting_id}.")
    return row


def _unresolved(operator_id: int, hold_id: int, key: str) -> dict[AccountName, int]:
    """Return what a hold set aside; one that the same key resolved may be asked for again."""
    row = _locked(operator_id, hold_id)
    if not row.is_pending:
        raise LedgerError(f"Posting {hold_id} is not a hold.")
    standing = Posting.objects.filter(resolves_id=row.pk).exclude(key=key).first()
    if standing is not None:
        raise LedgerError(f"Hold {hold_id} was resolved by posting {standing.pk}.")
    return _legs_of(row.pk)


def _write(draft: _Draft, legs: Iterable[Leg]) -> int:
    return _write_all([(draft, legs)])[0]


def _write_all(drafts: Sequence[tuple[_Draft, Iterable[Leg]]]) -> list[int]:
    wanted = [(draft, _checked(draft, legs)) for draft, legs in drafts]
    if not wanted:
        return []
    with transaction.atomic(savepoint=False):
        made = _write_postings([draft for draft, _ in wanted])
        _write_entries(
            [
                (made[draft.operator_id, draft.key], draft.operator_id, account, minor)
                for draft, legs in wanted
                if (draft.operator_id, draft.key) in made
                for account, minor in legs.items()
            ]
        )
    return [made.get((draft.operator_id, draft.key)) or _known(draft, legs) for draft, legs in wanted]


def _write_postings(drafts: Sequence[_Draft]) -> dict[tuple[int, str], int]:
    """Write postings, and return those whose keys are new."""
    names = ("operator_id", "key", "kind", "is_pending", "reverses_id", "resolves_id", "expires_at", "memo")
    columns = [[getattr(draft, name) for draft in drafts] for name in (*names, "happened_at")]
    with connection.cursor() as cursor:
        cursor.execute(_POSTINGS, [clock.now(), *columns])
        return {(operator_id, key): int(made) for operator_id, key, made in cursor.fetchall()}


def _write_entries(legs: Sequence[tuple[int, int, AccountName, int]]) -> None:
    """Write legs of postings (posting, operator, account, minor units), and the accounts that are new."""
    if not legs:
        return
    postings, operators, accounts, minors = (list(column) for column in zip(*legs, strict=True))
    named = [operators, *([str(part) for part in column] for column in zip(*accounts, strict=True))]
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [postings, *named, minors, len(legs)])
        if not cursor.rowcount:
            cursor.execute(_ACCOUNTS, [clock.now(), *named])
            cursor.execute(_ENTRIES, [postings, *named, minors, len(legs)])


def _checked(draft: _Draft, legs: Iterable[Leg]) -> dict[AccountName, int]:
    if not 1 <= len(draft.key) <= 200:
        raise LedgerError("The key of a posting has 1 to 200 characters.")
    wanted = _add_up(legs)
    rests: dict[str, int] = {}
    for account, minor in wanted.items():
        exponent_of(account.currency)
        rests[account.currency] = rests.get(account.currency, 0) + minor
    if any(rests.values()):
        left = ", ".join(f"{rest} {currency}" for currency, rest in rests.items() if rest)
        raise LedgerError(f"The posting {draft.key} does not balance: {left} in minor units is left.")
    if not wanted and draft.resolves_id is None:
        raise LedgerError(f"The posting {draft.key} moves nothing.")
    return wanted


def _add_up(legs: Iterable[Leg]) -> dict[AccountName, int]:
    sums: dict[AccountName, int] = {}
    for account, minor in legs:
        sums[account] = sums.get(account, 0) + minor
    return {account: minor for account, minor in sums.items() if minor}


def _known(draft: _Draft, wanted: dict[AccountName, int]) -> int:
    """Return the posting that a key stands for already, if it says the same."""
    row = Posting.objects.get(operator_id=draft.operator_id, key=draft.key)
    same = (row.kind, row.is_pending, row.reverses_id, row.resolves_id) == (
        *(draft.kind, draft.is_pending),
        *(draft.reverses_id, draft.resolves_id),
    )
    if not same or _legs_of(row.pk) != wanted:
        raise LedgerError(f"The key {draft.key} stands for posting {row.pk}, which says something else.")
    return row.pk


def _legs_of(posting_id: int) -> dict[AccountName, int]:
    rows = Entry.objects.filter(posting_id=posting_id).values_list(
        "account__kind", "account__currency", "account__detail", "minor"
    )
    named = [Leg(msgspec.convert(row[:3], type=AccountName), row[3]) for row in rows]
    return _add_up(named)
