"""How ports stood over time: settled intervals, what is excluded of them, and the strip of the last days."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from chargehand.domain.health.exclusions import ExclusionView, exclusions, opening_hours
from chargehand.domain.health.models import UptimePort
from chargehand.domain.health.places import letter_of
from chargehand.domain.health.uptime.intervals import (
    NOTHING,
    Span,
    Stretch,
    clip,
    intersect,
    open_times,
    subtract,
    total,
    union,
)
from chargehand.domain.health.uptime.schemes import Exclusion, of_port
from chargehand.domain.stations import queries as stations
from chargehand.domain.stations.histories import KnownPlug, known_plugs

#: Of a day, the least part that shows in the strip; of a day that has just begun, a twentieth does.
SHOWN_FROM: Final = timedelta(minutes=15)
LOST: Final = frozenset({"down", "offline", "unknown"})

DayState: TypeAlias = Literal["up", "partly", "down", "offline", "unknown", "not-in-operation"]

_PORTS: Final = """
SELECT id, station_id, evse, connector, in_operation_since, settled_until FROM health_uptime_port
WHERE operator_id = %(operator)s AND (%(station)s::bigint IS NULL OR station_id = %(station)s)
"""
_SPANS: Final = """
SELECT s.port_id, s.since, s.until, s.state, s.reason, s.incident_id FROM health_uptime_span s
JOIN health_uptime_port p ON p.id = s.port_id
WHERE p.operator_id = %(operator)s AND (%(station)s::bigint IS NULL OR p.station_id = %(station)s)
    AND s.until > %(since)s AND s.since < %(until)s ORDER BY s.port_id, s.since
"""


class Port(msgspec.Struct, frozen=True, kw_only=True):
    """A port charges one car at a time: an EVSE with all its connectors, and their intervals by connector.

    `letters` are those of its plugs on screens. `spans` lack the time in which a connector was up or in use;
    they are cut to the stretch asked for. `within` is when the site was open and the intervals are settled,
    `closed` when it was not; `exclusions` are those that hold here.
    """

    station_id: int
    identity: str
    name: str
    location_id: int | None
    location_name: str
    evse: int
    letters: tuple[str, ...]
    max_power_w: int | None
    spans: tuple[tuple[Span, ...], ...]
    within: tuple[Stretch, ...]
    closed: tuple[Stretch, ...]
    exclusions: tuple[ExclusionView, ...]

    def rules(self, *, counts_closed: bool) -> list[Exclusion]:
        """Return what is excluded here; `counts_closed` with the hours in which the site is closed."""
        rules = [each.as_rule() for each in self.exclusions]
        if counts_closed:
            rules += [Exclusion(since, until, "closed-hours") for since, until in self.closed]
        return rules


class StripDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day of a station: the worst that most of its lost time was, and for how long its ports were lost together.

    `share` is that of all its ports' time in which they could charge, 0 to 1; None: not in operation.
    """

    day: date
    state: DayState
    share: float | None


def ports(
    operator_id: int,
    *,
    since: datetime,
    until: datetime,
    station_id: int | None = None,
    location_ids: Collection[int] | None = None,
) -> list[Port]:
    """Return the ports that were ever in operation, and how they stood between two moments."""
    plugs = known_plugs(operator_id, station_id=station_id, location_ids=location_ids)
    values = {"operator": operator_id, "station": station_id, "since": since, "until": until}
    settled = {(row[1], row[2], row[3]): row for row in _fetch(_PORTS, values)}
    spans: dict[int, list[Span]] = defaultdict(list)
    for port_id, first, last, state, reason, incident_id in _fetch(_SPANS, values):
        span = Span(max(first, since), min(last, until), state, reason, incident_id)
        spans[port_id].append(span)
    frame = _Frame(operator_id, since, until)
    found = []
    for _, same in groupby(plugs, key=lambda plug: plug.station_id):
        for evse, letters, members in _by_evse(list(same)):
            rows = [row for plug in members if (row := settled.get((plug.station_id, evse, plug.connector)))]
            if rows:
                known = [frame.complete(row, spans[row[0]]) for row in rows]
                found.append(frame.port(members, letters, known, max(row[5] for row in rows)))
    return found


def settled_until(operator_id: int) -> datetime | None:
    """Return up to when the intervals of all the operator's stations are settled; None: of none."""
    row = UptimePort.objects.filter(operator_id=operator_id).order_by("settled_until").first()
    return None if row is None else row.settled_until


