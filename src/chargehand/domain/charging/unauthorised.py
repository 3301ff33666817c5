"""Transactions whose token may not charge: stored like any other, and stopped (quirk A19)."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations import requests
from chargehand.domain.stations.commands import StopCharging

ASKED_BY: Final = "Chargehand"

#: A station of 2.x stops by itself when it hears that the token is refused; it gets this long.
GRACE: Final = timedelta(seconds=30)

#: Older transactions are left to people: their stations did not listen.
LOOK_BACK: Final = timedelta(days=1)

_GOING_ON: Final = """
SELECT t.id FROM charging_transaction t JOIN stations_connection k ON k.station_id = t.station_id
WHERE t.state = 'open' AND t."authorization" NOT IN ('', 'Accepted') AND k.is_connected
    AND t.started_received_at BETWEEN %s AND %s
    AND NOT EXISTS (SELECT 1 FROM stations_request r WHERE r.operator_id = t.operator_id
                    AND r.idempotency_key = 'stop-refused|' || t.id)
"""


def stop_at_once(transaction_id: int) -> None:
    """Ask a station of 1.6 to stop an open transaction; once, however often this is called."""
    row = Transaction.objects.filter(pk=transaction_id, state=Transaction.State.OPEN).first()
    if row is not None and row.station_ref is None:
        _stop(row)


def stop_going_on(now: datetime) -> int:
    """Ask connected stations to stop refused transactions that still go on; return how many were asked."""
    with connection.cursor() as cursor:
        cursor.execute(_GOING_ON, [now - LOOK_BACK, now - GRACE])
        found = [row[0] for row in cursor.fetchall()]
    for row in Transaction.objects.filter(pk__in=found, state=Transaction.State.OPEN):
        _stop(row)
    return len(found)


def _stop(row: Transaction) -> None:
    requests.queue(
        operator_id=row.operator_id,
        station_id=row.station_id,
        command=StopCharging(transaction_id=row.pk, ref=row.station_ref or str(row.pk)),
        asked_by=ASKED_BY,
        idempotency_key=f"stop-refused|{row.pk}",
    )
