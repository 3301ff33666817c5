"""An incident ends by itself only after a real charge, and not while its fault still shows."""

from datetime import timedelta

import pytest
from tests.domain.health.incident_making import charge, find, look, make_site, make_talk, set_policy, take
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health import followers
from chargehand.domain.health.models import Incident
from chargehand.domain.stations.facts import StationConnected
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _repairs_nothing(operator: Operator) -> None:
    set_policy(operator, is_enabled=False)


def _state(row: Incident) -> str:
    row.refresh_from_db()
    return row.state


def _silent(operator: Operator, talk: Talk) -> Incident:
    """A station that was lost an hour ago and came back half an hour ago."""
    at = clock.now() - timedelta(hours=1)
    talk.disconnect(at)
    [row] = take(find([talk], "silent-station", scope="station", evse=0, at=at))
    look()
    assert _state(row) == "open"
    talk.connect()
    talk.status("Available")
    return row


def test_a_station_that_is_back_is_watched_until_a_real_charge(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    row = _silent(operator, talk)
    followers.follow(
        [
            StationConnected(
                happened_at=clock.now(),
                operator_id=operator.pk,
                station_id=talk.station_id,
                version="",
                epoch=talk.epoch,
            )
        ]
    )
    assert _state(row) == "watching"
    charge(talk, start=now() + timedelta(seconds=2))
    assert _state(row) == "watching", "the charge has not happened yet by the clock"
    look(clock.now() + timedelta(minutes=40))
    assert _state(row) == "resolved"
    assert row.is_by_charge
    assert "5.0 kWh" in row.fix
    assert StatedFact.objects.filter(name="health.IncidentResolved", body__is_by_charge=True).count() == 1


@pytest.mark.parametrize(
    ("wh", "minutes", "reason"), [(50, 30, "Local"), (5000, 1, "Local"), (5000, 30, "PowerLoss")]
)
def test_a_charge_that_was_none_ends_nothing(operator: Operator, wh: int, minutes: int, reason: str) -> None:
    talk = make_talk(operator, "1")
    [row] = take(find([talk], "failed-starts", at=clock.now() - timedelta(hours=2)))
    charge(talk, start=now() - timedelta(hours=1), wh=wh, minutes=minutes, reason=reason)
    assert _state(row) == "open"
    charge(talk, start=now() - timedelta(minutes=31))
    assert _state(row) == "resolved"


def test_a_charge_from_before_or_at_another_plug_ends_nothing(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    [row] = take(find([talk], "failed-starts", at=clock.now() - timedelta(hours=1)))
    charge(talk, start=now() - timedelta(hours=2))
    charge(talk, start=now() - timedelta(minutes=50), evse=2)
    assert _state(row) == "open"


def test_a_charge_does_not_end_it_while_the_plug_says_faulted(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    at = now() - timedelta(hours=2)
    talk.status("Faulted", error="InternalError", at=at)
    [row] = take(find([talk], "reported-fault", at=at))
    charge(talk, start=now() - timedelta(hours=1))
    look()
    assert _state(row) == "open"


def test_a_cleared_fault_is_watched_comes_back_and_ends_with_a_charge(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    base = now() - timedelta(hours=3)
    talk.status("Faulted", error="InternalError", at=base)
    [row] = take(find([talk], "reported-fault", at=base))
    assert _state(row) == "open"
    talk.status("Available", at=base + timedelta(minutes=10))
    look()
    assert _state(row) == "watching"
    talk.status("Faulted", error="InternalError", at=base + timedelta(minutes=20))
    look(base + timedelta(minutes=21))
    assert _state(row) == "open"
    talk.status("Available", at=base + timedelta(minutes=30))
    talk.status("Preparing", at=base + timedelta(minutes=40))
    charge(talk, start=base + timedelta(minutes=41))
    assert _state(row) == "resolved"


def test_only_hands_end_what_no_charge_can_disprove(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    [row] = take(find([talk], "contact-resistance-rise", at=clock.now() - timedelta(hours=2)))
    charge(talk, start=now() - timedelta(hours=1))
    look()
    assert _state(row) == "open"


def test_each_station_of_a_site_needs_its_charge(operator: Operator) -> None:
    site = make_site(operator)
    one, two = (make_talk(operator, name, site) for name in ("1", "2"))
    at = clock.now() - timedelta(hours=2)
    [row] = take(find([one, two], "voltage-sag", scope="site", evse=0, at=at))
    look()
    charge(one, start=now() - timedelta(minutes=50))
    assert _state(row) == "open"
    charge(two, start=now() - timedelta(minutes=50))
    assert _state(row) == "resolved"


def test_a_firmware_needs_many_good_charges_at_most_of_its_stations(operator: Operator) -> None:
    talks = [make_talk(operator, str(number)) for number in range(5)]
    base = now() - timedelta(hours=12)
    [row] = take(find(talks, "firmware-regression", scope="cohort", evse=0, at=base))
    for talk in talks[:4]:
        for number in range(4):
            charge(talk, start=base + timedelta(hours=1 + number))
    assert _state(row) == "open"
    for talk in talks[:4]:
        charge(talk, start=base + timedelta(hours=6))
    assert _state(row) == "resolved"


def test_starts_that_fail_again_open_it_again(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    [row] = take(find([talk], "failed-starts", at=clock.now() - timedelta(hours=6)))
    charge(talk, start=now() - timedelta(hours=5))
    assert _state(row) == "resolved"
    Incident.objects.update(resolved_at=clock.now() - timedelta(hours=4))
    charge(talk, start=now() - timedelta(hours=3), wh=0)
    look()
    assert _state(row) == "resolved"
    charge(talk, start=now() - timedelta(hours=2), wh=0)
    look()
    assert _state(row) == "open"
    assert StatedFact.objects.filter(name="health.IncidentOpened").count() == 2


def test_drivers_affected_are_those_who_failed_and_those_to_come(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    for week in range(1, 5):
        for minute in (1, 11):
            charge(talk, start=now() - timedelta(days=7 * week, minutes=minute), minutes=5)
    at = clock.now() - timedelta(hours=1)
    for minute in (50, 40):
        charge(talk, start=now() - timedelta(minutes=minute), wh=0, minutes=1)
    talk.status("Preparing")
    [row] = take(find([talk], "failed-starts", at=clock.now(), since=at))
    look()
    row.refresh_from_db()
    assert (row.drivers_hit, row.drivers_waiting, row.drivers_expected) == (1, 1, 2.0)
    assert row.drivers == 4.0
