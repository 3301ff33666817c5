"""Everything that was told about a transaction, as the rules for its record want it."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec
from django.db import connection

from chargehand.domain.charging.energy import Register
from chargehand.domain.charging.models import Transaction
from chargehand.domain.charging.periods import StateChange

#: A total goes before a sum over phases (quirk C9); true for samples at the clock's times (C8). The fence keeps
#: the planner from looking a charge's readings up again for each series.
_REGISTERS: Final = """
WITH wanted AS MATERIALIZED (
    SELECT id, phase, context = 'Sample.Clock' AS is_at_clock FROM charging_series
    WHERE measurand = 'Energy.Active.Import.Register' AND location IN ('Outlet', '')
        AND phase IN ('', 'L1', 'L2', 'L3', 'L1-N', 'L2-N', 'L3-N')
)
SELECT u.id, r.measured_at, s.is_at_clock,
    COALESCE(max(v.value) FILTER (WHERE s.phase = ''), sum(v.value) FILTER (WHERE s.phase <> '')) AS wh
FROM unnest(%(ids)s::bigint[], %(stations)s::bigint[], %(early)s::timestamptz[], %(since)s::timestamptz[],
    %(until)s::timestamptz[], %(told_since)s::timestamptz[], %(told_until)s::timestamptz[])
    AS u(id, station_id, early, since, until, told_since, told_until)
CROSS JOIN LATERAL (
    SELECT r.id, r.measured_at, r.series, r.readings FROM charging_reading r
    WHERE r.station_id = u.station_id AND r.transaction_id = u.id AND r.received_at >= u.early
        AND (r.measured_at BETWEEN u.since AND u.until OR r.measured_at BETWEEN u.told_since AND u.told_until)
    OFFSET 0
) AS r
CROSS JOIN LATERAL unnest(r.series, r.readings) AS v(series_id, value)
JOIN wanted s ON s.id = v.series_id
GROUP BY u.id, r.id, r.measured_at, s.is_at_clock
ORDER BY u.id, r.measured_at, r.id
"""
_EVENTS: Final = """
SELECT u.id, e.happened_at, e.charging_state, e.seq
FROM unnest(%(ids)s::bigint[], %(early)s::timestamptz[]) AS u(id, early)
JOIN charging_transaction_event e ON e.transaction_id = u.id AND e.received_at >= u.early
ORDER BY e.happened_at, e.id
"""
_SAMPLED_NUMBERS: Final = """
SELECT u.id, r.seq
FROM unnest(%(ids)s::bigint[], %(stations)s::bigint[], %(early)s::timestamptz[], %(since)s::timestamptz[],
    %(until)s::timestamptz[], %(told_since)s::timestamptz[], %(told_until)s::timestamptz[])
    AS u(id, station_id, early, since, until, told_since, told_until)
CROSS JOIN LATERAL (
    SELECT DISTINCT r.seq FROM charging_reading r
    WHERE r.station_id = u.station_id AND r.transaction_id = u.id AND r.received_at >= u.early
        AND (r.measured_at BETWEEN u.since AND u.until OR r.measured_at BETWEEN u.told_since AND u.told_until)
        AND r.seq IS NOT NULL
) AS r
"""
_STATUSES: Final = """
SELECT u.id, r.reported_at, r.status
FROM unnest(%(ids)s::bigint[], %(stations)s::bigint[], %(evses)s::int[], %(connectors)s::int[],
    %(early)s::timestamptz[], %(started)s::timestamptz[], %(ended)s::timestamptz[])
    AS u(id, station_id, evse, connector, early, started_at, ended_at)
JOIN stations_status_report r ON r.station_id = u.station_id AND r.evse = u.evse
    AND r.connector = u.connector AND r.reported_at BETWEEN u.started_at AND u.ended_at
    AND r.received_at >= u.early AND r.status IN ('Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing')
ORDER BY r.reported_at, r.id
"""
_POWERS: Final = """
SELECT u.id, c.max_power_w
FROM unnest(%(ids)s::bigint[], %(stations)s::bigint[], %(evses)s::int[], %(connectors)s::int[])
    AS u(id, station_id, evse, connector)
JOIN stations_connector c ON c.station_id = u.station_id AND c.evse = u.evse AND c.connector = u.connector
"""
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime(9999, 1, 1, tzinfo=UTC)
#: A sample may bear a time a little before the start it belongs to (quirk C17).
_SKEW: Final = timedelta(seconds=2)
#: How far a clock that is credible may be wrong: a time zone is the most that stations forget.
_WRONG_BY: Final = timedelta(days=1)
_CLOCK_FLAGS: Final = frozenset(
    {"clock-not-credible", "end-clock-not-credible", "ends-before-start", "start-missing"}
)


class Evidence(msgspec.Struct, frozen=True):
    """What was told: registers by time, charging states, and the numbers of the events (2.x)."""

    registers: tuple[Register, ...]
    states: tuple[StateChange, ...]
    numbers: tuple[int, ...]
    most_w: int | None


def gather(row: Transaction) -> Evidence:
    """Return the evidence for a transaction; of 1.6 the connector's statuses stand for charging states."""
    return gather_all([row])[row.pk]


