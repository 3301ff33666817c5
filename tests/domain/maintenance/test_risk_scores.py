"""The risk list is computed from what stations did, and learns from what they did after."""

from datetime import datetime, timedelta

import pytest
from tests.domain.maintenance.yard import Yard
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.maintenance import risk_scores
from chargehand.domain.maintenance.models import FaultMark, RiskScore
from chargehand.domain.maintenance.risk import SIGNS, Numbers
from chargehand.domain.stations.models import ConnectionEvent
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> datetime:
    """A day some weeks after the yard was made: events of the tests lie before it."""
    return clock.now() + timedelta(minutes=4)


def _trouble(talk: Talk, at: datetime) -> None:
    """Restart, fault, heat up and fail to deliver."""
    for hours in (200, 150, 100):
        talk.boot(at - timedelta(hours=hours))
        talk.status("Faulted", error="InternalError", at=at - timedelta(hours=hours - 1))
        talk.status("Available", at=at - timedelta(hours=hours - 2))
    for hours in range(6):
        began = at - timedelta(hours=40 - 3 * hours)
        number = talk.start(at=began, meter=0)
        talk.stop(number, at=began + timedelta(minutes=1), meter=5 if hours % 2 else 9000)
    FaultMark.objects.create(
        finding_id=1,
        station_id=talk.station_id,
        evse=1,
        kind="fan-failure",
        severity=5,
        at=at - timedelta(days=1),
    )


def test_a_station_in_trouble_leads_the_list_and_says_why(yard: Yard, at: datetime) -> None:
    quiet = yard.station("S2")
    _trouble(yard.talk, at)
    assert risk_scores.compute(yard.operator_id, at) == 2
    first, second = risk_scores.risks(yard.operator_id)
    assert (first.station_id, second.station_id) == (yard.station_id, quiet.station_id)
    assert first.chance_30 > 5 * second.chance_30
    assert first.chance_7 < first.chance_30
    assert {reason.sign for reason in first.reasons} == {"many-faults", "heat", "recent-fault"}
    assert "3 faults in 30 days." in {reason.sentence for reason in first.reasons}
    told = RiskScore.objects.get(station_id=yard.station_id).traits["numbers"]
    assert (told["boots"], told["faults"], told["charges"], told["few_wh"]) == (4, 3, 6, 3)


def test_a_day_computed_twice_stands_once(yard: Yard, other_operator: Operator, at: datetime) -> None:
    for _ in range(2):
        risk_scores.compute(yard.operator_id, at)
    assert RiskScore.objects.count() == 1
    assert risk_scores.risks(other_operator.pk) == []
    assert risk_scores.risks(yard.operator_id, location_ids=[]) == []


@pytest.mark.parametrize(("hours", "has_failed"), [(0, False), (3, False), (5, True)])
def test_what_came_after_is_written_down(yard: Yard, at: datetime, hours: int, has_failed: bool) -> None:
    risk_scores.compute(yard.operator_id, at)
    if hours:
        gone = at + timedelta(days=3)
        yard.talk.disconnect(gone)
        ConnectionEvent.objects.create(
            station_id=yard.station_id, kind="connected", at=gone + timedelta(hours=hours)
        )
    risk_scores.compute(yard.operator_id, at + timedelta(days=29))
    first = RiskScore.objects.get(day=at.date())
    assert first.has_failed is None
    risk_scores.compute(yard.operator_id, at + timedelta(days=31))
    first.refresh_from_db()
    assert first.has_failed is has_failed


def test_every_sign_has_words() -> None:
    numbers = Numbers(boots=1, faults=1, faults_last_week=1, charges=10, few_wh=5)
    sentences = {risk_scores.in_words(sign, numbers) for sign in SIGNS}
    assert all(sentence.endswith(".") for sentence in sentences)
    assert "It restarted 1 time in 30 days." in sentences
