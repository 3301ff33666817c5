"""Sending: at most once where nobody knows, again after plain failures, and never by two at a time."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from tests.domain.notices.conftest import Clock
from tests.domain.notices.making import Crew
from tests.patience import PATIENCE_S

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health.models import Incident
from chargehand.domain.notices import claims, composing, sender
from chargehand.domain.notices.kinds import ChannelKind
from chargehand.domain.notices.models import Channel, Delivery
from chargehand.domain.notices.plans import Step
from chargehand.domain.notices.providers.base import Message, Outcome
from chargehand.domain.notices.providers.fake import FakeProvider
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db


def two_steps(crew: Crew, first: str, second: str = "json://tom", wait_minutes: int = 30) -> None:
    """Mia by one channel, then Tom by another."""
    mia, tom = crew.person("Mia"), crew.person("Tom")
    crew.channel(mia, first)
    crew.channel(tom, second)
    crew.escalate(Step(wait_minutes=wait_minutes, user_id=mia), Step(wait_minutes=30, user_id=tom))


def test_a_worker_killed_between_claim_and_writing_down_doubles_nothing(
    crew: Crew, time_of_day: Clock
) -> None:
    two_steps(crew, "json://mia")
    crew.opened()
    [claimed] = claims.claim(clock.now())  # the worker calls the service, and is killed before it writes down
    crew.provider.send("json://mia", composing.compose(claimed))
    assert crew.told() == ["json://mia"]
    time_of_day.pass_by(seconds=59)
    assert crew.told() == []
    time_of_day.pass_by(seconds=2)
    assert crew.told() == ["json://tom"]  # nobody knows whether Mia heard: the next one is told, at once
    assert crew.states() == ["unknown", "sent"]
    time_of_day.pass_by(minutes=29)
    assert crew.told() == []


def test_a_worker_that_was_taken_for_dead_changes_nothing_any_more(crew: Crew, time_of_day: Clock) -> None:
    two_steps(crew, "json://mia")
    crew.opened()
    [claimed] = claims.claim(clock.now())
    time_of_day.pass_by(minutes=2)
    crew.tell()
    assert not sender.write_down(claimed, Outcome("sent"), clock.now())
    assert crew.states() == ["unknown", "sent"]


def test_a_channel_that_fails_is_tried_again_with_growing_pauses_and_then_passed(
    crew: Crew, time_of_day: Clock
) -> None:
    two_steps(crew, "json://mia?fails")
    crew.opened()
    tried_after = []
    begun = time_of_day.now()
    for _ in range(400):
        before = Delivery.objects.order_by("pk").values_list("attempts", flat=True)[0]
        crew.tell()
        if Delivery.objects.order_by("pk").values_list("attempts", flat=True)[0] > before:
            tried_after.append((time_of_day.now() - begun).total_seconds())
        time_of_day.pass_by(seconds=1)
    assert tried_after == [0, 10, 40, 160]
    assert [target for target, _ in crew.provider.sent] == ["json://tom"]
    assert Delivery.objects.order_by("pk")[0].error == "refused"


def test_a_channel_that_fails_for_good_passes_on_at_once(crew: Crew) -> None:
    two_steps(crew, "json://mia?bad")
    crew.opened()
    assert crew.told() == ["json://tom"]
    assert crew.states() == ["failed", "sent"]


def test_where_every_channel_fails_operations_get_mail_as_a_last_resort_once(
    crew: Crew, time_of_day: Clock
) -> None:
    two_steps(crew, "json://mia?bad", "json://tom?bad")
    incident = crew.opened()
    assert sorted(crew.told()) == ["mia@example.org", "tom@example.org"]
    time_of_day.pass_by(minutes=15)
    assert crew.told() == []
    assert crew.alert(incident).state == "exhausted"


@pytest.mark.usefixtures("first_is_given_up")
def test_a_channel_that_hangs_is_given_up_and_holds_up_no_other(crew: Crew) -> None:
    mia, tom = crew.person("Mia"), crew.person("Tom")
    crew.channel(mia, "json://mia?hangs")
    crew.channel(tom, "json://tom")
    crew.opened()
    crew.tell()
    crew.provider.release.set()
    assert [target for target, _ in crew.provider.sent[:1]] == ["json://tom"]
    assert sorted(crew.states()) == ["sent", "unknown"]


def test_a_provider_that_breaks_is_not_called_again_for_this_message(crew: Crew) -> None:
    def break_down(target: str) -> Outcome:
        if target == "json://mia":
            raise RuntimeError("a bug of somebody else")
        return Outcome("sent")

    crew.provider = FakeProvider(break_down)
    two_steps(crew, "json://mia")
    crew.opened()
    assert crew.told() == ["json://tom"]
    assert crew.states() == ["unknown", "sent"]


def test_a_channel_whose_address_cannot_be_read_any_more_passes_on(crew: Crew) -> None:
    two_steps(crew, "json://mia")
    first = Channel.objects.order_by("pk")[0]
    Channel.objects.filter(pk=first.pk).update(sealed_target="of another key")
    crew.opened()
    assert crew.told() == ["json://tom"]
    assert "Add it again" in Delivery.objects.order_by("pk")[0].error


def test_a_failed_message_is_not_tried_again_once_somebody_takes_care(crew: Crew, time_of_day: Clock) -> None:
    two_steps(crew, "json://mia?fails")
    incident = crew.opened()
    crew.tell()
    crew.acknowledged(incident)
    time_of_day.pass_by(minutes=10)
    crew.tell()
    assert crew.states() == ["cancelled"]


def test_more_than_five_alerts_in_ten_minutes_come_in_one_message(crew: Crew, time_of_day: Clock) -> None:
    mia = crew.person("Mia")
    crew.channel(mia, "json://mia")
    for _ in range(20):
        crew.opened()
    crew.tell()
    [(_, message)] = crew.provider.sent
    assert message.title == "20 alerts at once"
    assert message.body.count("charger volt-4107") == 20
    assert sorted(crew.states()) == ["merged"] * 20 + ["sent"]


def test_a_storm_goes_on_in_digests_with_pauses_until_it_is_calm(crew: Crew, time_of_day: Clock) -> None:
    mia = crew.person("Mia")
    crew.channel(mia, "json://mia")
    titles = []
    for minute in range(30):
        if minute < 15:
            crew.opened()
        crew.tell()
        titles += [(minute, message.title) for _, message in crew.provider.sent]
        crew.provider.sent.clear()
        time_of_day.pass_by(minutes=1)
    assert [minute for minute, title in titles] == [0, 1, 2, 3, 4, 5, 10, 15]
    assert [title for _, title in titles[5:]] == ["1 alert at once", "5 alerts at once", "4 alerts at once"]


def test_danger_in_a_storm_waits_a_minute_at_most(crew: Crew, time_of_day: Clock) -> None:
    mia = crew.person("Mia")
    crew.channel(mia, "json://mia")
    for _ in range(6):
        crew.opened()
    crew.tell()
    time_of_day.pass_by(seconds=10)
    crew.opened(severity=0)
    assert len(crew.told()) == 1
    time_of_day.pass_by(seconds=50)
    crew.tell()
    assert crew.provider.sent[0][1].body.startswith("- Danger: ")


def test_a_storm_for_one_person_is_none_for_another(crew: Crew) -> None:
    mia, tom = crew.person("Mia"), crew.person("Tom")
    crew.channel(mia, "json://mia")
    crew.channel(tom, "json://tom", least_severity=1)
    for number in range(8):
        crew.opened(severity=1 if number == 0 else 4)
    assert sorted(crew.told()) == ["json://mia", "json://tom"]
    assert [each.purpose for each in Delivery.objects.filter(user_id=tom)] == ["alert"]


def test_a_digest_that_is_lost_passes_all_its_alerts_on(crew: Crew) -> None:
    two_steps(crew, "json://mia?bad")
    for _ in range(7):
        crew.opened()
    assert crew.told() == ["json://tom"]
    assert Delivery.objects.filter(state="merged").count() == 14


def test_a_message_is_written_in_the_language_of_its_reader_and_holds_the_way_on(crew: Crew) -> None:
    mia = crew.person("Mia")
    crew.escalate(Step(wait_minutes=5, user_id=mia))
    number = crew.opened(severity=0, kind="cable-cut")
    Incident.objects.filter(pk=number).update(sentence="Pilot and lock were lost at once.")
    crew.tell()
    [(target, message)] = crew.provider.sent
    assert target == "mia@example.org"
    assert message.title == "Danger: charger volt-4107, Harbour"
    assert "Keep people away" in message.body
    assert "http://localhost:8000/a/" in message.body
    assert "Pilot and lock were lost at once." in message.body
    assert f"/console/incidents/{number}/" in message.body


def test_a_message_about_an_incident_that_is_gone_shows_the_station(crew: Crew) -> None:
    mia = crew.person("Mia")
    crew.escalate(Step(wait_minutes=5, user_id=mia))
    Incident.objects.filter(pk=crew.opened(kind="cable-cut")).delete()
    crew.tell()
    [(_target, message)] = crew.provider.sent
    assert f"/console/stations/{crew.station_id}/" in message.body


def test_an_alert_reaches_a_person_within_a_minute_of_its_incident(crew: Crew, time_of_day: Clock) -> None:
    mia = crew.person("Mia")
    crew.escalate(Step(wait_minutes=5, user_id=mia))
    time_of_day.pass_by(seconds=5)
    opened_at = time_of_day.now()
    crew.opened()
    time_of_day.pass_by(seconds=5)  # the sender's next turn, if nothing had woken it
    crew.tell()
    sent = Delivery.objects.get()
    assert sent.finished_at is not None
    assert sent.finished_at - opened_at <= timedelta(seconds=60)


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_everybody_once(operator: Operator) -> None:
    crew = Crew(operator)
    team = [crew.person(f"P{number}") for number in range(12)]
    for number in team:
        crew.channel(number, f"json://{number}")
    for _ in range(3):
        crew.opened()
    barrier = threading.Barrier(4)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            barrier.wait(PATIENCE_S)
            for _ in range(5):
                sender.tell_people(dict.fromkeys(ChannelKind, crew.provider), PATIENCE_S)
        except BaseException as error:  # noqa: BLE001 -- told below, in the test's own thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    crew.tell()
    assert failures == []
    assert sorted(target for target, _ in crew.provider.sent) == sorted(
        f"json://{number}" for number in team for _ in range(3)
    )
    assert set(crew.states()) == {"sent"}


def test_messages_of_a_removed_channel_go_nowhere(crew: Crew) -> None:
    two_steps(crew, "json://mia")
    crew.opened()
    [claimed] = claims.claim(clock.now())
    Channel.objects.filter(label="Hook").update(sealed_target="", removed_at=clock.now())
    claimed.refresh_from_db()
    outcomes = sender._send([claimed], dict.fromkeys(ChannelKind, crew.provider), PATIENCE_S)
    assert [each.ending for each in outcomes] == ["failed"]
    assert crew.provider.sent == []


def test_a_fake_keeps_what_it_is_given() -> None:
    provider = FakeProvider()
    message = Message(title="t", body="b")
    assert provider.send("json://x", message).ending == "sent"
    assert provider.send("json://x?fails", message).ending == "failed"
    assert provider.sent == [("json://x", message)]
