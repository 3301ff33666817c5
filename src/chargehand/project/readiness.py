"""Whether this process can do its work: the whole path to the database and back, not just an open port."""

from __future__ import annotations

import threading

import structlog
from django.db import Error, connection, transaction

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.project import schema

log = structlog.get_logger()

_schema_is_current = threading.Event()  # tables never go back, so this needs asking only until it is so


def find_problems() -> list[str]:
    """Why this process is not ready, in sentences; empty when it is.

    Writes a row and rolls it back, so that a full disk or a read-only replica is noticed.
    """
    try:
        with transaction.atomic():
            audit.write_audit(SYSTEM, None, "readiness.checked", "installation:0")
            transaction.set_rollback(True)
        if not _schema_is_current.is_set():
            if missing := schema.missing_migrations():
                return [f"{len(missing)} migrations are not applied, first {missing[0]}."]
            _schema_is_current.set()
    except Error as error:
        log.warning("not_ready", error=str(error))
        connection.close()
        return ["The database cannot be written to."]
    return []
