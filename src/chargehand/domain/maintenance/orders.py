"""Questions about work orders: what is to do, for whom, how far it came."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, F, Q, QuerySet

from chargehand.domain.maintenance import checklists, site_notes
from chargehand.domain.maintenance.models import ChecklistItem, OrderEdit, OrderFile, WorkOrder
from chargehand.domain.maintenance.site_notes import SiteNoteView
from chargehand.domain.maintenance.work import ENDED
from chargehand.kernel import clock

MOST_PER_PAGE = 500


class OrderCard(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list; `evse` None: the whole station; priority 0 (most urgent) to 3."""

    id: int
    station_id: int
    identity: str
    station_name: str
    location_id: int | None
    location_name: str
    evse: int | None
    incident_id: int | None
    title: str
    why: str
    checklist: str
    priority: int
    due_at: datetime | None
    is_overdue: bool
    state: str
    assignee_id: int | None
    assignee_name: str
    raised_by: str
    raised_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """A step; `field` and `version` are what an edit names. `is_within` None: no measurement yet."""

    key: str
    field: str
    kind: str
    text: str
    unit: str
    least: float | None
    most: float | None
    is_required: bool
    value: Any
    is_within: bool | None
    version: int
    recorded_at: datetime | None
    recorded_by: str


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A photo or signature; size in bytes."""

    id: UUID
    item_key: str
    kind: str
    media_type: str
    size: int
    taken_at: datetime | None
    added_at: datetime
    added_by: str


class ClashView(msgspec.Struct, frozen=True, kw_only=True):
    """A value that lost against another one though its author could not know of it: a person chooses."""

    edit_id: UUID
    field: str
    value: Any
    author: str
    made_at: datetime
    kept_edit_id: UUID
    kept_value: Any
    kept_author: str


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order with everything on it; `versions` are those of fields that were edited.

    `signed_at` is when the phone says the name was signed, None where nobody signed.
    """

    card: OrderCard
    access_notes: str
    site_note: SiteNoteView | None
    parts_suggested: tuple[dict[str, Any], ...]
    parts_used: tuple[dict[str, Any], ...]
    note: str
    signed_by: str
    signed_at: datetime | None
    no_test_reason: str
    test_transaction_id: int | None
    is_blocking: bool
    end_note: str
    plan_id: int | None
    items: tuple[ItemView, ...]
    files: tuple[FileView, ...]
    clashes: tuple[ClashView, ...]
    versions: dict[str, int]
    refused: tuple[str, ...]
    changed_at: datetime


