"""What stations are and how they stand now, many at once: plate, place, connection, plugs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

_PLATES: Final = """
SELECT s.id, s.operator_id, s.identity, s.name, s.location_id, COALESCE(l.name, '') AS location_name,
    COALESCE(l.time_zone, 'UTC') AS time_zone, l.latitude, l.longitude, s.vendor, s.model, s.firmware_version,
    s.approval, s.intent_operative, s.reported_status, s.reported_error, s.reported_at, s.booted_at,
    COALESCE(k.version, s.version) AS version,
    COALESCE(k.is_connected, false) AS is_connected, k.connected_at, k.disconnected_at, k.last_received_at
FROM stations_station s LEFT JOIN stations_location l ON l.id = s.location_id
LEFT JOIN stations_connection k ON k.station_id = s.id
WHERE s.operator_id = %(operator)s AND (s.id = ANY(%(stations)s::bigint[])
    OR s.location_id = ANY(%(locations)s::bigint[]))
ORDER BY s.identity_key
"""
_PLUGS: Final = """
SELECT station_id, evse, connector, standard, power_type, status, error_code, vendor_error_code, info,
    status_at, status_received_at, intent_operative
FROM stations_connector WHERE station_id = ANY(%s) AND evse > 0 ORDER BY station_id, evse, connector
"""
_LOST: Final = """
SELECT s.id, s.operator_id, s.location_id, s.vendor, s.model, k.disconnected_at
FROM stations_connection k JOIN stations_station s ON s.id = k.station_id
WHERE NOT k.is_connected AND k.disconnected_at BETWEEN %(since)s AND %(until)s
    AND s.approval = 'accepted' AND s.intent_operative
    AND (%(locations)s::bigint[] IS NULL OR s.location_id = ANY(%(locations)s))
ORDER BY s.operator_id, k.disconnected_at, s.id
"""
_CLEARED: Final = """
SELECT (array_agg(status ORDER BY received_at DESC) FILTER (WHERE received_at <= %(since)s))[1],
    min(received_at) FILTER (WHERE received_at > %(since)s AND status <> ALL(%(bad)s::text[]))
FROM stations_status_report
WHERE station_id = %(station)s AND (%(evse)s = 0 OR evse = %(evse)s) AND NOT is_late
    AND received_at > %(since)s - interval '30 days' GROUP BY evse, connector
"""


class PlugPlate(msgspec.Struct, frozen=True, kw_only=True):
    """A plug as reported and intended; `status` "": nothing was reported yet."""

    station_id: int
    evse: int
    connector: int
    standard: str
    power_type: str
    status: str
    error_code: str
    vendor_error_code: str
    info: str
    status_at: datetime | None
    status_received_at: datetime | None
    intent_operative: bool


class Plate(msgspec.Struct, frozen=True, kw_only=True):
    """A station now. `last_received_at` is when anything was heard; degrees are WGS 84."""

    id: int
    operator_id: int
    identity: str
    name: str
    location_id: int | None
    location_name: str
    time_zone: str
    latitude: Decimal | None
    longitude: Decimal | None
    vendor: str
    model: str
    firmware_version: str
    approval: str
    intent_operative: bool
    reported_status: str
    reported_error: str
    reported_at: datetime | None
    booted_at: datetime | None
    version: str
    is_connected: bool
    connected_at: datetime | None
    disconnected_at: datetime | None
    last_received_at: datetime | None
    plugs: tuple[PlugPlate, ...] = ()


class LostStation(msgspec.Struct, frozen=True, kw_only=True):
    """A station in service whose connection is gone."""

    id: int
    operator_id: int
    location_id: int | None
    vendor: str
    model: str
    disconnected_at: datetime


def plates(
    operator_id: int, station_ids: Collection[int], *, location_ids: Collection[int] = ()
) -> dict[int, Plate]:
    """Return stations by their ids, and all those at the locations; of another operator there are none."""
    values = {
        "operator": operator_id,
        "stations": sorted(set(station_ids)),
        "locations": sorted(set(location_ids)),
    }
    rows = _rows(_PLATES, values)
    plugs: dict[int, list[PlugPlate]] = {row["id"]: [] for row in rows}
    for plug in _rows(_PLUGS, [list(plugs)]) if plugs else []:
        plugs[plug["station_id"]].append(PlugPlate(**plug))
    return {row["id"]: Plate(**row, plugs=tuple(plugs[row["id"]])) for row in rows}


def lost_stations(
    *, since: datetime, until: datetime, location_ids: Collection[int] | None = None
) -> list[LostStation]:
    """Return stations of all operators that lost their connection in a stretch of time and are in service."""
    values = {
        "since": since,
        "until": until,
        "locations": None if location_ids is None else sorted(set(location_ids)),
    }
    return [LostStation(**row) for row in _rows(_LOST, values)]


def cleared_at(station_id: int, evse: int, *, bad: Collection[str], since: datetime) -> datetime | None:
    """Return when a plug (EVSE 0: all of the station) first told a status not among the bad after `since`,
    by our clock.

    None where it told none that was bad at `since`, or has told only bad ones.
    """
    values: dict[str, Any] = {"station": station_id, "evse": evse, "bad": sorted(bad), "since": since}
    with connection.cursor() as cursor:
        cursor.execute(_CLEARED, values)
        times = [at for status, at in cursor.fetchall() if status in bad and at is not None]
    return max(times, default=None)


def _rows(statement: str, values: dict[str, Any] | Sequence[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
