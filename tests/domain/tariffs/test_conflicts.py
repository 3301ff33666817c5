"""Two assignments for the same place and group: one takes over, or the second is in vain."""

from datetime import datetime, timedelta

import pytest
from tests.domain.tariffs.making import WEDNESDAY

from chargehand.domain.tariffs.conflicts import Conflict, ConflictKind, Wanted, find_conflict
from chargehand.domain.tariffs.views import AssignmentView, Place

DAY = timedelta(days=1)


def assigned(
    tariff_id: int = 1, *, start: int = 0, end: int | None = None, priority: int = 0, station_id: int = 7
) -> AssignmentView:
    return AssignmentView(
        id=tariff_id,
        tariff_id=tariff_id,
        tariff_name="City",
        location_id=None,
        station_id=station_id,
        evse=None,
        connector=None,
        token_group="",
        priority=priority,
        valid_from=WEDNESDAY + start * DAY,
        valid_until=None if end is None else WEDNESDAY + end * DAY,
        created_by="Mia",
        words="charger 4107",
    )


def found(
    existing: AssignmentView, tariff_id: int = 2, *, start: int = 0, end: int | None = None, group: str = ""
) -> ConflictKind | None:
    until: datetime | None = None if end is None else WEDNESDAY + end * DAY
    wanted = Wanted(
        tariff_id=tariff_id,
        place=Place(station_id=7),
        token_group=group,
        priority=0,
        valid_from=WEDNESDAY + start * DAY,
        valid_until=until,
    )
    conflict = find_conflict([existing], wanted)
    assert conflict is None or conflict == Conflict(conflict.kind, existing)
    return None if conflict is None else conflict.kind


def test_one_that_starts_later_takes_over() -> None:
    assert found(assigned(), start=3) is None
    assert found(assigned(start=3)) is None


def test_two_from_the_same_moment_leave_open_which_counts() -> None:
    assert found(assigned()) is ConflictKind.SAME_START
    assert found(assigned(start=3, end=4), start=3) is ConflictKind.SAME_START


@pytest.mark.parametrize(("start", "end"), [(0, None), (1, None), (1, 5)])
def test_the_same_tariff_within_its_own_time_is_in_vain(start: int, end: int | None) -> None:
    assert found(assigned(2), start=start, end=end) is ConflictKind.SAME_TARIFF


def test_the_same_tariff_beyond_its_own_end_goes_on() -> None:
    assert found(assigned(2, end=4), start=2, end=9) is None
    assert found(assigned(2, end=4), start=4) is None


def test_under_a_higher_priority_it_would_never_count() -> None:
    assert found(assigned(priority=5), start=1) is ConflictKind.LOWER_PRIORITY
    assert found(assigned(priority=5, end=3), start=1) is None


def test_another_place_or_group_or_time_is_no_conflict() -> None:
    assert found(assigned(station_id=8)) is None
    assert found(assigned(), group="MEMBERS") is None
    assert found(assigned(end=2), start=2) is None
    assert found(assigned(start=2), start=0, end=2) is None
