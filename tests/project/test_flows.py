"""The table of followers at work: from what a station says to records, sightings and stops."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.domain.station_talk import Talk, now
from tests.following import follow_all

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.charging import queries, remote
from chargehand.domain.stations import command_cards, commanding
from chargehand.domain.stations.commands import StopCharging
from chargehand.domain.tokens import actions as tokens
from chargehand.journal.models import FollowerFailure
from chargehand.kernel import clock
from chargehand.project.flows import FOLLOWERS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talk(operator: Operator) -> Talk:
    tokens.issue_token(operator_id=operator.pk, uid="CARD1", actor=SYSTEM)
    return Talk(operator.pk)


def test_followers_have_names_of_their_own() -> None:
    names = [follower.name for follower in FOLLOWERS]
    assert len(names) == len(set(names))


def test_a_remote_charge_is_seen_at_both_ends_and_gives_a_record(talk: Talk) -> None:
    start = remote.start_charging(
        operator_id=talk.operator_id, station_id=talk.station_id, token_uid="CARD1", evse=1, asked_by="Mia"
    )
    talk.obey()
    number = talk.start(at=now(), meter=0)
    talk.meter(number, now(), register=10, power=7000)
    follow_all()
    stop = remote.stop_charging(operator_id=talk.operator_id, transaction_id=number, asked_by="Mia")
    talk.obey()
    talk.stop(number, at=clock.now() + timedelta(seconds=1), meter=40)
    follow_all()
    cards = command_cards.requests_named(talk.operator_id, [start, stop])
    assert {card.progress for card in cards.values()} == {"seen"}
    [record] = queries.cdrs(talk.operator_id, number)
    assert record.energy_wh == Decimal(40)
    assert not FollowerFailure.objects.exists()


def test_a_charge_of_an_unknown_card_is_stopped_by_itself(talk: Talk) -> None:
    number = talk.start(token="NOBODY", at=now())
    follow_all()
    assert talk.obey() == StopCharging(transaction_id=number, ref=str(number))
    follow_all()
    assert talk.take() is None


def test_a_reset_is_seen_by_the_boot(talk: Talk) -> None:
    request_id = commanding.reset(operator_id=talk.operator_id, station_id=talk.station_id, asked_by="Mia")
    talk.obey()
    talk.boot()
    follow_all()
    card = command_cards.request(talk.operator_id, request_id)
    assert card is not None
    assert (card.progress, card.seen_as) == ("seen", "boot")


def test_an_availability_that_holds_already_is_seen_at_the_answer(talk: Talk) -> None:
    talk.status("Unavailable")
    request_id = commanding.change_availability(
        operator_id=talk.operator_id, station_id=talk.station_id, is_operative=False, evse=1, asked_by="Mia"
    )
    talk.obey()
    follow_all()
    card = command_cards.request(talk.operator_id, request_id)
    assert card is not None
    assert card.progress == "seen"
