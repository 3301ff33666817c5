"""Drivers' attempts to charge and how they went: what tells whether a plug serves.

An attempt is good with at least 0.1 kWh and two minutes of charge that no fault ended; a charge that was
refused for its token is nobody's fault here and counts neither way.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

import msgspec
from django.db import connection

#: A place: station and EVSE, 0 for the whole station.
Place: TypeAlias = tuple[int, int]
Outcome: TypeAlias = Literal["good", "failed", "open", "refused", "unknown"]

LEAST_WH: Final = Decimal(100)
LEAST_TIME: Final = timedelta(minutes=2)

#: Stop reasons that speak of a fault (1.6 7.36; 2.0.1 ReasonEnumType).
FAULT_ENDS: Final = frozenset(
    {
        *("EmergencyStop", "PowerLoss", "Reboot", "GroundFault", "OvercurrentFault", "PowerQuality"),
        *("ImmediateReset", "HardReset", "ReqEnergyTransferRejected"),
    }
)

_PLACES: Final = (
    "JOIN unnest(%(stations)s::bigint[], %(evses)s::int[]) AS w(station, evse)"
    " ON w.station = {row}.station_id AND (w.evse = 0 OR {row}.evse IS NULL OR {row}.evse IN (0, w.evse))"
)
#: When a charge began by our clock: a station's clock that is clearly wrong is corrected by what is known of it.
#: What began since was also told since.
_BEGAN: Final = """CASE WHEN abs(s.clock_skew_s) > 300 AND t.started_station_time = t.started_at
    THEN t.started_at - make_interval(secs => s.clock_skew_s) ELSE t.started_at END"""
_CHARGES: Final = f"""
SELECT DISTINCT ON (t.id) t.id, t.station_id, t.evse, t.token_uid, t."authorization", t.state,
    {_BEGAN} AS began_at, t.started_at, t.ended_at, t.stop_reason, COALESCE(t.energy_wh, c.energy_wh) AS energy_wh
FROM charging_transaction t {_PLACES.format(row="t")}
JOIN stations_station s ON s.id = t.station_id
LEFT JOIN LATERAL (SELECT energy_wh FROM charging_cdr WHERE transaction_id = t.id
    ORDER BY version DESC LIMIT 1) c ON true
WHERE t.operator_id = %(operator)s AND t.started_at >= %(since)s - interval '60 days'
    AND {_BEGAN} >= %(since)s AND {_BEGAN} < %(until)s
"""  # noqa: S608 -- a constant
_REMOTE: Final = f"""
SELECT DISTINCT ON (p.request_id) p.station_id, p.evse, p.token_uid, p.asked_at, p.outcome
FROM charging_pending_start p {_PLACES.format(row="p")}
WHERE p.operator_id = %(operator)s AND p.asked_at >= %(since)s AND p.asked_at < %(until)s
    AND p.outcome <> 'started'
"""  # noqa: S608 -- a constant
_LEFT: Final = f"""
SELECT DISTINCT r.station_id, r.evse, r.reported_at FROM stations_status_report r {_PLACES.format(row="r")}
WHERE r.status = 'Preparing' AND r.reported_at >= %(since)s
    AND r.reported_at < %(until)s - interval '3 minutes' AND r.received_at >= %(since)s - interval '1 day'
    AND NOT EXISTS (SELECT 1 FROM charging_transaction t WHERE t.station_id = r.station_id
        AND (t.evse = r.evse OR t.evse IS NULL)
        AND t.started_at BETWEEN r.reported_at - interval '5 minutes' AND r.reported_at + interval '15 minutes')
    AND NOT EXISTS (SELECT 1 FROM charging_pending_start p WHERE p.station_id = r.station_id
        AND p.asked_at BETWEEN r.reported_at - interval '5 minutes' AND r.reported_at + interval '15 minutes')
"""  # noqa: S608 -- a constant
_WAITING: Final = f"""
SELECT count(DISTINCT (c.station_id, c.evse)) FROM stations_connector c {_PLACES.format(row="c")}
JOIN stations_connection k ON k.station_id = c.station_id AND k.is_connected
WHERE c.status = 'Preparing' AND c.status_at > %(until)s - interval '2 hours'
    AND NOT EXISTS (SELECT 1 FROM charging_transaction t
        WHERE t.station_id = c.station_id AND t.evse = c.evse AND t.state = 'open')
