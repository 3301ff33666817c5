"""Questions about the health of stations: what was found."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import msgspec

from chargehand.domain.health.models import HealthFinding

MOST_PER_PAGE: Final = 500


class FindingView(msgspec.Struct, frozen=True, kw_only=True):
    """A finding; `evse` 0 is the station itself, `station_ids` names all stations concerned.

    Kinds as in `findings.KINDS`, best candidate first; severity 0 (danger) to 9. `is_past`: found when it was
    over, in evidence that came late; nobody was alarmed.
    """

    id: int
    scope: str
    station_id: int
    station_ids: tuple[int, ...]
    evse: int
    kind: str
    candidates: tuple[str, ...]
    severity: int
    first_seen: datetime
    found_at: datetime
    is_past: bool
    sentence: str
    facts: dict[str, Any]


class FindingPage(msgspec.Struct, frozen=True):
    """Findings, newest first; `before_id` asks for the page after this one, None where there is none."""

    findings: tuple[FindingView, ...]
    before_id: int | None


def findings(
    operator_id: int,
    *,
    station_id: int | None = None,
    since: datetime | None = None,
    kind: str = "",
    location_ids: Collection[int] | None = None,
    is_past: bool | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> FindingPage:
    """Return a page of findings, newest first; `location_ids` narrows them to stations of these locations.

    `since` counts from when they were found; a station's include those of its site and model.
    """
    limit = max(1, min(limit, MOST_PER_PAGE))
    rows = HealthFinding.objects.filter(operator_id=operator_id)
    if station_id is not None:
        rows = rows.filter(station_ids__contains=[station_id])
    if since is not None:
        rows = rows.filter(found_at__gte=since)
    if kind:
        rows = rows.filter(kind=kind)
    if location_ids is not None:
        rows = rows.filter(station__location_id__in=list(location_ids))
    if is_past is not None:
        rows = rows.filter(is_past=is_past)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    found = list(rows.order_by("-id")[: limit + 1])
    views = tuple(_view(row) for row in found[:limit])
    return FindingPage(views, views[-1].id if len(found) > limit else None)


def finding(operator_id: int, finding_id: int) -> FindingView | None:
    """Return one finding of the operator."""
    row = HealthFinding.objects.filter(operator_id=operator_id, pk=finding_id).first()
    return None if row is None else _view(row)


def _view(row: HealthFinding) -> FindingView:
    return FindingView(
        id=row.pk,
        scope=row.scope,
        station_id=row.station_id,
        station_ids=tuple(row.station_ids),
        evse=row.evse,
        kind=row.kind,
        candidates=tuple(row.candidates),
        severity=row.severity,
        first_seen=row.first_seen,
        found_at=row.found_at,
        is_past=row.is_past,
        sentence=row.sentence,
        facts=row.facts,
    )
