"""Followers at work in a test that commits."""

from typing import Final

from django.db import connection
from tests.patience import wait_for

from chargehand.journal import runner
from chargehand.project.flows import FOLLOWERS

_UNREAD: Final = """
SELECT EXISTS (SELECT 1 FROM journal_fact f, journal_cursor c
    WHERE (f.xid, f.id) > (c.xid::text::xid8, c.fact_id))
"""


def follow_all() -> None:
    """Let all followers act until they have read everything that is committed.

    Facts newer than the oldest transaction of the database are not read yet, and autovacuum may hold one.
    """
    wait_for(_is_all_read)


def _is_all_read() -> bool:
    runner.drain(FOLLOWERS)
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD)
        return not cursor.fetchone()[0]
