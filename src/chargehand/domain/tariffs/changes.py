"""When prices changed at places: new versions that began to count, assignments that began or ended."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection

_CHANGES: Final = """
WITH here AS (
    SELECT a.tariff_id, t.name, a.valid_from, a.valid_until FROM tariffs_assignment a
    JOIN tariffs_tariff t ON t.id = a.tariff_id
    WHERE a.operator_id = %(operator)s AND (a.station_id = ANY(%(stations)s)
        OR a.location_id = ANY(%(locations)s) OR (a.station_id IS NULL AND a.location_id IS NULL))
)
SELECT at, name FROM (
    SELECT valid_from AS at, name FROM here
    UNION SELECT valid_until, name FROM here WHERE valid_until IS NOT NULL
    UNION SELECT v.valid_from, h.name FROM here h JOIN tariffs_version v ON v.tariff_id = h.tariff_id
        WHERE v.valid_from >= h.valid_from AND (h.valid_until IS NULL OR v.valid_from < h.valid_until)
) moments WHERE at >= %(since)s AND at < %(until)s ORDER BY at, name
"""


class TariffChange(msgspec.Struct, frozen=True):
    """From `at` on another price counts; `name` is the tariff's."""

    at: datetime
    name: str


def tariff_changes(
    operator_id: int,
    *,
    station_ids: Collection[int],
    location_ids: Collection[int],
    since: datetime,
    until: datetime,
) -> list[TariffChange]:
    """Return when prices changed at stations or their locations in a stretch of time, oldest first."""
    values: dict[str, Any] = {
        "operator": operator_id,
        "stations": sorted(set(station_ids)),
        "locations": sorted(set(location_ids)),
        "since": since,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, values)
        return [TariffChange(at, name) for at, name in cursor.fetchall()]
