"""Asking stations of 2.x what they can show of prices and costs: once for each firmware, while nobody charges.

Stations of 1.6 are not asked: what they can is known once somebody reads their settings.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from chargehand.domain.billing.models import AskedDisplay
from chargehand.domain.stations import commanding
from chargehand.domain.stations.commands import VariableAsked

ASKED_BY: Final = "Chargehand"
#: How many stations are asked in a round, and how long one may settle after a restart.
MOST_STATIONS: Final = 100
SETTLE: Final = timedelta(minutes=1)

_DUE: Final = """
SELECT s.id, s.operator_id, s.firmware_version
FROM stations_station s JOIN stations_connection k ON k.station_id = s.id AND k.is_connected
WHERE s.approval = 'accepted' AND k.version IN ('ocpp2.0.1', 'ocpp2.1') AND s.booted_at < %s
    AND NOT EXISTS (SELECT 1 FROM billing_asked_display a
        WHERE a.station_id = s.id AND a.firmware = s.firmware_version)
    AND NOT EXISTS (SELECT 1 FROM charging_transaction t WHERE t.station_id = s.id AND t.state = 'open')
ORDER BY s.id LIMIT %s
"""

#: (variable, instance) of TariffCostCtrlr (2.0.1 and 2.1 part 2, referenced components and variables).
_WANTED: Final = (
    ("Available", "Cost"),
    ("Enabled", "Cost"),
    ("Available", "Tariff"),
    ("Enabled", "Tariff"),
    ("Currency", ""),
    ("MaxElements", "Tariff"),
    ("ConditionsSupported", "Tariff"),
)


def ask_stations(now: datetime) -> int:
    """Ask the stations that were not asked yet; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now - SETTLE, MOST_STATIONS])
        due = cursor.fetchall()
    for station_id, operator_id, firmware in due:
        AskedDisplay.objects.update_or_create(
            station_id=station_id, defaults={"firmware": firmware, "asked_at": now}
        )
        commanding.get_variables(
            operator_id=operator_id,
            station_id=station_id,
            variables=[
                VariableAsked(component="TariffCostCtrlr", name=name, instance=instance)
                for name, instance in _WANTED
            ],
            asked_by=ASKED_BY,
        )
    return len(due)
