"""How long what grows is kept: partitions are made ahead of need and dropped when their time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import msgspec
import structlog
from django.db import connection
from psycopg import sql

from chargehand.journal import partitions
from chargehand.project.configuration import Configuration

log = structlog.get_logger()


class GrowingTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table partitioned by time of receipt: days in one partition, and days it is kept."""

    name: str
    days: int
    keep_days: Callable[[Configuration], int]


# A new partitioned table is one line here.
GROWING_TABLES = (
    GrowingTable(name="stations_message", days=1, keep_days=lambda settings: settings.raw_message_days),
    GrowingTable(name="stations_status_report", days=7, keep_days=lambda settings: settings.meter_value_days),
    GrowingTable(
        name="charging_transaction_event", days=7, keep_days=lambda settings: settings.meter_value_days
    ),
    GrowingTable(name="charging_reading", days=7, keep_days=lambda settings: settings.meter_value_days),
)


class AgeingTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table that grows slowly: its rows are deleted when `column` is older than the days it is kept.

    `condition` (SQL about a row `old`) says which of them; what others refer to goes once those are gone.
    """

    name: str
    column: str
    keep_days: Callable[[Configuration], int]
    condition: str = "true"


# Charge detail records, signed readings, transactions and the audit are kept: they are the books. So are incidents
# with their findings, repairs and work, and what uptime reports are made of. Logs of stations and risks are
# forgotten by maintenance, forms that were sent by the doors.
AGEING_TABLES = (
    AgeingTable(
        name="stations_event", column="received_at", keep_days=lambda settings: settings.raw_message_days
    ),
    AgeingTable(
        name="stations_request", column="queued_at", keep_days=lambda settings: settings.raw_message_days
    ),
    AgeingTable(
        name="journal_fact", column="stated_at", keep_days=lambda settings: settings.raw_message_days
    ),
    AgeingTable(
        name="stations_connection_event", column="at", keep_days=lambda settings: settings.meter_value_days
    ),
    AgeingTable(
        name="stations_quarantine",
        column="resolved_at",
        keep_days=lambda settings: settings.raw_message_days,
    ),
    AgeingTable(
        name="stations_gateway", column="ended_at", keep_days=lambda settings: settings.raw_message_days
    ),
    AgeingTable(
        name="charging_pending_start",
        column="deadline",
        keep_days=lambda settings: settings.raw_message_days,
    ),
    AgeingTable(
        name="billing_told_cost", column="told_at", keep_days=lambda settings: settings.raw_message_days
    ),
    AgeingTable(
        name="health_finding",
        column="stored_at",
        keep_days=lambda settings: settings.raw_message_days,
        condition="is_past AND NOT EXISTS (SELECT FROM health_incident_finding j WHERE j.finding_id = old.id)",
    ),
    AgeingTable(
        name="health_watch_batch", column="asked_at", keep_days=lambda settings: settings.raw_message_days
    ),
    AgeingTable(
        name="notices_delivery",
        column="queued_at",
        keep_days=lambda settings: settings.raw_message_days,
        condition="NOT EXISTS (SELECT FROM notices_delivery part WHERE part.digest_id = old.id)",
    ),
    AgeingTable(
        name="notices_alert",
        column="resolved_at",
        keep_days=lambda settings: settings.raw_message_days,
        condition="NOT EXISTS (SELECT FROM notices_delivery d WHERE d.alert_id = old.id)",
    ),
    AgeingTable(name="maintenance_fault", column="at", keep_days=lambda settings: settings.meter_value_days),
)
_ROWS_AT_ONCE = 10_000


def forget_old_rows(configuration: Configuration, today: date) -> None:
    """Delete rows that are too old, some thousands in a transaction, so that nobody waits for it."""
    for table in AGEING_TABLES:
        oldest = today - timedelta(days=table.keep_days(configuration))
        deleted = 0
        while (count := _delete_some(table, oldest)) > 0:
            deleted += count
        if deleted:
            log.info("rows_forgotten", table=table.name, rows=deleted)


def _delete_some(table: AgeingTable, oldest: date) -> int:
    statement = sql.SQL(
        "DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} old"
        " WHERE {column} < %s AND {condition} LIMIT %s))"
    ).format(
        table=sql.Identifier(table.name),
        column=sql.Identifier(table.column),
        condition=sql.SQL(table.condition),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [oldest, _ROWS_AT_ONCE])
        return int(cursor.rowcount)


def keep_partitions(configuration: Configuration, today: date) -> None:
    """Make the partitions of the next two weeks, and drop those that hold only what may be forgotten."""
    for table in GROWING_TABLES:
        made = partitions.ensure(table.name, days=table.days, today=today)
        dropped = partitions.drop_older(
            table.name, days=table.days, keep_days=table.keep_days(configuration), today=today
        )
        if made or dropped:
            log.info("partitions_kept", table=table.name, made=len(made), dropped=len(dropped))
