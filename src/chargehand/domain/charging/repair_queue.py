"""The repair queue as people read it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db.models import Count, QuerySet
from django.db.models.expressions import RawSQL

from chargehand.domain.charging.models import RepairCase

MOST_PER_PAGE: Final = 500
_STATIONS_AT: Final = "SELECT id FROM stations_station WHERE operator_id = %s AND location_id = ANY(%s)"


class RepairCaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A record that evidence alone could not settle.

    `kind` names the case (orphan-stop, meter-backwards, energy-impossible, events-missing, offline-open, ...);
    `suggestion["action"]` is one of attach, use-samples, set-energy, close, dismiss.
    """

    id: int
    station_id: int
    transaction_id: int | None
    kind: str
    sentence: str
    evidence: dict[str, Any]
    suggestion: dict[str, Any]
    state: str
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    resolution: str
    note: str


class RepairPage(msgspec.Struct, frozen=True):
    """Cases, newest first; `before_id` asks for the page after this one, None where there is none."""

    cases: tuple[RepairCaseView, ...]
    before_id: int | None


def repair_cases(
    operator_id: int,
    *,
    location_ids: Collection[int] | None = None,
    state: str = "open",
    station_id: int | None = None,
    transaction_id: int | None = None,
    kind: str = "",
    before_id: int | None = None,
    limit: int = 50,
) -> RepairPage:
    """Return a page of cases; `state` is open, resolved or "" for both.

    `location_ids` None: the whole network; otherwise only cases of stations at these locations.
    """
    wanted = {
        "state": state or None,
        "station_id": station_id,
        "transaction_id": transaction_id,
        "kind": kind or None,
        "pk__lt": before_id,
    }
    rows = _at_places(operator_id, location_ids).filter(
        **{name: value for name, value in wanted.items() if value is not None}
    )
    limit = max(1, min(limit, MOST_PER_PAGE))
    found = [_view(row) for row in rows.order_by("-pk")[: limit + 1]]
    return RepairPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)


def repair_case(operator_id: int, case_id: int) -> RepairCaseView | None:
    """Return a case."""
    row = RepairCase.objects.filter(operator_id=operator_id, pk=case_id).first()
    return None if row is None else _view(row)


def open_case_counts(operator_id: int, *, location_ids: Collection[int] | None = None) -> dict[str, int]:
    """Return how many cases wait, by kind."""
    rows = _at_places(operator_id, location_ids).filter(state=RepairCase.State.OPEN)
    return dict(rows.values_list("kind").annotate(count=Count("pk")).order_by("kind"))


def _at_places(operator_id: int, location_ids: Collection[int] | None) -> QuerySet[RepairCase]:
    rows = RepairCase.objects.filter(operator_id=operator_id)
    if location_ids is None:
        return rows
    return rows.filter(station_id__in=RawSQL(_STATIONS_AT, [operator_id, list(location_ids)]))  # noqa: S611 -- constant


def _view(row: RepairCase) -> RepairCaseView:
    return RepairCaseView(
        id=row.pk,
        station_id=row.station_id,
        transaction_id=row.transaction_id,
        kind=row.kind,
        sentence=row.sentence,
        evidence=row.evidence,
        suggestion=row.suggestion,
        state=row.state,
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        resolution=row.resolution,
        note=row.note,
    )
