"""Readings and transactions as they were written down, by the transaction that wrote them: for readers by cursor."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.stations.telemetry_rows import Span

_READINGS: Final = """
SELECT r.station_id, r.evse, r.connector, r.transaction_id, r.station_time, r.received_at,
    array_to_string(r.series, ','), array_to_string(r.readings, ',')
FROM charging_reading r JOIN stations_station s ON s.id = r.station_id
WHERE r.writer >= %(from)s AND r.writer < %(to)s AND s.operator_id = %(operator)s
    AND (%(since)s::timestamptz IS NULL OR r.received_at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR r.received_at < %(until)s)
    AND (%(station)s::bigint IS NULL OR r.station_id = %(station)s)
ORDER BY r.received_at, r.id
"""
_END: Final = """
SELECT writer FROM charging_reading WHERE writer >= %s AND writer < %s
    AND (%s::timestamptz IS NULL OR received_at >= %s)
ORDER BY writer LIMIT 1 OFFSET %s
"""
#: How many transactions are looked through first, and by how much more then: the index finds ranges, not an order.
_WIDTH: Final = 1_024
_WIDER: Final = 4
_TRANSACTIONS: Final = """
SELECT t.id, t.evse, t.token_uid, t.token_kind, COALESCE(k.kind, ''), t.started_station_time, t.started_received_at,
    t.meter_start_wh::float8, t.ended_station_time, t.ended_received_at, t.meter_stop_wh::float8, t.stop_reason
FROM charging_transaction t LEFT JOIN tokens_token k ON k.id = t.token_id
WHERE t.operator_id = %s AND t.id = ANY(%s)
"""


class Measured(msgspec.Struct, frozen=True, gc=False):
    """What a series measures: OCPP's words and the base unit; "" for no phase."""

    measurand: str
    phase: str
    location: str
    context: str
    unit: str


class ReadingRow(msgspec.Struct, frozen=True, gc=False):
    """One moment: `series` and `values` are numbers with commas between, one value for each series."""

    station_id: int
    evse: int
    connector: int
    transaction_id: int | None
    station_time: datetime | None
    received_at: datetime
    series: str
    values: str


class TransactionRow(msgspec.Struct, frozen=True, gc=False):
    """A transaction as it stands; registers in Wh; `kind` is that of the known token, "" where it is unknown."""

    id: int
    evse: int | None
    token_uid: str
    token_kind: str
    kind: str
    started_station_time: datetime | None
    started_received_at: datetime
    meter_start_wh: float | None
    ended_station_time: datetime | None
    ended_received_at: datetime | None
    meter_stop_wh: float | None
    stop_reason: str


def readings(operator_id: int, span: Span) -> Iterator[ReadingRow]:
    """Yield an operator's readings in the order of receipt."""
    values: dict[str, Any] = {
        "operator": operator_id,
        "from": span.from_xid,
        "to": span.to_xid,
        "since": span.since,
        "until": span.until,
        "station": span.station_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_READINGS, values)
        rows = cursor.fetchall()
    for row in rows:
        yield ReadingRow(*row)


def measured_by() -> dict[int, Measured]:
    """Return what each series measures, by its number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, measurand, phase, location, context, unit FROM charging_series")
        return {row[0]: Measured(*row[1:]) for row in cursor.fetchall()}


def transactions(operator_id: int, numbers: Collection[int]) -> dict[int, TransactionRow]:
    """Return those of an operator's transactions, by number."""
    if not numbers:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_TRANSACTIONS, [operator_id, sorted(numbers)])
        return {row[0]: TransactionRow(*row) for row in cursor.fetchall()}


def xid_after(count: int, *, from_xid: int, to_xid: int, since: datetime | None = None) -> int | None:
    """Return who wrote the reading that `count` others stand before; None if there are not so many."""
    end, width = from_xid, _WIDTH
    with connection.cursor() as cursor:
        while end < to_xid:
            end = min(from_xid + width, to_xid)
            cursor.execute(_END, [from_xid, end, since, since, count])
            row = cursor.fetchone()
            if row is not None:
                return int(row[0])
            width *= _WIDER
    return None
