"""Every charge of a stretch of time as authorities ask for it: port, times, energy, peak power, how it ended."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

#: Per charge the highest power told, a total before a sum over phases (quirk C9).
_CHARGES: Final = """
WITH wanted AS MATERIALIZED (
    SELECT array_agg(id::int) AS ids FROM charging_series
    WHERE measurand = 'Power.Active.Import' AND location IN ('Outlet', '')
)
SELECT t.id, t.station_id, t.evse, t.started_at, t.ended_at, t.energy_wh, t.stop_reason, t."authorization",
    t.token_kind, p.peak_w, e.error_code, e.vendor_error_code
FROM charging_transaction t CROSS JOIN wanted
LEFT JOIN LATERAL (
    SELECT max(value) AS peak_w FROM (
        SELECT (SELECT COALESCE(max(v.value) FILTER (WHERE s.phase = ''), sum(v.value) FILTER (WHERE s.phase <> ''))
            FROM unnest(r.series, r.readings) AS v(series_id, value)
            JOIN charging_series s ON s.id = v.series_id AND s.id = ANY(wanted.ids)
                AND s.phase IN ('', 'L1', 'L2', 'L3', 'L1-N', 'L2-N', 'L3-N')) AS value
        FROM charging_reading r
        WHERE r.station_id = t.station_id AND r.transaction_id = t.id AND r.series && wanted.ids
            AND r.measured_at >= LEAST(t.started_at, t.started_received_at) - interval '1 minute'
            AND r.measured_at <= t.ended_at + interval '10 minutes'
            AND r.received_at >= LEAST(t.started_at, t.started_received_at) - interval '10 minutes'
    ) moments
) p ON true
LEFT JOIN LATERAL (
    SELECT error_code, vendor_error_code FROM stations_status_report r
    WHERE r.station_id = t.station_id AND r.evse = t.evse AND r.status = 'Faulted'
        AND r.reported_at BETWEEN t.started_at AND t.ended_at + interval '2 minutes'
    ORDER BY r.reported_at LIMIT 1
) e ON true
WHERE t.operator_id = %(operator)s AND t.state <> 'open' AND t.started_at >= %(since)s AND t.started_at < %(until)s
    AND (%(locations)s::bigint[] IS NULL OR EXISTS (SELECT 1 FROM stations_station s
        WHERE s.id = t.station_id AND s.location_id = ANY(%(locations)s)))
ORDER BY t.started_at, t.id
"""


class LoggedCharge(msgspec.Struct, frozen=True):
    """A charge that ended; power in W, energy in Wh, None where nothing told it.

    `error_code` and `vendor_error_code` are of the first fault that the plug reported while it lasted.
    """

    id: int
    station_id: int
    evse: int | None
    started_at: datetime
    ended_at: datetime | None
    energy_wh: Decimal | None
    stop_reason: str
    authorization: str
    token_kind: str
    peak_w: Decimal | None
    error_code: str | None
    vendor_error_code: str | None


def logged_charges(
    operator_id: int, *, since: datetime, until: datetime, location_ids: Collection[int] | None = None
) -> list[LoggedCharge]:
    """Return the charges that began in a stretch of time and have ended, by time."""
    values: dict[str, Any] = {
        "operator": operator_id,
        "since": since,
        "until": until,
        "locations": None if location_ids is None else list(location_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHARGES, values)
        return [LoggedCharge(*row) for row in cursor.fetchall()]
