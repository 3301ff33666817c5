"""The faults of a network: a finding, the incident it opened, and a job at the same station."""

from datetime import timedelta
from typing import Any

from chargehand.domain.accounts.principals import Actor
from chargehand.domain.health import actions as health
from chargehand.domain.health import followers
from chargehand.domain.health.facts import FaultFound
from chargehand.domain.health.models import HealthFinding, Incident
from chargehand.domain.maintenance import work
from chargehand.domain.maintenance.models import ChecklistItem
from chargehand.domain.maintenance.work import NewOrder
from chargehand.domain.stations.models import ChargingStation
from chargehand.kernel import clock

FAY = Actor("user", None, "Fay")


def add_care(station: ChargingStation, verb: str = "") -> dict[str, Any]:
    """Let a detector find a fault and send somebody, as far as an operation's verb needs it to have come."""
    incident = _open_incident(station)
    about: dict[str, Any] = {"operator_id": station.operator_id, "actor": FAY}
    if verb == "reopen_incident":
        health.resolve(**about, incident_id=incident.pk, cause="Dirt.", fix="Cleaned.")
    order = NewOrder(station_id=station.pk, title="Clean the plug", evse=1)
    order_id = work.raise_order(**about, order=order)
    if verb == "assign_work_order":
        work.set_off(**about, order_id=order_id)
    if verb in {"wait_for_parts", "open_for_test", "finish_work"}:
        work.start(**about, order_id=order_id)
        ChecklistItem.objects.filter(order_id=order_id).update(is_required=False)
    return {
        "incident_id": incident.pk,
        "finding_id": HealthFinding.objects.get().pk,
        "order_id": order_id,
    }


def _open_incident(station: ChargingStation) -> Incident:
    at = clock.now() - timedelta(minutes=26)
    finding = HealthFinding.objects.create(
        operator_id=station.operator_id,
        key=f"{station.pk}|1|failed-starts",
        scope="connector",
        station_id=station.pk,
        station_ids=[station.pk],
        evse=1,
        kind="failed-starts",
        candidates=["failed-starts"],
        severity=3,
        first_seen=at,
        found_at=at,
        sentence="Three of the last four charges began without current.",
        facts={"failed": 3, "attempts": 4},
        stored_at=at,
    )
    fact = FaultFound(
        happened_at=at,
        operator_id=station.operator_id,
        finding_id=finding.pk,
        scope=finding.scope,
        station_ids=(station.pk,),
        evse=1,
        kind=finding.kind,
        severity=finding.severity,
    )
    followers.follow([fact])
    return Incident.objects.get(findings__finding_id=finding.pk)
