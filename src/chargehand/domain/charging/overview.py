"""The network as people see it: stations with their states, what they deliver, and who needs a person."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.charging.last_readings import LastReading, last_readings
from chargehand.domain.charging.models import Transaction
from chargehand.domain.charging.states import (
    PLUGS,
    STATIONS,
    PlugState,
    State,
    plug_sentence,
    plug_since,
    station_sentence,
    station_since,
)
from chargehand.kernel import clock

MOST_PER_PAGE: Final = 2000

_PAGE: Final = f"""
SELECT * FROM ({STATIONS} WHERE s.operator_id = %(operator)s
    AND (%(station)s::bigint IS NULL OR s.id = %(station)s)
    AND (%(location)s::bigint IS NULL OR s.location_id = %(location)s)
    AND (%(locations)s::bigint[] IS NULL OR s.location_id = ANY(%(locations)s))
    AND (%(after)s::text IS NULL OR s.identity_key > %(after)s)
    AND (%(text)s = '' OR s.identity ILIKE %(like)s OR s.name ILIKE %(like)s OR l.name ILIKE %(like)s
        OR s.vendor ILIKE %(like)s OR s.model ILIKE %(like)s OR s.serial_number ILIKE %(like)s)
) AS found WHERE %(state)s = '' OR state = %(state)s
ORDER BY identity_key LIMIT %(limit)s
"""  # noqa: S608 -- constants
_STATES: Final = f"""
SELECT id, identity, name, location_id, state FROM ({STATIONS} WHERE s.operator_id = %(operator)s
    AND (%(locations)s::bigint[] IS NULL OR s.location_id = ANY(%(locations)s))) AS f ORDER BY identity_key
"""  # noqa: S608 -- constants
_PLUGS_OF: Final = f"""
SELECT p.* FROM stations_station s LEFT JOIN stations_connection k ON k.station_id = s.id
CROSS JOIN LATERAL ({PLUGS}) p
WHERE s.operator_id = %(operator)s AND s.id = ANY(%(stations)s) ORDER BY p.station_id, p.evse, p.connector
"""  # noqa: S608 -- constants
_COUNTS: Final = f"""
SELECT count(*) AS stations, COALESCE(sum(plugs), 0)::bigint AS plugs,
    COALESCE(sum(able) FILTER (WHERE state NOT IN ('offline', 'unknown', 'broken')), 0)::bigint AS able,
    COALESCE(sum(GREATEST(charging, open_count)) FILTER (WHERE is_connected), 0)::bigint AS charging,
    count(*) FILTER (WHERE state = 'offline') AS offline,
    count(*) FILTER (WHERE state = 'broken') AS broken,
    count(*) FILTER (WHERE state = 'attention') AS attention,
    count(*) FILTER (WHERE state = 'unknown') AS unknown
FROM ({STATIONS} WHERE s.operator_id = %(operator)s
    AND (%(locations)s::bigint[] IS NULL OR s.location_id = ANY(%(locations)s))) AS f
"""  # noqa: S608 -- constants
_NEEDS: Final = f"""
SELECT f.*, d.drivers FROM ({STATIONS} WHERE s.operator_id = %(operator)s
    AND (%(locations)s::bigint[] IS NULL OR s.location_id = ANY(%(locations)s))) AS f
CROSS JOIN LATERAL (
    SELECT count(DISTINCT t.token_uid) AS drivers FROM charging_transaction t
    WHERE t.station_id = f.id AND t.started_at > %(week)s AND t.token_uid <> ''
) d
WHERE f.state IN ('broken', 'offline') OR (f.state = 'attention' AND (f.broken > 0 OR f.intent_operative))
ORDER BY f.open_count DESC, d.drivers DESC, f.identity_key LIMIT %(limit)s
"""  # noqa: S608 -- constants
_SERIES: Final = """
WITH wanted AS (SELECT array_agg(id::int) AS ids FROM charging_series
    WHERE measurand = 'Power.Active.Import' AND location IN ('Outlet', '')),
