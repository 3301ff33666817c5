"""Jobs that incidents call for: raised once, made more urgent, called off when the matter is over by itself."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.health.facts import FaultFound, IncidentOpened, IncidentResolved, IncidentWorsened
from chargehand.domain.maintenance import work
from chargehand.domain.maintenance.incident_policy import (
    POLICIES,
    Policy,
    policy_for,
    priority_of,
    time_to_do,
)
from chargehand.domain.maintenance.models import FaultMark, WorkOrder
from chargehand.domain.stations import fleet
from chargehand.domain.stations import queries as stations
from chargehand.kernel import clock

#: A finding so long before an incident belongs to it.
LOOK_BACK: Final = timedelta(days=2)


#: Checklists of dangers: a job with one of these is not called off.
SAFETY: Final = frozenset(policy.checklist for policy in POLICIES.values() if policy.is_safety)


def key_of(incident_id: int) -> str:
    """Return the key of the one order that an incident raises by itself."""
    return f"incident:{incident_id}"


@transaction.atomic
def mark_fault(fact: FaultFound) -> None:
    """Remember a fault at each station concerned; again changes nothing."""
    if fact.operator_id is None:
        return
    known = {each.id for each in fleet.fleet(fact.operator_id, station_ids=fact.station_ids)}
    FaultMark.objects.bulk_create(
        (
            FaultMark(
                finding_id=fact.finding_id,
                station_id=station_id,
                evse=fact.evse,
                kind=fact.kind[:64],
                severity=fact.severity,
                at=fact.happened_at,
            )
            for station_id in fact.station_ids
            if station_id in known
        ),
        ignore_conflicts=True,
    )


@transaction.atomic
def raise_for(fact: IncidentOpened) -> int | None:
    """Raise the order of an incident that needs hands, once; return its id, None where no visit is needed."""
    policy = policy_for(fact.kind, fact.severity)
    if policy is None or not fact.station_ids or fact.operator_id is None:
        return None
    station = stations.station(fact.operator_id, fact.station_ids[0])
    if station is None:
        return None
    evse = _evse(fact, {plug.evse for plug in station.connectors})
    order = work.NewOrder(
        station_id=station.id,
        evse=evse,
        title=str(policy.title),
        why=_why(policy, fact),
        checklist=policy.checklist,
        priority=priority_of(fact.severity),
        incident_id=fact.incident_id,
        key=key_of(fact.incident_id),
    )
    return work.raise_order(operator_id=fact.operator_id, order=order, actor=SYSTEM)


@transaction.atomic
def hasten(fact: IncidentWorsened) -> None:
    """Make the open jobs of an incident as urgent as it has become."""
    priority = priority_of(fact.severity)
    rows = _open(fact.operator_id, fact.incident_id).filter(priority__gt=priority)
    now = clock.now()
    for row in rows:
        row.priority, row.changed_at = priority, now
        latest = now + time_to_do(priority)
        row.due_at = latest if row.due_at is None else min(row.due_at, latest)
        row.save(update_fields=["priority", "due_at", "changed_at"])


@transaction.atomic
def call_off(fact: IncidentResolved) -> None:
    """Cancel the job nobody has taken yet when the matter is over; where it was a danger, somebody still looks."""
    sentence = _("The incident is over: %s") % (fact.fix or fact.cause or _("it went away by itself"))
    for row in _open(fact.operator_id, fact.incident_id).filter(key=key_of(fact.incident_id)):
        if row.state == WorkOrder.State.OPEN and not _is_safety(row):
            work.cancel(operator_id=row.operator_id, order_id=row.pk, actor=SYSTEM, reason=sentence)
        elif sentence not in row.why:
            row.why = f"{row.why}\n{sentence}. " + _("Ask whether the visit is still needed.")
            row.changed_at = clock.now()
            row.save(update_fields=["why", "changed_at"])


def _open(operator_id: int | None, incident_id: int) -> QuerySet[WorkOrder]:
    rows = WorkOrder.objects.select_for_update().filter(operator=operator_id, incident_id=incident_id)
    return rows.exclude(state__in=work.ENDED).order_by("pk")


def _is_safety(row: WorkOrder) -> bool:
    return row.priority == 0 or row.checklist in SAFETY


def _evse(fact: IncidentOpened, plugs: set[int]) -> int | None:
    """Return the plug at which the fault was found, None where it concerns the station."""
    mark = (
        FaultMark.objects.filter(
            station_id=fact.station_ids[0], kind=fact.kind, at__gte=fact.happened_at - LOOK_BACK
        )
        .order_by("-at", "-pk")
        .first()
    )
    return mark.evse if mark is not None and mark.evse in plugs else None


def _why(policy: Policy, fact: IncidentOpened) -> str:
    count = len(fact.station_ids)
    if count == 1:
        return _("%(what)s: incident %(number)d.") % {"what": policy.title, "number": fact.incident_id}
    return ngettext(
        "%(what)s at %(count)d station: incident %(number)d.",
        "%(what)s at %(count)d stations: incident %(number)d.",
        count,
    ) % {"what": policy.title, "count": count, "number": fact.incident_id}
