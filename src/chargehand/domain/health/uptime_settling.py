"""Settling uptime: intervals of every connector and counts of attempts, by the day, again where late data came."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

import structlog
from django.db import connection, transaction
from django.db.models import Q

from chargehand.domain.charging.deliveries import charges_received, deliveries
from chargehand.domain.health import attempt_days
from chargehand.domain.health.models import Incident, IncidentEntry, IncidentStation, UptimePort, UptimeSpan
from chargehand.domain.health.uptime.evidence import Evidence, Trouble, build
from chargehand.domain.health.uptime.intervals import Span
from chargehand.domain.stations import histories
from chargehand.domain.stations.histories import KnownPlug, PlugKey

#: Stations that are settled in one transaction.
AT_ONCE: Final = 100

#: A message may be stored a little after it was received.
SLACK: Final = timedelta(minutes=5)

#: Incidents of these kinds let nobody charge, even where the plug says that it is free.
STOPPING: Final = frozenset(
    {
        "cable-cut",
        "connector-lock-failure",
        "contactor-welded",
        "failed-starts",
        "ground-fault",
        "isolation-decline",
        "reported-fault",
        "stuck-state",
    }
)
_SEEN: Final = (Incident.State.OPEN, Incident.State.WATCHING, Incident.State.RESOLVED)
#: Entries after which an incident stood longer, or elsewhere, than was known.
_TURNS: Final = ("reopened", "came-back", "merged")
_STORED: Final = frozenset({"down", "offline", "unknown"})
_FORGET: Final = """
DELETE FROM health_uptime_span s USING unnest(%s::bigint[], %s::timestamptz[]) AS w(port, since)
WHERE s.port_id = w.port AND s.until > w.since AND s.since >= w.since
"""
_CUT: Final = """
UPDATE health_uptime_span s SET until = w.since FROM unnest(%s::bigint[], %s::timestamptz[]) AS w(port, since)
WHERE s.port_id = w.port AND s.until > w.since AND s.since < w.since
"""

log = structlog.get_logger(__name__)


def settle(now: datetime) -> int:
    """Settle all stations of all operators up to now; return how many.

    Stations that cannot be settled are logged and do not hold up the others.
    """
    count = 0
    for operator_id in histories.operators_with_stations():
        for plugs in _batches(histories.known_plugs(operator_id)):
            try:
                count += settle_plugs(operator_id, plugs, now)
            except Exception:
                log.exception("uptime_not_settled", operator=operator_id, station=plugs[0].station_id)
    return count


def settle_operator(operator_id: int, now: datetime) -> int:
    """Settle all stations of an operator up to now; return how many."""
    batches = _batches(histories.known_plugs(operator_id))
    return sum(settle_plugs(operator_id, plugs, now) for plugs in batches)


def _batches(plugs: Sequence[KnownPlug]) -> Iterator[list[KnownPlug]]:
    """Yield plugs with all those of the same location together, about so many stations at a time."""
    sites: dict[tuple[int, int], list[KnownPlug]] = defaultdict(list)
    for plug in plugs:
        place = (0, plug.station_id) if plug.location_id is None else (1, plug.location_id)
        sites[place].append(plug)
    batch: list[KnownPlug] = []
    for place in sorted(sites):
        batch += sites[place]
        if len({plug.station_id for plug in batch}) >= AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


@transaction.atomic
def settle_plugs(operator_id: int, plugs: Collection[KnownPlug], now: datetime) -> int:
    """Settle stations whose plugs these are; return how many stations."""
    station_ids = sorted({plug.station_id for plug in plugs})
    rows = UptimePort.objects.select_for_update().filter(station_id__in=station_ids).order_by("pk")
    ports: dict[PlugKey, UptimePort] = {(row.station_id, row.evse, row.connector): row for row in rows}
    firsts = _first_statuses(plugs, ports)
    sinces = _sinces(station_ids, ports, firsts)
    if not sinces:
        return 0
    firsts |= _earlier_statuses(firsts, sinces)
    keys = [(plug.station_id, plug.evse, plug.connector) for plug in plugs]
    found = _spans([key for key in keys if key in firsts], firsts, sinces, now)
    _store(operator_id, found, firsts, sinces, now)
    attempt_days.count_days(operator_id, plugs, sinces, now)
    return len(sinces)


def _first_statuses(
    plugs: Collection[KnownPlug], ports: Mapping[PlugKey, UptimePort]
) -> dict[PlugKey, datetime]:
    """Return since when plugs are in operation: since they told a status first; those that never did are missing."""
    known = {key: row.in_operation_since for key, row in ports.items()}
    new = {plug.station_id for plug in plugs if (plug.station_id, plug.evse, plug.connector) not in known}
    return (histories.first_statuses(new) if new else {}) | known


def _earlier_statuses(
    firsts: Mapping[PlugKey, datetime], sinces: Mapping[int, datetime]
) -> dict[PlugKey, datetime]:
    """Return since when plugs are in operation at whose stations something of before that came late."""
    late = {key[0] for key, first in firsts.items() if first - sinces[key[0]] >= timedelta(days=1)}
    found = histories.first_statuses(late) if late else {}
    return {key: min(first, firsts[key]) for key, first in found.items() if key in firsts}


def _sinces(
    station_ids: Collection[int], ports: Mapping[PlugKey, UptimePort], firsts: Mapping[PlugKey, datetime]
) -> dict[int, datetime]:
    """Return from which day on each station must be settled."""
    found: dict[int, datetime] = {}
    read: dict[int, datetime] = {}
    for key, first in firsts.items():
        row = ports.get(key)
        begin = row.settled_until if row is not None else first
        found[key[0]] = min(found.get(key[0], begin), begin)
        if row is not None:
            read[key[0]] = min(read.get(key[0], row.read_at), row.read_at - SLACK)
    late = (histories.statuses_received(read), charges_received(read), _incidents_changed(read))
    for changed in late:
        for station_id, at in changed.items():
            found[station_id] = min(found[station_id], at)
    return {
        station_id: datetime.combine(found[station_id].astimezone(UTC).date(), time(), UTC)
        for station_id in station_ids
        if station_id in found
    }


def _incidents_changed(read: Mapping[int, datetime]) -> dict[int, datetime]:
    """Return from when on incidents changed what is known of stations since they were read."""
    if not read:
        return {}
    least = min(read.values())
    turned = IncidentEntry.objects.filter(kind__in=_TURNS, at__gte=least)
    anew = set(turned.values_list("incident_id", flat=True))
    changed = (
        Q(incident__in=anew)
        | Q(incident__opened_at__gte=least)
        | Q(incident__resolved_at__gte=least)
        | Q(incident__state=Incident.State.WATCHING, incident__last_seen_at__gte=least - timedelta(days=60))
    )
    rows = IncidentStation.objects.filter(changed, station_id__in=list(read))
    found: dict[int, datetime] = {}
    for row in rows.select_related("incident"):
        matter = row.incident
        at = matter.last_seen_at
        is_new = matter.opened_at is None or matter.opened_at >= read[row.station_id]
        if is_new or matter.pk in anew or matter.state == Incident.State.MERGED:
            at = min(matter.began_at, row.since)
        found[row.station_id] = min(found.get(row.station_id, at), at)
    return found


def _spans(
    keys: Collection[PlugKey],
    firsts: Mapping[PlugKey, datetime],
    sinces: Mapping[int, datetime],
    now: datetime,
) -> dict[PlugKey, list[Span]]:
    statuses = histories.status_changes(sinces, now)
    links = histories.connection_changes(sinces, now)
    charges = deliveries(sinces, now)
    troubles = _troubles(sinces, now)
    found = {}
    for key in keys:
        station_id, evse, _ = key
        evidence = Evidence(
            in_operation_since=firsts[key],
            statuses=statuses.get(key, ()),
            station_statuses=statuses.get((station_id, 0, 0), ()),
            connections=links.get(station_id, ()),
            charges=charges.get((station_id, evse), []) + charges.get((station_id, 0), []),
            troubles=troubles.get((station_id, evse), []) + troubles.get((station_id, 0), []),
        )
        found[key] = build(evidence, sinces[station_id], now)
    return found


def _troubles(sinces: Mapping[int, datetime], now: datetime) -> dict[tuple[int, int], list[Trouble]]:
    rows = IncidentStation.objects.filter(
        Q(incident__resolved_at=None) | Q(incident__resolved_at__gt=min(sinces.values())),
        station_id__in=list(sinces),
        incident__kind__in=STOPPING,
        incident__state__in=_SEEN,
    )
    found: dict[tuple[int, int], list[Trouble]] = defaultdict(list)
    for row in rows.select_related("incident").order_by("incident_id"):
        matter = row.incident
        ends = {Incident.State.OPEN: now, Incident.State.WATCHING: matter.last_seen_at}
        until = matter.resolved_at or ends.get(Incident.State(matter.state), now)
        since = max(matter.began_at, row.since)
        found[row.station_id, row.evse].append(Trouble(since, until, matter.kind, matter.pk))
    return found


def _store(
    operator_id: int,
    found: Mapping[PlugKey, Sequence[Span]],
    firsts: Mapping[PlugKey, datetime],
    sinces: Mapping[int, datetime],
    now: datetime,
) -> None:
    """Write connectors' intervals over what stood from each station's moment on."""
    ports = UptimePort.objects.bulk_create(
        [
            UptimePort(
                operator_id=operator_id,
                station_id=key[0],
                evse=key[1],
                connector=key[2],
                in_operation_since=firsts[key],
                settled_until=now,
                read_at=now,
            )
            for key in found
        ],
        update_conflicts=True,
        unique_fields=["station", "evse", "connector"],
        update_fields=["operator", "in_operation_since", "settled_until", "read_at"],
    )
    numbers = [port.pk for port in ports]
    starts = [sinces[station_id] for station_id, _, _ in found]
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [numbers, starts])
        cursor.execute(_CUT, [numbers, starts])
    UptimeSpan.objects.bulk_create(
        UptimeSpan(
            port_id=number,
            since=span.since,
            until=span.until,
            state=span.state,
            reason=span.reason,
            incident_id=span.incident_id,
        )
        for number, spans in zip(numbers, found.values(), strict=True)
        for span in spans
        if span.state in _STORED
    )
