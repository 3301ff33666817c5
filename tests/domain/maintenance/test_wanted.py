"""Which wanted value holds, and how it compares to the reported one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chargehand.domain.maintenance.wanted import (
    Attempt,
    Profile,
    Reported,
    Wanted,
    compare,
    effective,
    is_same,
    to_write,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HEARTBEAT = Wanted(name="HeartbeatInterval", value="300")


def _profile(number: int, value: str, **scope: Any) -> Profile:
    wanted = Wanted(name="heartbeatinterval", value=value)
    return Profile(id=number, name=f"P{number}", settings=(wanted,), **scope)


def test_the_most_special_profile_wins_whatever_the_order() -> None:
    profiles = [
        _profile(9, "60"),
        _profile(1, "240", station_id=7),
        _profile(2, "180", location_id=3),
        _profile(3, "120", model="M", vendor="V"),
        _profile(4, "90", vendor="V"),
    ]
    for count in range(len(profiles)):
        mine = [each for each in profiles if each.is_for(7, 3, "v", "m")][count:]
        [(wanted, profile)] = effective(reversed(mine), "ocpp1.6")
        assert (wanted, profile) in effective(mine, "ocpp1.6")
    assert effective(profiles, "ocpp1.6")[0][0].value == "240"
    assert not _profile(1, "x", model="M").is_for(7, 3, "V", "N")
    assert not _profile(1, "x", location_id=4).is_for(7, None, "V", "M")


def test_keys_are_for_1_6_and_variables_for_2() -> None:
    variable = Wanted(name="Interval", component="HeartbeatCtrlr", value="5")
    profile = Profile(id=1, name="P", settings=(HEARTBEAT, variable))
    assert [wanted for wanted, _ in effective([profile], "ocpp1.6")] == [HEARTBEAT]
    assert [wanted for wanted, _ in effective([profile], "ocpp2.1")] == [variable]


@pytest.mark.parametrize(
    ("reported", "wanted", "same"),
    [
        ("TRUE", "true", True),
        ("Voltage, Energy", "energy,voltage", True),
        ("60.0", "60", True),
        ("61", "60", False),
        ("nan", "nan", True),
        (None, "", False),
        ("", "", True),
    ],
)
def test_values_are_the_same_when_they_mean_the_same(reported: str | None, wanted: str, same: bool) -> None:
    assert is_same(reported, wanted) == same


@pytest.mark.parametrize(
    ("reported", "attempt", "state"),
    [
        ("300", None, "same"),
        ("60", None, "differs"),
        (None, None, "unknown"),
        ("60", ("300", "1", 1, "Rejected"), "refused"),
        (None, ("300", "1", 1, "UnknownVariable"), "refused"),
        ("60", ("300", "1", 1, "RebootRequired"), "restart"),
        ("60", ("300", "1", 3, "Accepted"), "gave-up"),
        ("300", ("300", "1", 3, "Rejected"), "same"),
        ("60", ("240", "1", 3, "Rejected"), "differs"),
        ("60", ("300", "0.9", 3, "Rejected"), "differs"),
    ],
)
def test_a_setting_stands_as_reports_and_attempts_say(
    reported: str | None, attempt: tuple[str, str, int, str] | None, state: str
) -> None:
    tried = None if attempt is None else Attempt(*attempt[:3], NOON, attempt[3])
    said = None if reported is None else Reported(reported, None, NOON)
    found = compare(HEARTBEAT, _profile(1, "x"), said, tried, firmware_version="1", has_reported=True)
    assert found.state == state


def test_what_is_readonly_or_unread_says_so() -> None:
    said = Reported("60", True, NOON)
    profile = _profile(1, "x")
    kept = compare(HEARTBEAT, profile, said, None, firmware_version="", has_reported=True)
    unread = compare(HEARTBEAT, profile, None, None, firmware_version="", has_reported=False)
    assert (kept.state, unread.state) == ("readonly", "unread")


def test_what_did_not_take_is_tried_again_after_a_pause_that_grows() -> None:
    def due(attempts: int, later: timedelta) -> bool:
        tried = Attempt("300", "", attempts, NOON, "Accepted")
        said = Reported("60", None, NOON)
        found = compare(HEARTBEAT, _profile(1, "x"), said, tried, firmware_version="", has_reported=True)
        return to_write([found], NOON + later, most=5) == [HEARTBEAT]

    assert not due(1, timedelta(minutes=59))
    assert due(1, timedelta(minutes=61))
    assert not due(2, timedelta(hours=7))
    assert due(2, timedelta(hours=9))
    assert not due(3, timedelta(days=99))
