"""Incidents as people see them in lists: those with most drivers affected first."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

import msgspec
from django.db.models import Count, F, Q, QuerySet, Sum

from chargehand.domain.health import incidents
from chargehand.domain.health.causes import cause_of
from chargehand.domain.health.guard_rails import policy_of
from chargehand.domain.health.models import Incident
from chargehand.domain.health.places import name_place, name_several
from chargehand.domain.health.service_clock import ServiceClock, service_clock
from chargehand.domain.health.treatments import DANGER
from chargehand.domain.stations.plates import Plate, plates
from chargehand.kernel import clock

MOST_PER_PAGE: Final = 200

#: `standing`: somebody should look, of these `open` still show and `watching` show no more; `snoozed`: put off;
#: `ended`: over; `all`: every one that people ever saw.
Which: TypeAlias = Literal["standing", "open", "watching", "snoozed", "ended", "all"]
_HIDDEN: Final = (Incident.State.PENDING, Incident.State.DROPPED, Incident.State.MERGED)


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """An incident in a list. `title` and `place` are for people; `state` is open, watching or resolved.

    Drivers: different ones who failed since it began, cars waiting now, charges usual in an hour at this time
    of the week; `drivers` is their sum. `severity` as in OCPP 2.x, 0 is danger. `service`: for how long drivers
    are affected, None where they are not.
    """

    id: int
    kind: str
    family: str
    scope: str
    title: str
    place: str
    sentence: str
    severity: int
    state: str
    station_id: int
    evse: int
    station_ids: tuple[int, ...]
    location_id: int | None
    location_name: str
    began_at: datetime
    last_seen_at: datetime
    opened_at: datetime | None
    drivers_hit: int
    drivers_waiting: int
    drivers_expected: float
    drivers: float
    acknowledged_at: datetime | None
    acknowledged_by: str
    assignee_id: int | None
    assignee_name: str
    snoozed_until: datetime | None
    work_order_id: int | None
    recovery_note: str
    resolved_at: datetime | None
    resolved_by: str
    is_by_charge: bool
    cause: str
    fix: str
    service: ServiceClock | None


#: What a row takes over from the table as it stands there.
_SAME: Final = frozenset(IncidentRow.__struct_fields__) - {
    *("id", "title", "place", "station_id", "station_ids", "location_name", "service"),
}


class IncidentPage(msgspec.Struct, frozen=True):
    """Incidents in order; `skip` asks for the page after this one, None where there is none."""

    incidents: tuple[IncidentRow, ...]
    skip: int | None


class IncidentCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many incidents stand: `open` and `watching` without those put off, `danger` among them."""

    open: int
    watching: int
    snoozed: int
    danger: int
    unattended: int
    drivers: float


def list_incidents(
    operator_id: int,
    *,
    which: Which = "standing",
    family: str = "",
    kind: str = "",
    station_id: int | None = None,
    location_ids: Collection[int] | None = None,
    assignee_id: int | None = None,
    skip: int = 0,
    limit: int = 50,
) -> IncidentPage:
    """Return a page of incidents, by drivers affected, those that ended by when they did, newest first.

    `location_ids` None: the whole network; otherwise those that concern stations at these locations, and of
    each only these stations.
    """
    rows = _visible(operator_id, location_ids)
    rows = rows.filter(_which(which))
    wanted = {"family": family, "kind": kind, "assignee_id": assignee_id}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if station_id is not None:
        rows = rows.filter(_concerning(station_id))
    order = ("-resolved_at", "-id") if which == "ended" else ("-drivers", "severity", "began_at", "id")
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = list(rows.order_by(*order)[skip : skip + limit + 1])
    page = found[:limit]
    return IncidentPage(
        tuple(views(operator_id, page, location_ids)), skip + limit if len(found) > limit else None
    )


