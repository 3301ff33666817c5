"""Which incidents go to which escalation policy: rules read top to bottom, the first that fits holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from chargehand.domain.notices.hours import Hours


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be routed: kind and severity of an incident, and the locations it concerns."""

    kind: str
    severity: int
    location_ids: Collection[int]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule; empty lists and no hours mean any. `policy_id` None: nobody is told."""

    policy_id: int | None
    least_severity: int
    kinds: Collection[str] = ()
    location_ids: Collection[int] = ()
    weekdays: Collection[int] = ()
    hours: Hours | None = None

    def fits(self, matter: Matter, at: datetime, zone: ZoneInfo) -> bool:
        """Whether this rule is about such a matter at this time; weekdays are those of `zone`."""
        return (
            matter.severity <= self.least_severity
            and (not self.kinds or matter.kind in self.kinds)
            and (not self.location_ids or not set(self.location_ids).isdisjoint(matter.location_ids))
            and (not self.weekdays or at.astimezone(zone).weekday() in self.weekdays)
            and (self.hours is None or self.hours.include(at))
        )


def find_rule(rules: Iterable[Rule], matter: Matter, at: datetime, zone: ZoneInfo) -> Rule | None:
    """The first rule that fits, None where none does."""
    return next((rule for rule in rules if rule.fits(matter, at, zone)), None)
