"""The energy register among samples: what a transaction began with and what it ended with."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection

from chargehand.domain.charging.series import ENERGY_REGISTER, SeriesBook, number_of
from chargehand.domain.stations.events import Reading

#: A register beyond this is no reading but rubbish; it would not fit the columns either.
MOST_WH: Final = Decimal(10) ** 15

#: Registers at the clock's quarter hours may stem from before or after a charge (quirk C8).
_CLOCK: Final = "Sample.Clock"

_LAST: Final = """
SELECT r.id, s.phase, v.value FROM (
    SELECT id, measured_at, series, readings FROM charging_reading
    WHERE station_id = %s AND transaction_id = %s ORDER BY measured_at DESC, id DESC LIMIT 50
) AS r CROSS JOIN LATERAL unnest(r.series, r.readings) AS v(series_id, value)
JOIN charging_series s ON s.id = v.series_id
WHERE s.measurand = %s AND s.location IN ('Outlet', '') ORDER BY r.measured_at DESC, r.id DESC
"""


def registers_of(book: SeriesBook, readings: Iterable[Reading]) -> list[Decimal]:
    """Return the outlet's energy registers in readings, Wh, by time of the station.

    A total goes before a sum over phases (quirk C9); samples at the clock's times only if there is no other.
    Keys that are not interned do not count.
    """
    proper: list[Decimal] = []
    at_clock: list[Decimal] = []
    for reading in sorted(readings, key=_time):
        by_context: dict[str, dict[str, Decimal]] = {}
        for key, text in reading.values:
            column = book.column(key)
            if column is None or column.measurand != ENERGY_REGISTER or column.location not in {"Outlet", ""}:
                continue
            value = number_of(column, text)
            if value is not None and abs(value) < MOST_WH:
                by_context.setdefault(column.context, {})[column.phase] = value
        for context, by_phase in by_context.items():
            (at_clock if context == _CLOCK else proper).append(_total(by_phase))
    return proper or at_clock


def last_register(station_id: int, transaction_id: int) -> Decimal | None:
    """Return the last energy register stored for a transaction, Wh (quirks A8, C4)."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [station_id, transaction_id, ENERGY_REGISTER])
        rows = cursor.fetchall()
    by_phase = {phase: value for number, phase, value in reversed(rows) if number == rows[0][0]}
    return _total(by_phase) if by_phase else None


def _total(by_phase: dict[str, Decimal]) -> Decimal:
    return by_phase[""] if "" in by_phase else sum(by_phase.values(), Decimal(0))


def _time(reading: Reading) -> float:
    return reading.time.timestamp() if isinstance(reading.time, datetime) else 0.0
