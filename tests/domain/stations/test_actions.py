"""Locations, stations and connectors are made and described; what cannot be is refused with a reason."""

from decimal import Decimal
from typing import Any

import pytest
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.stations import actions, approval, entry, queries
from chargehand.domain.stations.actions import ConnectorDetails, LocationDetails
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db


def _create(operator: Operator, identity: str = "CP-1", **more: Any) -> actions.NewStation:
    return actions.create_station(operator_id=operator.pk, identity=identity, **more)


def _refusal(operator: Operator, identity: str = "CP-1", **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        _create(operator, identity, **more)
    return refused.value.code


def _lets_in(identity: str, password: str) -> bool:
    known = entry.find_station(identity)
    assert known is not None
    return entry.Passwords().is_right(known, password.encode())


def test_a_new_station_gets_a_password_that_opens_the_door(operator: Operator) -> None:
    made = _create(operator, " CP-1 ")
    assert made.identity == "CP-1"
    assert made.password is not None
    assert len(made.password) == 20
    assert (_lets_in("cp-1", made.password), _lets_in("CP-1", "wrong")) == (True, False)


def test_a_password_may_be_chosen(operator: Operator) -> None:
    made = _create(operator, password="correct-horse-battery")
    assert made.password == "correct-horse-battery"
    assert _lets_in("CP-1", "correct-horse-battery")


@pytest.mark.parametrize("profile", [0, 3])
def test_no_password_is_made_where_none_is_needed(operator: Operator, profile: int) -> None:
    assert _create(operator, security_profile=profile).password is None


@pytest.mark.parametrize("identity", ["", "a b", "a:b", "a/b", "x" * 49, "\x00", "ß" * 40])
def test_an_identity_that_cannot_stand_in_an_address_is_refused(operator: Operator, identity: str) -> None:
    assert _refusal(operator, identity) == "bad-identity"


def test_an_identity_is_taken_in_any_letter_case_and_by_any_operator(
    operator: Operator, other_operator: Operator
) -> None:
    _create(operator, "CP-Äpfel")
    assert _refusal(other_operator, "cp-äPFEL") == "identity-taken"


def test_what_does_not_fit_is_refused(operator: Operator, other_operator: Operator) -> None:
    foreign = actions.create_location(operator_id=other_operator.pk, details=LocationDetails(name="X"))
    assert _refusal(operator, location_id=foreign) == "no-such-location"
    assert _refusal(operator, security_profile=4) == "bad-security-profile"
    assert _refusal(operator, password="short") == "bad-password"
    assert _refusal(operator, password="with blanks in between") == "bad-password"


@pytest.mark.parametrize(
    ("details", "code"),
    [
        (LocationDetails(name=" "), "bad-name"),
        (LocationDetails(name="X", time_zone="Mars/Base"), "unknown-time-zone"),
        (LocationDetails(name="X", country="de"), "unknown-country"),
        (LocationDetails(name="X", latitude=Decimal(1)), "bad-position"),
        (LocationDetails(name="X", latitude=Decimal(91), longitude=Decimal(0)), "bad-position"),
    ],
)
def test_a_location_that_cannot_be_is_refused(
    operator: Operator, details: LocationDetails, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        actions.create_location(operator_id=operator.pk, details=details)
    assert refused.value.code == code


def test_a_location_is_changed_whole_and_by_its_operator_only(
    operator: Operator, other_operator: Operator
) -> None:
    place = actions.create_location(
        operator_id=operator.pk, details=LocationDetails(name="Hafen", city="Kiel")
    )
    details = LocationDetails(name="Hafen West", latitude=Decimal("54.3"), longitude=Decimal("10.1"))
    with pytest.raises(Refused):
        actions.change_location(operator_id=other_operator.pk, location_id=place, details=details)
    actions.change_location(operator_id=operator.pk, location_id=place, details=details)
    _create(operator, location_id=place)
    found = queries.location(operator.pk, place)
    assert found is not None
    assert (found.name, found.city, found.latitude, found.station_count) == (
        *("Hafen West", "", Decimal("54.3")),
        1,
    )
    assert queries.locations(other_operator.pk) == []
    assert queries.locations(operator.pk, location_ids=[]) == []


def test_a_blocked_station_is_blocked_until_it_is_unblocked(operator: Operator) -> None:
    station_id = _create(operator).station_id
    actions.block_station(operator_id=operator.pk, station_id=station_id)
    blocked = entry.find_station("CP-1")
    actions.unblock_station(operator_id=operator.pk, station_id=station_id)
    free = entry.find_station("CP-1")
    assert blocked is not None
    assert free is not None
    assert (blocked.approval, free.approval) == ("blocked", "accepted")


def test_a_profile_with_password_needs_one(operator: Operator) -> None:
    station_id = _create(operator, security_profile=0).station_id
    with pytest.raises(Refused) as refused:
        actions.set_security_profile(operator_id=operator.pk, station_id=station_id, security_profile=1)
    assert refused.value.code == "no-password"
    actions.set_security_profile(operator_id=operator.pk, station_id=station_id, security_profile=3)
    found = queries.station(operator.pk, station_id)
    assert found is not None
    assert found.security_profile == 3


def test_versions_may_be_pinned_and_assumed(operator: Operator) -> None:
    station_id = _create(operator).station_id
    actions.pin_version(operator_id=operator.pk, station_id=station_id, version="ocpp1.6")
    actions.assume_version(operator_id=operator.pk, station_id=station_id, version="ocpp2.0.1")
    known = entry.find_station("CP-1")
    assert known is not None
    assert (known.version_pinned, known.assumes_version) == ("ocpp1.6", "ocpp2.0.1")


def test_a_connector_can_be_described_before_and_after_it_speaks(operator: Operator) -> None:
    talk = Talk(operator.pk)
    details = ConnectorDetails(standard="IEC_62196_T2_COMBO", power_type="DC", max_power_w=150_000)
    said: dict[str, Any] = {"operator_id": operator.pk, "station_id": talk.station_id, "details": details}
    actions.describe_connector(**said, evse=1)
    talk.status("Available")
    talk.status("Available", evse=2)
    actions.describe_connector(**said, evse=2)
    with pytest.raises(Refused):
        actions.describe_connector(**said, evse=0)
    found = queries.station(operator.pk, talk.station_id)
    assert found is not None
    assert [(plug.evse, plug.status, plug.max_power_w) for plug in found.connectors] == [
        (1, "Available", 150_000),
        (2, "Available", 150_000),
    ]


def test_nobody_touches_a_station_of_another_operator(operator: Operator, other_operator: Operator) -> None:
    station_id = _create(operator).station_id
    foreign: dict[str, Any] = {"operator_id": other_operator.pk, "station_id": station_id}
    for act in (actions.block_station, actions.unblock_station):
        with pytest.raises(Refused, match="no such station"):
            act(**foreign)
    with pytest.raises(Refused):
        actions.set_intent(**foreign, is_operative=False)
    with pytest.raises(Refused):
        actions.change_station(**foreign, name="mine", location_id=None)
    assert queries.station(other_operator.pk, station_id) is None
    assert queries.station_by_identity(other_operator.pk, "CP-1") is None


def test_a_waiting_station_is_approved_with_one_click(operator: Operator) -> None:
    entry.let_wait(
        identity="NEW-1",
        address="10.0.0.9",
        subprotocols=["ocpp1.6"],
        profile=0,
        handshake={"path": "/NEW-1"},
    )
    [waiting] = queries.waiting_stations()
    assert (waiting.identity, waiting.subprotocols, waiting.handshake) == (
        "NEW-1",
        ("ocpp1.6",),
        {"path": "/NEW-1"},
    )
    made = approval.approve_waiting(operator_id=operator.pk, identity="NEW-1", name="Kai 3")
    assert made.password is not None
    assert _lets_in("NEW-1", made.password)
    found = queries.station_by_identity(operator.pk, "new-1")
    assert found is not None
    assert (found.name, found.security_profile, found.assumes_version) == ("Kai 3", 1, "")
    assert queries.waiting_stations() == []
    with pytest.raises(Refused) as refused:
        approval.approve_waiting(operator_id=operator.pk, identity="NEW-1")
    assert refused.value.code == "not-waiting"


def test_a_waiting_station_without_subprotocol_is_taken_for_1_6(operator: Operator) -> None:
    entry.let_wait(identity="OLD-1", address="", subprotocols=[], profile=0, handshake={})
    approval.approve_waiting(operator_id=operator.pk, identity="OLD-1", security_profile=0)
    known = entry.find_station("OLD-1")
    assert known is not None
    assert (known.assumes_version, known.security_profile) == ("ocpp1.6", 0)


def test_a_waiting_station_whose_name_cannot_be_used_stays_waiting(operator: Operator) -> None:
    entry.let_wait(identity="bad name", address="", subprotocols=[], profile=0, handshake={})
    with pytest.raises(Refused) as refused:
        approval.approve_waiting(operator_id=operator.pk, identity="bad name")
    assert refused.value.code == "bad-identity"
    assert len(queries.waiting_stations()) == 1
    approval.dismiss_waiting(identity="bad name")
    assert queries.waiting_stations() == []
    with pytest.raises(Refused):
        approval.dismiss_waiting(identity="bad name")


def test_a_station_made_by_hand_waits_no_longer(operator: Operator) -> None:
    entry.let_wait(identity="cp-1", address="", subprotocols=[], profile=0, handshake={})
    _create(operator, "CP-1")
    assert queries.waiting_stations() == []
