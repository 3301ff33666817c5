"""When energy flowed at plugs: the proof that they served, whatever else was told of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import connection

_WINDOWS: Final = "unnest(%(stations)s::bigint[], %(sinces)s::timestamptz[]) AS w(station, since)"
_DELIVERIES: Final = f"""
SELECT t.station_id, COALESCE(t.evse, 0), t.started_at, t.ended_at FROM {_WINDOWS}
JOIN charging_transaction t ON t.station_id = w.station AND t.started_at < %(until)s
    AND t.started_at > w.since - interval '60 days' AND t.ended_at > w.since AND t.ended_at > t.started_at
WHERE t.energy_wh > 0 ORDER BY t.started_at
"""  # noqa: S608 -- a constant
_RECEIVED: Final = f"""
SELECT t.station_id, min(t.started_at) FROM {_WINDOWS}
JOIN charging_transaction t ON t.station_id = w.station AND t.started_at > w.since - interval '60 days'
    AND (t.started_received_at >= w.since OR t.ended_received_at >= w.since) GROUP BY 1
"""  # noqa: S608 -- a constant


def deliveries(
    sinces: Mapping[int, datetime], until: datetime
) -> dict[tuple[int, int], list[tuple[datetime, datetime]]]:
    """Return the ended charges with energy that reach beyond each station's moment, by station and EVSE.

    EVSE 0 where the station did not say at which.
    """
    found: dict[tuple[int, int], list[tuple[datetime, datetime]]] = {}
    for station_id, evse, began, ended in _fetch(_DELIVERIES, sinces, until):
        found.setdefault((station_id, evse), []).append((began, ended))
    return found


def charges_received(sinces: Mapping[int, datetime]) -> dict[int, datetime]:
    """Return of stations that told of a charge since each one's moment when the earliest of them began."""
    return dict(_fetch(_RECEIVED, sinces, None))


def _fetch(statement: str, sinces: Mapping[int, datetime], until: datetime | None) -> list[Any]:
    values: dict[str, Any] = {
        "stations": list(sinces),
        "sinces": list(sinces.values()),
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
