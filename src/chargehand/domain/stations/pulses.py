"""Marks that change when something of a station does, for pages that watch a few of them."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import connection

_PULSES: Final = """
SELECT s.id, k.last_received_at, r.at FROM unnest(%s::bigint[]) AS s(id)
LEFT JOIN stations_connection k ON k.station_id = s.id
CROSS JOIN LATERAL (
    SELECT max(GREATEST(queued_at, sent_at, answered_at, seen_at)) AS at FROM stations_request
    WHERE station_id = s.id AND queued_at > now() - interval '1 day'
) r
"""


def pulses(station_ids: Collection[int]) -> dict[int, tuple[datetime | None, datetime | None]]:
    """Return when each station was heard last and when a request of it went a step on last."""
    if not station_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PULSES, [list(station_ids)])
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
