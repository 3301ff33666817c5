"""Whether a process can do its work."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from chargehand.domain.accounts.models import AuditEntry
from chargehand.project import readiness, schema


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    readiness._schema_is_current.clear()


def test_a_process_that_can_write_is_ready_and_leaves_nothing_behind(db: None) -> None:
    assert readiness.find_problems() == []
    assert not AuditEntry.objects.exists()


def test_a_process_ahead_of_its_tables_is_not_ready(db: None) -> None:
    MigrationRecorder.Migration.objects.filter(app="tokens").delete()
    (problem,) = readiness.find_problems()
    assert "tokens.0001_initial" in problem
    assert "tokens.0001_initial" in schema.missing_migrations()


@pytest.fixture
def _read_only(transactional_db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    yield
    connection.close()


@pytest.mark.usefixtures("_read_only")
def test_a_database_that_only_reads_is_not_ready() -> None:
    assert readiness.find_problems() == ["The database cannot be written to."]


def test_migrating_a_current_database_changes_nothing_and_frees_its_lock(transactional_db: None) -> None:
    schema.migrate()
    assert schema.missing_migrations() == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert cursor.fetchone() == (0,)
