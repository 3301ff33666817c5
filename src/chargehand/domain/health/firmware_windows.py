"""Stations that may be away because they install firmware: their silence is no incident for a while (quirk E16)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

#: How long a station may be away after it last told of an update that goes on.
UPDATE_TAKES: Final = timedelta(minutes=30)

#: Words of 1.6 and 2.x for an update that goes on (1.6 7.24, 2.0.1 3.34).
GOING_ON: Final = (
    "Downloading",
    "Downloaded",
    "SignatureVerified",
    "Installing",
    "InstallRebooting",
    "InstallVerified",
)

_LAST: Final = """
SELECT DISTINCT ON (station_id) station_id, name, received_at FROM stations_event
WHERE kind = 'firmware' AND station_id = ANY(%s) AND received_at > %s ORDER BY station_id, received_at DESC, id DESC
"""


def expected_back(station_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """Return until when stations may be away for an update, those that are not at it left out."""
    if not station_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [list(station_ids), now - UPDATE_TAKES])
        rows = cursor.fetchall()
    return {station_id: at + UPDATE_TAKES for station_id, name, at in rows if name in GOING_ON}
