"""Tables of the health room, by what they hold."""

from chargehand.domain.health.models.findings import HealthFinding, Watch, WatchBatch
from chargehand.domain.health.models.incidents import (
    Debounce,
    Incident,
    IncidentEntry,
    IncidentFinding,
    IncidentStation,
    RecoveryPolicy,
    RecoveryStep,
)
from chargehand.domain.health.models.provisioning import StationWish, WatchPolicy

__all__ = [
    "Debounce",
    "HealthFinding",
    "Incident",
    "IncidentEntry",
    "IncidentFinding",
    "IncidentStation",
    "RecoveryPolicy",
    "RecoveryStep",
    "StationWish",
    "Watch",
    "WatchBatch",
    "WatchPolicy",
]
