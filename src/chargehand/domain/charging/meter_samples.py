"""Single meter values as stations sent them, in base units, by charge or by station."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.charging.models import Transaction

MOST_PER_PAGE: Final = 5000

_PAGE: Final = """
SELECT m.reading_id, m.measured_at, m.station_time, m.received_at, m.evse, m.connector, m.transaction_id,
    m.is_inferred, m.measurand, m.phase, m.location, m.context, m.unit, m.written_unit, m.value
FROM (SELECT r.id, r.measured_at, r.received_at FROM charging_reading r
      WHERE r.station_id = %(station)s AND (%(transaction)s::bigint IS NULL
          OR r.transaction_id = %(transaction)s)
          AND (%(since)s::timestamptz IS NULL OR (r.measured_at >= %(since)s
              AND r.received_at >= %(received)s))
          AND (%(until)s::timestamptz IS NULL OR r.measured_at < %(until)s)
          AND (%(at)s::timestamptz IS NULL OR (r.measured_at, r.id) > (%(at)s, %(id)s::bigint))
          AND (%(measurand)s = '' OR r.series && ARRAY(SELECT id::int FROM charging_series
                                                       WHERE measurand = %(measurand)s))
      ORDER BY r.measured_at, r.id LIMIT %(limit)s) AS page
JOIN charging_meter_sample m ON m.reading_id = page.id AND m.station_id = %(station)s
    AND m.measured_at = page.measured_at AND m.received_at = page.received_at
WHERE %(measurand)s = '' OR m.measurand = %(measurand)s
ORDER BY m.measured_at, m.reading_id, m.measurand, m.phase, m.location, m.context
"""


class MeterSample(msgspec.Struct, frozen=True, kw_only=True):
    """One sampled value in its base unit; `written_unit` is what the station wrote.

    `is_inferred`: the station named no charge and the open one of the EVSE was taken.
    """

    reading_id: int
    measured_at: datetime
    station_time: datetime | None
    received_at: datetime
    evse: int
    connector: int
    transaction_id: int | None
    is_inferred: bool
    measurand: str
    phase: str
    location: str
    context: str
    unit: str
    written_unit: str
    value: Decimal


class SampleCursor(msgspec.Struct, frozen=True):
    """Where a page ended."""

    measured_at: datetime
    reading_id: int


class SamplePage(msgspec.Struct, frozen=True):
    """Samples by time; `after` asks for the page after this one, None where there is none."""

    samples: tuple[MeterSample, ...]
    after: SampleCursor | None


def meter_samples(
    operator_id: int,
    *,
    station_id: int | None = None,
    transaction_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    measurand: str = "",
    after: SampleCursor | None = None,
    limit: int = 500,
) -> SamplePage:
    """Return a page of samples of a charge or of a station; `limit` counts moments, not values.

    Of another operator's charge or station there are none.
    """
    station_id, begun = _station_of(operator_id, station_id, transaction_id)
    if station_id is None:
        return SamplePage((), None)
    since = since or begun
    limit = max(1, min(limit, MOST_PER_PAGE))
    values: dict[str, Any] = {
        "station": station_id,
        "transaction": transaction_id,
        "since": since,
        "received": since - timedelta(minutes=10) if since else None,
        "until": until,
        "at": after.measured_at if after else None,
        "id": after.reading_id if after else None,
        "measurand": measurand,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, values)
        names = [column.name for column in cursor.description or ()]
        samples = tuple(MeterSample(**dict(zip(names, row, strict=True))) for row in cursor.fetchall())
    moments = {sample.reading_id for sample in samples}
    is_full = len(moments) >= limit
    return SamplePage(
        samples, SampleCursor(samples[-1].measured_at, samples[-1].reading_id) if is_full else None
    )


def _station_of(
    operator_id: int, station_id: int | None, transaction_id: int | None
) -> tuple[int | None, datetime | None]:
    """Return the station to look at and the earliest moment, after checking whose it is."""
    if transaction_id is not None:
        row = Transaction.objects.filter(operator_id=operator_id, pk=transaction_id).first()
        return (None, None) if row is None else (row.station_id, row.started_at - timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM stations_station WHERE id = %s AND operator_id = %s", [station_id, operator_id]
        )
        found = cursor.fetchone()
    return (found[0] if found else None), None
