"""How much plugs were used: counters for preventive work, and the charge that proves a repair."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

#: A charge that ended so was cut short by the station, not by its driver (1.6 7.36, 2.0.1 ReasonEnumType).
FAULTY_ENDS: Final = (
    *("EmergencyStop", "GroundFault", "OvercurrentFault", "PowerQuality", "PowerLoss", "Reboot"),
    *("HardReset", "ImmediateReset", "Other", "Timeout"),
)

_USAGE: Final = """
SELECT u.station_id, t.evse, count(*), COALESCE(sum(t.energy_wh), 0),
    COALESCE(sum(EXTRACT(epoch FROM COALESCE(t.ended_at, now()) - t.started_at)), 0) / 3600
FROM unnest(%s::bigint[], %s::timestamptz[]) AS u(station_id, since)
JOIN charging_transaction t ON t.station_id = u.station_id AND t.started_at >= u.since
GROUP BY u.station_id, t.evse
"""
_INSERTIONS: Final = """
SELECT r.station_id, r.evse, count(*) FROM (
    SELECT s.station_id, s.evse, s.status, lag(s.status) OVER (
        PARTITION BY s.station_id, s.evse, s.connector ORDER BY s.reported_at, s.id) AS before
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS u(station_id, since)
    JOIN stations_status_report s ON s.station_id = u.station_id AND s.reported_at >= u.since AND s.evse > 0
) AS r WHERE r.status IN ('Preparing', 'Occupied') AND r.before IS DISTINCT FROM r.status GROUP BY 1, 2
"""
_PROOF: Final = """
SELECT id FROM charging_transaction
WHERE operator_id = %s AND station_id = %s AND (%s::int IS NULL OR evse = %s) AND started_at >= %s
    AND state = 'ended' AND energy_wh >= %s AND NOT stop_reason = ANY(%s)
ORDER BY started_at DESC LIMIT 1
"""


class Usage(msgspec.Struct, kw_only=True):
    """What a plug did in a time; `hours` with a car charging or plugged in during a charge.

    A contactor closes about once a charge. `insertions` counts a cable put in, charges or not; where a station
    does not report that state, they are taken to be as many as charges.
    """

    charges: int = 0
    energy_wh: Decimal = Decimal(0)
    hours: float = 0.0
    insertions: int = 0


def usage_since(since: Sequence[tuple[int, datetime]]) -> dict[tuple[int, int], Usage]:
    """Return the usage of each (station, EVSE) since a time that is given for each station, once.

    EVSE 0 sums up the station. What was never used has no entry.
    """
    columns: list[Any] = [[station for station, _ in since], [at for _, at in since]]
    found: dict[tuple[int, int], Usage] = {}
    with connection.cursor() as cursor:
        cursor.execute(_USAGE, columns)
        for station_id, evse, charges, energy, hours in cursor.fetchall():
            if evse:
                found[station_id, evse] = Usage(
                    charges=charges, energy_wh=energy, hours=float(hours), insertions=charges
                )
        cursor.execute(_INSERTIONS, columns)
        for station_id, evse, insertions in cursor.fetchall():
            usage = found.setdefault((station_id, evse), Usage())
            usage.insertions = max(usage.insertions, insertions)
    for (station_id, _), usage in list(found.items()):
        whole = found.setdefault((station_id, 0), Usage())
        whole.charges += usage.charges
        whole.energy_wh += usage.energy_wh
        whole.hours += usage.hours
        whole.insertions += usage.insertions
    return found


def stations_charging(operator_id: int) -> set[int]:
    """Return the stations at which a charge goes on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT station_id FROM charging_transaction WHERE operator_id = %s AND state = 'open'",
            [operator_id],
        )
        return {row[0] for row in cursor.fetchall()}


def proof_of_repair(
    operator_id: int, station_id: int, *, evse: int | None, since: datetime, least_wh: int = 50
) -> int | None:
    """Return the newest charge that began after `since`, ended well and delivered `least_wh` at least."""
    values = [operator_id, station_id, evse, evse, since, least_wh, list(FAULTY_ENDS)]
    with connection.cursor() as cursor:
        cursor.execute(_PROOF, values)
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def start_outcomes(
    station_ids: Sequence[int], *, since: datetime, until: datetime, least_wh: int = 100
) -> dict[int, tuple[int, int]]:
    """Return of each station how many charges ended in a time, and how many of them delivered next to nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT station_id, count(*), count(*) FILTER (WHERE COALESCE(energy_wh, 0) < %s)"
            " FROM charging_transaction WHERE station_id = ANY(%s) AND started_at >= %s AND started_at < %s"
            " AND state <> 'open' GROUP BY station_id",
            [least_wh, list(station_ids), since, until],
        )
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
