"""The tables of the database: brought to this version by one process at a time, and whether they are."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from chargehand.kernel import clock
from chargehand.project import retention

_LOCK = 0x4348_4152_4745  # "CHARGE": the advisory lock of whoever migrates


def migrate(verbosity: int = 0) -> None:
    """Apply what is missing, and make room in the tables that grow.

    Processes that start together wait for the first of them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        call_command("migrate", interactive=False, verbosity=verbosity)
        retention.keep_partitions(settings.CONFIGURATION, clock.now().date())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def missing_migrations() -> list[str]:
    """The names of what `migrate` would apply, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
