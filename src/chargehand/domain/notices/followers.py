"""What notices do when something happened beneath: tell people of incidents, invite those who got a role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chargehand.domain.accounts.facts import PersonInvited
from chargehand.domain.health.facts import (
    IncidentAcknowledged,
    IncidentOpened,
    IncidentResolved,
    IncidentWorsened,
)
from chargehand.domain.notices import bell, escalation
from chargehand.domain.notices.models import Delivery
from chargehand.kernel import clock
from chargehand.kernel.facts import Fact

INCIDENTS: Final = (IncidentOpened, IncidentWorsened, IncidentAcknowledged, IncidentResolved)
INVITATIONS: Final = (PersonInvited,)


def follow_incidents(stated: Sequence[Fact]) -> None:
    """Begin, change and end alerts as incidents do."""
    for fact in stated:
        if fact.operator_id is not None:
            _follow_incident(fact, fact.operator_id)


def _follow_incident(fact: Fact, operator_id: int) -> None:
    now = clock.now()
    if isinstance(fact, IncidentOpened):
        escalation.open_alert(
            operator_id=operator_id,
            incident_id=fact.incident_id,
            kind=fact.kind,
            severity=fact.severity,
            station_ids=fact.station_ids,
            opened_at=fact.happened_at,
            now=now,
        )
    elif isinstance(fact, IncidentWorsened):
        escalation.worsen_alert(
            operator_id=operator_id,
            incident_id=fact.incident_id,
            severity=fact.severity,
            station_ids=fact.station_ids,
            now=now,
        )
    elif isinstance(fact, IncidentAcknowledged | IncidentResolved):
        escalation.stop_alert(
            operator_id=operator_id,
            incident_id=fact.incident_id,
            by=fact.by if isinstance(fact, IncidentAcknowledged) else "",
            happened_at=fact.happened_at,
            now=now,
            is_resolved=isinstance(fact, IncidentResolved),
        )


def invite_people(stated: Sequence[Fact]) -> None:
    """Queue the mail by which somebody learns of their new role."""
    for fact in stated:
        if isinstance(fact, PersonInvited) and fact.operator_id is not None:
            _invite(fact, fact.operator_id)


def _invite(fact: PersonInvited, operator_id: int) -> None:
    now = clock.now()
    Delivery.objects.get_or_create(
        key=f"invitation:{operator_id}:{fact.user_id}:{fact.happened_at.timestamp():.6f}",
        defaults={
            "operator_id": operator_id,
            "user_id": fact.user_id,
            "purpose": Delivery.Purpose.INVITATION,
            "detail": {"by": fact.by, "role": fact.role},
            "queued_at": now,
            "not_before": now,
        },
    )
    bell.ring()
