"""Settling uptime from recorded events: outages, late data, offline charges, incidents, attempts by the day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.domain.health.incident_making import find, make_site, take
from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.health import attempt_days, availability, incidents, uptime_settling
from chargehand.domain.health.models import Incident, UptimePort, UptimeSpan
from chargehand.domain.stations.events import StatusReported, TransactionReported
from chargehand.domain.stations.models import ChargingStation, ConnectionEvent
from chargehand.domain.tokens import actions as tokens
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

NOW = clock.now().replace(microsecond=0)
HOUR = timedelta(hours=1)


def ago(hours: float) -> datetime:
    return NOW - HOUR * hours


@pytest.fixture
def talk(operator: Operator) -> Talk:
    """A station with one plug, connected and free for ten days."""
    found = Talk(operator.pk)
    tokens.issue_token(operator_id=operator.pk, uid="CARD1", actor=SYSTEM)
    ConnectionEvent.objects.filter(station_id=found.station_id).update(at=ago(240))
    found.status("Available", at=ago(240))
    return found


def link(talk: Talk, kind: str, at: datetime) -> None:
    ConnectionEvent.objects.create(station_id=talk.station_id, kind=kind, at=at)


def settle(talk: Talk, now: datetime = NOW) -> list[tuple[float, float, str, str]]:
    uptime_settling.settle_operator(talk.operator_id, now)
    return spans()


def spans() -> list[tuple[float, float, str, str]]:
    """Return what is stored, in hours ago; a span that was cut where a day began anew is one."""
    found: list[tuple[float, float, str, str]] = []
    for span in UptimeSpan.objects.order_by("since"):
        since, until = (round((NOW - each) / HOUR, 3) for each in (span.since, span.until))
        if found and found[-1][1:] == (since, span.state, span.reason):
            since = found.pop()[0]
        found.append((since, until, span.state, span.reason))
    return found


def test_outages_are_stored_and_settling_twice_changes_nothing(talk: Talk) -> None:
    talk.status("Faulted", at=ago(100))
    talk.status("Available", at=ago(98))
    link(talk, "disconnected", ago(50))
    link(talk, "connected", ago(49))
    expected = [(100, 98, "down", "reported-fault"), (50, 49, "offline", "")]
    assert settle(talk) == expected
    assert settle(talk) == expected
    assert UptimePort.objects.get().in_operation_since == ago(240)


def test_what_is_told_late_settles_its_day_again(talk: Talk) -> None:
    assert settle(talk) == []
    talk.say(StatusReported(1, 1, "Faulted", "", time=ago(70)), "StatusNotification")
    talk.say(StatusReported(1, 1, "Available", "", time=ago(60)), "StatusNotification")
    assert settle(talk, NOW + timedelta(seconds=1)) == [(70, 60, "down", "reported-fault")]


def test_a_charge_told_after_an_outage_takes_its_time_out_of_it(talk: Talk) -> None:
    link(talk, "disconnected", ago(30))
    link(talk, "connected", ago(1))
    assert settle(talk) == [(30, 1, "offline", "")]
    begun = TransactionReported(
        kind="started", ref=None, time=ago(20), evse=1, connector=1, token_uid="CARD1", meter_wh=Decimal(0)
    )
    number = talk.say(begun, "StartTransaction").transaction_id
    ended = TransactionReported(kind="ended", ref=str(number), time=ago(18), meter_wh=Decimal(9000))
    talk.say(ended, "StopTransaction")
    later = clock.now() + timedelta(minutes=1)
    assert [span[:3] for span in settle(talk, later)] == [(30, 20, "offline"), (18, 1, "offline")]


def test_an_outage_goes_on_from_run_to_run(talk: Talk) -> None:
    talk.status("Faulted", at=ago(60))
    uptime_settling.settle_operator(talk.operator_id, ago(40))
    talk.status("Available", at=ago(2))
    settle(talk)
    [port] = availability.ports(talk.operator_id, since=ago(100), until=NOW)
    lost = sum((span.until - span.since for span in port.spans[0]), timedelta(0))
    assert lost == HOUR * 58


def test_a_plug_whose_cable_is_cut_is_down_though_it_says_free(operator: Operator, talk: Talk) -> None:
    [incident] = take(find([talk], "cable-cut", at=ago(5), since=ago(6)))
    [(since, until, state, reason)] = settle(talk)
    assert (since, until, state, reason) == (6, 0, "down", "cable-cut")
    assert UptimeSpan.objects.get().incident_id == incident.pk


def test_an_incident_that_is_opened_again_stood_all_the_while(operator: Operator, talk: Talk) -> None:
    take(find([talk], "cable-cut", at=ago(30), since=ago(30)))
    Incident.objects.update(opened_at=ago(30), last_seen_at=ago(29))
    row = Incident.objects.get()
    incidents.resolve(row, ago(20), by="Mia", cause="", fix="", is_by_charge=False)
    assert settle(talk) == [(30, 20, "down", "cable-cut")]
    incidents.reopen(row, clock.now(), by="Mia", sentence="Cut again.")
    uptime_settling.settle_operator(operator.pk, NOW + timedelta(seconds=1))
    [port] = availability.ports(operator.pk, since=ago(100), until=NOW)
    assert sum((span.until - span.since for span in port.spans[0]), timedelta(0)) == HOUR * 30


def test_a_plug_that_never_spoke_is_not_in_operation(operator: Operator) -> None:
    talk = Talk(operator.pk)
    assert uptime_settling.settle_operator(operator.pk, NOW) == 0
    assert availability.ports(operator.pk, since=ago(100), until=NOW) == []
    strip = availability.availability_strip(operator.pk, talk.station_id, now=NOW, days=3)
    assert [day.state for day in strip] == ["not-in-operation"] * 3


def test_the_strip_says_what_most_of_a_day_was_lost_to(talk: Talk) -> None:
    midnight = datetime.combine(NOW.date(), datetime.min.time(), UTC)
    link(talk, "disconnected", midnight - HOUR * 24)
    link(talk, "connected", midnight - HOUR * 4)
    talk.status("Faulted", at=midnight - HOUR * 30)
    talk.status("Available", at=midnight - HOUR * 29)
    settle(talk)
    strip = availability.availability_strip(talk.operator_id, talk.station_id, now=NOW, days=20)
    assert [day.state for day in strip[-4:-1]] == ["up", "partly", "offline"]
    assert strip[-2].share == pytest.approx(4 / 24)
    assert strip[0].state == "not-in-operation"


def test_a_day_that_has_just_begun_is_not_free_when_much_of_it_was_lost(talk: Talk) -> None:
    midnight = datetime.combine(NOW.date(), datetime.min.time(), UTC)
    link(talk, "disconnected", midnight + timedelta(minutes=5))
    link(talk, "connected", midnight + timedelta(minutes=9))
    soon = midnight + timedelta(minutes=10)
    settle(talk, soon)
    [today] = availability.availability_strip(talk.operator_id, talk.station_id, now=soon, days=1)
    assert today.state == "partly"
    assert today.share == pytest.approx(0.6)


def test_attempts_are_counted_by_day_and_first_try(operator: Operator, talk: Talk) -> None:
    site = make_site(operator)
    ChargingStation.objects.filter(pk=talk.station_id).update(location=site)
    for hours, energy in ((30, 0), (29.9, 5000), (20, 7000)):
        number = talk.start(at=ago(hours), meter=0)
        talk.stop(number, at=ago(hours) + timedelta(minutes=5), meter=energy)
    settle(talk)
    found = attempt_days.counts(operator.pk, since=ago(48), until=NOW)
    assert (found.attempts, found.good, found.visits, found.visits_good) == (3, 2, 2, 2)
    assert attempt_days.first_try(operator.pk, station_id=talk.station_id, since=ago(48), until=NOW) == (1, 2)
    assert attempt_days.first_try(operator.pk, location_ids=[site], since=ago(48), until=NOW) == (1, 2)
    assert attempt_days.first_try(operator.pk, location_ids=[], since=ago(48), until=NOW) == (0, 0)
    [(name, counts)] = attempt_days.counts_by(operator.pk, "site", since=ago(48), until=NOW)
    assert (name, counts.visits) == ("Harbour", 2)


def test_the_job_settles_every_operator(talk: Talk, other_operator: Operator) -> None:
    other = Talk(other_operator.pk, "CP-2")
    other.status("Available", at=ago(3))
    assert uptime_settling.settle(NOW) == 2
    assert set(UptimePort.objects.values_list("operator_id", flat=True)) == {
        talk.operator_id,
        other_operator.pk,
    }
