"""The book of findings: each is written once, and stated unless it is of the past."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.health.aliases import Aliases
from chargehand.domain.health.engine import Engine
from chargehand.domain.health.facts import FaultFound
from chargehand.domain.health.findings import Finding
from chargehand.domain.health.models import HealthFinding
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.jsontext import json_text

#: Findings of the past that are remembered as possibly standing yet.
MOST_PAST: Final = 1_000

#: Under these the engine's ledger keeps what stations report, whatever kind it is.
_REPORTS: Final = ("by ReportedFault", "by MonitoredValue")

_WRITE: Final = """
INSERT INTO health_finding (operator_id, key, scope, station_id, station_ids, evse, kind, candidates, severity,
    first_seen, found_at, is_past, sentence, facts, stored_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s)
ON CONFLICT ON CONSTRAINT health_finding_once DO NOTHING RETURNING id
"""


class Judged(msgspec.Struct, frozen=True):
    """A finding, and whether what it speaks of is of the past."""

    finding: Finding
    is_past: bool


def write(operator_id: int, found: Sequence[Judged], aliases: Aliases) -> int:
    """Write findings that are not in the book yet, state the present ones; return how many were written.

    In the caller's transaction. A finding about a station that is gone is left out.
    """
    stated = []
    written = 0
    for judged in found:
        finding = judged.finding
        station_id = aliases.id_of(finding.station)
        if station_id is None:
            continue
        members = [number for name in finding.members if (number := aliases.id_of(name)) is not None]
        ordered = list(dict.fromkeys([station_id, *members]))
        finding_id = _insert(operator_id, judged, station_id, ordered)
        if finding_id is None:
            continue
        written += 1
        if not judged.is_past:
            stated.append(
                FaultFound(
                    happened_at=finding.found_at,
                    operator_id=operator_id,
                    finding_id=finding_id,
                    scope=finding.scope,
                    station_ids=tuple(ordered),
                    evse=finding.evse,
                    kind=finding.kind,
                    severity=finding.severity,
                )
            )
    journal.state(stated)
    return written


def _insert(operator_id: int, judged: Judged, station_id: int, members: list[int]) -> int | None:
    finding = judged.finding
    values: list[Any] = [
        *(operator_id, key_of(finding), finding.scope, station_id, members, finding.evse, finding.kind),
        *(finding.candidates, finding.severity, finding.first_seen, finding.found_at, judged.is_past),
        *(finding.evidence, json_text(finding.facts), clock.now()),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def key_of(finding: Finding) -> str:
    """Return what makes a finding the same as another: scope, place, kind and moment."""
    at = finding.found_at.isoformat(timespec="microseconds")
    return f"{finding.scope}|{finding.station}|{finding.evse}|{finding.kind}|{at}"


def bygones(operator_id: int) -> list[HealthFinding]:
    """Return the latest findings of the past: their faults may stand yet."""
    rows = HealthFinding.objects.filter(operator_id=operator_id, is_past=True)
    return list(rows.order_by("-id")[:MOST_PAST])


def revive(operator_id: int, standing: Sequence[HealthFinding]) -> None:
    """State faults that were taken for past and have been seen again; in the caller's transaction."""
    ids = [row.pk for row in standing]
    HealthFinding.objects.filter(operator_id=operator_id, pk__in=ids).update(is_past=False)
    now = clock.now()
    journal.state(
        [
            FaultFound(
                happened_at=now,
                operator_id=operator_id,
                finding_id=row.pk,
                scope=row.scope,
                station_ids=tuple(row.station_ids),
                evse=row.evse,
                kind=row.kind,
                severity=row.severity,
            )
            for row in standing
        ]
    )


def is_seen_since(row: HealthFinding, engine: Engine, identity: str, since: float) -> bool:
    """Tell whether the fault of a finding was seen again after it was written, and after `since` (s)."""
    known = engine.fleet.stations.get(identity)
    if known is None:
        return False
    places = (f"{identity}#{row.evse}", identity, f"@{known.plate.site}")
    after = max(since, row.stored_at.timestamp()) + 1.0
    names = (row.kind, *_REPORTS)
    return any(engine.fleet.ledger.stood(place, name, after) for place in places for name in names)
