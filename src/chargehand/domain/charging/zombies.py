"""Transactions that stations forgot to end: closed by evidence, never by the clock alone (quirks A8 to A11).

A station that is away ended nothing: its transactions stay open, and people are told after a while. Stations
of 2.x are asked first.
"""

from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

import msgspec
from django.db import connection, transaction

from chargehand.domain.charging import repair
from chargehand.domain.charging.transactions import close_by_evidence
from chargehand.domain.stations import requests
from chargehand.domain.stations.commands import GetTransactionStatus
from chargehand.journal import log as journal
from chargehand.kernel.facts import Fact

ASKED_BY: Final = "Chargehand"

#: A station may take up a transaction again so long after a boot (quirk A9).
RESUME_WITHIN: Final = timedelta(minutes=10)
#: A plug must be told free for so long: sockets show it for a moment when plugged anew (quirks A10, F11).
FREE_FOR: Final = timedelta(minutes=5)
#: A connected station that told nothing of a transaction for so long.
SILENT_FOR: Final = timedelta(hours=24)
#: A station that is away for so long: people are told of its open transactions.
AWAY_FOR: Final = timedelta(hours=24)
#: What a station says of a charge it tells nothing of is left to people after so long.
PUZZLING_AFTER: Final = timedelta(days=3)
#: After an answer that nothing goes on, messages may still be on their way (quirk H6).
SETTLE_FOR: Final = timedelta(minutes=2)
#: How long an answer that it goes on, or that messages are queued, is taken for true.
ASK_AGAIN: Final = {"ongoing": timedelta(hours=1), "queued": timedelta(minutes=10)}

_FLOWING: Final = "('Charging', 'SuspendedEV', 'SuspendedEVSE')"

#: The inner condition is cheap and leaves few; only of those the last sign of life is looked up.
_SUSPECTS: Final = f"""
SELECT * FROM (
    SELECT t.id, t.station_id, t.operator_id, t.station_ref, t.started_at, k.is_connected, k.disconnected_at,
        k.version, s.booted_at, c.status, c.status_received_at,
        GREATEST(t.started_received_at,
            (SELECT max(e.received_at) FROM charging_transaction_event e WHERE e.transaction_id = t.id
                AND e.received_at >= t.started_received_at - interval '1 day'),
            (SELECT max(q.received_at) FROM (SELECT r.received_at FROM charging_reading r
                WHERE r.station_id = t.station_id AND r.transaction_id = t.id
                    AND r.measured_at >= t.started_at
                    AND r.received_at >= t.started_received_at - interval '1 day'
                ORDER BY r.measured_at DESC LIMIT 1) AS q)
        ) AS heard_at
    FROM charging_transaction t
    JOIN stations_station s ON s.id = t.station_id
    LEFT JOIN stations_connection k ON k.station_id = t.station_id
    LEFT JOIN stations_connector c ON c.station_id = t.station_id AND c.evse = t.evse
        AND c.connector = COALESCE(t.connector, 1)
    WHERE t.state = 'open' AND t.started_received_at < %(now)s - interval '5 minutes'
        AND (k.is_connected IS NOT TRUE OR s.booted_at > t.started_received_at OR c.status = 'Available'
            OR t.started_received_at <= %(now)s - %(silent)s)
) AS x
WHERE (x.is_connected AND (
        (x.booted_at > x.heard_at AND x.booted_at <= %(now)s - %(resume)s
            AND (x.status IN {_FLOWING} AND x.status_received_at > x.booted_at) IS NOT TRUE)
        OR (x.status = 'Available' AND x.status_received_at > x.heard_at
            AND x.status_received_at <= %(now)s - %(free)s)
        OR x.heard_at <= %(now)s - %(silent)s))
    OR (x.is_connected IS NOT TRUE AND COALESCE(x.disconnected_at, x.heard_at) <= %(now)s - %(away)s)
ORDER BY x.id
"""  # noqa: S608 -- constants
_ASKED: Final = """
SELECT state, is_accepted, answer #>> '{word}', (answer #>> '{detail,ongoingIndicator}')::boolean,
    (answer #>> '{detail,messagesInQueue}')::boolean, COALESCE(answered_at, queued_at)
FROM stations_request WHERE station_id = %s AND command = 'transaction-status' AND body ->> 'ref' = %s
    AND queued_at > %s ORDER BY queued_at DESC LIMIT 1
"""

