"""What the room does when something happened: issue records, see starts and stops work, stop the refused."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from chargehand.domain.charging import cdrs, pending_starts, unauthorised, unread, zoneless
from chargehand.domain.charging.facts import (
    TransactionAmended,
    TransactionEnded,
    TransactionIdentified,
    TransactionStarted,
)
from chargehand.domain.charging.models import Transaction
from chargehand.domain.stations import requests
from chargehand.domain.stations.facts import MessageQuarantined, RequestAnswered
from chargehand.kernel.facts import Fact


def issue_records(stated: Sequence[Fact]) -> None:
    """Issue the records of transactions that ended or were amended."""
    ended = {
        fact.transaction_id for fact in stated if isinstance(fact, TransactionEnded | TransactionAmended)
    }
    cdrs.issue_all(ended)


def see_commands_work(stated: Sequence[Fact]) -> None:
    """See remote starts and stops work, and settle starts that were answered with a no."""
    started = {
        fact.transaction_id for fact in stated if isinstance(fact, TransactionStarted | TransactionIdentified)
    }
    ended = {
        fact.transaction_id for fact in stated if isinstance(fact, TransactionEnded | TransactionAmended)
    }
    pending_starts.match_all(started)
    _see_stops(ended)
    for fact in stated:
        if isinstance(fact, RequestAnswered) and fact.command == "start":
            pending_starts.answer(
                UUID(fact.request_id), is_accepted=fact.is_accepted, word=fact.word, at=fact.happened_at
            )
        elif isinstance(fact, RequestAnswered) and fact.command == "stop" and fact.is_accepted:
            _see_stops_of(fact)


def stop_refused(stated: Sequence[Fact]) -> None:
    """Ask stations to stop transactions whose token may not charge (quirk A19); 1.6 at once."""
    for fact in stated:
        if isinstance(fact, TransactionStarted) and fact.authorization not in {"", "Accepted"}:
            unauthorised.stop_at_once(fact.transaction_id)


def learn_zones(stated: Sequence[Fact]) -> None:
    """Learn from charges whose times name no zone where their stations' clocks stand (quirk D2)."""
    zoneless.learn({fact.transaction_id for fact in stated if isinstance(fact, TransactionStarted)})


def show_quarantined(stated: Sequence[Fact]) -> None:
    """Let people see messages about charges that could not be stored."""
    for fact in stated:
        if isinstance(fact, MessageQuarantined):
            unread.show_quarantined(fact)


def _see_stops(transaction_ids: Collection[int]) -> None:
    """See the stops that were asked for of transactions that ended."""
    rows = Transaction.objects.filter(pk__in=list(transaction_ids), ended_received_at__isnull=False)
    told = list(rows.exclude(state=Transaction.State.OPEN).only("pk", "station_id", "ended_received_at"))
    asked = requests.unseen({row.station_id for row in told}, "stop")
    for row in told:
        if row.station_id in asked and row.ended_received_at is not None:
            requests.see(
                station_id=row.station_id,
                commands=["stop"],
                seen_as=f"charge {row.pk} ended",
                at=row.ended_received_at,
                matching={"transaction_id": row.pk},
            )


def _see_stops_of(fact: RequestAnswered) -> None:
    """See a stop that came before the answer to it."""
    ended = Transaction.objects.filter(
        station_id=fact.station_id, ended_received_at__gte=fact.happened_at - pending_starts.SKEW
    )
    _see_stops(list(ended.values_list("pk", flat=True)))


ENDINGS: Final = (TransactionEnded, TransactionAmended)
SIGHTED_BY: Final = (
    TransactionStarted,
    TransactionIdentified,
    TransactionEnded,
    TransactionAmended,
    RequestAnswered,
)
STARTS: Final = (TransactionStarted,)
QUARANTINED: Final = (MessageQuarantined,)
