"""Stretches of the journal, read without following it: facts by the transactions that stated them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import connection

from chargehand.kernel.facts import Fact

_READ = """
SELECT name, body::text, stated_at FROM journal_fact
WHERE xid >= %s::text::xid8 AND xid < %s::text::xid8 AND operator_id = %s AND name = ANY(%s)
    AND (%s::timestamptz IS NULL OR stated_at >= %s) AND (%s::timestamptz IS NULL OR stated_at < %s)
ORDER BY xid, id
"""
_END = """
SELECT xid::text::bigint FROM journal_fact WHERE xid >= %s::text::xid8 AND xid < %s::text::xid8
    AND (%s::timestamptz IS NULL OR stated_at >= %s)
ORDER BY xid LIMIT 1 OFFSET %s
"""


class Stated(msgspec.Struct, frozen=True):
    """A fact and when it was written down."""

    fact: Fact
    stated_at: datetime


def stated(
    kinds: Sequence[type[Fact]],
    *,
    operator_id: int,
    from_xid: int,
    to_xid: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Stated]:
    """Return an operator's facts of some kinds that transactions from `from_xid` to below `to_xid` stated.

    `since` and `until` (not included) narrow them by when they were stated.
    """
    by_name = {kind.name(): kind for kind in kinds}
    with connection.cursor() as cursor:
        cursor.execute(
            _READ,
            [str(from_xid), str(to_xid), operator_id, list(by_name), since, since, until, until],
        )
        rows = cursor.fetchall()
    return [Stated(msgspec.json.decode(body, type=by_name[name]), at) for name, body, at in rows]


def xid_after(count: int, *, from_xid: int, to_xid: int, since: datetime | None = None) -> int | None:
    """Return the transaction of the fact that `count` others stand before; None if there are not so many.

    `since` leaves out what was stated before.
    """
    with connection.cursor() as cursor:
        cursor.execute(_END, [str(from_xid), str(to_xid), since, since, count])
        row = cursor.fetchone()
    return None if row is None else int(row[0])
