"""What open charges deliver now: the last readings of each, with their age."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

#: Readings older than this say nothing about now.
FRESH_FOR: Final = timedelta(minutes=15)

#: The newest reading of each open charge that holds one of the wanted measurands; a total goes before a sum
#: over phases (quirk C9).
_LAST: Final = """
SELECT t.id, q.measurand, q.measured_at,
    COALESCE(max(q.value) FILTER (WHERE q.phase = ''), sum(q.value) FILTER (WHERE q.phase <> '')) AS value
FROM charging_transaction t
CROSS JOIN LATERAL (
    VALUES ('Power.Active.Import', %(fresh)s::timestamptz),
        ('Energy.Active.Import.Register', t.started_at), ('SoC', %(fresh)s::timestamptz)
) AS w(measurand, since)
CROSS JOIN LATERAL (
    SELECT r.measured_at, r.series, r.readings FROM charging_reading r
    WHERE r.station_id = t.station_id AND r.transaction_id = t.id AND r.measured_at >= w.since
        AND r.received_at >= w.since - interval '10 minutes'
        AND r.series && ARRAY(SELECT id::int FROM charging_series WHERE measurand = w.measurand
                              AND location IN ('Outlet', '', 'EV'))
    ORDER BY r.measured_at DESC LIMIT 1
) AS r
CROSS JOIN LATERAL (
    SELECT s.measurand, s.phase, r.measured_at, v.value FROM unnest(r.series, r.readings) AS v(series_id, value)
    JOIN charging_series s ON s.id = v.series_id
    WHERE s.measurand = w.measurand AND s.location IN ('Outlet', '', 'EV')
        AND s.phase IN ('', 'L1', 'L2', 'L3', 'L1-N', 'L2-N', 'L3-N')
) AS q
WHERE t.operator_id = %(operator)s AND t.state = 'open' AND (%(stations)s::bigint[] IS NULL
    OR t.station_id = ANY(%(stations)s))
GROUP BY t.id, q.measurand, q.measured_at
"""


class LastReading(msgspec.Struct, frozen=True, kw_only=True):
    """What an open charge told last: power in W, register in Wh, `soc` in percent, each with its own time.

    None: not told, or not lately enough to stand for now.
    """

    power_w: Decimal | None = None
    power_at: datetime | None = None
    register_wh: Decimal | None = None
    register_at: datetime | None = None
    soc: Decimal | None = None
    soc_at: datetime | None = None


def last_readings(
    operator_id: int, now: datetime, *, station_ids: Sequence[int] | None = None
) -> dict[int, LastReading]:
    """Return the last readings of open charges by transaction, of all stations or those named."""
    values: dict[str, Any] = {
        "operator": operator_id,
        "fresh": now - FRESH_FOR,
        "stations": None if station_ids is None else list(station_ids),
    }
    found: dict[int, dict[str, Any]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LAST, values)
        for transaction_id, measurand, at, value in cursor.fetchall():
            name = {"Power.Active.Import": "power_w", "SoC": "soc"}.get(measurand, "register_wh")
            age = {"power_w": "power_at", "soc": "soc_at"}.get(name, "register_at")
            found.setdefault(transaction_id, {}).update({name: value, age: at})
    return {transaction_id: LastReading(**fields) for transaction_id, fields in found.items()}
