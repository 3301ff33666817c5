"""Work orders on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, Field, StringConstraints

from chargehand.interfaces.api.wire import Asked, Id, Ordinal, Prose, Text, Time, TimeAsked, Words

OrderState = Literal["open", "assigned", "on-way", "started", "waiting-parts", "done", "cancelled"]
Title = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


def _storable(value: Any) -> Any:
    if "\x00" in str(value) or "\\x00" in repr(value):
        raise ValueError("must not hold a NUL character")
    return value


class WorkOrder(Schema):
    """A job at a station; `evse` null: the whole of it. `priority` 0 (most urgent) to 3."""

    id: int
    station_id: int
    station_identity: Annotated[str, Field(validation_alias="identity")]
    location_id: int | None
    location_name: Text
    evse: int | None
    incident_id: int | None
    title: str
    why: Text
    checklist: str
    priority: int
    due_at: Time | None
    is_overdue: bool
    state: OrderState
    assignee_id: int | None
    assignee_name: Text
    raised_by: str
    raised_at: Time
    started_at: Time | None
    ended_at: Time | None


class WorkStep(Schema):
    """A step of the checklist; `field` and `version` are what an edit names."""

    key: str
    field: str
    kind: str
    text: str
    unit: Text
    least: float | None
    most: float | None
    is_required: bool
    value: Any
    is_within: bool | None
    version: int
    recorded_at: Time | None
    recorded_by: Text


class WorkPart(Schema):
    """A part and how many."""

    name: str
    quantity: int


class WorkOrderDetail(WorkOrder):
    """A job with its steps and what was found; how to get in is dots for those who may not work."""

    access_notes: Text
    parts_suggested: list[WorkPart]
    parts_used: list[WorkPart]
    note: Text
    signed_by: Text
    signed_at: Time | None
    no_test_reason: Text
    test_session_id: Annotated[int | None, Field(validation_alias="test_transaction_id")]
    is_blocking: bool
    end_note: Text
    plan_id: int | None
    steps: Annotated[list[WorkStep], Field(validation_alias="items")]
    versions: dict[str, int]
    changed_at: Time


class WorkFilter(Schema):
    """Which jobs a list is to show."""

    is_open: bool | None = True
    state: OrderState | None = None
    station_id: Id | None = None
    location_id: Id | None = None
    incident_id: Id | None = None
    assignee_id: Id | None = None
    text: Words = ""


class WorkOrderAsked(Asked):
    """A new job; `checklist` names its steps, `due_at` follows from the priority if not given."""

    station_id: Id
    title: Title
    evse: Ordinal | None = None
    why: Prose = ""
    checklist: Words = "inspection"
    priority: Annotated[int, Field(ge=0, le=3)] = 2
    due_at: TimeAsked | None = None
    incident_id: Id | None = None
    access_notes: Prose = ""


class WorkAssignment(Asked):
    """Who does it; null: nobody."""

    user_id: Id | None


class WorkEnd(Asked):
    """Why there was no test charge, where there was none."""

    no_test_reason: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")] = ""


class WorkCancellation(Asked):
    """Why it will not be done."""

    reason: Reason


class WorkEdit(Asked):
    """A change to a field: note, parts_used, signed_by, no_test_reason or `item:<key>`; `id` is the caller's."""

    id: UUID
    field: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    value: Annotated[Any, AfterValidator(_storable)]
    made_at: TimeAsked
    base_version: Ordinal = 0


class WorkEdits(Asked):
    """Changes; one that came before changes nothing."""

    edits: Annotated[list[WorkEdit], Field(min_length=1, max_length=100)]


class WorkEditResult(Schema):
    """What became of a change: applied, superseded, clash, or refused with a sentence."""

    id: UUID
    outcome: str
    sentence: Text
    version: int


class WorkEditResults(Schema):
    """What became of each change."""

    items: list[WorkEditResult]
