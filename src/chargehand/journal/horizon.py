"""Up to where a log written by many transactions at once is complete."""

from django.db import connection

_RUNNING = """
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
       ARRAY(SELECT backend_xid::text::bigint FROM pg_stat_activity
             WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid())
"""
_EPOCH = 1 << 32


def complete_below() -> int:
    """Return a transaction id (xid8) below which nothing in this database is still to be committed.

    A snapshot's own xmin would do too, but counts transactions of every database of the server. The snapshot is
    taken before the running transactions are looked at: whoever begins later has a higher id. Rows must be read
    by a later statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING)
        following, running = cursor.fetchone()
    return min((_widen(xid, following) for xid in running), default=following)


def _widen(xid: int, following: int) -> int:
    """Return the 64-bit form of a running transaction's 32-bit id; `following` is the next id to be given."""
    wide = following - following % _EPOCH + xid
    return wide - _EPOCH if wide >= following + _EPOCH // 2 else wide
