"""Findings become incidents: one cause, one incident, however many stations, workers or repetitions."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from tests.domain.health.incident_making import charge, find, look, make_site, make_talk, take
from tests.domain.station_talk import Talk, now
from tests.patience import PATIENCE_S

from chargehand.domain.accounts.models import Operator
from chargehand.domain.health import followers, incidents
from chargehand.domain.health.models import Incident, IncidentFinding
from chargehand.domain.stations.events import Noticed
from chargehand.domain.stations.facts import StatusChanged
from chargehand.domain.stations.models import GatewayProcess
from chargehand.journal.models import StatedFact
from chargehand.kernel import clock

pytestmark = pytest.mark.django_db

OLD = timedelta(minutes=20)


def _names() -> list[str]:
    rows = StatedFact.objects.filter(name__startswith="health.").order_by("id")
    return list(rows.values_list("name", flat=True))


def _reported(talk: Talk, evse: int = 1) -> StatusChanged:
    return StatusChanged(
        happened_at=clock.now(),
        operator_id=talk.operator_id,
        station_id=talk.station_id,
        evse=evse,
        connector=1,
        status="Faulted",
        error_code="",
        received_at=clock.now(),
    )


def test_a_router_that_is_down_is_one_incident_with_fourteen_stations(operator: Operator) -> None:
    site = make_site(operator)
    talks = [make_talk(operator, f"410{number:02}", site) for number in range(14)]
    for talk in talks:
        talk.disconnect()
    take(find(talks, "silent-station", scope="site", evse=0, at=clock.now() - OLD))
    look()
    [incident] = Incident.objects.all()
    assert (incident.state, incident.scope, incident.family) == ("open", "site", "connectivity")
    assert set(incidents.stations_of(incident)) == {talk.station_id for talk in talks}
    assert _names() == ["health.IncidentOpened"]


def test_a_second_silent_station_of_the_site_joins_the_first(operator: Operator) -> None:
    site = make_site(operator)
    one, two = (make_talk(operator, name, site) for name in ("1", "2"))
    for talk in (one, two):
        talk.disconnect()
    began = clock.now() - OLD
    [first] = take(find([one], "silent-station", scope="station", evse=0, at=began))
    look()
    [second] = take(find([two], "silent-station", scope="station", evse=0, at=began + timedelta(minutes=2)))
    assert second.pk == first.pk
    assert (second.scope, second.state) == ("site", "open")
    assert set(incidents.stations_of(second)) == {one.station_id, two.station_id}
    assert _names() == ["health.IncidentOpened", "health.IncidentWorsened"]


def test_silences_of_different_days_or_sites_stay_apart(operator: Operator) -> None:
    site, other = make_site(operator), make_site(operator, "Station road")
    one, two, three = (make_talk(operator, n, s) for n, s in (("1", site), ("2", site), ("3", other)))
    at = clock.now() - timedelta(hours=1)
    rows = take(
        find([one], "silent-station", scope="station", evse=0, at=at),
        find([two], "silent-station", scope="station", evse=0, at=at + timedelta(minutes=40)),
        find([three], "silent-station", scope="station", evse=0, at=at),
    )
    assert [incidents.stations_of(row) for row in rows] == [
        (one.station_id,),
        (two.station_id,),
        (three.station_id,),
    ]


def test_a_site_finding_takes_in_what_single_stations_had_before(operator: Operator) -> None:
    site = make_site(operator)
    talks = [make_talk(operator, str(number), site) for number in range(3)]
    at = clock.now() - timedelta(hours=2)
    for talk in talks:
        talk.disconnect(at)
    take(
        find(talks[:1], "silent-station", scope="station", evse=0, at=at),
        find(talks[1:2], "flapping-connectivity", scope="station", evse=0, at=at + timedelta(minutes=30)),
    )
    look()
    assert Incident.objects.filter(state="open").count() == 2
    take(find(talks, "silent-station", scope="site", evse=0, at=at + timedelta(minutes=60)))
    [standing] = Incident.objects.filter(state__in=incidents.ALIVE)
    [merged] = Incident.objects.filter(state="merged")
    assert merged.merged_into_id == standing.pk
    assert set(incidents.stations_of(standing)) == {talk.station_id for talk in talks}
    assert IncidentFinding.objects.filter(incident=standing).count() == 3
    assert _names().count("health.IncidentResolved") == 1


def test_findings_of_one_family_at_one_plug_are_one_incident_and_plugs_stay_apart(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    rows = take(
        find([talk], "contact-resistance-rise", evse=1),
        find([talk], "fan-failure", evse=1),
        find([talk], "contact-resistance-rise", evse=2),
    )
    assert [(row.kind, row.evse) for row in rows] == [
        ("contact-resistance-rise", 1),
        ("contact-resistance-rise", 2),
    ]


def test_what_a_fault_explains_joins_it_and_the_cause_gives_the_name(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    [row] = take(find([talk], "unused-though-expected"), find([talk], "connector-lock-failure"))
    assert row.kind == "connector-lock-failure"
    [row] = take(find([talk], "stuck-state"))
    assert row.kind == "connector-lock-failure"


def test_a_lost_connection_is_not_what_the_station_reported_before(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    take(find([talk], "reported-fault"))
    rows = take(find([talk], "silent-station", scope="station", evse=0))
    assert [row.kind for row in rows] == ["reported-fault", "silent-station"]


def test_a_graver_finding_makes_an_open_incident_worse(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    take(find([talk], "contactor-wear"))
    [row] = take(find([talk], "contactor-welded"))
    assert (row.kind, row.severity) == ("contactor-welded", 0)
    assert "health.IncidentWorsened" in _names()


def test_a_firmware_regression_is_one_incident_per_cohort(operator: Operator) -> None:
    site = make_site(operator)
    bad = [make_talk(operator, f"b{number}", site, firmware_version="2.0") for number in range(4)]
    good = make_talk(operator, "g", site, firmware_version="1.9")
    take(find(bad[:1], "failed-starts", evse=1))
    take(find(bad[:3], "firmware-regression", scope="cohort", evse=0))
    take(find(bad[3:], "failed-starts", evse=2), find([good], "failed-starts", evse=1))
    cohort, other = Incident.objects.filter(state__in=incidents.ALIVE).order_by("id")
    assert (cohort.scope, cohort.firmware) == ("cohort", "2.0")
    assert set(incidents.stations_of(cohort)) == {talk.station_id for talk in bad}
    assert incidents.stations_of(other) == (good.station_id,)
    assert Incident.objects.filter(state="merged").count() == 1


def test_the_same_finding_twice_changes_nothing(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    fact = find([talk], "failed-starts")
    take(fact)
    before = _names()
    [row] = take(fact, fact)
    assert row.entries.count() == 1
    assert _names() == before


def test_a_finding_about_the_past_opens_nothing(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    fact = find([talk], "failed-starts", since=clock.now() - timedelta(days=30))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE health_finding SET is_past = true")
    assert take(fact) == []


def test_a_station_that_comes_back_in_time_was_no_incident(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    at = clock.now()
    talk.disconnect(at)
    [row] = take(find([talk], "silent-station", scope="station", evse=0, at=at))
    assert row.state == "pending"
    talk.connect()
    talk.status("Available")
    look(at + timedelta(seconds=121))
    row.refresh_from_db()
    assert row.state == "dropped"
    assert _names() == []


def test_a_station_that_stays_away_is_an_incident_after_its_models_time(operator: Operator) -> None:
    slow, usual = make_talk(operator, "fox", vendor="FoxESS"), make_talk(operator, "1")
    at = clock.now()
    for talk in (slow, usual):
        talk.disconnect(at)
    look(at + timedelta(seconds=299))
    assert not Incident.objects.exists()
    look(at + timedelta(seconds=301))
    assert [incidents.stations_of(row) for row in Incident.objects.all()] == [(usual.station_id,)]
    look(at + timedelta(seconds=1201))
    look(at + timedelta(seconds=1211))
    rows = Incident.objects.order_by("id")
    assert [incidents.stations_of(row)[0] for row in rows] == [usual.station_id, slow.station_id]
    assert {row.state for row in rows} == {"open"}


def test_our_own_outage_is_no_stations_fault(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    at = clock.now()
    talk.disconnect(at)
    GatewayProcess.objects.update(started_at=at + timedelta(minutes=10))
    look(at + timedelta(minutes=14))
    assert not Incident.objects.exists()
    look(at + timedelta(minutes=16))
    assert Incident.objects.get().state == "open"


def test_stations_lost_together_are_one_incident_though_the_last_went_later(operator: Operator) -> None:
    site = make_site(operator)
    talks = [make_talk(operator, str(number), site) for number in range(3)]
    at = clock.now()
    for number, talk in enumerate(talks):
        talk.disconnect(at + timedelta(minutes=number))
    look(at + timedelta(seconds=301))
    [row] = Incident.objects.all()
    assert row.scope == "site"
    assert len(incidents.stations_of(row)) == 3
    assert _names() == ["health.IncidentOpened"]


def test_a_reported_fault_must_stand_for_half_a_minute(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    at = now()
    talk.status("Faulted", error="InternalError", at=at)
    followers.follow([_reported(talk)])
    [row] = Incident.objects.all()
    assert (row.kind, row.state) == ("reported-fault", "pending")
    look(at + timedelta(seconds=25))
    row.refresh_from_db()
    assert row.state == "pending"
    look(at + timedelta(seconds=31))
    row.refresh_from_db()
    assert row.state == "open"


@pytest.mark.parametrize("error", ["GroundFailure", "HighTemperature"])
def test_a_protection_that_tripped_is_an_incident_at_once(operator: Operator, error: str) -> None:
    talk = make_talk(operator, "1")
    talk.status("Faulted", error=error, at=now())
    followers.follow([_reported(talk)])
    assert Incident.objects.get().state == "open"


def test_a_model_that_takes_reports_back_gets_its_time_though_the_fault_is_hard(operator: Operator) -> None:
    talk = make_talk(operator, "1", vendor="ABB")
    talk.status("Faulted", error="HighTemperature", at=now())
    followers.follow([_reported(talk)])
    assert Incident.objects.get().state == "pending"


def test_a_hard_report_ends_the_wait_of_a_soft_one(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    talk.status("Faulted", error="InternalError", at=now())
    followers.follow([_reported(talk)])
    assert Incident.objects.get().state == "pending"
    talk.status("Faulted", error="HighTemperature", at=now())
    followers.follow([_reported(talk)])
    assert Incident.objects.get().state == "open"


def test_a_fault_of_a_2x_station_takes_its_reason_from_the_event_before_it(operator: Operator) -> None:
    talk = Talk(operator.pk, "1", 201)
    talk.boot()
    why = {"techCode": "CX002", "techInfo": "Residual current above 30 mA"}
    event = Noticed(kind="monitor", name="Connector.Problem", evse=1, connector=1, time=now(), detail=why)
    talk.say(event, "NotifyEvent")
    talk.status("Faulted", at=now())
    followers.follow([_reported(talk)])
    row = Incident.objects.get()
    assert (row.kind, row.state) == ("ground-fault", "open")
    assert "CX002" in row.sentence


def test_a_report_that_speaks_of_danger_opens_at_once_and_blocks_the_plug(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    talk.status("Faulted", error="PowerSwitchFailure")
    followers.follow([_reported(talk)])
    [row] = Incident.objects.all()
    assert (row.kind, row.state, row.severity) == ("contactor-welded", "open", 0)
    taken = talk.take()
    assert taken is not None
    assert (taken.command.__struct_config__.tag, getattr(taken.command, "evse", None)) == ("availability", 1)


def test_a_resolved_incident_makes_room_for_a_new_one(operator: Operator) -> None:
    talk = make_talk(operator, "1")
    [first] = take(find([talk], "failed-starts", at=clock.now() - timedelta(hours=1)))
    charge(talk, start=now() - timedelta(minutes=50))
    first.refresh_from_db()
    assert first.state == "resolved"
    _, second = take(find([talk], "stuck-state"))
    assert second.state == "open"


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_open_one_incident(operator: Operator) -> None:
    site = make_site(operator)
    talks = [make_talk(operator, str(number), site) for number in range(8)]
    at = clock.now() - OLD
    facts = [find([talk], "silent-station", scope="station", evse=0, at=at) for talk in talks]
    facts += facts[:4]
    start = threading.Barrier(4)

    def work(number: int) -> None:
        start.wait(PATIENCE_S)
        try:
            for fact in facts[number::4]:
                followers.follow([fact])
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE_S)
    [row] = Incident.objects.all()
    assert len(incidents.stations_of(row)) == 8
    assert IncidentFinding.objects.count() == 8
