"""Stations that came back without saying what they are: asked for a boot message once, where that is safe (F1).

A station that keeps running while its connection is away does right not to boot. It is asked only where what is
known of it may be old: it never told, it speaks another version now, or it was away for long. Models that restart
when they are asked are left alone, known ones and those that were seen to.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.health.model_exceptions import find_forbidden
from chargehand.domain.stations import commanding
from chargehand.domain.stations.commands import Trigger

ASKED_BY: Final = "Chargehand"
#: How long a station has to boot by itself, and from how long an absence on it may be another than before.
SETTLE: Final = timedelta(minutes=1)
LONG_AWAY: Final = timedelta(hours=1)
#: How long a model that refused, or lost its connection when asked, is left alone.
LEFT_ALONE_FOR: Final = timedelta(days=30)
#: Within this time after the question a lost connection is held against it.
BLAMED_WITHIN: Final = timedelta(minutes=2)
MOST_STATIONS: Final = 100
BOOT: Final = "BootNotification"

_DUE: Final = """
SELECT s.id, s.operator_id, k.epoch, s.vendor, s.model, s.firmware_version
FROM stations_connection k JOIN stations_station s ON s.id = k.station_id
WHERE k.is_connected AND s.approval = 'accepted' AND k.connected_at < %(settled)s
    AND (s.booted_at IS NULL OR (s.booted_at < k.connected_at
        AND (s.version <> k.version OR k.connected_at - k.disconnected_at > %(long)s)))
    AND NOT EXISTS (SELECT 1 FROM stations_request r WHERE r.operator_id = s.operator_id
        AND r.idempotency_key = 'boot|' || s.id || '|' || k.epoch)
    AND NOT EXISTS (SELECT 1 FROM charging_transaction t WHERE t.station_id = s.id AND t.state = 'open')
    AND NOT EXISTS (SELECT 1 FROM stations_request r JOIN stations_station o ON o.id = r.station_id
        WHERE r.command = 'trigger' AND r.body ->> 'message' = 'BootNotification'
            AND r.queued_at > %(remembered)s AND r.sent_at IS NOT NULL
            AND (o.id = s.id OR (o.operator_id = s.operator_id AND o.vendor <> '' AND o.vendor = s.vendor
                AND o.model = s.model AND o.firmware_version = s.firmware_version))
            AND (r.is_accepted IS FALSE OR r.state = 'failed' OR EXISTS (
                SELECT 1 FROM stations_connection_event e WHERE e.station_id = r.station_id
                    AND e.kind = 'disconnected' AND e.at BETWEEN r.sent_at AND r.sent_at + %(blamed)s)))
ORDER BY s.id LIMIT %(most)s
"""


class _Silent(msgspec.Struct, frozen=True):
    """A station that is there and did not say what it is."""

    id: int
    operator_id: int
    epoch: int
    vendor: str
    model: str
    firmware: str


def ask_for_boots(now: datetime) -> int:
    """Ask each station once in a connection to say what it is (TriggerMessage, F06); return how many were asked."""
    times: dict[str, Any] = {
        "settled": now - SETTLE,
        "long": LONG_AWAY,
        "remembered": now - LEFT_ALONE_FOR,
        "blamed": BLAMED_WITHIN,
        "most": MOST_STATIONS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, times)
        found = [_Silent(*row) for row in cursor.fetchall()]
    asked = 0
    for station in found:
        said = {"vendor": station.vendor, "model": station.model, "firmware": station.firmware}
        if find_forbidden("trigger", **said) is None:
            commanding.send_command(
                operator_id=station.operator_id,
                station_id=station.id,
                command=Trigger(message=BOOT),
                asked_by=ASKED_BY,
                idempotency_key=f"boot|{station.id}|{station.epoch}",
            )
            asked += 1
    return asked
