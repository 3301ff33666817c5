"""The life of an incident: it waits, opens, gets worse, is watched, ends. Callers hold the operator's lock."""

from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext as _

from chargehand.domain.charging import attempts
from chargehand.domain.charging.attempts import Place
from chargehand.domain.health.facts import IncidentOpened, IncidentResolved, IncidentWorsened
from chargehand.domain.health.models import Incident, IncidentEntry, IncidentFinding, IncidentStation
from chargehand.journal import log as journal
from chargehand.kernel.errors import Refused

#: Incidents that somebody or something still looks after.
ALIVE: Final = (Incident.State.PENDING, Incident.State.OPEN, Incident.State.WATCHING)
SHOWN: Final = (Incident.State.OPEN, Incident.State.WATCHING)

SYSTEM: Final = "Chargehand"

#: First half of the advisory lock under which incidents of one operator change ("inci").
_LOCK: Final = 0x696E6369


def lock_operator(operator_id: int) -> None:
    """Wait until nobody else changes this operator's incidents; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, operator_id % (1 << 31)])


def seen(operator_id: int, incident_id: int) -> Incident:
    """Return an incident that people have seen, locked with its operator. Raises Refused `no-such-incident`."""
    lock_operator(operator_id)
    hidden = (Incident.State.PENDING, Incident.State.DROPPED)
    rows = Incident.objects.select_for_update().filter(operator_id=operator_id, pk=incident_id)
    row = rows.exclude(state__in=hidden).first()
    if row is None:
        raise Refused("no-such-incident", _("There is no such incident."))
    return row


def living(operator_id: int, incident_id: int) -> Incident:
    """Return an incident that is not over, as `seen` does. Raises Refused `no-such-incident`, `incident-over`."""
    row = seen(operator_id, incident_id)
    if row.state == Incident.State.MERGED:
        raise Refused(
            "incident-over", _("This incident is part of incident %d now.") % (row.merged_into_id or 0)
        )
    if row.state not in SHOWN:
        raise Refused("incident-over", _("This incident is over. Open it again first."))
    return row


def places_of(row: Incident) -> list[Place]:
    """Return the places concerned: stations with EVSEs, the one seen first in front; EVSE 0 is all of it."""
    found = list(row.members.order_by("id").values_list("station_id", "evse"))
    return sorted(found, key=lambda place: place[0] != row.station_id)


def stations_of(row: Incident) -> tuple[int, ...]:
    """Return the ids of the stations concerned, the one seen first in front."""
    return tuple(dict.fromkeys(station_id for station_id, _evse in places_of(row)))


def note(
    row: Incident, kind: str, *, at: datetime, sentence: str = "", by: str = SYSTEM, **detail: Any
) -> None:
    """Write an entry of the incident's history."""
    IncidentEntry.objects.create(
        incident=row, at=at, kind=kind, by=by[:255], sentence=sentence, detail=detail
    )


def add_place(row: Incident, place: Place, since: datetime) -> bool:
    """Let the incident concern a place as well; tell whether its station is new to it."""
    station_id, evse = place
    known = set(row.members.filter(station_id=station_id).values_list("evse", flat=True))
    if 0 in known or evse in known:
        return False
    if evse == 0:
        row.members.filter(station_id=station_id).delete()
    IncidentStation.objects.create(incident=row, station_id=station_id, evse=evse, since=since)
    return not known


def open_incident(row: Incident, now: datetime) -> None:
    """Make it an incident that people see."""
    row.state, row.opened_at = Incident.State.OPEN, now
    row.save(update_fields=["state", "opened_at"])
    count_drivers(row, now)
    note(row, "opened", at=now, sentence=row.sentence)
    journal.state(
        [
            IncidentOpened(
                happened_at=now,
                operator_id=row.operator_id,
                incident_id=row.pk,
                kind=row.kind,
                severity=row.severity,
                station_ids=stations_of(row),
            )
        ]
    )


def state_worse(row: Incident, now: datetime) -> None:
    """State that an incident people see is graver or concerns more stations."""
    if row.state in SHOWN:
        journal.state(
            [
                IncidentWorsened(
                    happened_at=now,
                    operator_id=row.operator_id,
                    incident_id=row.pk,
                    severity=row.severity,
                    station_ids=stations_of(row),
                )
            ]
        )


def drop(row: Incident, now: datetime, sentence: str) -> None:
    """Forget one that was over before anybody needed to know."""
    row.state, row.resolved_at = Incident.State.DROPPED, now
    row.save(update_fields=["state", "resolved_at"])
    note(row, "dropped", at=now, sentence=sentence)