def gather_all(rows: Sequence[Transaction]) -> dict[int, Evidence]:
    """Return the evidence for transactions by number, in five questions for all of them."""
    if not rows:
        return {}
    found = _gather(rows, spans=[_span_of(row) for row in rows], until=None)
    # Only 2.x numbers its events.
    numbering = [row for row in rows if row.station_ref is not None]
    values = _readings_of(numbering, [_span_of(row) for row in numbering])
    for number, sampled in (_ask(_SAMPLED_NUMBERS, values) if numbering else {}).items():
        told = {*(seq for (seq,) in sampled), *found[number].numbers}
        found[number] = msgspec.structs.replace(found[number], numbers=tuple(sorted(told)))
    return found


def gather_so_far(rows: Sequence[Transaction], until: datetime) -> dict[int, Evidence]:
    """Return by number what was told of transactions up to a time, in four questions for all of them.

    It has what the record needs but the numbers of events that told nothing but samples.
    """
    spans = [_Span(row.started_at - _SKEW, _END) for row in rows]
    return _gather(rows, spans=spans, until=until) if rows else {}


class _Span(NamedTuple):
    """When readings of a charge may have been measured; `told`: those that bear the time of their receipt."""

    since: datetime
    until: datetime
    told_since: datetime | None = None
    told_until: datetime | None = None


def _span_of(row: Transaction) -> _Span:
    """Return the span of a charge that is over; any time where its clock was wrong."""
    if row.ended_at is None or row.ended_received_at is None or _CLOCK_FLAGS.intersection(row.flags):
        return _Span(_BEGINNING, _END)
    return _Span(
        row.started_at - _WRONG_BY,
        row.ended_at + _WRONG_BY,
        row.started_received_at - _WRONG_BY,
        row.ended_received_at + _WRONG_BY,
    )


def _readings_of(rows: Sequence[Transaction], spans: Sequence[_Span]) -> dict[str, Any]:
    """Return what says in a question where the readings of charges are."""
    return {
        "ids": [row.pk for row in rows],
        "stations": [row.station_id for row in rows],
        "early": [_early(row) for row in rows],
        **{name: [getattr(span, name) for span in spans] for name in _Span._fields},
    }


def _gather(
    rows: Sequence[Transaction], *, spans: Sequence[_Span], until: datetime | None
) -> dict[int, Evidence]:
    values: dict[str, Any] = {
        **_readings_of(rows, spans),
        "evses": [row.evse for row in rows],
        "connectors": [row.connector or 1 for row in rows],
        "started": [row.started_at for row in rows],
        # The statuses of 1.6 stand for charging states; a transaction of 2.x tells them itself.
        "ended": [(row.ended_at or until) if row.station_ref is None else None for row in rows],
    }
    registers, events = _ask(_REGISTERS, values), _ask(_EVENTS, values)
    statuses, powers = _ask(_STATUSES, values), _ask(_POWERS, values)
    found = {}
    for row in rows:
        told = registers.get(row.pk, [])
        said = events.get(row.pk, [])
        found[row.pk] = Evidence(
            registers=tuple(Register(at, wh) for at, _, wh in [each for each in told if not each[1]] or told),
            states=tuple(StateChange(at, state) for at, state in statuses.get(row.pk, []))
            or tuple(StateChange(at, state) for at, state, _ in said if state),
            numbers=tuple(sorted({number for _, _, number in said if number is not None})),
            most_w=next((most for (most,) in powers.get(row.pk, [])), None),
        )
    return found


def _ask(question: str, values: dict[str, Any]) -> dict[int, list[tuple[Any, ...]]]:
    """Return rows by the transaction that their first column names."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        for number, *rest in cursor.fetchall():
            found.setdefault(number, []).append(tuple(rest))
    return found


def _early(row: Transaction) -> datetime:
    return row.started_received_at - timedelta(days=1)


def missing_numbers(numbers: tuple[int, ...]) -> list[int]:
    """Return the event numbers that never came, at most twenty (conformance Y01).

    A station that always gives the same number tells nothing by it (Y03).
    """
    seen = set(numbers)
    if len(seen) < 2:
        return []
    gaps = (number for number in range(min(seen), max(seen)) if number not in seen)
    return list(itertools.islice(gaps, 20))
