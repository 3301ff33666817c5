"""Following the journal: every fact reaches every follower at least once, in the order of commit."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import msgspec
import structlog
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from chargehand.journal.horizon import complete_below
from chargehand.journal.models import FollowerFailure
from chargehand.kernel import clock
from chargehand.kernel.facts import Fact

#: Pauses between attempts at a fact that failed; the last one repeats.
PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1))

log = structlog.get_logger(__name__)


class Follower(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts when something happened beneath: the facts it wants and what it does with a batch of them.

    `act` runs in one transaction with the move of the cursor; it must be idempotent all the same.
    """

    name: str
    facts: tuple[type[Fact], ...]
    act: Callable[[Sequence[Fact]], None]
    batch: int = 500


#: One worker acts for a follower at a time. No row is locked: a transaction that only reads so far has no id yet
#: and keeps nobody from what was stated meanwhile.
_ALONE = "SELECT pg_try_advisory_xact_lock(%s)"
_CURSOR = "SELECT xid, fact_id FROM journal_cursor WHERE follower = %s"
_BEGIN = """
INSERT INTO journal_cursor (follower, xid, fact_id, moved_at) VALUES (%s, 0, 0, %s) ON CONFLICT DO NOTHING
"""
_HAS_SOMETHING = """
SELECT coalesce(bool_or(name = ANY(%(names)s)), false) OR count(*) > %(over)s FROM (
    SELECT name FROM journal_fact WHERE (xid, id) > (%(xid)s::text::xid8, %(id)s) AND xid < %(below)s::text::xid8
    ORDER BY xid, id LIMIT %(over)s + 1
) AS following
"""
_READ = """
SELECT id, xid::text::bigint, name, CASE WHEN name = ANY(%s) THEN body::text END FROM journal_fact
WHERE (xid, id) > (%s::text::xid8, %s) AND xid < %s::text::xid8 ORDER BY xid, id LIMIT %s
"""
#: So many facts are read for each that is wanted, at most: what is of no interest is passed over.
_READ_FOR_EACH = 10
_MOVE = "UPDATE journal_cursor SET xid = %s, fact_id = %s, moved_at = %s WHERE follower = %s"


_Row: TypeAlias = tuple[int, int, str, Any]


def _decode(follower: Follower, name: str, body: str) -> Fact:
    return next(msgspec.json.decode(body, type=kind) for kind in follower.facts if kind.name() == name)


def follow(follower: Follower, *, most: int | None = None, over: int = 0) -> int:
    """Let a follower act on its next batch, of `most` facts where that is fewer; return how many facts it passed.

    Facts of no interest are left unread until there are more than `over` of them. Returns 0 where another
    worker is at it.
    """
    below = complete_below()
    if not _has_something(follower, below, over):
        return 0
    size = follower.batch if most is None else min(most, follower.batch)
    try:
        with transaction.atomic():
            return _follow(follower, below, size, one_by_one=False)
    except Exception:
        log.exception("follower-batch-failed", follower=follower.name)
    with transaction.atomic():
        return _follow(follower, below, size, one_by_one=True)


def _has_something(follower: Follower, below: int, over: int) -> bool:
    """Tell whether there is something to act on, or so much of no interest that the cursor is to move."""
    with connection.cursor() as cursor:
        xid, fact_id = _cursor_of(cursor, follower)
        cursor.execute(
            _HAS_SOMETHING,
            {
                "xid": str(xid),
                "id": fact_id,
                "below": str(below),
                "names": _names(follower),
                "over": over,
            },
        )
        return bool(cursor.fetchone()[0])


def _names(follower: Follower) -> list[str]:
    return [kind.name() for kind in follower.facts]


def _cursor_of(cursor: CursorWrapper, follower: Follower) -> tuple[int, int]:
    """Return how far a follower has read; one that is new begins with the first fact."""
    cursor.execute(_CURSOR, [follower.name])
    row = cursor.fetchone()
    if row is None:
        cursor.execute(_BEGIN, [follower.name, clock.now()])
        return 0, 0
    return int(row[0]), int(row[1])


def _follow(follower: Follower, below: int, size: int, *, one_by_one: bool) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [_lock_of(follower)])
        if not cursor.fetchone()[0]:
            return 0
        xid, fact_id = _cursor_of(cursor, follower)
        names, window = _names(follower), size * _READ_FOR_EACH
        cursor.execute(_READ, [names, str(xid), fact_id, str(below), window])
        rows = cursor.fetchall()
    wanted, passed = _first_wanted(rows, size)
    if not passed:
        return 0
    facts = [(id_, _decode(follower, name, body)) for id_, _, name, body in wanted]
    if one_by_one:
        for id_, fact in facts:
            _act_alone(follower, id_, fact)
    elif facts:
        follower.act([fact for _, fact in facts])
    last_id, last_xid = rows[passed - 1][:2]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [last_xid, last_id, clock.now(), follower.name])
    return passed


def _first_wanted(rows: Sequence[_Row], size: int) -> tuple[list[_Row], int]:
    """Return the first `size` rows with a fact that is wanted, and how many rows are passed with them."""
    wanted: list[_Row] = []
    for place, row in enumerate(rows):
        if row[3] is not None:
            wanted.append(row)
            if len(wanted) == size:
                return wanted, place + 1
    return wanted, len(rows)


def _lock_of(follower: Follower) -> int:
    """Return the number of the advisory lock of whoever acts for a follower (64 bits, signed)."""
    digest = hashlib.blake2b(f"follower {follower.name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _act_alone(follower: Follower, fact_id: int, fact: Fact) -> None:
    """Act on one fact; a failure is kept for later and does not hold up the others."""
    try:
        with transaction.atomic():
            follower.act([fact])
    except Exception as error:
        log.exception("follower-failed", follower=follower.name, fact=fact.name(), fact_id=fact_id)
        now = clock.now()
        FollowerFailure.objects.get_or_create(
            follower=follower.name,
            fact_id=fact_id,
            defaults={
                "error": repr(error)[:2000],
                "first_failed_at": now,
                "try_again_at": now + PAUSES[0],
            },
        )


def try_again(follower: Follower) -> int:
    """Try the facts again that failed and whose pause is over; return how many succeeded."""
    done = 0
    due = FollowerFailure.objects.filter(follower=follower.name, try_again_at__lte=clock.now())
    for failure_id in list(due.values_list("id", flat=True)[:50]):
        with transaction.atomic():
            failure = (
                FollowerFailure.objects.select_for_update(skip_locked=True).filter(id=failure_id).first()
            )
            if failure is not None and _retry(follower, failure):
                done += 1
    return done


def _retry(follower: Follower, failure: FollowerFailure) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, body::text FROM journal_fact WHERE id = %s", [failure.fact_id])
        row = cursor.fetchone()
    if row is None or row[0] not in _names(follower):
        failure.delete()
        return False
    fact = _decode(follower, row[0], row[1])
    try:
        with transaction.atomic():
            follower.act([fact])
    except Exception as error:
        log.exception("follower-failed-again", follower=follower.name, fact_id=failure.fact_id)
        pause = PAUSES[min(failure.attempts, len(PAUSES) - 1)]
        failure.attempts += 1
        failure.error = repr(error)[:2000]
        failure.try_again_at = clock.now() + pause
        failure.save(update_fields=["attempts", "error", "try_again_at"])
        return False
    failure.delete()
    return True
