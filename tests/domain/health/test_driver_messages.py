"""Drivers are told of incidents where they meet them, and told no more when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.health.incident_making import find, make_site, make_talk, set_policy, take
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.health import (
    actions,
    driver_messages,
    driver_words,
    followers,
    incident_detail,
    sweeps,
)
from chargehand.domain.health.driver_words import LANGUAGES, Elsewhere
from chargehand.domain.health.facts import IncidentResolved
from chargehand.domain.health.models import DriverMessage, Incident
from chargehand.domain.health.service_clock import service_clock
from chargehand.domain.stations import commands, requests, sightings
from chargehand.domain.stations.commands import ClearMessage, ShowMessage
from chargehand.domain.stations.events import VariableReported, VariablesReported
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

pytestmark = pytest.mark.django_db(transaction=True)


def tell(row: Incident, **more: Any) -> int:
    return driver_messages.tell_drivers(operator_id=row.operator_id, incident_id=row.pk, actor=SYSTEM, **more)


def read(talk: Talk, evse: int = 1, language: str = "en") -> str:
    return driver_messages.message_at(talk.operator_id, talk.station_id, evse, language=language)


def end(row: Incident) -> None:
    actions.resolve(operator_id=row.operator_id, incident_id=row.pk, cause="Wear", fix="New", actor=SYSTEM)
    fact = IncidentResolved(
        happened_at=clock.now(),
        operator_id=row.operator_id,
        incident_id=row.pk,
        is_by_charge=False,
        cause="Wear",
        fix="New",
    )
    followers.follow([fact, fact])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_message_names_the_charger_and_the_way_in_every_language(language: str) -> None:
    elsewhere = Elsewhere(
        station_id=2, charger="4109", evse=1, letter="B", address="Quay 5, Hamburg", distance_km=0.3
    )
    text = driver_words.write_message(
        charger="4107", letter="A", elsewhere=elsewhere, own="Ask at the kiosk.", language=language
    )
    for part in (
        "4107",
        "4109",
        "Quay 5, Hamburg",
        "Ask at the kiosk.",
        "0.3" if language == "en" else "0,3",
    ):
        assert part in text
    assert "{" not in text


def test_drivers_read_at_the_plug_what_is_wrong_and_where_to_go_until_it_is_over(operator: Operator) -> None:
    site = make_site(operator)
    talk, _other = make_talk(operator, "4107", site), make_talk(operator, "4109", site)
    [row] = take(find([talk], "failed-starts"))
    assert read(talk) == ""
    assert tell(row, words="Sorry!") == 1
    assert read(talk) == (
        "Charger 4107, plug A, is out of order. We are working on it. Sorry!"
        " Next free plug: charger 4107, plug B, right here."
    )
    assert read(talk, evse=2) == ""
    assert "außer Betrieb" in read(talk, language="de")
    detail = incident_detail.incident(operator.pk, row.pk)
    assert detail is not None
    assert [each.place for each in detail.told] == ["charger 4107, plug A"]
    end(row)
    assert read(talk) == ""
    assert DriverMessage.objects.filter(taken_back_at=None).count() == 0


def test_a_message_told_anew_replaces_the_one_before_and_can_be_taken_back(operator: Operator) -> None:
    talk = make_talk(operator, "4107")
    [row] = take(find([talk], "failed-starts"))
    tell(row, words="First.")
    tell(row, words="Second.")
    assert "Second." in read(talk)
    assert "First." not in read(talk)
    driver_messages.stop_telling(operator_id=operator.pk, incident_id=row.pk, actor=SYSTEM)
    assert read(talk) == ""
    assert DriverMessage.objects.count() == 2


def test_a_display_shows_it_and_is_cleared(operator: Operator) -> None:
    talk = Talk(operator.pk, "4107", 201)
    talk.boot()
    talk.status("Available", evse=1, at=clock.now() - timedelta(days=1))
    told = [VariableReported(component="DisplayMessageCtrlr", name="Available", value="true")]
    talk.say(VariablesReported(told), "NotifyReport")
    [row] = take(find([talk], "failed-starts"))
    tell(row)
    asked = talk.take()
    assert asked is not None
    assert isinstance(asked.command, ShowMessage)
    assert asked.command.text.startswith("Charger 4107, plug A, is out of order.")
    requests.answer(asked.id, commands.Answer(is_accepted=True, word="Accepted"))
    end(row)
    cleared = talk.take()
    assert cleared is not None
    assert cleared.command == ClearMessage(message_id=asked.command.message_id)


def test_a_plug_that_is_blocked_as_a_danger_tells_drivers_by_itself(operator: Operator) -> None:
    set_policy(operator)
    talk = make_talk(operator, "4107")
    [row] = take(find([talk], "contactor-welded"))
    assert talk.obey() is not None
    talk.status("Unavailable", evse=1)
    sightings.look(since=clock.now() - timedelta(minutes=5))
    sweeps.look(clock.now() + timedelta(minutes=5))
    assert row.steps.get(step="block").state == "worked"
    assert "out of order" in read(talk)


def test_an_incident_that_is_over_tells_nobody(operator: Operator) -> None:
    talk = make_talk(operator, "4107")
    [row] = take(find([talk], "failed-starts"))
    end(row)
    with pytest.raises(Refused, match="over"):
        tell(row)


def test_the_clock_of_drivers_runs_from_the_beginning_and_stops_when_they_can_charge(
    operator: Operator,
) -> None:
    talk = make_talk(operator, "4107")
    now = clock.now()
    [row] = take(find([talk], "failed-starts", since=now - timedelta(minutes=50)))
    target = timedelta(hours=1)
    running = service_clock(row, target=target)
    assert running is not None
    assert running.left(now) == timedelta(minutes=10)
    assert not running.is_missed(now)
    assert running.is_missed(now + timedelta(minutes=11))
    row.state, row.last_seen_at = "watching", now - timedelta(minutes=5)
    stopped = service_clock(row, target=target)
    assert stopped is not None
    assert stopped.left(now) is None
    assert not stopped.is_missed(now + timedelta(days=1))
    free = service_clock(row, target=None)
    assert free is not None
    assert free.due_at is None


def test_a_wear_that_no_driver_has_noticed_has_no_clock(operator: Operator) -> None:
    talk = make_talk(operator, "4107")
    [row] = take(find([talk], "contactor-wear"))
    assert service_clock(row, target=timedelta(hours=1)) is None