def watch(row: Incident, now: datetime, seen_over_at: datetime) -> None:
    """Nothing shows the fault any more; from `seen_over_at` on a real charge proves that it is gone."""
    row.state = Incident.State.WATCHING
    row.last_seen_at = max(row.last_seen_at, seen_over_at)
    row.save(update_fields=["state", "last_seen_at"])
    note(
        row,
        "watching",
        at=now,
        sentence=_("The fault no longer shows. The next real charge proves that it is over."),
    )


def come_back(row: Incident, now: datetime) -> None:
    """The fault shows again."""
    row.state, row.last_seen_at = Incident.State.OPEN, now
    row.save(update_fields=["state", "last_seen_at"])
    note(row, "came-back", at=now, sentence=_("The fault shows again."))


def resolve(row: Incident, now: datetime, *, by: str, cause: str, fix: str, is_by_charge: bool) -> None:
    """End it, for good or until it is opened again."""
    row.state, row.resolved_at, row.resolved_by = Incident.State.RESOLVED, now, by[:255]
    row.is_by_charge, row.cause, row.fix, row.snoozed_until = is_by_charge, cause, fix, None
    row.recovery_note = ""
    row.save()
    sentence = _("Cause: %(cause)s Fix: %(fix)s") % {"cause": cause or "–", "fix": fix or "–"}
    note(row, "resolved", at=now, by=by, sentence=sentence, is_by_charge=is_by_charge)
    found = row.findings.order_by("finding__kind").values_list("finding__kind", flat=True).distinct()
    _state_resolved(row, now, kinds=tuple(dict.fromkeys([row.kind, *found])), places=tuple(places_of(row)))


def has_living(row: Incident) -> bool:
    """Tell whether another living incident has taken the place of one that ended."""
    rows = Incident.objects.filter(operator_id=row.operator_id, key=row.key, state__in=ALIVE)
    return rows.exclude(pk=row.pk).exists()


def reopen(row: Incident, now: datetime, *, by: str, sentence: str) -> None:
    """Open one again that had ended; the ladder of recovery begins anew."""
    row.state, row.resolved_at, row.resolved_by, row.is_by_charge = Incident.State.OPEN, None, "", False
    row.last_seen_at, row.run = now, row.run + 1
    row.save()
    note(row, "reopened", at=now, by=by, sentence=sentence)
    count_drivers(row, now)
    journal.state(
        [
            IncidentOpened(
                happened_at=now,
                operator_id=row.operator_id,
                incident_id=row.pk,
                kind=row.kind,
                severity=row.severity,
                station_ids=stations_of(row),
            )
        ]
    )


def merge(row: Incident, host: Incident, now: datetime) -> None:
    """Let one incident become part of another, with all that belongs to it."""
    was_shown = row.state in SHOWN
    IncidentFinding.objects.filter(incident=row).update(incident=host)
    for station_id, evse, since in row.members.values_list("station_id", "evse", "since"):
        add_place(host, (station_id, evse), since)
    row.entries.exclude(kind="opened").update(incident=host)
    row.state, row.merged_into, row.resolved_at = Incident.State.MERGED, host, now
    row.cause, row.resolved_by = _("Part of incident %d.") % host.pk, SYSTEM
    row.save()
    host.began_at = min(host.began_at, row.began_at)
    host.work_order_id = host.work_order_id or row.work_order_id
    if host.acknowledged_at is None:
        host.acknowledged_at, host.acknowledged_by = row.acknowledged_at, row.acknowledged_by
    if not host.assignee_id:
        host.assignee, host.assignee_name = row.assignee, row.assignee_name
    host.save()
    note(host, "merged", at=now, sentence=_("Incident %d is part of this one.") % row.pk, incident=row.pk)
    if was_shown:
        _state_resolved(row, now, kinds=(), places=())


def count_drivers(row: Incident, now: datetime) -> None:
    """Count the drivers affected anew."""
    found = attempts.affected(row.operator_id, places_of(row), since=row.began_at, now=now)
    row.drivers_hit, row.drivers_waiting, row.drivers_expected = found.hit, found.waiting, found.expected
    row.drivers, row.drivers_at = found.hit + found.waiting + found.expected, now
    row.save(update_fields=["drivers_hit", "drivers_waiting", "drivers_expected", "drivers", "drivers_at"])


def _state_resolved(
    row: Incident, now: datetime, *, kinds: tuple[str, ...], places: tuple[Place, ...]
) -> None:
    journal.state(
        [
            IncidentResolved(
                happened_at=now,
                operator_id=row.operator_id,
                incident_id=row.pk,
                is_by_charge=row.is_by_charge,
                cause=row.cause,
                fix=row.fix,
                kinds=kinds,
                places=places,
            )
        ]
    )