moments AS (
    SELECT r.station_id, r.evse, r.measured_at, r.transaction_id,
        COALESCE(max(v.value) FILTER (WHERE s.phase = ''), sum(v.value) FILTER (WHERE s.phase <> '')) AS value
    FROM stations_station st
    JOIN charging_reading r ON r.station_id = st.id
    CROSS JOIN wanted
    CROSS JOIN LATERAL unnest(r.series, r.readings) AS v(series_id, value)
    JOIN charging_series s ON s.id = v.series_id AND s.id = ANY(wanted.ids)
        AND s.phase IN ('', 'L1', 'L2', 'L3', 'L1-N', 'L2-N', 'L3-N')
    WHERE st.operator_id = %(operator)s AND (%(locations)s::bigint[] IS NULL
            OR st.location_id = ANY(%(locations)s))
        AND r.measured_at >= %(since)s AND r.measured_at < %(until)s AND r.evse > 0
        AND r.received_at >= %(since)s - interval '10 minutes' AND r.series && wanted.ids
    GROUP BY r.id, r.station_id, r.evse, r.measured_at, r.transaction_id
),
charges AS (
    SELECT date_bin(%(step)s, measured_at, %(since)s) AS at, station_id, evse, transaction_id,
        sum(value) AS total, count(value) AS readings
    FROM moments GROUP BY 1, 2, 3, 4
),
buckets AS (
    SELECT c.at, c.station_id, c.evse, sum(c.total) / sum(c.readings) AS value,
        least(1, sum(CASE WHEN t.id IS NULL THEN 1 ELSE greatest(0, extract(epoch FROM
            least(COALESCE(t.ended_at, 'infinity'), c.at + %(step)s) - greatest(t.started_at, c.at)
        ) / extract(epoch FROM %(step)s::interval)) END)) AS share
    FROM charges c LEFT JOIN charging_transaction t ON t.id = c.transaction_id
    GROUP BY 1, 2, 3 HAVING sum(c.readings) > 0
)
SELECT at, sum(value * share) FROM buckets GROUP BY at
"""


class StationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A station in a list. `since`: when its state began; `heard_at`: when anything was heard of it last.

    `power_w` is the sum of what is known to be delivered now, None where nothing is known.
    """

    id: int
    identity: str
    name: str
    location_id: int | None
    location_name: str
    vendor: str
    model: str
    firmware_version: str
    version: str
    state: State
    sentence: str
    since: datetime | None
    is_connected: bool
    heard_at: datetime | None
    open_count: int
    power_w: Decimal | None
    plugs: tuple[PlugState, ...]


class StationState(msgspec.Struct, frozen=True):
    """A station and nothing but its state, for maps and sums over thousands of them."""

    id: int
    identity: str
    name: str
    location_id: int | None
    state: State


class StationPage(msgspec.Struct, frozen=True):
    """Stations by identity; `after` asks for the page after this one, None where there is none."""

    stations: tuple[StationRow, ...]
    after: str | None


class NetworkCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The network now: `able` of `plugs` can charge a car; `power_w` is known of `reporting` open charges.

    `power_w` in W, None where no charge told its power in the last 15 minutes; `power_at` the oldest reading
    in it.
    """

    stations: int
    plugs: int
    able: int
    charging: int
    offline: int
    broken: int
    attention: int
    unknown: int
    power_w: Decimal | None
    power_at: datetime | None
    reporting: int
    open_transactions: int


class NeedsPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A station that needs a person; `drivers_affected`: who charged there in the last week."""

    station: StationRow
    drivers_affected: int


class PowerPoint(msgspec.Struct, frozen=True):
    """The power delivered on average in a stretch of time that begins at `at`; None: nothing was reported."""

    at: datetime
    power_w: Decimal | None


def list_stations(
    operator_id: int,
    *,
    text: str = "",
    location_id: int | None = None,
    location_ids: Collection[int] | None = None,
    state: State | None = None,
    after: str | None = None,
    limit: int = 50,
) -> StationPage:
    """Return a page of stations with their states; `text` looks into names, places, models, serial numbers.

    `location_ids` None: the whole network; otherwise only stations at these locations.
    """
    limit = max(1, min(limit, MOST_PER_PAGE))
    values = _filters(operator_id, text, location_id, location_ids) | {
        "state": state or "",
        "after": after,
        "limit": limit + 1,
    }
    rows = _rows(_PAGE, values)
    stations = _views(operator_id, rows[:limit])
    return StationPage(stations, rows[limit - 1]["identity_key"] if len(rows) > limit else None)


def station_states(operator_id: int, *, location_ids: Collection[int] | None = None) -> list[StationState]:
    """Return all stations with their states, by identity."""
    with connection.cursor() as cursor:
        cursor.execute(_STATES, {"operator": operator_id, "locations": _array(location_ids)})
        return [StationState(*row) for row in cursor.fetchall()]


def station_row(operator_id: int, station_id: int) -> StationRow | None:
    """Return a station and its plugs with their states."""
    values = _filters(operator_id, "", None, None) | {"state": "", "after": None, "limit": 1}
    rows = _rows(_PAGE, values | {"station": station_id})
    return next(iter(_views(operator_id, rows)), None)


def network_counts(operator_id: int, *, location_ids: Collection[int] | None = None) -> NetworkCounts:
    """Return what the network can do and does now."""
    [row] = _rows(_COUNTS, {"operator": operator_id, "locations": _array(location_ids)})
    open_ids = _open_at(operator_id, location_ids)
    readings = {
        transaction_id: reading
        for transaction_id, reading in last_readings(operator_id, clock.now()).items()
        if transaction_id in open_ids
    }
    known = [reading for reading in readings.values() if reading.power_w is not None]
    return NetworkCounts(
        **row,
        power_w=sum((reading.power_w for reading in known if reading.power_w), Decimal(0)) if known else None,
        power_at=min((reading.power_at for reading in known if reading.power_at), default=None),
        reporting=len(known),
        open_transactions=len(open_ids),
    )


