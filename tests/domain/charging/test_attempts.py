"""Attempts to charge: what counts as good, as failed, and as nobody's fault."""

from datetime import timedelta

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.charging import attempts, cdrs, remote
from chargehand.domain.charging.models import PendingStart
from chargehand.domain.stations.models import ChargingStation
from chargehand.domain.tokens import actions as tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(operator: Operator) -> Talk:
    tokens.issue_token(operator_id=operator.pk, uid="CARD1", actor=SYSTEM)
    return Talk(operator.pk)


def _outcomes(talk: Talk, evse: int = 1) -> list[str]:
    found = attempts.attempts(
        talk.operator_id,
        [(talk.station_id, evse)],
        since=now() - timedelta(days=1),
        until=now() + timedelta(minutes=1),
    )
    return [each.outcome for each in found]


@pytest.mark.parametrize(
    ("wh", "seconds", "reason", "outcome"),
    [
        (100, 120, "Local", "good"),
        (99, 120, "Local", "failed"),
        (5000, 119, "Local", "failed"),
        (5000, 1800, "GroundFault", "failed"),
    ],
)
def test_energy_time_and_reason_decide(talk: Talk, wh: int, seconds: int, reason: str, outcome: str) -> None:
    start = now() - timedelta(hours=1)
    number = talk.start(at=start, meter=0)
    talk.stop(number, at=start + timedelta(seconds=seconds), meter=wh, stop_reason=reason)
    cdrs.issue(number)
    assert _outcomes(talk) == [outcome]
    assert _outcomes(talk, evse=2) == []
    assert _outcomes(talk, evse=0) == [outcome]


def test_a_refused_token_and_an_open_charge_count_neither_way(talk: Talk) -> None:
    start = now() - timedelta(hours=1)
    number = talk.start(at=start, token="NOBODY")
    talk.stop(number, at=start + timedelta(seconds=5), meter=1000)
    talk.start(at=start + timedelta(minutes=5))
    assert _outcomes(talk) == ["refused", "open"]


def test_a_remote_start_without_a_charge_failed(talk: Talk) -> None:
    remote.start_charging(
        operator_id=talk.operator_id, station_id=talk.station_id, token_uid="CARD1", evse=1, asked_by="Mia"
    )
    assert _outcomes(talk) == ["unknown"]
    PendingStart.objects.update(outcome="no-transaction")
    assert _outcomes(talk) == ["failed"]


def test_a_plug_put_in_and_taken_out_again_failed(talk: Talk) -> None:
    talk.status("Preparing", at=now() - timedelta(minutes=30))
    talk.status("Available", at=now() - timedelta(minutes=25))
    talk.status("Preparing", at=now() - timedelta(minutes=10))
    talk.start(at=now() - timedelta(minutes=9))
    assert _outcomes(talk) == ["failed", "open"]


def test_a_wrong_clock_is_corrected_by_what_is_known_of_it(talk: Talk) -> None:
    ChargingStation.objects.update(clock_skew_s=-7200.0)
    start = now() - timedelta(hours=3)
    number = talk.start(at=start, meter=0)
    talk.stop(number, at=start + timedelta(minutes=30), meter=5000)
    cdrs.issue(number)
    [found] = attempts.attempts(
        talk.operator_id,
        [(talk.station_id, 1)],
        since=now() - timedelta(minutes=90),
        until=now(),
    )
    assert found.at == start + timedelta(hours=2)
