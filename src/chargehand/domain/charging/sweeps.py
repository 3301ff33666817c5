"""What must be looked after from time to time in the charging room: plain functions of the time."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.db import connection

from chargehand.domain.charging import cdrs, pending_starts, unauthorised, zombies
from chargehand.domain.charging.models import RepairCase

#: Gaps among events are looked at again for so long: offline queues come late.
GAPS_FOR: Final = timedelta(days=7)

#: Cases of open transactions, which are over once the transaction is.
_OVER: Final = """
UPDATE charging_repair_case c SET state = 'resolved', resolved_at = %s, resolved_by = 'Chargehand',
    resolution = 'settled', note = 'The charge was ended.'
FROM charging_transaction t WHERE t.id = c.transaction_id AND t.state <> 'open' AND c.state = 'open'
    AND c.kind IN ('offline-open', 'silent-open')
"""


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep did."""

    starts_given_up: int
    stops_asked: int
    closed: int
    cases_over: int


def sweep_charging(now: datetime) -> Swept:
    """Give up remote starts, stop refused transactions, close forgotten ones, take settled cases away."""
    return Swept(
        starts_given_up=pending_starts.give_up(now),
        stops_asked=unauthorised.stop_going_on(now),
        closed=zombies.close_zombies(now),
        cases_over=_settle_cases(now),
    )


def look_at_gaps(now: datetime) -> int:
    """Issue records again whose missing events may have come meanwhile; return how many were looked at."""
    rows = RepairCase.objects.filter(
        kind="events-missing", state=RepairCase.State.OPEN, opened_at__gt=now - GAPS_FOR
    )
    found = [
        transaction_id for transaction_id in rows.values_list("transaction_id", flat=True) if transaction_id
    ]
    for transaction_id in found:
        cdrs.issue(transaction_id)
    return len(found)


def _settle_cases(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_OVER, [now])
        return int(cursor.rowcount)
