"""What stations told, by the transaction that wrote it down, and what they are: for readers by cursor."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection

_SPAN: Final = """
    r.xid >= %(from)s::text::xid8 AND r.xid < %(to)s::text::xid8 AND s.operator_id = %(operator)s
    AND (%(since)s::timestamptz IS NULL OR r.received_at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR r.received_at < %(until)s)
    AND (%(station)s::bigint IS NULL OR r.station_id = %(station)s)
"""
_STATUSES: Final = f"""
SELECT r.station_id, r.evse, r.connector, r.status, r.error_code, r.vendor_error_code, r.info, r.station_time,
    r.received_at
FROM stations_status_report r JOIN stations_station s ON s.id = r.station_id
WHERE NOT r.is_late AND {_SPAN} ORDER BY r.received_at, r.id
"""  # noqa: S608 -- constants
_NOTICES: Final = f"""
SELECT r.station_id, r.kind, r.evse, r.connector, r.name, r.detail::text, r.station_time, r.received_at
FROM stations_event r JOIN stations_station s ON s.id = r.station_id
WHERE r.kind = ANY(%(kinds)s) AND {_SPAN} ORDER BY r.received_at, r.id
"""  # noqa: S608 -- constants
_HEARTBEATS: Final = f"""
SELECT r.station_id, r.received_at FROM stations_message r JOIN stations_station s ON s.id = r.station_id
WHERE r.action = 'Heartbeat' AND {_SPAN} ORDER BY r.received_at, r.id
"""  # noqa: S608 -- constants
_ENDS: Final = tuple(
    f"SELECT xid::text::bigint FROM {source} AND xid >= %s::text::xid8 AND xid < %s::text::xid8"  # noqa: S608
    " AND (%s::timestamptz IS NULL OR received_at >= %s) ORDER BY xid LIMIT 1 OFFSET %s"
    for source in (
        "stations_status_report WHERE true",
        "stations_event WHERE true",
        "stations_message WHERE action = 'Heartbeat'",
    )
)
_PLATES: Final = """
SELECT s.id, s.identity, s.location_id, COALESCE(l.name, ''), s.vendor, s.model, s.firmware_version, s.version,
    s.intent_operative, s.approval = 'accepted',
    COALESCE(c.plugs, 0), COALESCE(c.power_types, ''), COALESCE(c.phases, 0), COALESCE(c.max_power_w, 0)
