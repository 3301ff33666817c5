"""Tables that grow get room, and lose what is too old."""

import importlib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app as jobs
from tests.domain.health.incident_making import find, make_talk, take
from tests.domain.notices.making import Crew

from chargehand.domain.accounts.models import Operator
from chargehand.domain.billing.models import ToldCost
from chargehand.domain.health.models import HealthFinding, Incident, WatchBatch
from chargehand.domain.notices.models import Alert, Delivery
from chargehand.domain.notices.plans import Step
from chargehand.project import retention
from chargehand.project.configuration import Configuration

TODAY = date(2026, 11, 22)


@pytest.fixture
def crew(operator: Operator) -> Crew:
    return Crew(operator)


def _partitions(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass",
            [table],
        )
        return {row[0] for row in cursor.fetchall()}


def test_every_partitioned_table_is_kept(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'p'")
        assert {row[0] for row in cursor.fetchall()} == {table.name for table in retention.GROWING_TABLES}


def test_room_is_made_for_two_weeks_and_only_once(db: None) -> None:
    retention.keep_partitions(Configuration(), TODAY)
    made = _partitions("stations_message")
    assert {f"stations_message_{TODAY + timedelta(days=ahead):%Y%m%d}" for ahead in range(14)} <= made
    retention.keep_partitions(Configuration(), TODAY)
    assert _partitions("stations_message") == made


def test_raw_messages_go_after_their_days_and_readings_stay(db: None) -> None:
    configuration = Configuration(raw_message_days=3, meter_value_days=400)
    retention.keep_partitions(configuration, TODAY)
    retention.keep_partitions(configuration, TODAY + timedelta(days=10))
    messages = {name for name in _partitions("stations_message") if not name.endswith("default")}
    assert min(messages) == f"stations_message_{TODAY + timedelta(days=7):%Y%m%d}"
    readings = {name for name in _partitions("charging_reading") if not name.endswith("default")}
    assert min(readings) <= f"charging_reading_{TODAY:%Y%m%d}"


def test_the_nightly_jobs_are_in_the_timetable(db: None) -> None:
    importlib.import_module(settings.PROCRASTINATE_IMPORT_PATHS[0])
    planned = {periodic.task.name for periodic in jobs.periodic_registry.periodic_tasks.values()}
    assert {"timetable.keep_partitions", "timetable.clear_sessions"} <= planned


def test_an_expired_sign_in_is_forgotten(db: None) -> None:
    sessions = apps.get_model("sessions", "Session").objects
    for key, year in (("old", 2020), ("new", 2999)):
        sessions.create(session_key=key, session_data="", expire_date=datetime(year, 1, 1, tzinfo=UTC))
    importlib.import_module(settings.PROCRASTINATE_IMPORT_PATHS[0])
    jobs.tasks["timetable.clear_sessions"].func(timestamp=0)
    assert [session.session_key for session in sessions.all()] == ["new"]


def test_facts_go_after_their_days_and_younger_ones_stay(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO journal_fact (name, happened_at, stated_at, body) VALUES (%s, %s, %s, '{}')",
            [
                ("old", TODAY - timedelta(days=5), TODAY - timedelta(days=5)),
                ("young", TODAY - timedelta(days=5), TODAY - timedelta(days=1)),
            ],
        )
    retention.forget_old_rows(Configuration(raw_message_days=3), TODAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM journal_fact")
        assert [row[0] for row in cursor.fetchall()] == ["young"]


def _all(table: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table}")
        return {row[0] for row in cursor.fetchall()}


def _forget() -> None:
    retention.forget_old_rows(Configuration(raw_message_days=3, meter_value_days=400), TODAY)


def test_every_line_names_a_table_and_a_time_of_it(db: None) -> None:
    for table in retention.AGEING_TABLES:
        model = next(each for each in apps.get_models() if each._meta.db_table == table.name)
        kind = model._meta.get_field(table.column).get_internal_type()
        assert kind == "DateTimeField", table.name


def test_findings_of_the_past_go_and_those_of_incidents_stay(operator: Operator) -> None:
    talk = make_talk(operator, "4107")
    old = datetime(2026, 11, 10, tzinfo=UTC)
    joined = find([talk], "failed-starts", at=old)
    take(joined)
    past, present = (find([talk], "cable-cut", at=old + timedelta(hours=hour)) for hour in (1, 2))
    rows = HealthFinding.objects.all()
    rows.update(stored_at=old)
    rows.filter(pk__in=[joined.finding_id, past.finding_id]).update(is_past=True)
    _forget()
    assert _all("health_finding") == {joined.finding_id, present.finding_id}
    assert Incident.objects.exists()


def test_messages_go_after_their_days_with_their_alert_and_running_ones_stay(crew: Crew) -> None:
    mia = crew.person("Mia")
    crew.escalate(Step(wait_minutes=5, user_id=mia))
    over, running = crew.opened(), crew.opened()
    crew.tell()
    crew.resolved(over)
    crew.tell()
    old = datetime(2026, 11, 10, tzinfo=UTC)
    first = Delivery.objects.order_by("pk").first()
    assert first is not None
    Delivery.objects.exclude(pk=first.pk).update(digest=first)
    Delivery.objects.update(queued_at=old)
    Alert.objects.update(opened_at=old)
    Alert.objects.filter(incident_id=over).update(resolved_at=old)
    _forget()
    connection.check_constraints()
    assert not Delivery.objects.exists()
    assert [alert.incident_id for alert in Alert.objects.all()] == [running]


def test_an_alert_stays_while_a_message_about_it_does(crew: Crew) -> None:
    mia = crew.person("Mia")
    crew.escalate(Step(wait_minutes=5, user_id=mia))
    over = crew.opened()
    crew.tell()
    crew.resolved(over)
    Alert.objects.update(resolved_at=datetime(2026, 11, 10, tzinfo=UTC))
    Delivery.objects.update(queued_at=datetime(2026, 11, 21, tzinfo=UTC))
    _forget()
    connection.check_constraints()
    assert _all("notices_alert")
    assert _all("notices_delivery")


def test_batches_of_the_watch_and_told_costs_go_and_younger_ones_stay(operator: Operator) -> None:
    for number, day in ((1, 10), (2, 21)):
        at = datetime(2026, 11, day, tzinfo=UTC)
        WatchBatch.objects.create(
            operator_id=operator.pk, number=number, from_xid=1, to_xid=2, asked_at=at, lines=b""
        )
        ToldCost.objects.create(
            transaction_id=number, station_id=1, currency="EUR", after_minor=5, told_at=at
        )
    _forget()
    assert [batch.number for batch in WatchBatch.objects.all()] == [2]
    assert [told.pk for told in ToldCost.objects.all()] == [2]
