"""A connector, a station and a site with the detectors that watch them: all of it can be saved."""

from collections.abc import Collection

import msgspec

from chargehand.domain.health.detectors.clocks import ClockDrift
from chargehand.domain.health.detectors.contactor import ContactorWear, ContactorWelded
from chargehand.domain.health.detectors.detector import ReadingDetector
from chargehand.domain.health.detectors.firmware import FirmwareRegression
from chargehand.domain.health.detectors.heat import CabinetHeat, ContactResistance, FanSpeed
from chargehand.domain.health.detectors.imbalance import PhaseImbalance
from chargehand.domain.health.detectors.leak import RegisterLeak
from chargehand.domain.health.detectors.link import FlappingConnectivity, RebootLoop, WeakSignal
from chargehand.domain.health.detectors.measurands import CtReversed, MeasurandScale, MissingMeasurand
from chargehand.domain.health.detectors.meter import MeterFrozen, MeterRollback
from chargehand.domain.health.detectors.meter_drift import MeterDrift
from chargehand.domain.health.detectors.power import PowerDerating
from chargehand.domain.health.detectors.reports import MonitoredValue, ReportedFault
from chargehand.domain.health.detectors.silence import SilentStation
from chargehand.domain.health.detectors.starts import FailedStarts, PaymentTerminal
from chargehand.domain.health.detectors.use import Dwells, StuckState, UnusedThoughExpected
from chargehand.domain.health.detectors.voltage import PhaseLoss, VoltageSag, VoltageSwell
from chargehand.domain.health.features import Plate
from chargehand.domain.health.features_connector import Connector
from chargehand.domain.health.ledger import Ledger


class ConnectorWatch(msgspec.Struct, gc=False):
    """One connector and its detectors."""

    connector: Connector
    sag: VoltageSag = msgspec.field(default_factory=VoltageSag)
    swell: VoltageSwell = msgspec.field(default_factory=VoltageSwell)
    phase_loss: PhaseLoss = msgspec.field(default_factory=PhaseLoss)
    imbalance: PhaseImbalance = msgspec.field(default_factory=PhaseImbalance)
    frozen: MeterFrozen = msgspec.field(default_factory=MeterFrozen)
    drift: MeterDrift = msgspec.field(default_factory=MeterDrift)
    scale: MeasurandScale = msgspec.field(default_factory=MeasurandScale)
    reversed_ct: CtReversed = msgspec.field(default_factory=CtReversed)
    missing: MissingMeasurand = msgspec.field(default_factory=MissingMeasurand)
    welded: ContactorWelded = msgspec.field(default_factory=ContactorWelded)
    contact: ContactResistance = msgspec.field(default_factory=ContactResistance)
    cabinet: CabinetHeat = msgspec.field(default_factory=CabinetHeat)
    fan: FanSpeed = msgspec.field(default_factory=FanSpeed)
    register: MeterRollback = msgspec.field(default_factory=MeterRollback)
    ends: MeterRollback = msgspec.field(default_factory=MeterRollback)
    leak: RegisterLeak = msgspec.field(default_factory=RegisterLeak)
    wear: ContactorWear = msgspec.field(default_factory=ContactorWear)
    starts: FailedStarts = msgspec.field(default_factory=FailedStarts)
    power: PowerDerating = msgspec.field(default_factory=PowerDerating)
    stuck: StuckState = msgspec.field(default_factory=StuckState)
    unused: UnusedThoughExpected = msgspec.field(default_factory=UnusedThoughExpected)
    reports: dict[str, ReportedFault] = {}
    monitors: dict[str, MonitoredValue] = {}

    def recount(self, kinds: Collection[str]) -> None:
        """Count failures and reports of these kinds anew; what was learnt as usual stays."""
        if self.starts.kind in kinds:
            self.starts = FailedStarts(usual=self.starts.usual)
        for kind in [each for each in self.reports if each in kinds]:
            del self.reports[kind]

    def reading_detectors(self) -> tuple[ReadingDetector, ...]:
        """Return those that look at every reading."""
        return (
            self.sag,
            self.swell,
            self.phase_loss,
            self.imbalance,
            self.frozen,
            self.drift,
            self.scale,
            self.reversed_ct,
            self.missing,
            self.welded,
            self.contact,
            self.cabinet,
            self.fan,
        )


class Pending(msgspec.Struct, gc=False):
    """A token that was accepted and has not started anything yet."""

    at: float
    token: str | None
    evse: int


class StationWatch(msgspec.Struct, gc=False):
    """One station and its detectors."""

    plate: Plate
    connectors: dict[int, ConnectorWatch] = {}
    silence: SilentStation = msgspec.field(default_factory=SilentStation)
    flapping: FlappingConnectivity = msgspec.field(default_factory=FlappingConnectivity)
    losses: FlappingConnectivity = msgspec.field(default_factory=FlappingConnectivity)
    signal: WeakSignal = msgspec.field(default_factory=WeakSignal)
    boots: RebootLoop = msgspec.field(default_factory=RebootLoop)
    clock: ClockDrift = msgspec.field(default_factory=ClockDrift)
    payment: PaymentTerminal = msgspec.field(default_factory=PaymentTerminal)
    pending: Pending | None = None
    quiet_until: float = 0.0
    is_maintained: bool = False
    is_limited: bool = False
    next_hour: float = 0.0
    normal_at: float = 0.0
    told_last: dict[str, float] = {}

    def is_repeated(self, what: str, told: float) -> bool:
        """Tell whether the same was said of the same moment just before: a line that came twice."""
        if self.told_last.get(what) == told:
            return True
        self.told_last[what] = told
        return False

    def watch(self, evse: int) -> ConnectorWatch:
        """Return the watch of an EVSE, made when it is first heard of."""
        found = self.connectors.get(evse)
        if found is None:
            found = self.connectors[evse] = ConnectorWatch(Connector(evse, is_limited=self.is_limited))
        return found

    def recount(self, evse: int, kinds: Collection[str]) -> None:
        """Count events of these kinds anew, at an EVSE (0: all): those up to now were of what is over."""
        for number, watch in self.connectors.items():
            if evse in {0, number}:
                watch.recount(kinds)
        if self.flapping.kind in kinds:
            self.flapping, self.losses = FlappingConnectivity(), FlappingConnectivity()
        if self.boots.kind in kinds:
            self.boots = RebootLoop()
        if self.payment.kind in kinds:
            self.payment = PaymentTerminal(self.payment.adhoc, self.payment.all)

    def renew(self) -> None:
        """Begin anew after maintenance: what was learnt may be of parts that are gone."""
        for evse, old in list(self.connectors.items()):
            self.connectors[evse] = ConnectorWatch(
                old.connector, unused=old.unused, stuck=old.stuck, sag=old.sag, swell=old.swell
            )
        self.flapping, self.losses = FlappingConnectivity(), FlappingConnectivity()
        self.boots, self.clock, self.signal = RebootLoop(), ClockDrift(), WeakSignal()
        self.payment = PaymentTerminal(self.payment.adhoc, self.payment.all)
        self.pending = None


class FleetWatch(msgspec.Struct, gc=False):
    """Everything that is watched; the whole memory of the engine."""

    stations: dict[str, StationWatch] = {}
    sites: dict[str, list[str]] = {}
    models: dict[str, FirmwareRegression] = {}
    dwells: dict[str, Dwells] = {}
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    now: float = 0.0
    swept_at: float = 0.0
    visits_lately: float = 0.0
    visits_usually: float = 0.0
    visits_at: float = 0.0
    began: float = 0.0
    ahead: int = 0
    ahead_at: float = 0.0
