"""What people exclude from outages, with evidence: made and withdrawn by people, suggested from incidents' causes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargehand.domain.accounts import audit
from chargehand.domain.accounts.principals import Actor
from chargehand.domain.health.causes import cause_of
from chargehand.domain.health.models import Incident, OutageExclusion, SiteHours
from chargehand.domain.health.uptime.intervals import OpeningTime
from chargehand.domain.health.uptime.schemes import REASONS, Exclusion
from chargehand.domain.stations import queries as stations
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

#: The reasons in words.
REASON_WORDS: Final[dict[str, Promise]] = {
    "utility-outage": gettext_lazy("Grid outage"),
    "vandalism": gettext_lazy("Vandalism"),
    "natural-disaster": gettext_lazy("Natural disaster"),
    "scheduled-maintenance": gettext_lazy("Planned maintenance"),
    "vehicle-caused": gettext_lazy("Caused by a vehicle"),
    "network-outage": gettext_lazy("Mobile or Wi-Fi network outage"),
    "closed-hours": gettext_lazy("Site closed"),
}

#: What an incident's kind suggests; at a whole site, a lost connection is the network's.
_SUGGESTED: Final[dict[str, str]] = {
    "voltage-sag": "utility-outage",
    "voltage-swell": "utility-outage",
    "phase-loss": "utility-outage",
    "cable-cut": "vandalism",
}
_SUGGESTED_AT_SITES: Final[dict[str, str]] = {"silent-station": "network-outage"}


class ExclusionView(msgspec.Struct, frozen=True, kw_only=True):
    """An exclusion: at a plug (EVSE 0: all of the station), a location, or everywhere."""

    id: int
    location_id: int | None
    station_id: int | None
    evse: int
    since: datetime
    until: datetime
    reason: str
    note: str
    incident_id: int | None
    made_by: str
    made_at: datetime

    def holds_at(self, station_id: int, location_id: int | None, evse: int) -> bool:
        """Tell whether it covers a plug of a station."""
        if self.station_id is not None:
            return self.station_id == station_id and self.evse in (0, evse)
        return self.location_id is None or self.location_id == location_id

    def as_rule(self) -> Exclusion:
        """Return it as the schemes read it."""
        return Exclusion(self.since, self.until, self.reason)


class SuggestedExclusion(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident suggests to exclude; people decide."""

    reason: str
    note: str
    incident_id: int


def exclusions(operator_id: int, *, since: datetime, until: datetime) -> list[ExclusionView]:
    """Return what is excluded somewhere in a stretch of time, by time."""
    rows = OutageExclusion.objects.filter(
        operator_id=operator_id, until__gt=since, since__lt=until, withdrawn_at=None
    )
    names = ExclusionView.__struct_fields__
    return [
        ExclusionView(**{name: getattr(row, name) for name in names}) for row in rows.order_by("since", "pk")
    ]


def suggest(operator_id: int, incident_ids: Collection[int]) -> dict[int, SuggestedExclusion]:
    """Return what incidents suggest by their kind; those that suggest nothing are missing."""
    found = {}
    for row in Incident.objects.filter(operator_id=operator_id, pk__in=list(incident_ids)):
        reason = _SUGGESTED.get(row.kind)
        if reason is None and row.scope == "site":
            reason = _SUGGESTED_AT_SITES.get(row.kind)
        if reason is not None:
            words = [str(cause_of(row.kind).title), row.cause or row.sentence]
            note = _("Incident %(number)d: %(words)s") % {"number": row.pk, "words": ". ".join(words)}
            found[row.pk] = SuggestedExclusion(reason=reason, note=note, incident_id=row.pk)
    return found


