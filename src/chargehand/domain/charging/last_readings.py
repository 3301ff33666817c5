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
#: over phases (quirk C9). A clock that runs ahead begins a charge after its readings were received,
#: which are then taken at their receipt.
_LAST: Final = """
WITH wanted AS MATERIALIZED (
    SELECT measurand, array_agg(id::int) AS ids, array_agg(phase) AS phases FROM charging_series
    WHERE measurand IN ('Power.Active.Import', 'Energy.Active.Import.Register', 'SoC')
        AND location IN ('Outlet', '', 'EV') AND phase IN ('', 'L1', 'L2', 'L3', 'L1-N', 'L2-N', 'L3-N')
    GROUP BY measurand
)
SELECT t.id, w.measurand, r.measured_at, (
    SELECT COALESCE(max(v.value) FILTER (WHERE s.phase = ''), sum(v.value) FILTER (WHERE s.phase <> ''))
    FROM unnest(r.series, r.readings) AS v(series_id, value)
    JOIN unnest(w.ids, w.phases) AS s(series_id, phase) ON s.series_id = v.series_id
) AS value
FROM charging_transaction t
CROSS JOIN wanted w
CROSS JOIN LATERAL (
    SELECT CASE w.measurand WHEN 'Energy.Active.Import.Register'
           THEN LEAST(t.started_at, t.started_received_at) ELSE %(fresh)s::timestamptz END
        - interval '10 minutes' AS received,
        CASE w.measurand WHEN 'Energy.Active.Import.Register'
           THEN LEAST(t.started_at, t.started_received_at) ELSE %(fresh)s::timestamptz END AS measured
) AS since
CROSS JOIN LATERAL (
    SELECT r.measured_at, r.series, r.readings FROM charging_reading r
    WHERE r.station_id = t.station_id AND r.transaction_id = t.id AND r.measured_at >= since.measured
        AND r.received_at >= since.received AND r.series && w.ids
    ORDER BY r.measured_at DESC LIMIT 1
) AS r
WHERE t.operator_id = %(operator)s AND t.state = 'open' AND (%(stations)s::bigint[] IS NULL
    OR t.station_id = ANY(%(stations)s))
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
