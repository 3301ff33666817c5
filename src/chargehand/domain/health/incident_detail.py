"""One incident with everything known about it: why we think so, what happened, what was tried, what may be done."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.charging.timeline import station_timeline
from chargehand.domain.health import guard_rails, incident_list, incidents
from chargehand.domain.health.causes import cause_of
from chargehand.domain.health.driver_messages import ToldPlace, told_places
from chargehand.domain.health.evidence import Evidence, evidence_of
from chargehand.domain.health.incident_list import IncidentRow
from chargehand.domain.health.models import Incident, IncidentFinding, RecoveryStep
from chargehand.domain.health.neighbours import Neighbour, neighbour
from chargehand.domain.health.places import name_place
from chargehand.domain.health.queries import FindingView, finding
from chargehand.domain.health.suggestions import Suggestion, suggest
from chargehand.domain.stations.plates import Plate, plates
from chargehand.kernel import clock

MOST_LINES: Final = 200
MOST_STATIONS: Final = 5
MOST_SIMILAR: Final = 10
BEFORE: Final = timedelta(hours=1)

#: The entries' kinds in words; what people wrote or did speaks for itself.
TITLES: Final = {
    "opened": gettext_lazy("Opened"),
    "joined": gettext_lazy("Seen again"),
    "merged": gettext_lazy("Joined"),
    "watching": gettext_lazy("No longer shows"),
    "came-back": gettext_lazy("Came back"),
    "acknowledged": gettext_lazy("Taken"),
    "assigned": gettext_lazy("Given on"),
    "snoozed": gettext_lazy("Put off"),
    "woke": gettext_lazy("Taken up again"),
    "note": gettext_lazy("Note"),
    "act": gettext_lazy("Action"),
    "drivers-told": gettext_lazy("Drivers"),
    "work-order": gettext_lazy("Work order"),
    "resolved": gettext_lazy("Ended"),
    "reopened": gettext_lazy("Opened again"),
}
STEP_TITLES: Final = {
    "probe": gettext_lazy("Repair: does it answer?"),
    "trigger": gettext_lazy("Repair: ask for its status"),
    "soft-reset": gettext_lazy("Repair: restart when idle"),
    "hard-reset": gettext_lazy("Repair: restart at once"),
    "block": gettext_lazy("Repair: block for drivers"),
}


class ConcernedStation(msgspec.Struct, frozen=True, kw_only=True):
    """A place an incident concerns; `place` is for people."""

    station_id: int
    identity: str
    evse: int
    place: str
    location_id: int | None
    location_name: str
    is_connected: bool
    since: datetime


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """A step of recovery; `state` is asked, worked, failed, refused or withheld.

    `neighbour` is where drivers are pointed to when a plug was blocked: keys station_id, station, evse,
    letter, location, distance_km.
    """

    id: int
    run: int
    station_id: int
    evse: int
    step: str
    title: str
    state: str
    sentence: str
    request_id: UUID | None
    asked_at: datetime
    settled_at: datetime | None
    neighbour: dict[str, str | int | float] | None


class TimelineLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. `kind`: entry, recovery, or a kind of `charging.timeline`; `ref` names it."""

    at: datetime
    kind: str
    title: str
    sentence: str
    by: str
    station_id: int | None
    evse: int | None
    ref: str | None


class IncidentDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An incident with all that belongs to it; `merged_into` names the one it became part of.

    `told`: what drivers read now where they meet it.
    """

    row: IncidentRow
    merged_into: int | None
    probable_cause: str
    remedy: str
    felt: str
    needs: tuple[str, ...]
    findings: tuple[FindingView, ...]
    stations: tuple[ConcernedStation, ...]
    steps: tuple[StepView, ...]
    timeline: tuple[TimelineLine, ...]
    evidence: Evidence
    similar: tuple[IncidentRow, ...]
    suggestions: tuple[Suggestion, ...]
    neighbour: Neighbour | None
    told: tuple[ToldPlace, ...]


def incident(
    operator_id: int, incident_id: int, *, location_ids: Collection[int] | None = None
) -> IncidentDetail | None:
    """Return an incident; `location_ids` None: the whole network, else only what concerns these locations."""
    view = incident_list.incident_row(operator_id, incident_id, location_ids=location_ids)
    if view is None:
        return None
    row = Incident.objects.get(pk=incident_id)
    words, now = cause_of(row.kind), clock.now()
    known = plates(operator_id, view.station_ids)
    places = [place for place in incidents.places_of(row) if place[0] in known]
    near = _neighbour(row)
    steps = _steps(row, known)
    return IncidentDetail(
        row=view,
        merged_into=row.merged_into_id,
        probable_cause=str(words.probable),
        remedy=str(words.remedy),
        felt=str(words.felt),
        needs=tuple(str(need) for need in words.needs),
        findings=_findings(row),
        stations=_stations(row, known),
        steps=steps,
        timeline=_timeline(row, known, steps, now),
        evidence=evidence_of(row, now),
        similar=_similar(row, location_ids),
        suggestions=tuple(suggest(operator_id, row.kind, places, known, near)),
        neighbour=near,
        told=told_places(row.pk),
    )


def _neighbour(row: Incident) -> Neighbour | None:
    if row.scope not in {"connector", "station"}:
        return None
    policy = guard_rails.policy_of(row.operator_id)
    return neighbour(row.operator_id, row.station_id, row.evse, within_km=policy.neighbour_km)


def _findings(row: Incident) -> tuple[FindingView, ...]:
    ids = IncidentFinding.objects.filter(incident=row).order_by("joined_at", "finding_id")
    views = [finding(row.operator_id, each) for each in ids.values_list("finding_id", flat=True)]
    return tuple(view for view in views if view is not None)


def _stations(row: Incident, known: dict[int, Plate]) -> tuple[ConcernedStation, ...]:
    members = row.members.filter(station_id__in=list(known)).order_by("id")
    return tuple(
        ConcernedStation(
            station_id=member.station_id,
            identity=known[member.station_id].identity,
            evse=member.evse,
            place=name_place(known[member.station_id], member.evse),
            location_id=known[member.station_id].location_id,
            location_name=known[member.station_id].location_name,
            is_connected=known[member.station_id].is_connected,
            since=member.since,
        )
        for member in members
    )


def _steps(row: Incident, known: dict[int, Plate]) -> tuple[StepView, ...]:
    steps = RecoveryStep.objects.filter(incident=row, station_id__in=list(known))
    return tuple(
        StepView(
            id=step.pk,
            run=step.run,
            station_id=step.station_id,
            evse=step.evse,
            step=step.step,
            title=str(STEP_TITLES[step.step]),
            state=step.state,
            sentence=step.sentence,
            request_id=step.request_id,
            asked_at=step.asked_at,
            settled_at=step.settled_at,
            neighbour=step.detail.get("neighbour"),
        )
        for step in steps.order_by("asked_at", "id")
    )


def _timeline(
    row: Incident, known: dict[int, Plate], steps: tuple[StepView, ...], now: datetime
) -> tuple[TimelineLine, ...]:
    """Return everything that happened since an hour before it began, newest first."""
    lines = _entries(row) + [_step_line(step) for step in steps]
    since, until = row.began_at - BEFORE, (row.resolved_at or now) + BEFORE
    for station_id in list(known)[:MOST_STATIONS]:
        for each in station_timeline(row.operator_id, station_id, before=until, limit=MOST_LINES):
            if each.at >= since and row.evse in {0, each.evse or row.evse}:
                lines.append(
                    TimelineLine(
                        at=each.at,
                        kind=each.kind,
                        title=each.title,
                        sentence=each.sentence,
                        by="",
                        station_id=station_id,
                        evse=each.evse,
                        ref=each.ref,
                    )
                )
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True)[:MOST_LINES])


def _entries(row: Incident) -> list[TimelineLine]:
    return [
        TimelineLine(
            at=entry.at,
            kind="entry",
            title=str(TITLES.get(entry.kind, _("Incident"))),
            sentence=entry.sentence,
            by=entry.by,
            station_id=entry.detail.get("station"),
            evse=None,
            ref=entry.kind,
        )
        for entry in row.entries.order_by("-at", "-id")[:MOST_LINES]
    ]


def _step_line(step: StepView) -> TimelineLine:
    return TimelineLine(
        at=step.settled_at or step.asked_at,
        kind="recovery",
        title=step.title,
        sentence=step.sentence,
        by=incidents.SYSTEM,
        station_id=step.station_id,
        evse=step.evse,
        ref=step.state,
    )


def _similar(row: Incident, location_ids: Collection[int] | None) -> tuple[IncidentRow, ...]:
    """Return others of the kind on the same model, those with the same firmware first."""
    rows = Incident.objects.filter(
        operator_id=row.operator_id, kind=row.kind, vendor=row.vendor, model=row.model
    )
    rows = rows.exclude(pk=row.pk).filter(Q(state__in=incidents.SHOWN) | Q(state=Incident.State.RESOLVED))
    if location_ids is not None:
        rows = rows.filter(location_id__in=list(location_ids))
    found = sorted(rows.order_by("-began_at")[:50], key=lambda each: each.firmware != row.firmware)
    return tuple(incident_list.views(row.operator_id, found[:MOST_SIMILAR], location_ids))
