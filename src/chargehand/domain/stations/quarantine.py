"""Messages that could not be stored as what they mean: kept raw, alarmed, shown to people."""

from django.db import connection, transaction

from chargehand.domain.stations import facts
from chargehand.domain.stations.record import VERSION_NAMES
from chargehand.domain.stations.told import Told, clean
from chargehand.journal import log as journal

_KEEP = """
INSERT INTO stations_quarantine (station_id, received_at, version, action, message_id, frame, error)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


@transaction.atomic
def keep(told: Told, error: str) -> None:
    """Keep a message in quarantine."""
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            [
                *(told.station_id, told.received_at, VERSION_NAMES[told.version], clean(told.action, 100)),
                *(clean(told.message_id), told.frame, clean(error, 2000)),
            ],
        )
    journal.state(
        [
            facts.MessageQuarantined(
                happened_at=told.received_at,
                operator_id=told.operator_id,
                station_id=told.station_id,
                action=told.action[:100],
                error=error[:500],
            )
        ]
    )
