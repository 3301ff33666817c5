"""Findings: what is wrong, where, since when, and why we think so; one JSON object a line."""

from datetime import UTC, datetime
from typing import Literal, TypeAlias

import msgspec

Scope: TypeAlias = Literal["connector", "station", "site", "cohort"]
Fact: TypeAlias = float | int | str | bool

KINDS = (
    *("contact-resistance-rise", "fan-failure", "filter-clogging", "voltage-sag", "voltage-swell"),
    *("phase-loss", "phase-imbalance", "contactor-welded", "contactor-wear", "meter-drift", "meter-frozen"),
    *("meter-rollback", "ct-reversed", "measurand-fault", "connector-lock-failure", "ground-fault"),
    *("isolation-decline", "flapping-connectivity", "weak-signal", "silent-station", "clock-drift"),
    *("stuck-state", "failed-starts", "reboot-loop", "power-derating", "cable-cut"),
    *("payment-terminal-fault", "firmware-regression", "unused-though-expected", "reported-fault"),
)

#: Severities as in OCPP 2.x: 0 is danger, 9 debugging; what is not listed is 5 (alert).
SEVERITIES = {
    "contactor-welded": 0,
    "voltage-swell": 0,
    "cable-cut": 0,
    "phase-loss": 1,
    "ground-fault": 2,
    "isolation-decline": 2,
    "contact-resistance-rise": 3,
    "meter-frozen": 3,
    "meter-rollback": 3,
    "reboot-loop": 3,
    "silent-station": 4,
    "failed-starts": 4,
    "filter-clogging": 6,
    "contactor-wear": 6,
    "weak-signal": 6,
    "clock-drift": 6,
    "unused-though-expected": 6,
}


class Evidence(msgspec.Struct, gc=False):
    """Why a detector fired: kinds best first, a sentence with figures, the figures, since when (s)."""

    kinds: tuple[str, ...]
    sentence: str
    facts: dict[str, Fact]
    since: float
    severity: int | None = None


class Finding(msgspec.Struct, kw_only=True, gc=False):
    """One finding as it is printed; times ISO 8601 in UTC."""

    scope: Scope
    station: str
    evse: int
    members: list[str]
    kind: str
    candidates: list[str]
    severity: int
    first_seen: datetime
    found_at: datetime
    evidence: str
    facts: dict[str, Fact]


def make_finding(
    evidence: Evidence, *, scope: Scope, station: str, evse: int, members: list[str], found_at: float
) -> Finding:
    """Return the finding that a detector's evidence makes at a place."""
    kind = evidence.kinds[0]
    severity = SEVERITIES.get(kind, 5) if evidence.severity is None else evidence.severity
    return Finding(
        scope=scope,
        station=station,
        evse=evse,
        members=members,
        kind=kind,
        candidates=list(dict.fromkeys(evidence.kinds))[:3],
        severity=severity,
        first_seen=datetime.fromtimestamp(min(evidence.since, found_at), UTC),
        found_at=datetime.fromtimestamp(found_at, UTC),
        evidence=evidence.sentence,
        facts={name: _rounded(value) for name, value in evidence.facts.items()},
    )


def _rounded(value: Fact) -> Fact:
    return float(f"{value:.5g}") if isinstance(value, float) else value
