"""What models do with a start while the last car is still plugged in: tried once, then remembered (quirk A15).

Some take no start before the plug was out (Ocular, Autel), others want exactly that (NEcharge, Huawei, EN+).
"""

from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from django.db import connection

#: What 1.6 calls a plug whose charge is over and whose car is still there (OCPP 1.6 4.9).
FINISHING: Final = "Finishing"
#: A model is tried again after so long: firmware may have changed without telling.
REMEMBERED_FOR: Final = timedelta(days=30)

Verdict: TypeAlias = Literal["starts", "refuses", "unknown"]

_STATE: Final = (
    "SELECT status FROM stations_connector WHERE station_id = %s AND evse = %s ORDER BY connector LIMIT 1"
)
_LAST: Final = """
SELECT p.transaction_id IS NOT NULL FROM charging_pending_start p
JOIN stations_station o ON o.id = p.station_id JOIN stations_station s ON s.id = %(station)s
WHERE p.plug_state = %(state)s AND p.asked_at > %(since)s AND p.operator_id = s.operator_id
    AND (o.id = s.id OR (s.vendor <> '' AND o.vendor = s.vendor AND o.model = s.model
        AND o.firmware_version = s.firmware_version))
    AND (p.transaction_id IS NOT NULL OR p.outcome IN ('refused', 'no-transaction'))
ORDER BY p.asked_at DESC LIMIT 1
"""


def plug_state(station_id: int, evse: int | None) -> str:
    """Return what the plug last said of itself, "" where that is not known."""
    if not evse:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [station_id, evse])
        row = cursor.fetchone()
    return row[0] if row else ""


def verdict(station_id: int, now: datetime) -> Verdict:
    """Tell what this station, or one of its model and firmware, did last when it was asked while finishing."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, {"station": station_id, "state": FINISHING, "since": now - REMEMBERED_FOR})
        row = cursor.fetchone()
    if row is None:
        return "unknown"
    return "starts" if row[0] else "refuses"
