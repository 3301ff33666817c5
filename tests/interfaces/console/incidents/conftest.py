"""An incident at a station of the console's small network, found by a detector and opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chargehand.domain.health import followers
from chargehand.domain.health.facts import FaultFound
from chargehand.domain.health.models import HealthFinding, Incident
from chargehand.domain.health.treatments import severity_of
from chargehand.domain.stations.models import ChargingStation
from chargehand.kernel import clock

OpenIncident = Callable[..., Incident]


@pytest.fixture
def open_incident() -> OpenIncident:
    """Let a detector find a fault at plug A of a station, so that an incident opens."""

    def find(row: ChargingStation, kind: str = "failed-starts", *, evse: int = 1, **more: Any) -> Incident:
        at = clock.now() - timedelta(minutes=26)
        finding = HealthFinding.objects.create(
            operator_id=row.operator_id,
            key=f"{row.pk}|{evse}|{kind}",
            scope="connector" if evse else "station",
            station_id=row.pk,
            station_ids=[row.pk],
            evse=evse,
            kind=kind,
            candidates=[kind],
            severity=more.pop("severity", severity_of(kind)),
            first_seen=at,
            found_at=at,
            sentence=more.pop("sentence", "Three of the last four charges began without current."),
            facts={"failed": 3, "attempts": 4},
            stored_at=at,
            **more,
        )
        fact = FaultFound(
            happened_at=at,
            operator_id=row.operator_id,
            finding_id=finding.pk,
            scope=finding.scope,
            station_ids=(row.pk,),
            evse=evse,
            kind=kind,
            severity=finding.severity,
        )
        followers.follow([fact])
        return Incident.objects.get(findings__finding_id=finding.pk)

    return find


@pytest.fixture
def incident(open_incident: OpenIncident, station: ChargingStation) -> Incident:
    """The incident that most pages are about: charges fail at charger 4107, plug A."""
    return open_incident(station)
