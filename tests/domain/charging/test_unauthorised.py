"""Charges whose token may not charge are stored, and stopped once."""

from datetime import timedelta

import pytest
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.charging import followers, unauthorised
from chargehand.domain.charging.facts import TransactionStarted
from chargehand.domain.stations.commands import StopCharging
from chargehand.domain.tokens import actions as tokens
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def _started(talk: Talk, number: int, authorization: str) -> TransactionStarted:
    return TransactionStarted(
        happened_at=now(),
        operator_id=talk.operator_id,
        station_id=talk.station_id,
        transaction_id=number,
        evse=1,
        token_uid="X",
        remote_start_id=None,
        authorization=authorization,
    )


def test_a_charge_of_a_blocked_card_is_stopped_once(operator: Operator) -> None:
    card = tokens.issue_token(operator_id=operator.pk, uid="BLOCKED1", actor=SYSTEM)
    tokens.block_token(operator_id=operator.pk, token_id=card, actor=SYSTEM)
    talk = Talk(operator.pk)
    number = talk.start(token="BLOCKED1")
    for _ in range(2):
        followers.stop_refused([_started(talk, number, "Blocked")])
    assert talk.obey() == StopCharging(transaction_id=number, ref=str(number))
    assert talk.take() is None


@pytest.mark.parametrize("authorization", ["", "Accepted"])
def test_a_charge_of_a_good_card_or_without_card_goes_on(operator: Operator, authorization: str) -> None:
    talk = Talk(operator.pk)
    followers.stop_refused([_started(talk, talk.start(token="X"), authorization)])
    assert talk.take() is None


def test_a_station_of_2_x_gets_half_a_minute_to_stop_by_itself(operator: Operator) -> None:
    talk = Talk(operator.pk, version=201)
    number = talk.start(token="NOBODY", ref="tx-1", at=now())
    followers.stop_refused([_started(talk, number, "Unknown")])
    assert unauthorised.stop_going_on(clock.now() + timedelta(seconds=10)) == 0
    assert unauthorised.stop_going_on(clock.now() + timedelta(seconds=40)) == 1
    assert unauthorised.stop_going_on(clock.now() + timedelta(seconds=60)) == 0
    assert talk.obey() == StopCharging(transaction_id=number, ref="tx-1")


def test_a_station_that_is_away_is_asked_when_it_is_back(operator: Operator) -> None:
    talk = Talk(operator.pk)
    talk.start(token="NOBODY", at=now())
    talk.disconnect()
    later = clock.now() + timedelta(minutes=1)
    assert unauthorised.stop_going_on(later) == 0
    talk.connect()
    assert unauthorised.stop_going_on(later) == 1


def test_a_charge_that_ended_meanwhile_is_left_alone(operator: Operator) -> None:
    talk = Talk(operator.pk)
    number = talk.start(token="NOBODY", at=now() - timedelta(minutes=5), meter=0)
    talk.stop(number, at=now(), meter=1)
    followers.stop_refused([_started(talk, number, "Unknown")])
    assert unauthorised.stop_going_on(clock.now() + timedelta(minutes=1)) == 0
    assert talk.take() is None
