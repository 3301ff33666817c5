"""Remote starts: asked, answered, matched with what follows, or given up."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.station_talk import Talk, now

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.charging import followers, pending_starts, queries, remote
from chargehand.domain.charging.facts import TransactionEnded, TransactionIdentified, TransactionStarted
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations import command_cards
from chargehand.domain.stations.commands import StartCharging, StopCharging
from chargehand.domain.stations.facts import RequestAnswered
from chargehand.domain.tokens import actions as tokens
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db

CARD = "0123456789ABCDEF0123"


@pytest.fixture
def talk(operator: Operator) -> Talk:
    tokens.issue_token(operator_id=operator.pk, uid=CARD, actor=SYSTEM)
    return Talk(operator.pk)


def _ask(talk: Talk, key: str | None = None, evse: int | None = 1) -> UUID:
    return remote.start_charging(
        operator_id=talk.operator_id,
        station_id=talk.station_id,
        token_uid=CARD.lower(),
        evse=evse,
        asked_by="Mia",
        idempotency_key=key,
    )


def _outcome(talk: Talk, request_id: UUID) -> str:
    found = queries.pending_start(talk.operator_id, request_id)
    assert found is not None
    return found.outcome


def _progress(talk: Talk, request_id: UUID) -> str:
    card = command_cards.request(talk.operator_id, request_id)
    assert card is not None
    return card.progress


def _started(talk: Talk, number: int, remote_start_id: int | None = None) -> TransactionStarted:
    return TransactionStarted(
        happened_at=now(),
        operator_id=talk.operator_id,
        station_id=talk.station_id,
        transaction_id=number,
        evse=1,
        token_uid=CARD,
        remote_start_id=remote_start_id,
        authorization="Accepted",
    )


def _answered(talk: Talk, request_id: UUID, word: str) -> RequestAnswered:
    return RequestAnswered(
        happened_at=clock.now(),
        operator_id=talk.operator_id,
        station_id=talk.station_id,
        request_id=str(request_id),
        command="start",
        is_accepted=word == "Accepted",
        word=word,
    )


def test_a_start_in_1_6_is_seen_by_token_and_plug(talk: Talk) -> None:
    request_id = _ask(talk)
    command = talk.obey()
    assert isinstance(command, StartCharging)
    assert (command.token_uid, 0 < command.remote_start_id < 2**31) == (CARD, True)
    number = talk.start(at=clock.now(), token=CARD)
    for _ in range(2):
        followers.see_commands_work([_started(talk, number)])
    found = queries.pending_start(talk.operator_id, request_id)
    assert found is not None
    assert (found.outcome, found.transaction_id) == ("started", number)
    assert _progress(talk, request_id) == "seen"
    assert Transaction.objects.get(pk=number).remote_start_id == command.remote_start_id


def test_a_spoilt_long_token_still_belongs_to_its_start(talk: Talk) -> None:
    request_id = _ask(talk)
    talk.obey()
    followers.see_commands_work([_started(talk, talk.start(at=clock.now(), token=CARD + "\x01\x7f"))])
    assert _outcome(talk, request_id) == "started"


def test_a_start_in_2_x_is_seen_by_its_number_alone(operator: Operator) -> None:
    tokens.issue_token(operator_id=operator.pk, uid=CARD, actor=SYSTEM)
    talk = Talk(operator.pk, version=201)
    request_id = _ask(talk)
    command = talk.obey()
    assert isinstance(command, StartCharging)
    other = talk.start(at=clock.now(), token=CARD, ref="tx-other")
    followers.see_commands_work([_started(talk, other)])
    assert _outcome(talk, request_id) == ""
    number = talk.start(
        at=clock.now(), token="SPOILT", ref="tx-mine", remote_start_id=command.remote_start_id
    )
    followers.see_commands_work([_started(talk, number, command.remote_start_id)])
    assert _outcome(talk, request_id) == "started"


@pytest.mark.parametrize("token", [CARD, None])
def test_a_start_at_a_plug_that_waits_for_its_driver_is_seen_when_the_charge_names_it(
    operator: Operator, token: str | None
) -> None:
    tokens.issue_token(operator_id=operator.pk, uid=CARD, actor=SYSTEM)
    talk = Talk(operator.pk, version=201)
    at = clock.now()
    number = talk.start(at=at, token="", ref="tx-waiting")
    request_id = _ask(talk)
    command = talk.obey()
    assert isinstance(command, StartCharging)
    for _ in range(2):
        talk.update(
            at,
            ref="tx-waiting",
            seq=1,
            remote_start_id=command.remote_start_id,
            token_uid=token,
            reservation_id=7,
        )
    [stated] = StatedFact.objects.filter(name="charging.TransactionIdentified")
    followers.see_commands_work([msgspec.convert(stated.body, TransactionIdentified)])
    assert (_outcome(talk, request_id), _progress(talk, request_id)) == ("started", "seen")
    row = Transaction.objects.get(pk=number)
    assert (row.remote_start_id, row.reservation_id) == (command.remote_start_id, 7)
    assert row.authorization == ("Accepted" if token else "")
    with pytest.raises(Refused) as busy:
        _ask(talk)
    assert busy.value.code == "evse-busy"


@pytest.mark.parametrize(("token", "evse"), [("ANOTHER-CARD", 1), (CARD, 2)])
def test_a_charge_of_another_card_or_plug_is_not_the_one_asked_for(talk: Talk, token: str, evse: int) -> None:
    request_id = _ask(talk)
    talk.obey()
    followers.see_commands_work([_started(talk, talk.start(at=clock.now(), token=token, evse=evse))])
    assert _outcome(talk, request_id) == ""


def test_an_old_start_from_an_offline_queue_is_not_the_one_asked_for(talk: Talk) -> None:
    request_id = _ask(talk)
    talk.obey()
    number = talk.start(at=now() - timedelta(hours=5), token=CARD)
    Transaction.objects.filter(pk=number).update(started_received_at=clock.now())
    followers.see_commands_work([_started(talk, number)])
    assert _outcome(talk, request_id) == ""


def test_one_charge_settles_one_of_two_starts(talk: Talk) -> None:
    first = _ask(talk)
    second = _ask(talk)
    talk.obey()
    talk.obey()
    followers.see_commands_work([_started(talk, talk.start(at=clock.now(), token=CARD))])
    assert sorted([_outcome(talk, first), _outcome(talk, second)]) == ["", "started"]


def test_a_refused_start_waits_no_longer(talk: Talk) -> None:
    request_id = _ask(talk)
    talk.obey("Rejected")
    followers.see_commands_work([_answered(talk, request_id, "Rejected")])
    assert (_outcome(talk, request_id), _progress(talk, request_id)) == ("refused", "refused")


def test_a_start_without_an_answer_may_still_come(talk: Talk) -> None:
    request_id = _ask(talk)
    followers.see_commands_work([_answered(talk, request_id, "Timeout")])
    assert _outcome(talk, request_id) == ""


def test_an_accepted_start_without_a_charge_is_given_up_after_its_deadline(talk: Talk) -> None:
    request_id = _ask(talk)
    talk.obey()
    followers.see_commands_work([_answered(talk, request_id, "Accepted")])
    assert pending_starts.give_up(clock.now() + timedelta(minutes=2)) == 0
    assert pending_starts.give_up(clock.now() + timedelta(minutes=4)) == 1
    assert pending_starts.give_up(clock.now() + timedelta(minutes=4)) == 0
    assert _outcome(talk, request_id) == "no-transaction"


def test_a_charge_that_comes_after_the_deadline_is_still_matched(talk: Talk) -> None:
    request_id = _ask(talk)
    talk.obey()
    pending_starts.give_up(clock.now() + timedelta(minutes=10))
    followers.see_commands_work([_started(talk, talk.start(at=clock.now(), token=CARD))])
    assert _outcome(talk, request_id) == "started"


def test_the_same_key_gives_the_same_start_even_while_the_plug_is_busy(talk: Talk) -> None:
    request_id = _ask(talk, "key-1")
    talk.start(token=CARD)
    assert _ask(talk, "key-1") == request_id


def test_a_busy_plug_a_foreign_token_and_a_foreign_station_are_refused(
    talk: Talk, other_operator: Operator
) -> None:
    talk.start(token=CARD)
    with pytest.raises(Refused) as busy:
        _ask(talk)
    with pytest.raises(Refused) as token:
        remote.start_charging(
            operator_id=other_operator.pk, station_id=talk.station_id, token_uid=CARD, asked_by="x"
        )
    tokens.issue_token(operator_id=other_operator.pk, uid=CARD, actor=SYSTEM)
    with pytest.raises(Refused) as station:
        remote.start_charging(
            operator_id=other_operator.pk, station_id=talk.station_id, token_uid=CARD, asked_by="x"
        )
    assert (busy.value.code, token.value.code, station.value.code) == (
        "evse-busy",
        "token-not-accepted",
        "no-such-station",
    )


def test_a_stop_names_the_charge_as_the_station_does_and_is_seen(talk: Talk) -> None:
    number = talk.start(at=now(), token=CARD, meter=0)
    request_id = remote.stop_charging(operator_id=talk.operator_id, transaction_id=number, asked_by="Mia")
    command = talk.obey()
    assert isinstance(command, StopCharging)
    assert (command.transaction_id, command.ref) == (number, str(number))
    talk.stop(number, at=clock.now() + timedelta(seconds=1), meter=5)
    ended = TransactionEnded(
        happened_at=now(),
        transaction_id=number,
        station_id=talk.station_id,
        reason="Remote",
        is_by_system=False,
    )
    for _ in range(2):
        followers.see_commands_work([ended])
    assert _progress(talk, request_id) == "seen"


def test_a_charge_that_ended_cannot_be_stopped(talk: Talk, other_operator: Operator) -> None:
    number = talk.start(at=now() - timedelta(minutes=5), token=CARD, meter=0)
    with pytest.raises(Refused) as foreign:
        remote.stop_charging(operator_id=other_operator.pk, transaction_id=number, asked_by="x")
    talk.stop(number, at=now(), meter=5)
    with pytest.raises(Refused) as ended:
        remote.stop_charging(operator_id=talk.operator_id, transaction_id=number, asked_by="x")
    assert (foreign.value.code, ended.value.code) == ("no-such-transaction", "transaction-ended")


def test_a_start_is_stated_as_a_fact_only_once_however_often_it_is_sent(talk: Talk) -> None:
    at = now()
    assert talk.start(at=at, token=CARD) == talk.start(at=at, token=CARD)
    assert StatedFact.objects.filter(name=TransactionStarted.name()).count() == 1


@given(st.text(min_size=4, max_size=20), st.text(max_size=3))
def test_a_token_is_like_itself_with_something_behind_it(token: str, more: str) -> None:
    stripped = token.strip()
    assert pending_starts.is_alike(stripped + more, stripped) == (
        len(stripped.casefold()) >= 4
        or (bool(stripped) and (stripped + more).strip().casefold() == stripped.casefold())
    )


def test_short_tokens_are_compared_whole() -> None:
    assert not pending_starts.is_alike("AB", "ABCD")
    assert not pending_starts.is_alike("", "")
