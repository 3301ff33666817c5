"""How long what grows is kept: partitions are made ahead of need and dropped when their time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec
import structlog

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


def keep_partitions(configuration: Configuration, today: date) -> None:
    """Make the partitions of the next two weeks, and drop those that hold only what may be forgotten."""
    for table in GROWING_TABLES:
        made = partitions.ensure(table.name, days=table.days, today=today)
        dropped = partitions.drop_older(
            table.name, days=table.days, keep_days=table.keep_days(configuration), today=today
        )
        if made or dropped:
            log.info("partitions_kept", table=table.name, made=len(made), dropped=len(dropped))