def work_orders(
    operator_id: int,
    *,
    states: Collection[str] | None = None,
    is_open: bool | None = None,
    assignee_id: int | None = None,
    is_unassigned: bool = False,
    station_id: int | None = None,
    incident_id: int | None = None,
    location_ids: Collection[int] | None = None,
    text: str = "",
    limit: int = 200,
) -> list[OrderCard]:
    """Return orders, the most urgent and then the earliest due first; ended ones newest first.

    `is_open` True: neither done nor cancelled; False: only those. `location_ids` None: the whole network.
    """
    rows = WorkOrder.objects.filter(operator_id=operator_id)
    wanted = {
        "assignee_id": assignee_id,
        "station_id": station_id,
        "incident_id": incident_id,
        "state__in": None if states is None else list(states),
        "station__location_id__in": None if location_ids is None else list(location_ids),
        "assignee__isnull": is_unassigned or None,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    if is_open is not None:
        rows = rows.exclude(state__in=ENDED) if is_open else rows.filter(state__in=ENDED)
    if text.strip():
        rows = rows.filter(_matching(text.strip()))
    order = ("-ended_at", "-pk") if is_open is False else ("priority", F("due_at").asc(nulls_last=True), "pk")
    return _cards(rows.order_by(*order)[: max(1, min(limit, MOST_PER_PAGE))])


def work_order(
    operator_id: int, order_id: int, *, is_masked: bool, location_ids: Collection[int] | None = None
) -> OrderView | None:
    """Return an order with its steps, photos and clashes; masked, how to get in is not told."""
    rows = WorkOrder.objects.filter(operator_id=operator_id, pk=order_id)
    if location_ids is not None:
        rows = rows.filter(station__location_id__in=list(location_ids))
    row = rows.first()
    if row is None:
        return None
    [card] = _cards(rows)
    versions = _versions(order_id)
    place = card.location_id
    return OrderView(
        card=card,
        access_notes=site_notes.MASK if is_masked and row.access_notes else row.access_notes,
        site_note=None if place is None else site_notes.site_note(operator_id, place, is_masked=is_masked),
        parts_suggested=tuple(row.parts_suggested),
        parts_used=tuple(row.parts_used),
        note=row.note,
        signed_by=row.signed_by,
        signed_at=_signed_at(row),
        no_test_reason=row.no_test_reason,
        test_transaction_id=row.test_transaction_id,
        is_blocking=row.is_blocking,
        end_note=row.end_note,
        plan_id=row.plan_id,
        items=tuple(_item(item, versions) for item in row.items.order_by("position")),
        files=tuple(_file(file) for file in row.files.order_by("added_at", "pk")),
        clashes=_clashes(order_id),
        versions=versions,
        refused=_refused(order_id),
        changed_at=row.changed_at,
    )


def open_counts(operator_id: int, *, location_ids: Collection[int] | None = None) -> dict[str, int]:
    """Return how many orders there are in each state that is not an end."""
    rows = WorkOrder.objects.filter(operator_id=operator_id).exclude(state__in=ENDED)
    if location_ids is not None:
        rows = rows.filter(station__location_id__in=list(location_ids))
    return dict(rows.values_list("state").annotate(count=Count("pk")).order_by())


def _matching(text: str) -> Q:
    found = (
        Q(title__icontains=text)
        | Q(station__identity__icontains=text)
        | Q(station__name__icontains=text)
        | Q(station__location__name__icontains=text)
    )
    return found | Q(pk=int(text)) if text.isascii() and text.isdecimal() and len(text) < 11 else found


def _cards(rows: QuerySet[WorkOrder]) -> list[OrderCard]:
    now = clock.now()
    return [_card(row, now) for row in rows.select_related("station", "station__location", "assignee")]


def _card(row: WorkOrder, now: datetime) -> OrderCard:
    place = row.station.location
    return OrderCard(
        id=row.pk,
        station_id=row.station_id,
        identity=row.station.identity,
        station_name=row.station.name,
        location_id=place.pk if place else None,
        location_name=place.name if place else "",
        evse=row.evse,
        incident_id=row.incident_id,
        title=row.title,
        why=row.why,
        checklist=row.checklist,
        priority=row.priority,
        due_at=row.due_at,
        is_overdue=row.due_at is not None and row.due_at < now and row.state not in ENDED,
        state=row.state,
        assignee_id=row.assignee_id,
        assignee_name=(row.assignee.name or row.assignee.email) if row.assignee else "",
        raised_by=row.raised_by,
        raised_at=row.raised_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _item(row: ChecklistItem, versions: dict[str, int]) -> ItemView:
    is_measured = row.kind == "measurement" and row.value is not None
    field = f"item:{row.key}"
    return ItemView(
        key=row.key,
        field=field,
        kind=row.kind,
        text=row.text,
        unit=row.unit,
        least=row.least,
        most=row.most,
        is_required=row.is_required,
        value=row.value,
        is_within=checklists.is_measured_well(row.value, least=row.least, most=row.most)
        if is_measured
        else None,
        version=versions.get(field, 0),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )


def _file(row: OrderFile) -> FileView:
    return FileView(
        id=row.pk,
        item_key=row.item_key,
        kind=row.kind,
        media_type=row.media_type,
        size=row.size,
        taken_at=row.taken_at,
        added_at=row.added_at,
        added_by=row.added_by,
    )


def _versions(order_id: int) -> dict[str, int]:
    rows = OrderEdit.objects.filter(order_id=order_id).exclude(outcome="refused").exclude(field="state")
    return dict(rows.values_list("field").annotate(count=Count("pk")).order_by())


def _clashes(order_id: int) -> tuple[ClashView, ...]:
    rows = OrderEdit.objects.filter(order_id=order_id)
    winners = {row.field: row for row in rows.filter(outcome="applied").exclude(field="state")}
    return tuple(
        ClashView(
            edit_id=row.pk,
            field=row.field,
            value=row.value,
            author=row.author_name,
            made_at=row.made_at,
            kept_edit_id=winners[row.field].pk,
            kept_value=winners[row.field].value,
            kept_author=winners[row.field].author_name,
        )
        for row in rows.filter(outcome="clash").order_by("field", "made_at")
        if row.field in winners
    )


def _refused(order_id: int) -> tuple[str, ...]:
    """Return why changes were refused that nobody has replaced, newest first."""
    rows = OrderEdit.objects.filter(order_id=order_id, outcome="refused").order_by("-received_at")
    return tuple(rows.values_list("sentence", flat=True)[:20])


def _signed_at(row: WorkOrder) -> datetime | None:
    """Return when the name that stands under an order was written there."""
    if not row.signed_by:
        return None
    edits = OrderEdit.objects.filter(order=row, field="signed_by", value=row.signed_by)
    return edits.exclude(outcome="refused").order_by("-made_at").values_list("made_at", flat=True).first()
