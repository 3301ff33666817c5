"""Tables of the health room, by what they hold."""

from chargehand.domain.health.models.driver_messages import DriverMessage
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
from chargehand.domain.health.models.uptime import (
    AttemptDay,
    FirstAlert,
    OutageExclusion,
    SiteHours,
    UptimePort,
    UptimeSpan,
)

__all__ = [
    "AttemptDay",
    "Debounce",
    "DriverMessage",
    "FirstAlert",
    "HealthFinding",
    "Incident",
    "IncidentEntry",
    "IncidentFinding",
    "IncidentStation",
    "OutageExclusion",
    "RecoveryPolicy",
    "RecoveryStep",
    "SiteHours",
    "StationWish",
    "UptimePort",
    "UptimeSpan",
    "Watch",
    "WatchBatch",
    "WatchPolicy",
]
