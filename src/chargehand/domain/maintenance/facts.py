"""What can have happened in maintenance: to work orders, firmware campaigns and files of stations."""

from typing import ClassVar

from chargehand.kernel.facts import Fact


class MaintenanceFact(Fact, frozen=True, kw_only=True):
    """Something happened in maintenance."""

    room: ClassVar[str] = "maintenance"


class WorkOrderFact(MaintenanceFact, frozen=True, kw_only=True):
    """Something happened to a work order; `evse` None: the whole station."""

    order_id: int
    station_id: int
    evse: int | None
    incident_id: int | None


class WorkOrderRaised(WorkOrderFact, frozen=True, kw_only=True):
    """There is a job; priority 0 is most urgent, 3 least."""

    title: str
    priority: int


class WorkOrderAssigned(WorkOrderFact, frozen=True, kw_only=True):
    """Somebody is to do it; None: nobody any more."""

    assignee_id: int | None


class WorkOrderStarted(WorkOrderFact, frozen=True, kw_only=True):
    """Somebody is at it, and drivers are kept away."""


class WorkOrderDone(WorkOrderFact, frozen=True, kw_only=True):
    """It is done and drivers may charge; `test_transaction_id` is the charge that proved it, if there was one."""

    note: str
    test_transaction_id: int | None


class WorkOrderCancelled(WorkOrderFact, frozen=True, kw_only=True):
    """It will not be done."""

    reason: str


class EditClashed(WorkOrderFact, frozen=True, kw_only=True):
    """Two people changed the same field without knowing of each other; a person must choose."""

    field: str


class CampaignHalted(MaintenanceFact, frozen=True, kw_only=True):
    """A firmware campaign stopped itself: why, in a sentence."""

    campaign_id: int
    wave: int
    sentence: str


class CampaignDone(MaintenanceFact, frozen=True, kw_only=True):
    """All waves of a firmware campaign are through."""

    campaign_id: int


class LogReceived(MaintenanceFact, frozen=True, kw_only=True):
    """A station's file has come."""

    upload_id: str
    station_id: int
