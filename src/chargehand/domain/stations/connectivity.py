"""How long stations were connected, stretch by stretch, and how often they started."""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.stations.connections import GONE_AFTER_S

_EVENTS: Final = """
(SELECT at, kind FROM stations_connection_event WHERE station_id = %(station)s AND at < %(since)s
 ORDER BY at DESC, id DESC LIMIT 1)
UNION ALL
(SELECT at, kind FROM stations_connection_event
 WHERE station_id = %(station)s AND at >= %(since)s AND at < %(until)s ORDER BY at, id)
ORDER BY at
"""
_BOOTS: Final = """
SELECT date_bin(%(step)s, at, %(since)s) AS stretch, count(*) FROM stations_event
WHERE station_id = %(station)s AND kind = 'boot' AND at >= %(since)s AND at < %(until)s GROUP BY 1
"""


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of time that begins at `at`; `share` connected from 0 to 1, None where nothing is known."""

    at: datetime
    share: float | None


def is_gateway_steady(now: datetime, *, since: timedelta) -> bool:
    """Tell whether a gateway runs that has been there for so long: else stations cannot have come back yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM stations_gateway WHERE ended_at IS NULL"
            " AND seen_at > now() - make_interval(secs => %s) AND started_at <= %s)",
            [GONE_AFTER_S, now - since],
        )
        return bool(cursor.fetchone()[0])


def connected_shares(station_id: int, *, since: datetime, until: datetime, step: timedelta) -> list[Stretch]:
    """Return for each stretch of time which share of it a station was connected."""
    values: dict[str, Any] = {"station": station_id, "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, values)
        events = cursor.fetchall()
    spans = _spans(events, until)
    first = events[0][0] if events else until
    count = -(-(until - since) // step)
    stretches = [since + number * step for number in range(count)]
    return [
        Stretch(at, _share(spans, at, min(at + step, until)) if at + step > first else None)
        for at in stretches
    ]


def boots(station_id: int, *, since: datetime, until: datetime, step: timedelta) -> dict[datetime, int]:
    """Return how often a station started in each stretch of time in which it did."""
    values: dict[str, Any] = {"station": station_id, "since": since, "until": until, "step": step}
    with connection.cursor() as cursor:
        cursor.execute(_BOOTS, values)
        return dict(cursor.fetchall())


def _spans(events: list[tuple[datetime, str]], until: datetime) -> list[tuple[datetime, datetime]]:
    spans, began = [], None
    for at, kind in events:
        if kind == "connected" and began is None:
            began = at
        elif kind != "connected" and began is not None:
            spans.append((began, at))
            began = None
    return [*spans, (began, until)] if began is not None else spans


def _share(spans: list[tuple[datetime, datetime]], start: datetime, end: datetime) -> float:
    covered = sum(
        (min(end, last) - max(start, first) for first, last in spans if first < end and last > start),
        timedelta(0),
    )
    return round(covered / (end - start), 3)
