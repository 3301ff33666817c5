"""Stations in bulk: what a campaign, a plan or a wanted setting needs to know of many at once."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection

_FLEET: Final = """
SELECT s.id, s.identity, s.name, s.vendor, s.model, s.firmware_version, COALESCE(NULLIF(k.version, ''), s.version),
    s.location_id, COALESCE(l.name, ''), COALESCE(l.time_zone, 'UTC'), COALESCE(k.is_connected, false),
    s.booted_at, s.created_at,
    ARRAY(SELECT DISTINCT c.evse FROM stations_connector c WHERE c.station_id = s.id AND c.evse > 0 ORDER BY 1)
FROM stations_station s
LEFT JOIN stations_location l ON l.id = s.location_id
LEFT JOIN stations_connection k ON k.station_id = s.id
WHERE s.operator_id = %(operator)s
    AND (%(vendor)s = '' OR lower(s.vendor) = lower(%(vendor)s))
    AND (%(model)s = '' OR lower(s.model) = lower(%(model)s))
    AND (%(firmwares)s::text[] IS NULL OR s.firmware_version = ANY(%(firmwares)s))
    AND (%(locations)s::bigint[] IS NULL OR s.location_id = ANY(%(locations)s))
    AND (%(stations)s::bigint[] IS NULL OR s.id = ANY(%(stations)s))
    AND (%(booted_after)s::timestamptz IS NULL OR s.booted_at > %(booted_after)s)
ORDER BY s.identity_key
"""


class FleetStation(msgspec.Struct, frozen=True, kw_only=True):
    """A station in short; `version` is that of OCPP, "" before it ever connected; `evses` are its plugs' numbers."""

    id: int
    identity: str
    name: str
    vendor: str
    model: str
    firmware_version: str
    version: str
    location_id: int | None
    location_name: str
    time_zone: str
    is_connected: bool
    booted_at: datetime | None
    created_at: datetime
    evses: list[int]


def fleet(
    operator_id: int,
    *,
    vendor: str = "",
    model: str = "",
    firmware_versions: Collection[str] | None = None,
    location_ids: Collection[int] | None = None,
    station_ids: Collection[int] | None = None,
    booted_after: datetime | None = None,
) -> list[FleetStation]:
    """Return the operator's stations by identity; vendor and model in any letter case, None and "" mean any."""
    values: dict[str, Any] = {
        "operator": operator_id,
        "vendor": vendor.strip(),
        "model": model.strip(),
        "firmwares": None if firmware_versions is None else list(firmware_versions),
        "locations": None if location_ids is None else list(location_ids),
        "stations": None if station_ids is None else list(station_ids),
        "booted_after": booted_after,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FLEET, values)
        return [
            FleetStation(**dict(zip(FleetStation.__struct_fields__, row, strict=True)))
            for row in cursor.fetchall()
        ]
