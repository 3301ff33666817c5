"""Tells a database that is away, failing over or short of something from a message that is at fault."""

from typing import Final

import psycopg
from django.db import InterfaceError, OperationalError

#: The driver's own errors come from COPY, which Django does not wrap.
_USUAL: Final = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
#: Conditions of PostgreSQL that look like a message's fault and are the server's: read-only, idle too long.
_SERVER_CONDITIONS: Final = frozenset({"25006", "25P03"})
#: ... and that look like the server's fault and are a message's: a limit of PostgreSQL exceeded.
_MESSAGE_CLASS: Final = "54"


def is_database_down(error: Exception) -> bool:
    """Tell whether an error is the database's, so that the same on a new connection will succeed some time.

    By SQLSTATE (PostgreSQL, appendix A), where there is one.
    """
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    state = (cause.sqlstate if isinstance(cause, psycopg.Error) else None) or ""
    if isinstance(error, _USUAL):
        return not state.startswith(_MESSAGE_CLASS)
    return state in _SERVER_CONDITIONS
