"""Which tokens charged where: what somebody bound to a few sites may know of an operator's tokens."""

from collections.abc import Collection
from typing import Final

from django.db import connection

_USED: Final = """
SELECT DISTINCT t.token_id FROM charging_transaction t JOIN stations_station s ON s.id = t.station_id
WHERE s.operator_id = %s AND s.location_id = ANY(%s) AND t.token_id IS NOT NULL
"""


def tokens_used_at(operator_id: int, location_ids: Collection[int] | None) -> frozenset[int] | None:
    """Return the ids of tokens that charged at these locations; None: no bounds, so all of them."""
    if location_ids is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_USED, [operator_id, list(location_ids)])
        return frozenset(row[0] for row in cursor.fetchall())
