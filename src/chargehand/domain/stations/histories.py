"""What was told of many stations over time: statuses and connections with what held before, and what came late."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

import msgspec
from django.db import connection

#: Station, EVSE, connector; EVSE and connector 0: the station itself.
PlugKey: TypeAlias = tuple[int, int, int]
#: A moment and the word that holds from then on.
Change: TypeAlias = tuple[datetime, str]

_WINDOWS: Final = "unnest(%(stations)s::bigint[], %(sinces)s::timestamptz[]) AS w(station, since)"
#: A connector whose newest status is older than the stretch had that one all the while.
_STATUSES: Final = f"""
SELECT r.station_id, r.evse, r.connector, r.reported_at, r.status, r.id
FROM {_WINDOWS} JOIN stations_status_report r ON r.station_id = w.station
    AND r.reported_at >= w.since AND r.reported_at < %(until)s
UNION ALL
SELECT p.station_id, p.evse, p.connector, b.reported_at, b.status, 0
FROM {_WINDOWS} JOIN (
    SELECT station_id, evse, connector, status_at FROM stations_connector WHERE status_at IS NOT NULL
    UNION ALL SELECT id, 0, 0, reported_at FROM stations_station WHERE reported_at IS NOT NULL
) p ON p.station_id = w.station
CROSS JOIN LATERAL (
    SELECT r.reported_at, r.status FROM stations_status_report r
    WHERE r.station_id = p.station_id AND r.evse = p.evse AND r.connector = p.connector
        AND r.reported_at < w.since ORDER BY r.reported_at DESC, r.id DESC LIMIT 1
) b WHERE p.status_at >= w.since
UNION ALL
SELECT c.station_id, c.evse, c.connector, c.status_at, c.status, 0
FROM {_WINDOWS} JOIN stations_connector c ON c.station_id = w.station AND c.status_at < w.since
UNION ALL
SELECT s.id, 0, 0, s.reported_at, s.reported_status, 0
FROM {_WINDOWS} JOIN stations_station s ON s.id = w.station AND s.reported_at < w.since
ORDER BY 4, 6
"""  # noqa: S608 -- constants
_CONNECTIONS: Final = f"""
SELECT e.station_id, e.at, e.kind, e.id FROM {_WINDOWS} JOIN stations_connection_event e
    ON e.station_id = w.station AND e.at >= w.since AND e.at < %(until)s
UNION ALL
SELECT w.station, b.at, b.kind, 0 FROM {_WINDOWS} CROSS JOIN LATERAL (
    SELECT at, kind FROM stations_connection_event
    WHERE station_id = w.station AND at < w.since ORDER BY at DESC, id DESC LIMIT 1) b
ORDER BY 2, 4
"""  # noqa: S608 -- constants
_FIRST: Final = """
SELECT station_id, evse, connector, min(reported_at) FROM stations_status_report
WHERE station_id = ANY(%s) AND evse > 0 GROUP BY 1, 2, 3
"""
_LATE: Final = f"""
SELECT r.station_id, min(r.reported_at) FROM {_WINDOWS} JOIN stations_status_report r
    ON r.station_id = w.station AND r.received_at >= w.since
WHERE r.received_at >= %(least)s GROUP BY 1
"""  # noqa: S608 -- constants
_PLUGS: Final = """
SELECT s.id AS station_id, s.identity, s.name, s.location_id, COALESCE(l.name, '') AS location_name, s.vendor,
    s.model, s.firmware_version, c.evse, c.connector, c.standard, c.max_power_w
FROM stations_station s JOIN stations_connector c ON c.station_id = s.id AND c.evse > 0
LEFT JOIN stations_location l ON l.id = s.location_id
WHERE s.operator_id = %(operator)s AND (%(station)s::bigint IS NULL OR s.id = %(station)s)
    AND (%(locations)s::bigint[] IS NULL OR s.location_id = ANY(%(locations)s))
ORDER BY s.identity_key, s.id, c.evse, c.connector
"""


class KnownPlug(msgspec.Struct, frozen=True, kw_only=True):
    """A plug and where it is; `max_power_w` None: nobody said."""

    station_id: int
    identity: str
    name: str
    location_id: int | None
    location_name: str
    vendor: str
    model: str
    firmware_version: str
    evse: int
    connector: int
    standard: str
    max_power_w: int | None


def known_plugs(
    operator_id: int, *, station_id: int | None = None, location_ids: Collection[int] | None = None
) -> list[KnownPlug]:
    """Return the operator's plugs in the order in which they have their letters, station by station."""
    values = {
        "operator": operator_id,
        "station": station_id,
        "locations": None if location_ids is None else list(location_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLUGS, values)
        names = [column.name for column in cursor.description or ()]
        return [KnownPlug(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def operators_with_stations() -> list[int]:
    """Return the operators that have a station at all."""
    return [row[0] for row in _fetch("SELECT DISTINCT operator_id FROM stations_station ORDER BY 1", [])]


def status_changes(sinces: Mapping[int, datetime], until: datetime) -> dict[PlugKey, list[Change]]:
    """Return what plugs and stations told from each station's moment on, begun with what held then.

    By the time that is believed, whenever it was received; a plug that never told anything is missing.
    """
    found: dict[PlugKey, list[Change]] = {}
    for station_id, evse, connector, at, status, _ in _fetch(_STATUSES, _values(sinces, until)):
        found.setdefault((station_id, evse, connector), []).append((at, status))
    return found


def connection_changes(sinces: Mapping[int, datetime], until: datetime) -> dict[int, list[Change]]:
    """Return when stations were connected and disconnected from each one's moment on, begun with what held then."""
    found: dict[int, list[Change]] = {}
    for station_id, at, kind, _ in _fetch(_CONNECTIONS, _values(sinces, until)):
        found.setdefault(station_id, []).append((at, kind))
    return found


def first_statuses(station_ids: Collection[int]) -> dict[PlugKey, datetime]:
    """Return when each plug told a status first."""
    return {row[:3]: row[3] for row in _fetch(_FIRST, [list(station_ids)])}


def statuses_received(sinces: Mapping[int, datetime]) -> dict[int, datetime]:
    """Return of stations that told a status since each one's moment the earliest time they told of."""
    if not sinces:
        return {}
    values = _values(sinces, None) | {"least": min(sinces.values())}
    return dict(_fetch(_LATE, values))


def _values(sinces: Mapping[int, datetime], until: datetime | None) -> dict[str, Any]:
    return {"stations": list(sinces), "sinces": list(sinces.values()), "until": until}


def _fetch(statement: str, values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