"""  # noqa: S608 -- a constant
_EXPECTED: Final = f"""
SELECT count(DISTINCT t.id) FROM charging_transaction t {_PLACES.format(row="t")}
WHERE t.operator_id = %(operator)s AND t.started_at > %(until)s - interval '29 days'
    AND EXISTS (SELECT 1 FROM generate_series(1, %(weeks)s) AS week
        WHERE t.started_at BETWEEN %(until)s - week * interval '7 days' - interval '30 minutes'
            AND %(until)s - week * interval '7 days' + interval '30 minutes')
"""  # noqa: S608 -- a constant
WEEKS: Final = 4


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A charge as an attempt; `transaction_id` None: a remote start that gave no charge, or a plug put in
    and taken out again (then there is no token).
    """

    transaction_id: int | None
    station_id: int
    evse: int | None
    token_uid: str
    at: datetime
    ended_at: datetime | None
    energy_wh: Decimal | None
    outcome: Outcome
    word: str


class Affected(msgspec.Struct, frozen=True, kw_only=True):
    """Drivers that a fault concerns: different ones who failed, cars waiting now, charges usual in an hour."""

    hit: int
    waiting: int
    expected: float


def attempts(
    operator_id: int, places: Collection[Place], *, since: datetime, until: datetime
) -> list[Attempt]:
    """Return the attempts at places that began in a stretch of time, by time."""
    values = _values(operator_id, places, since, until)
    found = [
        Attempt(
            transaction_id=row["id"],
            station_id=row["station_id"],
            evse=row["evse"],
            token_uid=row["token_uid"],
            at=row["began_at"],
            ended_at=row["ended_at"],
            energy_wh=row["energy_wh"],
            outcome=_judge(row),
            word=row["stop_reason"],
        )
        for row in _rows(_CHARGES, values)
    ]
    found += [
        _without_charge(row, row["asked_at"], row["token_uid"], row["outcome"])
        for row in _rows(_REMOTE, values)
    ]
    found += [_without_charge(row, row["reported_at"], "", "left") for row in _rows(_LEFT, values)]
    return sorted(found, key=lambda attempt: attempt.at)


def affected(operator_id: int, places: Collection[Place], *, since: datetime, now: datetime) -> Affected:
    """Return how many drivers a fault at places concerns that began at `since`."""
    failed = [
        each for each in attempts(operator_id, places, since=since, until=now) if each.outcome == "failed"
    ]
    values = _values(operator_id, places, since, now) | {"weeks": WEEKS}
    asked = {
        each.token_uid
        for each in attempts(operator_id, places, since=now - timedelta(minutes=10), until=now)
        if each.outcome == "unknown" and each.transaction_id is None
    }
    tokens = {each.token_uid.casefold() for each in failed if each.token_uid}
    nameless = [each for each in failed if not each.token_uid]
    return Affected(
        hit=len(tokens) + _visits(nameless),
        waiting=_count(_WAITING, values) + len(asked),
        expected=_count(_EXPECTED, values) / WEEKS,
    )


def _without_charge(row: dict[str, Any], at: datetime, token: str, word: str) -> Attempt:
    return Attempt(
        transaction_id=None,
        station_id=row["station_id"],
        evse=row["evse"],
        token_uid=token,
        at=at,
        ended_at=None,
        energy_wh=None,
        outcome="failed" if word else "unknown",
        word=word,
    )


def _judge(row: dict[str, Any]) -> Outcome:
    if row["state"] == "open":
        return "open"
    if row["authorization"] not in {"", "Accepted"}:
        return "refused"
    lasted = row["ended_at"] - row["started_at"] if row["ended_at"] else timedelta(0)
    if (row["energy_wh"] or 0) < LEAST_WH or lasted < LEAST_TIME or row["stop_reason"] in FAULT_ENDS:
        return "unknown" if row["state"] == "system-closed" else "failed"
    return "good"


def _visits(nameless: list[Attempt]) -> int:
    """Return how many drivers plugs put in and taken out again were: within ten minutes it is one."""
    count, last = 0, dict[Place, datetime]()
    for each in nameless:
        place = (each.station_id, each.evse or 0)
        if place not in last or each.at - last[place] > timedelta(minutes=10):
            count += 1
        last[place] = each.at
    return count


def _values(operator_id: int, places: Collection[Place], since: datetime, until: datetime) -> dict[str, Any]:
    ordered = sorted(set(places))
    return {
        "operator": operator_id,
        "stations": [station for station, _ in ordered],
        "evses": [evse for _, evse in ordered],
        "since": since,
        "until": until,
    }


def _rows(statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _count(statement: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])
