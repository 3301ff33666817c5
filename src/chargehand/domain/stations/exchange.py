"""Several statements, and the rows they copy, in one turn with PostgreSQL: what every batch of messages needs.

A cursor of Django costs about as much CPU for each statement as ten messages do. So the few statements of the path
of every message go through libpq as one text (PostgreSQL, "Message Flow", simple query), on Django's own connection
and in its transaction.
"""

import select
from collections.abc import Sequence
from typing import Final

import psycopg
from django.db import connection
from psycopg import pq
from psycopg.errors import error_from_result

#: A statement `COPY ... FROM STDIN` and everything that it is to read.
Copy = tuple[str, bytes]

_COMMIT: Final[Copy] = ("COMMIT", b"")
_DONE: Final = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK})


def ask(question: str) -> list[tuple[bytes | None, ...]]:
    """Return the rows of a query as texts; in a transaction that it begins if none has begun.

    To be called in `transaction.atomic`; raises the driver's own errors.
    """
    session = _session()
    begin = "" if session.transaction_status == pq.TransactionStatus.INTRANS else "BEGIN;"
    answer = _talk(session, f"{begin}{question}", ())[-1]
    columns = range(answer.nfields)
    return [tuple([answer.get_value(row, column) for column in columns]) for row in range(answer.ntuples)]


def copy(copies: Sequence[Copy]) -> None:
    """Copy rows into tables, all in one turn; in a transaction that has begun. Raises the driver's own errors."""
    if copies:
        _talk(_session(), ";".join([statement for statement, _ in copies]), [rows for _, rows in copies])


def copy_and_commit(copies: Sequence[Copy]) -> None:
    """Copy rows into tables and commit in the same turn, unless others began the transaction.

    Nothing more may be written in it; Django's own commit, which follows, finds nothing to do.
    """
    is_outermost = not connection.savepoint_ids
    copy([*copies, _COMMIT] if is_outermost else copies)


def _session() -> pq.abc.PGconn:
    connection.ensure_connection()
    driver: psycopg.Connection[object] = connection.connection
    return driver.pgconn


def _talk(session: pq.abc.PGconn, statements: str, copies: Sequence[bytes]) -> list[pq.abc.PGresult]:
    """Send statements, give each COPY among them its rows, and return the results; raises the first error."""
    poll = select.poll()
    poll.register(session.socket, select.POLLIN)
    session.send_query(statements.encode())
    _flush(session)
    rows = iter(copies)
    results: list[pq.abc.PGresult] = []
    error: psycopg.Error | None = None
    while (result := _next(session, poll)) is not None:
        if result.status == pq.ExecStatus.COPY_IN:
            session.put_copy_data(next(rows))
            session.put_copy_end()
            _flush(session)
        elif result.status in _DONE:
            results.append(result)
        else:
            error = error or _error_of(session, result)
    if error is not None:
        raise error
    return results


def _next(session: pq.abc.PGconn, poll: select.poll) -> pq.abc.PGresult | None:
    """Wait for the next result, letting other threads run meanwhile."""
    while session.is_busy():
        poll.poll()
        session.consume_input()
    return session.get_result()


def _flush(session: pq.abc.PGconn) -> None:
    """Send what libpq still holds: the driver's connections do not block."""
    if not session.flush():
        return
    poll = select.poll()
    poll.register(session.socket, select.POLLIN | select.POLLOUT)
    while session.flush():
        if any(events & select.POLLIN for _, events in poll.poll()):
            session.consume_input()


def _error_of(session: pq.abc.PGconn, result: pq.abc.PGresult) -> psycopg.Error:
    if session.status == pq.ConnStatus.BAD:
        return psycopg.OperationalError(result.get_error_message())
    return error_from_result(result)
