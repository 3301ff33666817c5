"""What was changed at stations, and when: firmware and configuration."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import msgspec
from django.db import connection

ChangeKind: TypeAlias = Literal["firmware", "configuration"]

#: A boot that tells another firmware than the one before; and values written that the station accepted.
_CHANGES: Final = """
SELECT 'firmware' AS kind, station_id, at, firmware AS word FROM (
    SELECT e.station_id, e.at, e.detail ->> 'firmwareVersion' AS firmware,
        lag(e.detail ->> 'firmwareVersion') OVER (PARTITION BY e.station_id ORDER BY e.at, e.id) AS before
    FROM stations_event e JOIN stations_station s ON s.id = e.station_id
    WHERE s.operator_id = %(operator)s AND e.station_id = ANY(%(stations)s) AND e.kind = 'boot'
        AND e.at < %(until)s
) boots WHERE firmware <> '' AND before <> '' AND firmware <> before AND at >= %(since)s
UNION ALL
SELECT 'configuration', r.station_id, r.answered_at,
    (SELECT string_agg(v ->> 'name', ', ') FROM jsonb_array_elements(r.body -> 'variables') v)
FROM stations_request r
WHERE r.operator_id = %(operator)s AND r.station_id = ANY(%(stations)s) AND r.command = 'set-variables'
    AND r.is_accepted AND r.answered_at >= %(since)s AND r.answered_at < %(until)s
ORDER BY 3, 2
"""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change: `word` is the new firmware, or the names of the variables written."""

    kind: ChangeKind
    station_id: int
    at: datetime
    word: str


def changes(
    operator_id: int, station_ids: Collection[int], *, since: datetime, until: datetime
) -> list[Change]:
    """Return what was changed at stations in a stretch of time, oldest first."""
    values: dict[str, Any] = {
        "operator": operator_id,
        "stations": sorted(set(station_ids)),
        "since": since,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, values)
        return [
            Change(kind=kind, station_id=station_id, at=at, word=word or "")
            for kind, station_id, at, word in cursor.fetchall()
        ]
