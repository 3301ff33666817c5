"""Tables that grow get room, and lose what is too old."""

import importlib
from datetime import UTC, date, datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app as jobs

from chargehand.project import retention
from chargehand.project.configuration import Configuration

TODAY = date(2026, 11, 22)


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
