"""Tables of the health room, by what they hold."""

from chargehand.domain.health.models.findings import HealthFinding, Watch, WatchBatch
from chargehand.domain.health.models.provisioning import StationWish, WatchPolicy

__all__ = ["HealthFinding", "StationWish", "Watch", "WatchBatch", "WatchPolicy"]
