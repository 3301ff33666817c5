"""The repair queue: records that evidence alone cannot settle wait here for a person, with a suggestion."""

from typing import Any

from django.db import connection

from chargehand.kernel import clock
from chargehand.kernel.jsontext import json_text

_OPEN = """
INSERT INTO charging_repair_case (operator_id, station_id, transaction_id, kind, key, sentence, evidence,
    suggestion, state, opened_at, resolved_by, resolution, note)
VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb, 'open', %s, '', '', '')
ON CONFLICT (key) DO NOTHING
"""
_SETTLE = """
UPDATE charging_repair_case SET state = 'resolved', resolved_at = %s, resolved_by = 'Chargehand',
    resolution = 'settled', note = %s WHERE key = %s AND state = 'open'
"""


def open_case(
    *,
    operator_id: int,
    station_id: int,
    transaction_id: int | None,
    kind: str,
    key: str,
    sentence: str,
    evidence: dict[str, Any],
    suggestion: dict[str, Any],
) -> None:
    """Put a record into the repair queue, once for each `key`; in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            [
                *(operator_id, station_id, transaction_id, kind, key, sentence),
                *(json_text(evidence), json_text(suggestion), clock.now()),
            ],
        )


def settle(key: str, note: str) -> bool:
    """Take an open case out of the queue because evidence settled it; return whether there was one."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [clock.now(), note, key])
        return bool(cursor.rowcount)
