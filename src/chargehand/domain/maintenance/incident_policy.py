"""Which incidents need somebody's hands: one table, kinds as in `health.findings.KINDS`."""

from datetime import timedelta
from typing import Final

import msgspec


class Policy(msgspec.Struct, frozen=True):
    """What to do about a kind: which checklist, and up to which severity (0 to 9).

    `is_safety`: somebody looks even when it went away by itself.
    """

    checklist: str
    most_severity: int = 9
    is_safety: bool = False


# What is missing needs no visit: the grid's business, or mended from afar.
POLICIES: Final[dict[str, Policy]] = {
    "contact-resistance-rise": Policy("connector", is_safety=True),
    "fan-failure": Policy("cooling"),
    "filter-clogging": Policy("cooling"),
    "phase-loss": Policy("supply", is_safety=True),
    "phase-imbalance": Policy("supply", is_safety=True),
    "contactor-welded": Policy("contactor", is_safety=True),
    "contactor-wear": Policy("contactor"),
    "meter-drift": Policy("meter"),
    "meter-frozen": Policy("meter"),
    "meter-rollback": Policy("meter"),
    "ct-reversed": Policy("meter"),
    "connector-lock-failure": Policy("connector"),
    "ground-fault": Policy("ground-fault", is_safety=True),
    "isolation-decline": Policy("ground-fault", is_safety=True),
    "flapping-connectivity": Policy("communication"),
    "weak-signal": Policy("communication"),
    "silent-station": Policy("communication"),
    "stuck-state": Policy("inspection"),
    "failed-starts": Policy("payment"),
    "reboot-loop": Policy("communication"),
    "power-derating": Policy("inspection"),
    "cable-cut": Policy("vandalism", is_safety=True),
    "payment-terminal-fault": Policy("payment"),
    "unused-though-expected": Policy("inspection"),
    "reported-fault": Policy("inspection", most_severity=4),
}


def policy_for(kind: str, severity: int) -> Policy | None:
    """Return what to do by hand about an incident; None: no visit is needed."""
    policy = POLICIES.get(kind)
    return policy if policy is not None and severity <= policy.most_severity else None


def priority_of(severity: int) -> int:
    """Return a priority, 0 most urgent to 3, for a severity of OCPP 2.x, 0 (danger) to 9."""
    return 0 if severity <= 1 else 1 if severity <= 3 else 2 if severity <= 5 else 3


def time_to_do(priority: int) -> timedelta:
    """Return how long a job of a priority may wait."""
    return (timedelta(hours=4), timedelta(days=1), timedelta(days=3), timedelta(days=14))[priority]
