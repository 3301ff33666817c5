"""Times in which stations failed their drivers: reported faulted for long, or away."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.db import connection

#: A shorter fault or absence is a hiccup.
LONG_FAULT: Final = timedelta(minutes=10)
LONG_ABSENCE: Final = timedelta(hours=1)

_FAULTS: Final = """
SELECT station_id, evse, reported_at, until - reported_at FROM (
    SELECT station_id, evse, status, reported_at, COALESCE(lead(reported_at) OVER (
        PARTITION BY station_id, evse, connector ORDER BY reported_at, id), %(until)s) AS until
    FROM stations_status_report
    WHERE station_id = ANY(%(stations)s) AND reported_at >= %(since)s AND reported_at < %(until)s
) AS spell WHERE status = 'Faulted' AND until - reported_at >= %(long)s ORDER BY reported_at
"""
_ABSENCES: Final = """
SELECT station_id, 0, at, until - at FROM (
    SELECT station_id, kind, at, COALESCE(lead(at) OVER (
        PARTITION BY station_id ORDER BY at, id), %(until)s) AS until
    FROM stations_connection_event
    WHERE station_id = ANY(%(stations)s) AND at >= %(since)s AND at < %(until)s
) AS spell WHERE kind = 'disconnected' AND until - at >= %(long)s ORDER BY at
"""


class Breakdown(msgspec.Struct, frozen=True, kw_only=True):
    """A time without service: `is_fault`, or else the station was away; EVSE 0 is the station."""

    station_id: int
    evse: int
    is_fault: bool
    at: datetime
    lasted: timedelta


def breakdowns(station_ids: Collection[int], *, since: datetime, until: datetime) -> list[Breakdown]:
    """Return the faults of ten minutes or more and the absences of an hour or more that began in a time."""
    values: dict[str, Any] = {"stations": list(station_ids), "since": since, "until": until}
    found = []
    with connection.cursor() as cursor:
        for statement, long, is_fault in ((_FAULTS, LONG_FAULT, True), (_ABSENCES, LONG_ABSENCE, False)):
            cursor.execute(statement, values | {"long": long})
            found += [
                Breakdown(station_id=row[0], evse=row[1], is_fault=is_fault, at=row[2], lasted=row[3])
                for row in cursor.fetchall()
            ]
    return found


def boots(station_ids: Collection[int], *, since: datetime, until: datetime) -> dict[int, int]:
    """Return how often each station started in a time; those that never did are missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT station_id, count(*) FROM stations_event WHERE station_id = ANY(%s) AND kind = 'boot'"
            " AND at >= %s AND at < %s GROUP BY station_id",
            [list(station_ids), since, until],
        )
        return dict(cursor.fetchall())
