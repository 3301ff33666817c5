"""Settings as many stations last reported them, by name."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from django.db import connection

_REPORTED: Final = """
SELECT v.station_id, v.component, v.component_instance, v.evse, v.connector, v.name, v.instance, v.value,
    v.is_readonly, v.reported_at
FROM stations_variable v JOIN stations_station s ON s.id = v.station_id
WHERE s.operator_id = %s AND v.station_id = ANY(%s) AND lower(v.name) = ANY(%s) AND v.attribute = 'Actual'
"""

_ITEMS: Final = """
SELECT instance, value FROM stations_variable WHERE station_id = %s AND lower(name) = 'itemspermessage'
    AND attribute = 'Actual' AND value ~ '^[1-9][0-9]{0,5}$'
"""


class ReportedSetting(msgspec.Struct, frozen=True):
    """A variable's actual value; keys of 1.6 stand under component OCPP16; `value` None: write-only."""

    station_id: int
    component: str
    component_instance: str
    evse: int
    connector: int
    name: str
    instance: str
    value: str | None
    is_readonly: bool | None
    reported_at: datetime


def reported_settings(
    operator_id: int, station_ids: Collection[int], names: Collection[str]
) -> dict[int, list[ReportedSetting]]:
    """Return what stations reported of the variables named, in any letter case; stations that did not are missing."""
    found: dict[int, list[ReportedSetting]] = {}
    with connection.cursor() as cursor:
        lowered = [name.lower() for name in names]
        cursor.execute(_REPORTED, [operator_id, list(station_ids), lowered])
        for row in cursor.fetchall():
            found.setdefault(row[0], []).append(ReportedSetting(*row))
    return found


def stations_reported(operator_id: int, station_ids: Collection[int]) -> set[int]:
    """Return those of the stations that reported any variable ever."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id FROM stations_station s WHERE s.operator_id = %s AND s.id = ANY(%s)"
            " AND EXISTS (SELECT 1 FROM stations_variable v WHERE v.station_id = s.id)",
            [operator_id, list(station_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def most_items(station_id: int) -> dict[str, int]:
    """Return how many items a station takes in one message (2.x ItemsPerMessage), by the message's name."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [station_id])
        return {instance: int(value) for instance, value in cursor.fetchall()}