def needs_person(
    operator_id: int, *, location_ids: Collection[int] | None = None, limit: int = 20
) -> list[NeedsPerson]:
    """Return the stations that need a person, those with most drivers affected first."""
    values = {
        "operator": operator_id,
        "locations": _array(location_ids),
        "week": clock.now() - timedelta(days=7),
        "limit": limit,
    }
    rows = _rows(_NEEDS, values)
    views = _views(operator_id, rows)
    return [
        NeedsPerson(station=view, drivers_affected=max(row["drivers"], row["open_count"]))
        for view, row in zip(views, rows, strict=True)
    ]


def delivered_power(
    operator_id: int,
    *,
    until: datetime,
    hours: int = 24,
    step: timedelta = timedelta(minutes=10),
    location_ids: Collection[int] | None = None,
) -> list[PowerPoint]:
    """Return the mean power that all charges delivered together, W, in equal steps up to `until`.

    What a plug told counts for the share of a step in which its charges went on.
    """
    since = until - timedelta(hours=hours)
    values: dict[str, Any] = {
        "operator": operator_id,
        "locations": _array(location_ids),
        "since": since,
        "until": until,
        "step": step,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SERIES, values)
        known: dict[datetime, Decimal] = dict(cursor.fetchall())
    count = -(-timedelta(hours=hours) // step)
    return [PowerPoint(at, known.get(at)) for at in (since + number * step for number in range(count))]


def _filters(
    operator_id: int, text: str, location_id: int | None, location_ids: Collection[int] | None
) -> dict[str, Any]:
    escaped = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        "operator": operator_id,
        "station": None,
        "location": location_id,
        "locations": _array(location_ids),
        "text": text.strip(),
        "like": f"%{escaped}%",
    }


def _array(location_ids: Collection[int] | None) -> list[int] | None:
    return None if location_ids is None else list(location_ids)


def _rows(statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _open_at(operator_id: int, location_ids: Collection[int] | None) -> set[int]:
    rows = Transaction.objects.filter(operator_id=operator_id, state=Transaction.State.OPEN)
    if location_ids is not None:
        rows = rows.filter(station__location_id__in=location_ids)
    return set(rows.values_list("pk", flat=True))


def _views(operator_id: int, rows: Sequence[dict[str, Any]]) -> tuple[StationRow, ...]:
    if not rows:
        return ()
    ids = [row["id"] for row in rows]
    readings = last_readings(operator_id, clock.now(), station_ids=ids)
    starts = _meter_starts(readings)
    plugs: dict[int, list[PlugState]] = {station_id: [] for station_id in ids}
    for plug in _rows(_PLUGS_OF, {"operator": operator_id, "stations": ids}):
        reading = readings.get(plug["transaction_id"])
        plugs[plug["station_id"]].append(_plug_view(plug, reading, starts.get(plug["transaction_id"])))
    return tuple(_view(row, tuple(plugs[row["id"]])) for row in rows)


def _meter_starts(readings: dict[int, LastReading]) -> dict[int | None, Decimal | None]:
    rows = Transaction.objects.filter(pk__in=readings)
    return dict(rows.values_list("pk", "meter_start_wh"))


def _view(row: dict[str, Any], plugs: tuple[PlugState, ...]) -> StationRow:
    powers = [plug.power_w for plug in plugs if plug.power_w is not None]
    return StationRow(
        id=row["id"],
        identity=row["identity"],
        name=row["name"],
        location_id=row["location_id"],
        location_name=row["location_name"] or "",
        vendor=row["vendor"],
        model=row["model"],
        firmware_version=row["firmware_version"],
        version=row["version"],
        state=row["state"],
        sentence=station_sentence(row),
        since=station_since(row),
        is_connected=row["is_connected"],
        heard_at=row["last_received_at"],
        open_count=row["open_count"],
        power_w=sum(powers, Decimal(0)) if powers else None,
        plugs=plugs,
    )


def _plug_view(plug: dict[str, Any], reading: LastReading | None, start: Decimal | None) -> PlugState:
    told = reading or LastReading()
    energy = None
    if told.register_wh is not None and start is not None and told.register_wh >= start:
        energy = told.register_wh - start
    return PlugState(
        station_id=plug["station_id"],
        evse=plug["evse"],
        connector=plug["connector"],
        standard=plug["standard"],
        power_type=plug["power_type"],
        phases=plug["phases"],
        max_power_w=plug["max_power_w"],
        status=plug["status"],
        error_code=plug["error_code"],
        state=plug["state"],
        sentence=plug_sentence(plug),
        since=plug_since(plug),
        transaction_id=plug["transaction_id"],
        is_wanted=plug["is_wanted"],
        charging_state=plug["charging_state"] or "",
        power_w=told.power_w,
        energy_wh=energy,
        soc=told.soc,
        read_at=told.power_at or told.register_at,
    )