def incident_row(
    operator_id: int, incident_id: int, *, location_ids: Collection[int] | None = None
) -> IncidentRow | None:
    """Return one incident, also one that became part of another."""
    rows = Incident.objects.filter(operator_id=operator_id, pk=incident_id)
    rows = rows.exclude(state__in=[Incident.State.PENDING, Incident.State.DROPPED])
    if location_ids is not None:
        rows = rows.filter(_at(location_ids))
    return next(iter(views(operator_id, list(rows), location_ids)), None)


def count_incidents(operator_id: int, *, location_ids: Collection[int] | None = None) -> IncidentCounts:
    """Return how many incidents stand."""
    now = clock.now()
    later = Q(snoozed_until__gt=now)
    standing = Q(state__in=incidents.SHOWN) & ~later
    rows = Incident.objects.filter(pk__in=_visible(operator_id, location_ids).values("pk"))
    found = rows.aggregate(
        open=Count("pk", filter=Q(state=Incident.State.OPEN) & ~later),
        watching=Count("pk", filter=Q(state=Incident.State.WATCHING) & ~later),
        snoozed=Count("pk", filter=Q(state__in=incidents.SHOWN) & later),
        danger=Count("pk", filter=standing & Q(severity__lte=DANGER)),
        unattended=Count("pk", filter=standing & Q(acknowledged_at=None)),
        drivers=Sum("drivers", filter=standing),
    )
    return IncidentCounts(**(found | {"drivers": found["drivers"] or 0.0}))


def views(
    operator_id: int, rows: Collection[Incident], location_ids: Collection[int] | None
) -> list[IncidentRow]:
    """Return rows as people see them; of each only the stations at these locations."""
    concerned = {row.pk: incidents.stations_of(row) for row in rows}
    known = plates(operator_id, {each for ids in concerned.values() for each in ids})
    if location_ids is not None:
        known = {key: plate for key, plate in known.items() if plate.location_id in location_ids}
    target = timedelta(minutes=policy_of(operator_id).target_min)
    return [_view(row, [known[each] for each in concerned[row.pk] if each in known], target) for row in rows]


def _view(row: Incident, stations: list[Plate], target: timedelta) -> IncidentRow:
    lead = stations[0] if stations else None
    place = ""
    if lead is not None:
        is_one = len(stations) == 1
        place = name_place(lead, row.evse) if is_one else name_several(stations, _common_place(stations))
    same: dict[str, Any] = {name: getattr(row, name) for name in _SAME}
    return IncidentRow(
        **same,
        id=row.pk,
        title=str(cause_of(row.kind).title),
        place=place,
        station_id=lead.id if lead is not None else row.station_id,
        station_ids=tuple(plate.id for plate in stations),
        location_name=lead.location_name if lead is not None else "",
        service=service_clock(row, target=target),
    )


def _common_place(stations: Collection[Plate]) -> str:
    names = {plate.location_name for plate in stations}
    return names.pop() if len(names) == 1 else ""


def _visible(operator_id: int, location_ids: Collection[int] | None) -> QuerySet[Incident]:
    rows = Incident.objects.filter(operator_id=operator_id).exclude(state__in=_HIDDEN)
    return rows if location_ids is None else rows.filter(_at(location_ids))


def _at(location_ids: Collection[int]) -> Q:
    """Incidents that concern a station at one of these locations, each once."""
    found = Incident.objects.filter(members__station__location_id__in=list(location_ids))
    return Q(pk__in=found.values("pk"))


def _concerning(station_id: int) -> Q:
    found = Incident.objects.filter(members__station_id=station_id)
    return Q(pk__in=found.values("pk"))


def _which(which: Which) -> Q:
    is_later = Q(snoozed_until__isnull=False, snoozed_until__gt=clock.now())
    standing = Q(state__in=incidents.SHOWN)
    match which:
        case "standing":
            return standing & ~is_later
        case "open" | "watching":
            return Q(state=which) & ~is_later
        case "snoozed":
            return standing & is_later
        case "ended":
            return Q(state=Incident.State.RESOLVED)
        case "all":
            return Q(pk=F("pk"))
