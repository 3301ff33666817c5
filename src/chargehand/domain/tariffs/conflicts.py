"""Assignments that contradict each other: two for the same place and token group of which one is in vain."""

import enum
from collections.abc import Sequence
from datetime import datetime

import msgspec

from chargehand.domain.tariffs.views import AssignmentView, Place


class ConflictKind(enum.Enum):
    """Why an assignment would be in vain, or nobody could tell which of two counts."""

    SAME_TARIFF = "same_tariff"
    SAME_START = "same_start"
    LOWER_PRIORITY = "lower_priority"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An assignment somebody wants to make; times are aware, `valid_until` None is for good."""

    tariff_id: int
    place: Place
    token_group: str
    priority: int
    valid_from: datetime
    valid_until: datetime | None


class Conflict(msgspec.Struct, frozen=True):
    """What an assignment contradicts, and why."""

    kind: ConflictKind
    other: AssignmentView


def find_conflict(existing: Sequence[AssignmentView], wanted: Wanted) -> Conflict | None:
    """Return what a wanted assignment contradicts among the existing ones; None where it can be made.

    Only those for the very same place and token group can contradict it: anything narrower or wider has its
    place in `precedence.order`. One that starts later than another simply takes over.
    """
    for other in existing:
        if not _is_same_spot(other, wanted) or not _overlaps(other, wanted):
            continue
        if other.tariff_id == wanted.tariff_id and _contains(other, wanted):
            return Conflict(ConflictKind.SAME_TARIFF, other)
        if other.priority > wanted.priority and _contains(other, wanted):
            return Conflict(ConflictKind.LOWER_PRIORITY, other)
        if other.priority == wanted.priority and other.valid_from == wanted.valid_from:
            return Conflict(ConflictKind.SAME_START, other)
    return None


def _is_same_spot(other: AssignmentView, wanted: Wanted) -> bool:
    place = (other.location_id, other.station_id, other.evse, other.connector)
    return place == msgspec.structs.astuple(wanted.place) and other.token_group == wanted.token_group


def _overlaps(other: AssignmentView, wanted: Wanted) -> bool:
    starts_in_time = wanted.valid_until is None or other.valid_from < wanted.valid_until
    return starts_in_time and (other.valid_until is None or other.valid_until > wanted.valid_from)


def _contains(other: AssignmentView, wanted: Wanted) -> bool:
    if other.valid_from > wanted.valid_from:
        return False
    if other.valid_until is None:
        return True
    return wanted.valid_until is not None and other.valid_until >= wanted.valid_until
