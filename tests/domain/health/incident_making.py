"""Sites, stations, findings and charges for tests of incidents."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.domain.station_talk import Talk

from chargehand.domain.accounts.models import Operator
from chargehand.domain.accounts.principals import SYSTEM
from chargehand.domain.charging import cdrs
from chargehand.domain.charging.facts import CdrIssued
from chargehand.domain.health import followers, sweeps
from chargehand.domain.health.facts import FaultFound
from chargehand.domain.health.models import HealthFinding, Incident, RecoveryPolicy
from chargehand.domain.health.treatments import STEPS, severity_of
from chargehand.domain.stations import actions as stations
from chargehand.domain.stations.actions import ConnectorDetails, LocationDetails
from chargehand.domain.stations.models import ChargingStation
from chargehand.domain.tokens import actions as tokens
from chargehand.domain.tokens.models import Token
from chargehand.kernel import clock


def make_site(operator: Operator, name: str = "Harbour", at: tuple[float, float] | None = None) -> int:
    """Make a location."""
    latitude, longitude = (Decimal(str(each)) for each in at) if at else (None, None)
    details = LocationDetails(name=name, latitude=latitude, longitude=longitude, time_zone="Europe/Berlin")
    return stations.create_location(operator_id=operator.pk, details=details)


def make_talk(operator: Operator, identity: str, site: int | None = None, **plate: Any) -> Talk:
    """Make a connected station with two plugs that have been free for a day."""
    if not Token.objects.filter(operator=operator, uid="CARD1").exists():
        tokens.issue_token(operator_id=operator.pk, uid="CARD1", actor=SYSTEM)
    talk = Talk(operator.pk, identity)
    values = {"vendor": "V", "model": "M", "firmware_version": "1.2", "location_id": site} | plate
    ChargingStation.objects.filter(pk=talk.station_id).update(**values)
    for evse in (1, 2):
        talk.status("Available", evse=evse, at=clock.now() - timedelta(days=1))
        stations.describe_connector(
            operator_id=operator.pk,
            station_id=talk.station_id,
            evse=evse,
            details=ConnectorDetails(standard="IEC_62196_T2"),
        )
    return talk


def find(
    talks: list[Talk],
    kind: str,
    *,
    scope: str = "connector",
    evse: int = 1,
    at: datetime | None = None,
    **more: Any,
) -> FaultFound:
    """Store a finding as the watch does and return the fact."""
    at = at or clock.now()
    row = HealthFinding.objects.create(
        operator_id=talks[0].operator_id,
        key=f"{scope}|{talks[0].station_id}|{evse}|{kind}|{at.isoformat()}",
        scope=scope,
        station_id=talks[0].station_id,
        station_ids=[talk.station_id for talk in talks],
        evse=evse,
        kind=kind,
        candidates=[kind],
        severity=more.pop("severity", severity_of(kind)),
        first_seen=more.pop("since", at),
        found_at=at,
        sentence=f"{kind} was found.",
        stored_at=at,
    )
    return FaultFound(
        happened_at=at,
        operator_id=row.operator_id,
        finding_id=row.pk,
        scope=scope,
        station_ids=tuple(row.station_ids),
        evse=evse,
        kind=kind,
        severity=row.severity,
    )


def take(*facts: FaultFound) -> list[Incident]:
    """Let the room follow facts; return all incidents, oldest first."""
    followers.follow(facts)
    return list(Incident.objects.order_by("id"))


def charge(
    talk: Talk, *, start: datetime, wh: int = 5000, minutes: int = 30, evse: int = 1, reason: str = "Local"
) -> None:
    """Let a car charge and be gone, and let the room follow."""
    number = talk.start(at=start, evse=evse, meter=1000)
    talk.stop(number, at=start + timedelta(minutes=minutes), meter=1000 + wh, stop_reason=reason)
    cdr_id = cdrs.issue(number)
    assert cdr_id is not None
    followers.follow(
        [
            CdrIssued(
                happened_at=clock.now(),
                operator_id=talk.operator_id,
                station_id=talk.station_id,
                transaction_id=number,
                cdr_id=cdr_id,
                version=1,
            )
        ]
    )


def set_policy(operator: Operator, **values: Any) -> None:
    """Let the system try everything without pauses, or as given."""
    usual: dict[str, Any] = {"steps": list(STEPS), "pause_s": 0}
    RecoveryPolicy.objects.update_or_create(operator_id=operator.pk, defaults=usual | values)


def look(now: datetime | None = None) -> None:
    """Let the clock's job run."""
    sweeps.look(now or clock.now())