def availability_strip(operator_id: int, station_id: int, *, now: datetime, days: int = 90) -> list[StripDay]:
    """Return how a station stood on each of the last UTC days, today last."""
    first = now.astimezone(UTC).date() - timedelta(days=days - 1)
    since = datetime.combine(first, time(), UTC)
    found = [_lost(port) for port in ports(operator_id, station_id=station_id, since=since, until=now)]
    return [_strip_day(found, first + timedelta(days=place), now) for place in range(days)]


class _Frame:
    """What belongs to all ports of an operator in a stretch: exclusions and opening times."""

    def __init__(self, operator_id: int, since: datetime, until: datetime) -> None:
        self._since, self._until = since, until
        self._exclusions = exclusions(operator_id, since=since, until=until)
        hours = opening_hours(operator_id)
        zones = {
            each.id: each.time_zone for each in stations.locations(operator_id, location_ids=list(hours))
        }
        self._open = {
            key: open_times(week, ZoneInfo(zones[key]), since, until)
            for key, week in hours.items()
            if key in zones
        }

    def complete(self, row: Any, spans: Sequence[Span]) -> tuple[Span, ...]:
        first = row[4]
        if first <= self._since:
            return tuple(spans)
        return (Span(self._since, min(first, self._until), "not-in-operation"), *spans)

    def port(
        self,
        plugs: Sequence[KnownPlug],
        letters: tuple[str, ...],
        spans: Sequence[tuple[Span, ...]],
        settled: datetime,
    ) -> Port:
        plug = plugs[0]
        whole = [(self._since, min(self._until, settled))] if settled > self._since else []
        opened = self._open.get(plug.location_id or 0, whole)
        powers = [each.max_power_w for each in plugs if each.max_power_w is not None]
        return Port(
            station_id=plug.station_id,
            identity=plug.identity,
            name=plug.name,
            location_id=plug.location_id,
            location_name=plug.location_name,
            evse=plug.evse,
            letters=letters,
            max_power_w=max(powers, default=None),
            spans=tuple(spans),
            within=tuple(intersect(opened, whole)),
            closed=tuple(subtract(whole, opened)),
            exclusions=tuple(
                each
                for each in self._exclusions
                if each.holds_at(plug.station_id, plug.location_id, plug.evse)
            ),
        )


def _by_evse(plugs: Sequence[KnownPlug]) -> list[tuple[int, tuple[str, ...], list[KnownPlug]]]:
    """Return the plugs of a station by EVSE, with the letters that they have by their place."""
    lettered = list(enumerate(plugs))
    return [
        (evse, tuple(letter_of(place) for place, _ in members), [plug for _, plug in members])
        for evse, members in (
            (key, list(group)) for key, group in groupby(lettered, key=lambda each: each[1].evse)
        )
    ]


class _Lost(msgspec.Struct, frozen=True):
    """A port's time in operation, and what of it was lost, by state and together."""

    times: list[Stretch]
    together: list[Stretch]
    by_state: dict[DayState, list[Stretch]]


def _lost(port: Port) -> _Lost:
    idle = of_port(port.spans, {"not-in-operation"})
    times = subtract(union(port.within + port.closed), idle)
    states: tuple[DayState, ...] = ("down", "offline", "unknown")
    return _Lost(
        times,
        intersect(times, of_port(port.spans, LOST)),
        {state: intersect(times, of_port(port.spans, {state})) for state in states},
    )


def _strip_day(found: Sequence[_Lost], day: date, now: datetime) -> StripDay:
    since = datetime.combine(day, time(), UTC)
    until = min(since + timedelta(days=1), now)
    operating = sum((total(clip(each.times, since, until)) for each in found), NOTHING)
    bad = sum((total(clip(each.together, since, until)) for each in found), NOTHING)
    if not operating:
        return StripDay(day=day, state="not-in-operation", share=None)
    share = 1 - bad / operating
    if bad < SHOWN_FROM and bad * 20 <= operating:
        return StripDay(day=day, state="up", share=share)
    if bad * 2 <= operating:
        return StripDay(day=day, state="partly", share=share)
    lost: dict[DayState, timedelta] = {
        state: sum((total(clip(each.by_state[state], since, until)) for each in found), NOTHING)
        for state in ("offline", "down", "unknown")
    }
    return StripDay(day=day, state=max(lost, key=lambda state: lost[state]), share=share)


def _fetch(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