@transaction.atomic
def exclude(
    *,
    operator_id: int,
    since: datetime,
    until: datetime,
    reason: str,
    note: str,
    actor: Actor,
    station_id: int | None = None,
    evse: int = 0,
    location_id: int | None = None,
    incident_id: int | None = None,
) -> int:
    """Say that time lost in a stretch is not the operator's doing; `note` names the evidence. Return its id.

    Raises Refused `ends-first`, `no-evidence`, `unknown-reason`, `unknown-place`.
    """
    if until <= since:
        raise Refused("ends-first", _("It must end after it begins."))
    if not note.strip():
        raise Refused("no-evidence", _("Say what proves it: a report, a ticket number, a photo."))
    if reason not in REASONS:
        raise Refused("unknown-reason", _("Choose one of the reasons."))
    _check_place(operator_id, station_id, location_id)
    row = OutageExclusion.objects.create(
        operator_id=operator_id,
        location_id=location_id,
        station_id=station_id,
        evse=evse if station_id is not None else 0,
        since=since,
        until=until,
        reason=reason,
        note=note.strip()[:2000],
        incident_id=incident_id,
        made_by=actor.name[:200],
        made_at=clock.now(),
    )
    audit.write_audit(actor, operator_id, "outage.excluded", f"outage_exclusion:{row.pk}", {"reason": reason})
    return row.pk


@transaction.atomic
def withdraw(*, operator_id: int, exclusion_id: int, actor: Actor) -> None:
    """Let excluded time count again. Raises Refused `unknown-exclusion`."""
    rows = OutageExclusion.objects.filter(operator_id=operator_id, pk=exclusion_id, withdrawn_at=None)
    if not rows.update(withdrawn_at=clock.now(), withdrawn_by=actor.name[:200]):
        raise Refused("unknown-exclusion", _("This exclusion was withdrawn already."))
    audit.write_audit(actor, operator_id, "outage.counted_again", f"outage_exclusion:{exclusion_id}")


def exclusion(operator_id: int, exclusion_id: int) -> ExclusionView | None:
    """Return an exclusion that holds."""
    row = OutageExclusion.objects.filter(operator_id=operator_id, pk=exclusion_id, withdrawn_at=None).first()
    names = ExclusionView.__struct_fields__
    return None if row is None else ExclusionView(**{name: getattr(row, name) for name in names})


def _check_place(operator_id: int, station_id: int | None, location_id: int | None) -> None:
    is_known = (station_id is None or stations.station(operator_id, station_id) is not None) and (
        location_id is None or stations.location(operator_id, location_id) is not None
    )
    if not is_known or (station_id is not None and location_id is not None):
        raise Refused("unknown-place", _("Choose one site or one charger."))


@transaction.atomic
def set_hours(*, operator_id: int, location_id: int, week: Sequence[OpeningTime], actor: Actor) -> None:
    """Say when a location is open; no times: always. Raises Refused `unknown-place`, `unknown-weekday`."""
    if stations.location(operator_id, location_id) is None:
        raise Refused("unknown-place", _("This site is not known."))
    if any(not 0 <= each.weekday <= 6 for each in week):
        raise Refused("unknown-weekday", _("Choose a day of the week."))
    rows = [[each.weekday, f"{each.opens:%H:%M}", f"{each.closes:%H:%M}"] for each in week]
    if rows:
        SiteHours.objects.update_or_create(location_id=location_id, defaults={"week": rows})
    else:
        SiteHours.objects.filter(location_id=location_id).delete()
    audit.write_audit(actor, operator_id, "location.hours_set", f"location:{location_id}")


def opening_hours(operator_id: int) -> Mapping[int, tuple[OpeningTime, ...]]:
    """Return the opening times of locations; those that are always open are missing."""
    rows = SiteHours.objects.filter(Q(location__operator_id=operator_id))
    return {row.pk: _read_week(row.week) for row in rows}


def _read_week(week: Iterable[Sequence[str]]) -> tuple[OpeningTime, ...]:
    return tuple(
        OpeningTime(int(day), time.fromisoformat(opens), time.fromisoformat(closes))
        for day, opens, closes in week
    )
