"""Tables of the health room, by what they hold."""

from chargehand.domain.health.models.findings import HealthFinding, Watch, WatchBatch

__all__ = ["HealthFinding", "Watch", "WatchBatch"]