Verdict: TypeAlias = Literal["close", "wait", "ask"]


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """An open transaction that may have ended; `heard_at` is when anything was told of it last."""

    id: int
    station_id: int
    operator_id: int
    station_ref: str | None
    started_at: datetime
    is_connected: bool | None
    disconnected_at: datetime | None
    version: str | None
    booted_at: datetime | None
    status: str | None
    status_received_at: datetime | None
    heard_at: datetime


def close_zombies(now: datetime) -> int:
    """Close what evidence says has ended, ask stations of 2.x first; return how many were closed."""
    values = {
        "now": now,
        "resume": RESUME_WITHIN,
        "free": FREE_FOR,
        "silent": SILENT_FOR,
        "away": AWAY_FOR,
    }
    closed = 0
    for suspect in _find(values):
        closed += _take(suspect, now)
    return closed


def _find(values: dict[str, Any]) -> list[Suspect]:
    with connection.cursor() as cursor:
        cursor.execute(_SUSPECTS, values)
        names = [column.name for column in cursor.description or ()]
        return [Suspect(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


@transaction.atomic
def _take(suspect: Suspect, now: datetime) -> bool:
    if not suspect.is_connected:
        _open_case(
            suspect, "offline-open", "The station is away since long and a charge of it is still open."
        )
        return False
    at, why = judge(suspect, now)
    if why == "silent" and suspect.status in {"Charging", "SuspendedEV", "SuspendedEVSE"}:
        sentence = "The station says that it charges, but has told nothing of this charge for a day."
        _open_case(suspect, "silent-open", sentence)
        return False
    if suspect.station_ref is not None:
        verdict = _ask(suspect, now)
        if verdict == "ask":
            _queue_question(suspect, now)
        if verdict != "close":
            if suspect.heard_at <= now - PUZZLING_AFTER:
                sentence = "The station says that this charge goes on, but has told nothing of it for days."
                _open_case(suspect, "silent-open", sentence)
            return False
    stated: list[Fact] = []
    is_closed = close_by_evidence(
        transaction_id=suspect.id,
        station_id=suspect.station_id,
        operator_id=suspect.operator_id,
        at=at,
        why=why,
        stated=stated,
    )
    journal.state(stated)
    return is_closed


def judge(suspect: Suspect, now: datetime) -> tuple[datetime, str]:
    """Return by when a suspect had ended at the latest, and what says so."""
    if suspect.booted_at is not None and suspect.heard_at < suspect.booted_at <= now - RESUME_WITHIN:
        return suspect.booted_at, "boot"
    told_at = suspect.status_received_at
    if suspect.status == "Available" and told_at is not None and suspect.heard_at < told_at <= now - FREE_FOR:
        return told_at, "plug-free"
    return suspect.heard_at, "silent"


def _ask(suspect: Suspect, now: datetime) -> Verdict:
    """Tell what the station's own word on the transaction is (conformance Y10)."""
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, [suspect.station_id, suspect.station_ref, suspect.heard_at])
        row = cursor.fetchone()
    if row is None:
        return "ask"
    state, is_accepted, word, is_ongoing, has_queue, at = row
    if state in {"queued", "sent"}:
        return "wait"
    if not is_accepted:
        if word in {None, "Timeout", "Disconnected"}:
            return "ask" if at <= now - SETTLE_FOR else "wait"
        return "close"
    if is_ongoing or has_queue:
        pause = ASK_AGAIN["queued" if has_queue else "ongoing"]
        return "ask" if at <= now - pause else "wait"
    return "close" if at <= now - SETTLE_FOR else "wait"


def _queue_question(suspect: Suspect, now: datetime) -> None:
    requests.queue(
        operator_id=suspect.operator_id,
        station_id=suspect.station_id,
        command=GetTransactionStatus(ref=suspect.station_ref),
        asked_by=ASKED_BY,
        idempotency_key=f"transaction-status|{suspect.id}|{now:%Y%m%d%H%M}",
    )


def _open_case(suspect: Suspect, kind: str, sentence: str) -> None:
    repair.open_case(
        operator_id=suspect.operator_id,
        station_id=suspect.station_id,
        transaction_id=suspect.id,
        kind=kind,
        key=f"{kind}|{suspect.id}",
        sentence=f"{sentence} Close it, or wait for the station.",
        evidence={
            "started_at": suspect.started_at,
            "heard_at": suspect.heard_at,
            "disconnected_at": suspect.disconnected_at,
            "status": suspect.status,
        },
        suggestion={"action": "close", "ended_at": suspect.heard_at},
    )
