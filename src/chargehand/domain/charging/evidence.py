"""Everything that was told about a transaction, as the rules for its record want it."""

import itertools
from datetime import timedelta
from typing import Final

import msgspec
from django.db import connection

from chargehand.domain.charging.energy import Register
from chargehand.domain.charging.models import Transaction
from chargehand.domain.charging.periods import StateChange

#: A total goes before a sum over phases (quirk C9); true for samples at the clock's times (C8).
_REGISTERS: Final = """
SELECT r.measured_at, s.context = 'Sample.Clock',
    COALESCE(max(v.value) FILTER (WHERE s.phase = ''), sum(v.value) FILTER (WHERE s.phase <> ''))
FROM charging_reading r
CROSS JOIN LATERAL unnest(r.series, r.readings) AS v(series_id, value)
JOIN charging_series s ON s.id = v.series_id
WHERE r.station_id = %s AND r.transaction_id = %s AND r.received_at >= %s
    AND s.measurand = 'Energy.Active.Import.Register' AND s.location IN ('Outlet', '')
    AND s.phase IN ('', 'L1', 'L2', 'L3', 'L1-N', 'L2-N', 'L3-N')
GROUP BY r.id, r.measured_at, 2 ORDER BY r.measured_at, r.id
"""
_EVENTS: Final = """
SELECT happened_at, charging_state, seq FROM charging_transaction_event
WHERE transaction_id = %s AND received_at >= %s ORDER BY happened_at, id
"""
_SAMPLED_NUMBERS: Final = """
SELECT DISTINCT seq FROM charging_reading
WHERE station_id = %s AND transaction_id = %s AND received_at >= %s AND seq IS NOT NULL
"""
_STATUSES: Final = """
SELECT reported_at, status FROM stations_status_report
WHERE station_id = %s AND evse = %s AND connector = %s AND reported_at BETWEEN %s AND %s
    AND received_at >= %s AND status IN ('Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing')
ORDER BY reported_at, id
"""


class Evidence(msgspec.Struct, frozen=True):
    """What was told: registers by time, charging states, and the numbers of the events (2.x)."""

    registers: tuple[Register, ...]
    states: tuple[StateChange, ...]
    numbers: tuple[int, ...]
    most_w: int | None


def gather(row: Transaction) -> Evidence:
    """Return the evidence for a transaction; of 1.6 the connector's statuses stand for charging states."""
    early = row.started_received_at - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(_REGISTERS, [row.station_id, row.pk, early])
        registers = cursor.fetchall()
        cursor.execute(_EVENTS, [row.pk, early])
        events = cursor.fetchall()
        cursor.execute(_SAMPLED_NUMBERS, [row.station_id, row.pk, early])
        sampled = [number for (number,) in cursor.fetchall()]
        statuses = []
        if row.station_ref is None and row.evse is not None and row.ended_at is not None:
            place = [row.station_id, row.evse, row.connector or 1]
            cursor.execute(_STATUSES, [*place, row.started_at, row.ended_at, early])
            statuses = cursor.fetchall()
        cursor.execute(
            "SELECT max_power_w FROM stations_connector WHERE station_id = %s AND evse = %s AND connector = %s",
            [row.station_id, row.evse, row.connector or 1],
        )
        power = cursor.fetchone()
    proper = [each for each in registers if not each[1]] or registers
    return Evidence(
        registers=tuple(Register(at, wh) for at, _, wh in proper),
        states=tuple(StateChange(at, state) for at, state in statuses)
        or tuple(StateChange(at, state) for at, state, _ in events if state),
        numbers=tuple(sorted({*sampled, *(number for _, _, number in events if number is not None)})),
        most_w=power[0] if power else None,
    )


def missing_numbers(numbers: tuple[int, ...]) -> list[int]:
    """Return the event numbers that never came, at most twenty (conformance Y01).

    A station that always gives the same number tells nothing by it (Y03).
    """
    seen = set(numbers)
    if len(seen) < 2:
        return []
    gaps = (number for number in range(min(seen), max(seen)) if number not in seen)
    return list(itertools.islice(gaps, 20))
