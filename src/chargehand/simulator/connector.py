"""One connector of a station and the transactions that happen at it."""

from typing import Literal

import msgspec

from chargehand.simulator.authorization import Authorisation
from chargehand.simulator.car import Car
from chargehand.simulator.outlet import Outlet, Reading
from chargehand.simulator.timeline import Timer

ChargingState = Literal["Idle", "EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE"]


class ErrorReport(msgspec.Struct, frozen=True):
    """What a connector reports as broken: a 1.6 ChargePointErrorCode and the maker's own code and words."""

    error_code: str
    vendor_error_code: str = ""
    info: str = ""


class Transaction(msgspec.Struct):
    """One transaction as its station sees it; registers in Wh, times as sent."""

    id: str
    connector: int
    started_at: str
    begin: Reading
    token: str = ""
    token_kind: str = "ISO14443"  # noqa: S105 - an IdTokenEnumType
    remote_start_id: int | None = None
    csms_id: int | None = None
    """The number a 1.6 CSMS gave; None until StartTransaction is answered."""
    seq_no: int = 0
    began_offline: bool = False
    end: Reading | None = None
    ended_at: str = ""
    reason: str = ""
    stopped_by: str = ""
    told_token: bool = False
    told_outlet: bool = False
    charging_state: ChargingState = "Idle"
    shown_costs: list[float] = msgspec.field(default_factory=list)
    """What the display showed of its cost, in order, in the currency of the CSMS."""

    @property
    def is_open(self) -> bool:
        return self.end is None

    @property
    def energy_wh(self) -> int:
        """Return what was delivered (Wh); 0 while it is open."""
        return 0 if self.end is None else self.end.energy_wh - self.begin.energy_wh


class Connector:
    """The state of one connector; every rule about it stands in `station`."""

    __slots__ = (
        "authorisation",
        "fault",
        "has_finished",
        "is_operative",
        "next_availability",
        "number",
        "outlet",
        "patience",
        "reported",
        "sampler",
        "transaction",
        "watcher",
    )

    def __init__(self, number: int, outlet: Outlet) -> None:
        self.number = number
        self.outlet = outlet
        self.authorisation: Authorisation | None = None
        self.transaction: Transaction | None = None
        self.fault: ErrorReport | None = None
        self.is_operative = True
        self.next_availability: bool | None = None
        self.has_finished = False
        self.reported = ""
        self.sampler: Timer | None = None
        self.watcher: Timer | None = None
        self.patience: Timer | None = None

    @property
    def car(self) -> Car | None:
        return self.outlet.car

    @property
    def may_charge(self) -> bool:
        return self.car is not None and self.authorisation is not None and self.is_in_order

    @property
    def is_in_order(self) -> bool:
        return self.is_operative and self.fault is None

    @property
    def is_free(self) -> bool:
        return self.is_in_order and self.transaction is None and self.authorisation is None

    def charging_state(self) -> ChargingState:
        """Return 2.0.1's ChargingStateEnumType for this moment."""
        if self.car is None:
            return "Idle"
        if not self.outlet.is_energised:
            return "EVConnected"
        if self.outlet.power_w > 0:
            return "Charging"
        return "SuspendedEV" if not self.car.wants_power else "SuspendedEVSE"

    def cancel_timers(self) -> None:
        for timer in (self.sampler, self.watcher, self.patience):
            if timer is not None:
                timer.cancel()
        self.sampler = self.watcher = self.patience = None
