"""Commands on their way: queued by people or rooms, sent by the gateway that holds the station, answered, seen."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection, transaction

from chargehand.domain.stations import facts
from chargehand.domain.stations.commands import Answer, AnyCommand
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused
from chargehand.kernel.ids import new_id
from chargehand.kernel.jsontext import json_text

#: The PostgreSQL channel that tells gateways of a new request; the payload is the station's id.
CHANNEL: Final = "chargehand_requests"

#: How long a request waits for a station that is not connected, and for an answer.
QUEUE_FOR: Final = timedelta(seconds=60)
ANSWER_WITHIN: Final = timedelta(seconds=30)

#: How long until an accepted command must be seen to work.
SEE_WITHIN: Final[dict[str, timedelta]] = {
    "start": timedelta(minutes=3),
    "stop": timedelta(minutes=2),
    "unlock": timedelta(minutes=1),
    "reset": timedelta(minutes=10),
    "availability": timedelta(minutes=2),
    "trigger": timedelta(minutes=1),
    "set-variables": timedelta(minutes=2),
    "get-report": timedelta(minutes=5),
    "get-log": timedelta(minutes=15),
    "update-firmware": timedelta(hours=12),
}

_QUEUE: Final = """
INSERT INTO stations_request (id, operator_id, station_id, command, body, evse, connector, asked_by,
    idempotency_key, state, queued_at, expires_at, sentence, seen_as)
VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, 'queued', %s, %s, '', '')
ON CONFLICT (operator_id, idempotency_key) DO NOTHING RETURNING id
"""
_TAKE: Final = """
UPDATE stations_request SET state = 'sent', gateway_id = %(gateway)s, sent_at = now()
WHERE id = (SELECT id FROM stations_request WHERE station_id = %(station)s AND state = 'queued'
            AND expires_at > now() AND EXISTS (SELECT 1 FROM stations_connection
                WHERE station_id = %(station)s AND gateway_id = %(gateway)s)
            ORDER BY queued_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, body::text
"""
#: Numbers that are made up for each request: they make it no other command.
_MADE_UP: Final = ["remote_start_id", "request_id"]
_ANSWER: Final = """
UPDATE stations_request SET state = %s, answered_at = %s, is_accepted = %s, answer = %s::jsonb, sentence = %s,
    see_by = %s, seen_at = %s, seen_as = %s
WHERE id = %s AND state = 'sent' RETURNING operator_id, station_id, command
"""


class Taken(msgspec.Struct, frozen=True):
    """A request that a gateway is to send now."""

    id: UUID
    command: AnyCommand


_decoder = msgspec.json.Decoder(AnyCommand)


@transaction.atomic
def queue(
    *,
    operator_id: int,
    station_id: int,
    command: AnyCommand,
    asked_by: str,
    idempotency_key: str | None = None,
    wait: timedelta = QUEUE_FOR,
) -> UUID:
    """Queue a command for a station of the operator and return the request's id.

    The same idempotency key gives the same request again. Raises Refused `no-such-station`, or
    `idempotency-mismatch` where the key was used for something else.
    """
    now = clock.now()
    body = json_text(command)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM stations_station WHERE id = %s AND operator_id = %s", [station_id, operator_id]
        )
        if cursor.fetchone() is None:
            raise Refused("no-such-station", "There is no such station.")
        cursor.execute(
            _QUEUE,
            [
                *(new_id(), operator_id, station_id, command.__struct_config__.tag, body),
                *(getattr(command, "evse", None), getattr(command, "connector", None), asked_by[:255]),
                *(idempotency_key, now, now + wait),
            ],
        )
        row = cursor.fetchone()
        if row is None:
            return _standing(operator_id, station_id, body, idempotency_key)
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(station_id)])
    return UUID(str(row[0]))


def _standing(operator_id: int, station_id: int, body: str, idempotency_key: str | None) -> UUID:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, station_id = %s AND body - %s::text[] = %s::jsonb - %s::text[]"
            " FROM stations_request WHERE operator_id = %s AND idempotency_key = %s",
            [station_id, _MADE_UP, body, _MADE_UP, operator_id, idempotency_key],
        )
        request_id, is_same = cursor.fetchone()
    if not is_same:
        raise Refused("idempotency-mismatch", "This idempotency key was used for another command.")
    return UUID(str(request_id))


def take(gateway_id: UUID, station_id: int) -> Taken | None:
    """Take the oldest queued request of a station for sending now; None where there is none.

    Only the gateway that claimed the station last gets it: another may hold a dead socket yet (quirk E6).
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"gateway": gateway_id, "station": station_id})
        row = cursor.fetchone()
    return None if row is None else Taken(row[0], _decoder.decode(row[1]))


