"""Commands are sent, answered and seen to work; what is not seen says so."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.stations import command_cards, commanding, followers, requests, sightings, sweeps
from chargehand.domain.stations.commands import (
    Answer,
    GetVariables,
    StartCharging,
    VariableAsked,
    VariableWanted,
)
from chargehand.domain.stations.events import HeartbeatSent, VariableReported, VariablesReported
from chargehand.domain.stations.facts import RequestAnswered, StationBooted
from chargehand.domain.stations.models import ChargingStation, Connector, StationRequest
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(operator: Operator) -> Talk:
    return Talk(operator.pk)


def _ask(talk: Talk, verb: Callable[..., UUID], **more: Any) -> UUID:
    return verb(operator_id=talk.operator_id, station_id=talk.station_id, asked_by="Mia", **more)


def _card(talk: Talk, request_id: UUID) -> command_cards.CommandCard:
    card = command_cards.request(talk.operator_id, request_id)
    assert card is not None
    return card


def _look(talk: Talk) -> str:
    """Look twice, as after two facts, and return how the latest command stands."""
    for _ in range(2):
        sightings.look(since=clock.now() - timedelta(hours=1), stations=[talk.station_id])
    return command_cards.station_requests(talk.operator_id, talk.station_id, limit=1)[0].progress


def test_a_command_card_tells_each_step_in_words(talk: Talk) -> None:
    request_id = _ask(talk, commanding.reset, is_immediate=True)
    assert (_card(talk, request_id).progress, _card(talk, request_id).sentence) == (
        "queued",
        "Waiting for the station.",
    )
    taken = talk.take()
    assert taken is not None
    assert _card(talk, request_id).progress == "sent"
    requests.answer(taken.id, Answer(is_accepted=True, word="Accepted"))
    card = _card(talk, request_id)
    assert (card.progress, card.word, card.name, card.asked_by) == ("answered", "Accepted", "Restart", "Mia")
    talk.boot()
    assert _look(talk) == "seen"
    assert _card(talk, request_id).sentence == "It worked: boot."


def test_a_boot_before_the_reset_was_sent_proves_nothing(talk: Talk) -> None:
    talk.boot(clock.now() - timedelta(seconds=30))
    _ask(talk, commanding.reset)
    talk.obey()
    assert _look(talk) == "answered"


def test_what_is_not_seen_in_time_says_so_and_may_be_seen_later(talk: Talk) -> None:
    request_id = _ask(talk, commanding.reset)
    talk.obey()
    StationRequest.objects.filter(pk=request_id).update(see_by=clock.now() - timedelta(minutes=10))
    assert _card(talk, request_id).progress == "unseen"
    talk.boot()
    assert _look(talk) == "seen"


@pytest.mark.parametrize(("word", "progress"), [("Rejected", "refused"), ("Accepted", "answered")])
def test_a_refused_command_is_never_seen_to_work(talk: Talk, word: str, progress: str) -> None:
    request_id = _ask(talk, commanding.reset)
    talk.obey(word)
    if word == "Rejected":
        talk.boot()
    assert _look(talk) == progress
    assert _card(talk, request_id).is_accepted == (word == "Accepted")


def test_a_command_to_a_station_that_is_away_expires(talk: Talk) -> None:
    request_id = _ask(talk, commanding.reset)
    StationRequest.objects.update(expires_at=clock.now() - timedelta(minutes=10))
    assert _card(talk, request_id).progress == "expired"
    assert requests.expire() == 1
    assert _card(talk, request_id).sentence == "The station was not connected in time."


@pytest.mark.parametrize(("is_operative", "status"), [(False, "Unavailable"), (True, "Available")])
def test_availability_is_seen_by_the_status_of_the_plug(talk: Talk, is_operative: bool, status: str) -> None:
    talk.status("Available" if status == "Unavailable" else "Unavailable")
    _ask(talk, commanding.change_availability, is_operative=is_operative, evse=1)
    talk.obey("Scheduled")
    assert _look(talk) == "answered"
    talk.status(status)
    assert _look(talk) == "seen"


def test_availability_of_the_station_needs_every_plug(talk: Talk) -> None:
    for evse in (1, 2):
        talk.status("Available", evse=evse)
    _ask(talk, commanding.change_availability, is_operative=False)
    talk.obey()
    talk.status("Unavailable", evse=1)
    assert _look(talk) == "answered"
    talk.status("Unavailable", evse=2)
    assert _look(talk) == "seen"


def test_intent_is_kept_whatever_the_station_answers(talk: Talk) -> None:
    talk.status("Available")
    _ask(talk, commanding.change_availability, is_operative=False, evse=1)
    talk.obey("Rejected")
    _ask(talk, commanding.change_availability, is_operative=False)
    assert not Connector.objects.get(station_id=talk.station_id).intent_operative
    assert not ChargingStation.objects.get(pk=talk.station_id).intent_operative
    with pytest.raises(Refused) as refused:
        _ask(talk, commanding.change_availability, is_operative=True, evse=9)
    assert refused.value.code == "no-such-connector"


def test_an_unlocked_plug_is_seen_when_it_is_free(talk: Talk) -> None:
    talk.status("Charging")
    _ask(talk, commanding.unlock, evse=1)
    talk.obey("Unlocked")
    assert _look(talk) == "answered"
    talk.status("Finishing")
    assert _look(talk) == "seen"


def test_a_triggered_message_is_seen_when_it_comes(talk: Talk) -> None:
    talk.say(HeartbeatSent(), "Heartbeat", clock.now() - timedelta(minutes=1))
    request_id = _ask(talk, commanding.trigger, message="Heartbeat")
    talk.obey()
    assert sweeps.look_for_proof(clock.now()) == 0
    talk.say(HeartbeatSent(), "Heartbeat")
    assert sweeps.look_for_proof(clock.now()) == 1
    assert sweeps.look_for_proof(clock.now()) == 0
    assert _card(talk, request_id).seen_as == "Heartbeat"


def test_a_report_is_seen_when_variables_come(talk: Talk) -> None:
    _ask(talk, commanding.get_report)
    talk.obey()
    assert _look(talk) == "answered"
    talk.say(VariablesReported([VariableReported(component="OCPP16", name="A", value="1")]))
    assert _look(talk) == "seen"


def _set(talk: Talk, word: str, value: str = "300") -> RequestAnswered:
    wanted = [VariableWanted(name="HeartbeatInterval", value=value)]
    request_id = _ask(talk, commanding.set_variables, variables=wanted)
    talk.obey(word)
    return RequestAnswered(
        happened_at=clock.now(),
        operator_id=talk.operator_id,
        station_id=talk.station_id,
        request_id=str(request_id),
        command="set-variables",
        is_accepted=True,
        word=word,
    )


def _report(talk: Talk, value: str) -> None:
    talk.say(VariablesReported([VariableReported(component="OCPP16", name="heartbeatinterval", value=value)]))


def test_a_written_variable_is_read_back_once_and_seen_by_its_value(talk: Talk) -> None:
    _report(talk, "300")
    fact = _set(talk, "Accepted")
    for _ in range(2):
        followers.read_back([fact])
    assert talk.obey() == GetVariables(variables=[VariableAsked(name="HeartbeatInterval")])
    assert talk.take() is None
    request_id = UUID(fact.request_id)
    _report(talk, "60")
    _look(talk)
    assert _card(talk, request_id).progress == "answered"
    _report(talk, "300 ")
    _look(talk)
    assert (_card(talk, request_id).progress, _card(talk, request_id).seen_as) == ("seen", "read back")


def test_a_variable_that_needs_a_restart_is_read_back_after_it(talk: Talk) -> None:
    fact = _set(talk, "RebootRequired")
    followers.read_back([fact])
    assert talk.take() is None
    talk.boot()
    booted = StationBooted(
        happened_at=clock.now(),
        station_id=talk.station_id,
        reason="",
        firmware_version="",
        is_hardware_changed=False,
    )
    for _ in range(2):
        followers.read_back([booted])
    assert isinstance(talk.obey(), GetVariables)
    assert talk.take() is None


def test_facts_of_any_kind_make_commands_be_looked_at(talk: Talk) -> None:
    request_id = _ask(talk, commanding.reset)
    talk.obey()
    talk.boot()
    booted = StationBooted(
        happened_at=clock.now(),
        station_id=talk.station_id,
        reason="",
        firmware_version="",
        is_hardware_changed=False,
    )
    followers.see_commands_work([booted, booted])
    followers.see_commands_work([])
    assert _card(talk, request_id).progress == "seen"


def test_a_command_without_proof_is_done_with_its_answer(talk: Talk) -> None:
    request_id = _ask(talk, commanding.clear_cache)
    talk.obey()
    card = _card(talk, request_id)
    assert (card.progress, card.expects_proof, card.seen_as) == ("seen", False, "the answer")


def test_a_raw_call_keeps_what_the_station_sent(talk: Talk) -> None:
    request_id = _ask(talk, commanding.raw_call, action="GetDiagnostics", payload={"location": "ftp://x"})
    talk.obey(fileName="log.zip")
    assert _card(talk, request_id).detail == {"fileName": "log.zip"}


def test_the_same_key_gives_the_same_command_and_never_another(talk: Talk) -> None:
    first = _ask(talk, commanding.reset, idempotency_key="k")
    assert _ask(talk, commanding.reset, idempotency_key="k") == first
    with pytest.raises(Refused) as refused:
        _ask(talk, commanding.unlock, evse=1, idempotency_key="k")
    assert refused.value.code == "idempotency-mismatch"


def test_starts_and_passwords_have_ways_of_their_own(talk: Talk) -> None:
    codes = []
    start = StartCharging(token_uid="X", remote_start_id=1)
    wanted = [VariableWanted(name="AuthorizationKey", value="00" * 16)]
    for verb, more in (
        (commanding.send_command, {"command": start}),
        (commanding.set_variables, {"variables": wanted}),
        (commanding.set_variables, {"variables": []}),
    ):
        with pytest.raises(Refused) as refused:
            _ask(talk, verb, **more)
        codes.append(refused.value.code)
    assert codes == ["use-charging", "use-rotate-password", "nothing-to-set"]


def test_commands_of_another_operator_are_neither_taken_nor_shown(
    talk: Talk, other_operator: Operator
) -> None:
    request_id = _ask(talk, commanding.reset)
    assert command_cards.request(other_operator.pk, request_id) is None
    assert command_cards.station_requests(other_operator.pk, talk.station_id) == []
    assert command_cards.requests_named(other_operator.pk, [request_id]) == {}
    with pytest.raises(Refused):
        commanding.reset(operator_id=other_operator.pk, station_id=talk.station_id, asked_by="x")


@given(st.lists(st.text(alphabet="abcXYZ019", min_size=1), min_size=1, max_size=5))
def test_blanks_and_case_in_lists_make_no_difference(words: list[str]) -> None:
    assert sightings.is_same(" , ".join(word.upper() for word in words), ",".join(words))
    assert not sightings.is_same(",".join([*words, "q"]), ",".join(words))
    assert not sightings.is_same(None, ",".join(words))
