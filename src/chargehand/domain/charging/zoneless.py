"""Charges whose times name no zone: they teach where the station's clock stands, and are put right (quirk D2)."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.db import connection

from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations import clock_zones

#: A time in the past may come from a queue, unless the connection stood for so long already.
SETTLED: Final = timedelta(minutes=2)
LEARNT: Final = "clock-zone-learnt"

_PLACE: Final = """
UPDATE charging_transaction SET started_at = started_station_time - make_interval(secs => %s),
    flags = array_append(flags, %s)
WHERE station_id = %s AND state = 'open' AND 'no-zone' = ANY(flags) AND started_at = started_station_time
"""


def learn(transaction_ids: Collection[int]) -> int:
    """Learn the zones of stations from charges that began; return how many stations were understood."""
    rows = Transaction.objects.filter(
        pk__in=list(transaction_ids), flags__contains=["no-zone"], is_offline=False
    )
    return sum(_learn_from(row) for row in rows.exclude(started_station_time=None).order_by("pk"))


def _learn_from(row: Transaction) -> bool:
    assert row.started_station_time is not None
    skew = row.started_station_time - row.started_received_at
    if skew < timedelta(0) and not _is_live(row):
        return False
    offset = clock_zones.learn_zone(station_id=row.station_id, skew=skew, at=row.started_received_at)
    if offset is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, [offset.total_seconds(), LEARNT, row.station_id])
    return True


def _is_live(row: Transaction) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT connected_at <= %s FROM stations_connection WHERE station_id = %s AND is_connected",
            [row.started_received_at - SETTLED, row.station_id],
        )
        found = cursor.fetchone()
    return bool(found and found[0])
