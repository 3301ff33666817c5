"""Which events of 2.x need a row of their own, and whether one was stored before."""

from typing import Final

from django.db import connection

from chargehand.domain.charging.memory import TransactionMemory
from chargehand.domain.stations.events import TransactionReported

_STORED_BEFORE: Final = """
SELECT 1 FROM charging_transaction_event WHERE transaction_id = %s AND seq = %s AND kind = %s AND trigger = %s
    AND station_time IS NOT DISTINCT FROM %s
UNION ALL
SELECT 1 FROM charging_reading WHERE %s = 'updated' AND station_id = %s AND transaction_id = %s AND seq = %s
    AND station_time IS NOT DISTINCT FROM %s
"""
_PERIODIC: Final = frozenset({"MeterValuePeriodic", "MeterValueClock"})


def is_plain_sample(event: TransactionReported, known: TransactionMemory) -> bool:
    """Tell whether an event tells nothing but periodic samples: then its readings are the whole evidence."""
    if event.kind != "updated" or event.seq is None or event.trigger not in _PERIODIC or event.is_offline:
        return False
    if event.token_uid or (event.charging_state and event.charging_state != known.charging_state):
        return False
    for reading in event.readings:
        if not reading.values:
            return False
    return bool(event.readings)


def is_new(station_id: int, event: TransactionReported, known: TransactionMemory) -> bool:
    """Tell whether an event was not stored before; a number that rises needs no question (Y02, Y03)."""
    if event.seq is None:
        return event.kind != "ended" or known.state != "ended"
    if known.last_seq is None or event.seq > known.last_seq:
        known.last_seq = event.seq
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            _STORED_BEFORE,
            [
                *(known.number, event.seq, event.kind, event.trigger, event.time),
                *(event.kind, station_id, known.number, event.seq, event.time),
            ],
        )
        return cursor.fetchone() is None
