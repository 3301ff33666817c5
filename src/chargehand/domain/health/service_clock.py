"""How long drivers are affected by an incident, against the operator's target: pure, no database."""

from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from chargehand.domain.health.treatments import BLOCK_ONLY, treatment_of

#: Within so many minutes drivers shall be able to charge again, where an operator has not said otherwise.
USUAL_TARGET_MIN: Final = 240


class _Affecting(Protocol):
    """What an incident's clock is read from."""

    kind: str
    state: str
    began_at: datetime
    opened_at: datetime | None
    last_seen_at: datetime
    resolved_at: datetime | None
    is_by_charge: bool
    drivers_hit: int


class ServiceClock(msgspec.Struct, frozen=True, kw_only=True):
    """Since when drivers are affected, until when (None: still), and when that is too long (None: no target)."""

    since: datetime
    until: datetime | None
    due_at: datetime | None

    def is_missed(self, now: datetime) -> bool:
        """Tell whether drivers were, or are, affected for longer than the target allows."""
        return self.due_at is not None and (self.until or now) > self.due_at

    def left(self, now: datetime) -> timedelta | None:
        """Return how much time is left; None where the clock stands still or has no target."""
        if self.until is not None or self.due_at is None:
            return None
        return self.due_at - now


def service_clock(row: _Affecting, *, target: timedelta | None) -> ServiceClock | None:
    """Return the clock of an incident; None where no driver has noticed anything (a wear that is foreseen).

    Drivers are affected from its beginning where the plug cannot be used or charges fail, from its opening
    where the plug is blocked because it is a danger. They can charge again once the fault no longer shows; what
    only hands can end, ends when somebody says so.
    """
    sign = treatment_of(row.kind).sign
    if sign != "hands" or row.drivers_hit:
        since = row.began_at
    elif row.kind in BLOCK_ONLY:
        since = row.opened_at or row.began_at
    else:
        return None
    until = None
    if row.state == "watching" or (row.state == "resolved" and row.is_by_charge):
        until = row.last_seen_at
    elif row.state == "resolved":
        until = row.resolved_at
    if until is not None:
        until = max(until, since)
    return ServiceClock(since=since, until=until, due_at=since + target if target else None)
