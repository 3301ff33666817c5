"""Remote starts that stations accepted: matched with the transactions that follow, or given up (quirk A14)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from chargehand.domain.charging.models import PendingStart, Transaction
from chargehand.domain.charging.remote import START_WITHIN
from chargehand.domain.stations import requests

#: A transaction that comes after the deadline still belongs to its request for so long.
LATE: Final = timedelta(minutes=30)

#: A start with an older station time was made before it was asked for; clocks may differ by this.
SKEW: Final = timedelta(minutes=2)

#: Fewer characters than this are no token to compare by (quirk B3).
_SHORTEST_TOKEN: Final = 4

#: What stands in answers where the station may have started all the same.
_UNSURE: Final = frozenset({"Timeout", "Disconnected"})


def match_all(transaction_ids: Collection[int]) -> None:
    """Find the remote starts that transactions came of; those of stations nobody asked are not looked at."""
    stations = dict(
        Transaction.objects.filter(pk__in=list(transaction_ids))
        .order_by("pk")
        .values_list("pk", "station_id")
    )
    waiting = PendingStart.objects.filter(station_id__in=set(stations.values()))
    asked = set(
        waiting.filter(Q(transaction_id=None) | Q(transaction_id__in=list(stations)))
        .values_list("station_id", flat=True)
        .distinct()
    )
    for transaction_id, station_id in stations.items():
        if station_id in asked:
            match(transaction_id)


@transaction.atomic
def match(transaction_id: int) -> UUID | None:
    """Find the remote start that a transaction came of, and see it work; return its request's id.

    2.x names the start. In 1.6 token and EVSE tell: some stations spoil long tokens, so a beginning counts.
    """
    row = Transaction.objects.filter(pk=transaction_id).first()
    if row is None:
        return None
    known = PendingStart.objects.filter(transaction_id=row.pk).first()
    found = known or _find(row)
    if found is None:
        return None
    PendingStart.objects.filter(pk=found.pk).update(transaction_id=row.pk, outcome="started")
    if row.remote_start_id is None:
        Transaction.objects.filter(pk=row.pk).update(remote_start_id=found.remote_start_id)
    requests.see(
        station_id=row.station_id,
        commands=["start"],
        seen_as=f"charge {row.pk}",
        at=row.started_received_at,
        matching={"remote_start_id": found.remote_start_id},
    )
    return found.request_id


def answer(request_id: UUID, *, is_accepted: bool, word: str, at: datetime) -> None:
    """Take the station's answer to a remote start: a no settles it, a yes begins the wait for the driver."""
    waiting = PendingStart.objects.filter(pk=request_id, outcome="")
    if is_accepted:
        waiting.update(deadline=at + START_WITHIN)
    elif word not in _UNSURE:
        waiting.update(outcome="refused")


@transaction.atomic
def give_up(now: datetime) -> int:
    """Mark starts whose deadline is over: failed where nothing was sent or answered; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE charging_pending_start p SET outcome = CASE WHEN r.is_accepted THEN 'no-transaction'"
            " ELSE 'failed' END FROM stations_request r WHERE r.id = p.request_id AND p.outcome = ''"
            " AND (p.deadline <= %s OR (r.state = 'expired' AND r.sent_at IS NULL))",
            [now],
        )
        return int(cursor.rowcount)


def _find(row: Transaction) -> PendingStart | None:
    waiting = PendingStart.objects.select_for_update().filter(station_id=row.station_id, transaction_id=None)
    if row.remote_start_id is not None:
        return waiting.filter(remote_start_id=row.remote_start_id).first()
    if row.station_ref is not None:
        return None
    possible = waiting.filter(
        Q(evse=None) | Q(evse=0) | Q(evse=row.evse),
        outcome__in=["", "no-transaction", "failed"],
        asked_at__gt=row.started_received_at - LATE,
        asked_at__lte=row.started_received_at + SKEW,
    ).order_by("-asked_at")
    if "clock-not-credible" not in row.flags:
        possible = possible.filter(asked_at__lte=row.started_at + SKEW)
    return next((each for each in possible if is_alike(each.token_uid, row.token_uid)), None)


def is_alike(asked: str, told: str) -> bool:
    """Tell whether a token is the one that was asked for: equal, or one begins with the other (quirk B3)."""
    left, right = asked.strip().casefold(), told.strip().casefold()
    if left == right:
        return bool(left)
    shorter, longer = sorted((left, right), key=len)
    return len(shorter) >= _SHORTEST_TOKEN and longer.startswith(shorter)
