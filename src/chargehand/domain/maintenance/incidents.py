"""Jobs that incidents call for: raised once, made more urgent, called off when the matter is over by itself."""

import contextlib
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.health import actions as health
from chargehand.domain.health import incident_list
from chargehand.domain.health.causes import cause_of
from chargehand.domain.health.facts import FaultFound, IncidentOpened, IncidentResolved, IncidentWorsened
from chargehand.domain.maintenance import work
from chargehand.domain.maintenance.incident_policy import (
    POLICIES,
    policy_for,
    priority_of,
    time_to_do,
)
from chargehand.domain.maintenance.models import FaultMark, WorkOrder
from chargehand.domain.stations import fleet
from chargehand.domain.stations import queries as stations
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

#: A finding so long before an incident belongs to it.
LOOK_BACK: Final = timedelta(days=2)


#: How keys of orders begin that incidents raise by themselves.
KEY: Final = "incident:"

#: Checklists of dangers: a job with one of these is not called off.
SAFETY: Final = frozenset(policy.checklist for policy in POLICIES.values() if policy.is_safety)


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
    """Raise the order of an incident that needs hands, once; return its id, None where no visit is needed.

    An incident that opens again after its job had ended raises another one.
    """
    policy = policy_for(fact.kind, fact.severity)
    if policy is None or not fact.station_ids or fact.operator_id is None:
        return None
    station = stations.station(fact.operator_id, fact.station_ids[0])
    if station is None:
        return None
    cause = cause_of(fact.kind)
    order = work.NewOrder(
        station_id=station.id,
        evse=_evse(fact, {plug.evse for plug in station.connectors}),
        title=str(cause.title),
        why=_why(fact),
        checklist=policy.checklist,
        priority=priority_of(fact.severity),
        incident_id=fact.incident_id,
        parts=tuple(work.Part(str(need)) for need in cause.needs) or None,
        key=_key(fact),
    )
    order_id = work.raise_order(operator_id=fact.operator_id, order=order, actor=SYSTEM)
    with contextlib.suppress(Refused):
        health.attach_work_order(
            operator_id=fact.operator_id,
            incident_id=fact.incident_id,
            work_order_id=order_id,
            actor=SYSTEM,
        )
    return order_id


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
    for row in _open(fact.operator_id, fact.incident_id).filter(key__startswith=KEY):
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


def _key(fact: IncidentOpened) -> str:
    """Return what names the order of this opening: those that had ended before do not count any more."""
    rows = WorkOrder.objects.filter(
        operator=fact.operator_id, incident_id=fact.incident_id, key__startswith=KEY
    )
    ended = rows.filter(ended_at__lt=fact.happened_at).count()
    return f"{KEY}{fact.incident_id}" + (f":{ended + 1}" if ended else "")


def _evse(fact: IncidentOpened, plugs: set[int]) -> int | None:
    """Return the plug at which it was seen first, None where it concerns the station."""
    row = incident_list.incident_row(fact.operator_id or 0, fact.incident_id)
    if row is not None:
        return row.evse if row.evse in plugs and row.station_id == fact.station_ids[0] else None
    marks = FaultMark.objects.filter(
        station_id=fact.station_ids[0], kind=fact.kind, at__gte=fact.happened_at - LOOK_BACK
    )
    mark = marks.order_by("-at", "-pk").first()
    return mark.evse if mark is not None and mark.evse in plugs else None


def _why(fact: IncidentOpened) -> str:
    """Return what was seen, the probable cause and the remedy, in sentences."""
    row, cause = incident_list.incident_row(fact.operator_id or 0, fact.incident_id), cause_of(fact.kind)
    sentences = [row.sentence if row is not None else "", str(cause.probable), str(cause.remedy)]
    count = len(fact.station_ids)
    if count > 1:
        sentences.append(ngettext("%d station is concerned.", "%d stations are concerned.", count) % count)
    sentences.append(_("Incident %d.") % fact.incident_id)
    return " ".join(sentence for sentence in sentences if sentence)