def stations_waiting(stations: Sequence[int]) -> list[int]:
    """Return those of the stations that have something queued."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT station_id FROM stations_request WHERE state = 'queued' AND expires_at > now()"
            " AND station_id = ANY(%s)",
            [list(stations)],
        )
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def answer(request_id: UUID, result: Answer, sentence: str = "") -> None:
    """Write down a station's answer; a second one, or one that comes after a time-out, changes nothing."""
    _finish(request_id, "answered", result, sentence)


@transaction.atomic
def fail(request_id: UUID, word: str, sentence: str) -> None:
    """Write down that a command could not be sent or was not answered in time."""
    _finish(request_id, "failed", Answer(is_accepted=False, word=word), sentence)


def _finish(request_id: UUID, state: str, result: Answer, sentence: str) -> None:
    now = clock.now()
    body: dict[str, Any] = {"word": result.word, "detail": result.detail}
    with connection.cursor() as cursor:
        cursor.execute("SELECT command FROM stations_request WHERE id = %s", [request_id])
        row = cursor.fetchone()
        if row is None:
            return
        within = SEE_WITHIN.get(row[0])
        is_seen = result.is_accepted and within is None
        see_by = now + within if result.is_accepted and within is not None else None
        cursor.execute(
            _ANSWER,
            [
                *(state, now, result.is_accepted, json_text(body), sentence[:500], see_by),
                *(now if is_seen else None, "the answer" if is_seen else "", request_id),
            ],
        )
        found = cursor.fetchone()
    if found is not None:
        _state_answer(request_id, found, result, now)


def _state_answer(request_id: UUID, row: tuple[int, int, str], result: Answer, at: datetime) -> None:
    journal.state(
        [
            facts.RequestAnswered(
                happened_at=at,
                operator_id=row[0],
                station_id=row[1],
                request_id=str(request_id),
                command=row[2],
                is_accepted=result.is_accepted,
                word=result.word,
            )
        ]
    )


def see(
    *, station_id: int, commands: Sequence[str], seen_as: str, at: datetime, matching: dict[str, Any]
) -> int:
    """Write down that accepted commands were seen to work; `matching` is contained in their body."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE stations_request SET seen_at = %s, seen_as = %s WHERE station_id = %s AND command = ANY(%s)"
            " AND seen_at IS NULL AND state IN ('sent', 'answered') AND is_accepted IS NOT FALSE"
            " AND sent_at <= %s AND body @> %s::jsonb",
            [
                *(at, seen_as[:255], station_id, list(commands)),
                *(at + timedelta(seconds=2), json_text(matching)),
            ],
        )
        return int(cursor.rowcount)


def unseen(station_ids: Collection[int], command: str) -> set[int]:
    """Return those of some stations to which such a command was sent that was not seen to work."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT station_id FROM stations_request WHERE station_id = ANY(%s) AND command = %s"
            " AND seen_at IS NULL AND state IN ('sent', 'answered') AND is_accepted IS NOT FALSE",
            [list(station_ids), command],
        )
        return {int(row[0]) for row in cursor.fetchall()}


def expire() -> int:
    """Give up requests whose station did not come, or that a gateway sent and then died; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE stations_request SET state = 'expired', is_accepted = false, sentence ="
            " CASE state WHEN 'queued' THEN 'The station was not connected in time.'"
            " ELSE 'The station did not answer.' END"
            " WHERE (state = 'queued' AND expires_at <= now())"
            " OR (state = 'sent' AND sent_at < now() - make_interval(secs => %s))",
            [ANSWER_WITHIN.total_seconds() * 3],
        )
        return int(cursor.rowcount)
