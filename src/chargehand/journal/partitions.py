"""Tables partitioned by time of receipt: made ahead of need, dropped when their retention is over."""

from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction
from psycopg import sql

#: How far ahead partitions are made. A default partition takes what comes beyond, so nothing is ever refused.
DAYS_AHEAD = 14


def _start_of(day: date, days: int) -> date:
    """Return the first day of the partition of `days` days that `day` falls in."""
    ordinal = day.toordinal()
    return date.fromordinal(ordinal - ordinal % days)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _names(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass",
            [table],
        )
        return {row[0] for row in cursor.fetchall()}


def _make(table: str, first: date, last: date) -> None:
    """Make one partition; rows of its range that the default partition took meanwhile move into it."""
    name = f"{table}_{first:%Y%m%d}"
    part, parent, default = sql.Identifier(name), sql.Identifier(table), sql.Identifier(f"{table}_default")
    bounds = {"low": sql.Literal(_midnight(first)), "high": sql.Literal(_midnight(last))}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"partition:{name}"])
        cursor.execute("SELECT to_regclass(%s)", [name])
        if cursor.fetchone()[0] is not None:
            return
        cursor.execute(
            sql.SQL("CREATE TABLE {part} (LIKE {parent} INCLUDING DEFAULTS INCLUDING STORAGE)").format(
                part=part, parent=parent
            )
        )
        cursor.execute(sql.SQL("LOCK TABLE {default} IN ACCESS EXCLUSIVE MODE").format(default=default))
        cursor.execute(
            sql.SQL(
                "WITH moved AS (DELETE FROM {default} WHERE received_at >= {low} AND received_at < {high}"
                " RETURNING *) INSERT INTO {part} OVERRIDING SYSTEM VALUE SELECT * FROM moved"
            ).format(default=default, part=part, **bounds)
        )
        cursor.execute(
            sql.SQL(
                "ALTER TABLE {parent} ATTACH PARTITION {part} FOR VALUES FROM ({low}) TO ({high})"
            ).format(parent=parent, part=part, **bounds)
        )


def ensure(table: str, *, days: int, today: date, ahead: int = DAYS_AHEAD) -> list[str]:
    """Make the partitions of `days` days each from today's to `ahead` days on; return the names made."""
    made = []
    have = _names(table)
    first = _start_of(today, days)
    while first <= today + timedelta(days=ahead):
        following = first + timedelta(days=days)
        name = f"{table}_{first:%Y%m%d}"
        if name not in have:
            _make(table, first, following)
            made.append(name)
        first = following
    return made


def drop_older(table: str, *, days: int, keep_days: int, today: date) -> list[str]:
    """Drop partitions that hold nothing younger than `keep_days` days; return the names dropped."""
    oldest = today - timedelta(days=keep_days)
    dropped = []
    for name in sorted(_names(table)):
        stamp = name.removeprefix(f"{table}_")
        if not (stamp.isdigit() and len(stamp) == 8):
            continue
        first = date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:]))
        if first + timedelta(days=days) <= oldest:
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
            dropped.append(name)
    return dropped
