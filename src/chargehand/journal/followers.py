"""Following the journal: every fact reaches every follower at least once, in the order of commit."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec
import structlog
from django.db import connection, transaction

from chargehand.journal.horizon import complete_below
from chargehand.journal.models import FollowerCursor, FollowerFailure
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


_READ = """
SELECT id, xid::text::bigint, name, body::text FROM journal_fact
WHERE (xid, id) > (%s::text::xid8, %s) AND xid < %s::text::xid8
ORDER BY xid, id LIMIT %s
"""


def _decode(follower: Follower, name: str, body: str) -> Fact | None:
    for kind in follower.facts:
        if kind.name() == name:
            return msgspec.json.decode(body, type=kind)
    return None


def follow(follower: Follower) -> int:
    """Let a follower act on its next batch; return how many facts were read.

    Returns 0 where another worker is at it: the row of the cursor is the lock.
    """
    try:
        with transaction.atomic():
            return _follow(follower, one_by_one=False)
    except Exception:
        log.exception("follower-batch-failed", follower=follower.name)
    with transaction.atomic():
        return _follow(follower, one_by_one=True)


def _follow(follower: Follower, *, one_by_one: bool) -> int:
    FollowerCursor.objects.get_or_create(follower=follower.name, defaults={"moved_at": clock.now()})
    cursor_row = (
        FollowerCursor.objects.select_for_update(skip_locked=True).filter(follower=follower.name).first()
    )
    if cursor_row is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _READ, [str(cursor_row.xid), cursor_row.fact_id, str(complete_below()), follower.batch]
        )
        rows = cursor.fetchall()
    if not rows:
        return 0
    wanted = [(row[0], fact) for row in rows if (fact := _decode(follower, row[2], row[3])) is not None]
    if one_by_one:
        for fact_id, fact in wanted:
            _act_alone(follower, fact_id, fact)
    elif wanted:
        follower.act([fact for _, fact in wanted])
    cursor_row.fact_id, cursor_row.xid, cursor_row.moved_at = rows[-1][0], rows[-1][1], clock.now()
    cursor_row.save(update_fields=["fact_id", "xid", "moved_at"])
    return len(rows)


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
    fact = _decode(follower, row[0], row[1]) if row else None
    if fact is None:
        failure.delete()
        return False
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