FROM stations_station s LEFT JOIN stations_location l ON l.id = s.location_id
LEFT JOIN LATERAL (
    SELECT count(DISTINCT evse) AS plugs, string_agg(upper(power_type || ' ' || standard), ' ') AS power_types,
        max(phases) AS phases, max(max_power_w) AS max_power_w
    FROM stations_connector WHERE station_id = s.id AND evse > 0
) c ON true
WHERE s.operator_id = %s AND (%s::bigint IS NULL OR s.id = %s) ORDER BY s.id
"""
_FIRMWARE: Final = """
SELECT DISTINCT ON (e.station_id) e.station_id, e.detail ->> 'firmwareVersion'
FROM stations_event e JOIN stations_station s ON s.id = e.station_id
WHERE s.operator_id = %(operator)s AND e.kind = 'boot' AND e.detail ->> 'firmwareVersion' <> ''
ORDER BY e.station_id, e.received_at < %(at)s DESC, abs(extract(epoch FROM e.received_at - %(at)s))
"""
_REQUESTS: Final = """
SELECT id, command, body ->> 'action', evse, connector, answered_at FROM stations_request
WHERE operator_id = %s AND id = ANY(%s)
"""
_DIRECT: Final = ("DC", "COMBO", "CHADEMO")


class StatusRow(msgspec.Struct, frozen=True, gc=False):
    """A status report that was not overtaken by a newer one."""

    station_id: int
    evse: int
    connector: int
    status: str
    error_code: str
    vendor_error_code: str
    info: str
    station_time: datetime | None
    received_at: datetime


class NoticeRow(msgspec.Struct, frozen=True, gc=False):
    """Anything else a station told; `detail` is JSON."""

    station_id: int
    kind: str
    evse: int | None
    connector: int | None
    name: str
    detail: str
    station_time: datetime | None
    received_at: datetime


class HeartbeatRow(msgspec.Struct, frozen=True, gc=False):
    """A heartbeat."""

    station_id: int
    received_at: datetime


class StationPlate(msgspec.Struct, frozen=True, gc=False):
    """What a station is, as known now; `power_types` are words, 0 or "" what is not known."""

    id: int
    identity: str
    location_id: int | None
    location: str
    vendor: str
    model: str
    firmware: str
    version: str
    is_meant_to_work: bool
    is_approved: bool
    plugs: int
    power_types: str
    phases: int
    max_power_w: int

    @property
    def is_direct_current(self) -> bool:
        """Tell whether it charges with direct current."""
        return any(word in self.power_types for word in _DIRECT)


class RequestRow(msgspec.Struct, frozen=True, gc=False):
    """What was asked of a station; `action` is the call's name where a raw call was asked for."""

    id: UUID
    command: str
    action: str | None
    evse: int | None
    connector: int | None
    answered_at: datetime | None


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows: those that transactions from `from_xid` to below `to_xid` wrote, narrowed by receipt."""

    from_xid: int
    to_xid: int
    since: datetime | None = None
    until: datetime | None = None
    station_id: int | None = None


def statuses(operator_id: int, span: Span) -> list[StatusRow]:
    """Return status reports in the order of receipt."""
    return [StatusRow(*row) for row in _read(_STATUSES, operator_id, span)]


def notices(operator_id: int, span: Span, kinds: Collection[str]) -> list[NoticeRow]:
    """Return notices of some kinds in the order of receipt."""
    return [NoticeRow(*row) for row in _read(_NOTICES, operator_id, span, kinds=sorted(kinds))]


def heartbeats(operator_id: int, span: Span) -> list[HeartbeatRow]:
    """Return heartbeats in the order of receipt."""
    return [HeartbeatRow(*row) for row in _read(_HEARTBEATS, operator_id, span)]


def plates(operator_id: int, station_id: int | None = None) -> list[StationPlate]:
    """Return what the operator's stations are, or one of them."""
    with connection.cursor() as cursor:
        cursor.execute(_PLATES, [operator_id, station_id, station_id])
        return [StationPlate(*row) for row in cursor.fetchall()]


def firmware_at(operator_id: int, at: datetime) -> dict[int, str]:
    """Return each station's firmware at a moment by its boots: the last before, else the first after it."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRMWARE, {"operator": operator_id, "at": at})
        return dict(cursor.fetchall())


def requests_by_id(operator_id: int, ids: Collection[str]) -> dict[str, RequestRow]:
    """Return what was asked, by the request's id as text."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_REQUESTS, [operator_id, [UUID(each) for each in ids]])
        return {str(row[0]): RequestRow(*row) for row in cursor.fetchall()}


def gateways_since(alive_at: datetime) -> datetime | None:
    """Return since when a gateway runs that was alive after `alive_at`; None: no station can be heard."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(started_at) FROM stations_gateway WHERE seen_at > %s", [alive_at])
        row = cursor.fetchone()
    since: datetime | None = row[0]
    return since


def xid_after(count: int, *, from_xid: int, to_xid: int, since: datetime | None = None) -> int | None:
    """Return the first transaction that wrote the row which `count` others of its kind stand before, or None."""
    found = []
    with connection.cursor() as cursor:
        for statement in _ENDS:
            cursor.execute(statement, [str(from_xid), str(to_xid), since, since, count])
            row = cursor.fetchone()
            if row is not None:
                found.append(int(row[0]))
    return min(found, default=None)


def _read(statement: str, operator_id: int, span: Span, **more: Any) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "operator": operator_id,
        "from": str(span.from_xid),
        "to": str(span.to_xid),
        "since": span.since,
        "until": span.until,
        "station": span.station_id,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
