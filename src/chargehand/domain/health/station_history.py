"""What health knows of a station's past, for its timeline: findings, incidents, steps of recovery."""

from datetime import datetime
from typing import Final, Literal, TypeAlias

import msgspec
from django.db.models import Q
from django.utils.translation import gettext as _

from chargehand.domain.health.causes import cause_of
from chargehand.domain.health.incident_detail import STEP_TITLES
from chargehand.domain.health.models import HealthFinding, Incident, RecoveryStep

MOST: Final = 200

HappeningKind: TypeAlias = Literal["finding", "incident-open", "incident-end", "recovery"]

_HIDDEN: Final = (Incident.State.PENDING, Incident.State.DROPPED, Incident.State.MERGED)


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened; `incident_id` names the incident it belongs to, where there is one."""

    at: datetime
    kind: HappeningKind
    title: str
    sentence: str
    evse: int
    incident_id: int | None
    state: str


def station_history(
    operator_id: int, station_id: int, *, before: datetime, since: datetime | None = None, limit: int = MOST
) -> list[Happening]:
    """Return what happened before a moment (and from `since` on), newest first; at most `limit` of each kind."""
    limit = max(1, min(limit, MOST))
    found = [
        *_findings(operator_id, station_id, before, since, limit),
        *_incidents(operator_id, station_id, before, since, limit),
        *_steps(operator_id, station_id, before, since, limit),
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)


def _between(name: str, before: datetime, since: datetime | None) -> Q:
    wanted = Q(**{f"{name}__lt": before})
    return wanted if since is None else wanted & Q(**{f"{name}__gte": since})


def _findings(
    operator_id: int, station_id: int, before: datetime, since: datetime | None, limit: int
) -> list[Happening]:
    rows = HealthFinding.objects.filter(operator_id=operator_id, station_ids__contains=[station_id])
    return [
        Happening(
            at=row.found_at,
            kind="finding",
            title=_("Found: %s") % cause_of(row.kind).title,
            sentence=row.sentence,
            evse=row.evse,
            incident_id=None,
            state="past" if row.is_past else "",
        )
        for row in rows.filter(_between("found_at", before, since)).order_by("-found_at", "-id")[:limit]
    ]


def _incidents(
    operator_id: int, station_id: int, before: datetime, since: datetime | None, limit: int
) -> list[Happening]:
    rows = Incident.objects.filter(operator_id=operator_id, members__station_id=station_id)
    rows = rows.exclude(state__in=_HIDDEN).distinct()
    wanted = _between("opened_at", before, since) | _between("resolved_at", before, since)
    found = []
    for row in rows.filter(wanted).order_by("-opened_at", "-id")[:limit]:
        moments: list[tuple[datetime | None, HappeningKind, str, str]] = [
            (row.opened_at, "incident-open", _("Incident %d opened"), row.sentence),
            (row.resolved_at, "incident-end", _("Incident %d ended"), row.fix or row.cause),
        ]
        found += [
            Happening(
                at=at,
                kind=kind,
                title=f"{title % row.pk}: {cause_of(row.kind).title}",
                sentence=sentence,
                evse=row.evse,
                incident_id=row.pk,
                state=row.state,
            )
            for at, kind, title, sentence in moments
            if at is not None and at < before and (since is None or at >= since)
        ]
    return found


def _steps(
    operator_id: int, station_id: int, before: datetime, since: datetime | None, limit: int
) -> list[Happening]:
    rows = RecoveryStep.objects.filter(station_id=station_id, incident__operator_id=operator_id)
    return [
        Happening(
            at=row.asked_at,
            kind="recovery",
            title=str(STEP_TITLES[row.step]),
            sentence=row.sentence,
            evse=row.evse,
            incident_id=row.incident_id,
            state=row.state,
        )
        for row in rows.filter(_between("asked_at", before, since)).order_by("-asked_at", "-id")[:limit]
    ]
