"""Connectivity: which gateway holds which station, and how a newer connection takes over from an older one."""

import os
import socket
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from chargehand.domain.stations import facts
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.ids import new_id

#: A gateway that was not seen for so many seconds is gone.
GONE_AFTER_S: Final = 30

_HOLD: Final = "SELECT gateway_id FROM stations_connection WHERE station_id = %(station)s FOR UPDATE"
_MAKE: Final = """
INSERT INTO stations_connection (station_id, epoch, version, address, is_connected)
VALUES (%(station)s, 0, '', '', false) ON CONFLICT DO NOTHING
"""
_CLAIM: Final = """
UPDATE stations_connection SET epoch = epoch + 1, gateway_id = %(gateway)s, version = %(version)s,
    security_profile = %(profile)s, address = %(address)s, is_connected = true, connected_at = %(now)s,
    last_received_at = %(now)s
WHERE station_id = %(station)s RETURNING epoch
"""
_RELEASE: Final = """
UPDATE stations_connection c SET is_connected = false, disconnected_at = u.at
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[]) AS u(station_id, epoch, at, reason),
     stations_station s
WHERE c.station_id = u.station_id AND c.epoch = u.epoch AND c.gateway_id = %s AND c.is_connected
    AND s.id = c.station_id
RETURNING c.station_id, c.epoch, u.at, u.reason, s.operator_id
"""
_EVENTS: Final = """
INSERT INTO stations_connection_event (station_id, kind, reason, at)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
"""
_TOUCH: Final = """
UPDATE stations_connection c SET last_received_at = u.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS u(station_id, at)
WHERE c.station_id = u.station_id AND c.gateway_id = %s AND c.last_received_at < u.at
"""
_REVIVE: Final = """
UPDATE stations_connection c SET is_connected = true, disconnected_at = NULL FROM stations_station s
WHERE c.station_id = ANY(%s) AND c.gateway_id = %s AND NOT c.is_connected AND s.id = c.station_id
RETURNING c.station_id, s.operator_id, c.version, c.epoch
"""


class Ended(msgspec.Struct, frozen=True):
    """A connection that ended: whose, which, when and why."""

    station_id: int
    epoch: int
    at: datetime
    reason: str


def register_gateway() -> UUID:
    """Make a row for this gateway process and return its id."""
    gateway_id = new_id()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stations_gateway (id, host, process, started_at, seen_at, fence)"
            " VALUES (%s, %s, %s, now(), now(), 0)",
            [gateway_id, socket.gethostname()[:255], os.getpid()],
        )
    return gateway_id


@transaction.atomic
def claim(
    *, station_id: int, operator_id: int, gateway_id: UUID, version: str, profile: int, address: str
) -> int:
    """Make a new connection the station's newest and return its epoch (quirk E6, conformance H12).

    Where another gateway had the station last its fence rises: this waits for the batch that it is writing,
    and its next one sees that the station is gone. That holds for connections written off as well: messages
    of theirs may still wait to be stored.
    """
    now = clock.now()
    values: dict[str, Any] = {
        "station": station_id,
        "gateway": gateway_id,
        "version": version,
        "profile": profile,
        "address": address[:64],
        "now": now,
    }
    with connection.cursor() as cursor:
        before = _hold(cursor, values)
        cursor.execute(_CLAIM, values)
        epoch = cursor.fetchone()[0]
        if before is not None and before != gateway_id:
            cursor.execute(
                "UPDATE stations_gateway SET fence = fence + 1 WHERE id = %s AND ended_at IS NULL", [before]
            )
            cursor.execute("SELECT pg_notify('chargehand_fenced', %s)", [f"{before} {station_id} {epoch}"])
        cursor.execute(_EVENTS, [[station_id], ["connected"], [version], [now]])
    journal.state(
        [
            facts.StationConnected(
                happened_at=now,
                operator_id=operator_id,
                station_id=station_id,
                version=version,
                epoch=int(epoch),
            )
        ]
    )
    return int(epoch)


def _hold(cursor: CursorWrapper, values: dict[str, Any]) -> UUID | None:
    """Lock a station's connection, made if there was none; return the gateway that had it last."""
    cursor.execute(_HOLD, values)
    row = cursor.fetchone()
    if row is None:
        cursor.execute(_MAKE, values)
        cursor.execute(_HOLD, values)
        row = cursor.fetchone()
    gateway_id: UUID | None = row[0]
    return gateway_id


@transaction.atomic
def release(gateway_id: UUID, ended: Sequence[Ended]) -> int:
    """Write down that connections ended; one that a newer replaced is passed over. Return how many counted."""
    if not ended:
        return 0
    columns: list[Any] = [
        [e.station_id for e in ended],
        [e.epoch for e in ended],
        [e.at for e in ended],
        [e.reason[:255] for e in ended],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [*columns, gateway_id])
        gone = cursor.fetchall()
        if not gone:
            return 0
        stations, _, times, reasons, _ = (list(column) for column in zip(*gone, strict=True))
        cursor.execute(_EVENTS, [stations, ["disconnected"] * len(gone), reasons, times])
    journal.state(
        [
            facts.StationDisconnected(
                happened_at=at, operator_id=operator_id, station_id=station_id, epoch=epoch, reason=reason
            )
            for station_id, epoch, at, reason, operator_id in gone
        ]
    )
    return len(gone)


def touch(gateway_id: UUID, seen: dict[int, datetime]) -> None:
    """Write down when stations were last heard, and that this gateway lives.

    Stations that were taken for gone with their gateway, after a long outage, are connected again.
    """
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stations_gateway SET seen_at = now() WHERE id = %s", [gateway_id])
        if seen:
            ordered = sorted(seen)
            cursor.execute(_TOUCH, [ordered, [seen[station_id] for station_id in ordered], gateway_id])
            _revive(gateway_id, ordered)


@transaction.atomic
def _revive(gateway_id: UUID, stations: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_REVIVE, [stations, gateway_id])
        rows = cursor.fetchall()
        if not rows:
            return
        now = clock.now()
        ids = [row[0] for row in rows]
        cursor.execute(_EVENTS, [ids, ["connected"] * len(ids), ["heard again"] * len(ids), [now] * len(ids)])
    journal.state(
        [
            facts.StationConnected(
                happened_at=now, operator_id=operator_id, station_id=station_id, version=version, epoch=epoch
            )
            for station_id, operator_id, version, epoch in rows
        ]
    )


def release_gone(gateway_id: UUID | None = None) -> int:
    """Free the stations of gateways that are gone (killed, host lost), or of the one named; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.station_id, c.epoch, g.seen_at, g.id FROM stations_connection c"
            " JOIN stations_gateway g ON g.id = c.gateway_id"
            " WHERE c.is_connected AND (g.id = %s OR g.seen_at < now() - make_interval(secs => %s)"
            " OR g.ended_at IS NOT NULL)",
            [gateway_id, GONE_AFTER_S],
        )
        rows = cursor.fetchall()
    by_gateway: dict[UUID, list[Ended]] = {}
    for station_id, epoch, seen_at, held_by in rows:
        by_gateway.setdefault(held_by, []).append(Ended(station_id, epoch, seen_at, "gateway gone"))
    return sum(release(held_by, ended) for held_by, ended in by_gateway.items())


def end_gateway(gateway_id: UUID) -> None:
    """Write down that this gateway ended in good order."""
    release_gone(gateway_id)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stations_gateway SET ended_at = now() WHERE id = %s", [gateway_id])
