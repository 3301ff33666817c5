"""Which incidents need somebody's hands: one table, kinds as in `health.findings.KINDS`."""

from datetime import timedelta
from typing import Final

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy


class Policy(msgspec.Struct, frozen=True):
    """What to do about a kind: which checklist, what the job is called, and up to which severity (0 to 9).

    `is_safety`: somebody looks even when it went away by itself.
    """

    checklist: str
    title: str | Promise
    most_severity: int = 9
    is_safety: bool = False


# What is missing needs no visit: the grid's business, or mended from afar.
POLICIES: Final[dict[str, Policy]] = {
    "contact-resistance-rise": Policy("connector", lazy("A contact gets hot"), is_safety=True),
    "fan-failure": Policy("cooling", lazy("The fan fails")),
    "filter-clogging": Policy("cooling", lazy("The filter clogs")),
    "phase-loss": Policy("supply", lazy("A phase is missing"), is_safety=True),
    "phase-imbalance": Policy("supply", lazy("A terminal may be loose"), is_safety=True),
    "contactor-welded": Policy("contactor", lazy("The contactor does not open"), is_safety=True),
    "contactor-wear": Policy("contactor", lazy("The contactor wears out")),
    "meter-drift": Policy("meter", lazy("The meter measures wrong")),
    "meter-frozen": Policy("meter", lazy("The meter stands still")),
    "meter-rollback": Policy("meter", lazy("The meter ran backwards")),
    "ct-reversed": Policy("meter", lazy("A current transformer is reversed")),
    "connector-lock-failure": Policy("connector", lazy("The plug does not lock")),
    "ground-fault": Policy("ground-fault", lazy("Ground fault"), is_safety=True),
    "isolation-decline": Policy("ground-fault", lazy("The isolation declines"), is_safety=True),
    "flapping-connectivity": Policy("communication", lazy("The connection comes and goes")),
    "weak-signal": Policy("communication", lazy("The signal is weak")),
    "silent-station": Policy("communication", lazy("The station is silent")),
    "stuck-state": Policy("inspection", lazy("A plug is stuck")),
    "failed-starts": Policy("payment", lazy("Charges do not start")),
    "reboot-loop": Policy("communication", lazy("The station restarts again and again")),
    "power-derating": Policy("inspection", lazy("It charges too slowly")),
    "cable-cut": Policy("vandalism", lazy("The cable may be cut"), is_safety=True),
    "payment-terminal-fault": Policy("payment", lazy("The payment terminal fails")),
    "unused-though-expected": Policy("inspection", lazy("Nobody charges where people used to")),
    "reported-fault": Policy("inspection", lazy("The station reports a fault"), most_severity=4),
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
