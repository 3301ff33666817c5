"""A charging station: connectors, transactions and their rules, in terms that both OCPP versions share."""

from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Literal

from chargehand.simulator.authorization import Authorisation, Register, Verdict, pays_at_terminal
from chargehand.simulator.car import Car
from chargehand.simulator.connector import Connector, ErrorReport, Transaction
from chargehand.simulator.endpoint import Endpoint
from chargehand.simulator.link import Door
from chargehand.simulator.meter import Meter
from chargehand.simulator.outlet import Outlet, Reading
from chargehand.simulator.plate import CONTACTOR_CLOSES_S, Hardware, Site
from chargehand.simulator.settings import AC_MEASURANDS, DC_MEASURANDS, Settings
from chargehand.simulator.timeline import Timeline

EventKind = Literal["Started", "Updated", "Ended"]


class Station(Endpoint):
    """Follow cars, drivers and the CSMS; subclasses say it in their version's words.

    Faults change `rssi_dbm` (the modem's reception), `contactor_wear` (by which share the contactor closes later),
    `is_terminal_dead` (nobody can pay by bank card) and `is_avoided` (no driver comes). A replay samples cars that
    take nothing `idle_pause` times as seldom.
    """

    def __init__(
        self,
        door: Door,
        hardware: Hardware,
        site: Site,
        *,
        timeline: Timeline,
        rng: Random,
        registers_wh: tuple[int, ...] = (),
        max_step_s: float = 10.0,
        remember: int | None = 500,
    ) -> None:
        super().__init__(door, timeline=timeline, rng=rng, remember=remember)
        self.hardware = hardware
        self.settings = Settings(measurands=DC_MEASURANDS if hardware.rating.kind == "DC" else AC_MEASURANDS)
        self.register = Register()
        self.transactions: deque[Transaction] = deque(maxlen=remember)
        self.is_replaying = False
        self.restart_takes_s = 25.0
        self.watch_interval_s = 60.0
        self.idle_pause = 1
        self.rssi_dbm = -80.0
        self.contactor_wear = 0.0
        self.is_terminal_dead = self.is_avoided = False
        self.connectors: dict[int, Connector] = {}
        for number in range(1, hardware.connectors + 1):
            initial = registers_wh[number - 1] if registers_wh else rng.randrange(50_000, 9_000_000)
            outlet = Outlet(
                hardware.rating,
                site.grid,
                site.weather,
                meter=Meter(initial),
                rng=rng,
                at=timeline.clock.now(),
                max_step_s=max_step_s,
            )
            self.connectors[number] = Connector(number, outlet)

    @abstractmethod
    def status_of(self, connector: Connector) -> str:
        """Return the connector's status in this version's words."""

    @abstractmethod
    def say_status(self, connector: Connector | None) -> None:
        """Queue a StatusNotification; None is the station itself."""

    @abstractmethod
    def say_authorize(self, token: str, then: Callable[[Verdict | None], None]) -> None:
        """Ask the CSMS about a token; `then` gets None when no answer came."""

    @abstractmethod
    def say_event(
        self,
        kind: EventKind,
        connector: Connector,
        transaction: Transaction,
        trigger: str,
        reading: Reading | None,
    ) -> None:
        """Queue what happened in a transaction; `trigger` is a 2.0.1 TriggerReasonEnumType."""

    @abstractmethod
    def say_aligned(self, connector: Connector, reading: Reading, context: str) -> None:
        """Queue readings outside the transaction's own rhythm (Sample.Clock, Trigger)."""

    @abstractmethod
    def say_fault(self, connector: Connector, fault: ErrorReport, *, is_cleared: bool) -> None:
        """Queue what a connector's status alone cannot say of a fault that has come or gone."""

    @abstractmethod
    def say_signal(self) -> None:
        """Queue how well the modem hears, as this version can say it."""

    # The world at the station

    def plug_in(self, number: int, car: Car) -> None:
        """Put a car's plug into a connector; raise ValueError when one is there already."""
        connector = self.connectors[number]
        if connector.car is not None:
            raise ValueError(f"There is a car at connector {number} of {self.door.identity} already.")
        connector.outlet.advance(self.timeline.clock.now())
        connector.outlet.attach(car)
        connector.has_finished = False
        self._stop_waiting(connector)
        self.refresh(connector)
        self._changed(connector, "CablePluggedIn")

    def unplug(self, number: int) -> Car:
        """Take the plug out; an open transaction ends (EVDisconnected). Return the car."""
        connector = self.connectors[number]
        car = connector.car
        if car is None:
            raise ValueError(f"There is no car at connector {number} of {self.door.identity}.")
        connector.outlet.advance(self.timeline.clock.now())
        transaction = connector.transaction
        if transaction is not None and (
            connector.authorisation is None
            or {"EVConnected", "PowerPathClosed"} & set(self.settings.stop_points)
        ):
            self._close(connector, reason="EVDisconnected", trigger="EVCommunicationLost")
        connector.outlet.detach()
        connector.has_finished = False
        if connector.transaction is not None:
            self._changed(connector, "EVCommunicationLost")
        self._share_power()
        self.refresh(connector)
        return car

    def present_token(self, number: int, token: str) -> None:
        """Hold a card to the reader: the first time asks for leave, the second ends the transaction."""
        connector = self.connectors[number]
        leave = connector.authorisation
        if leave is not None and connector.transaction is not None and leave.may_stop(token):
            self.stop(connector, reason="Local", trigger="StopAuthorized", token=token)
            return
        if self.is_terminal_dead and pays_at_terminal(token):
            return
        known = self._judge(token)
        if known is not None:
            self._judged(connector, token, known)
        elif self.is_online:
            self.say_authorize(token, lambda verdict: self._judged(connector, token, verdict))

    def break_down(self, number: int, fault: ErrorReport) -> None:
        """Have a connector report a fault; an open transaction ends."""
        connector = self.connectors[number]
        connector.fault = fault
        self.say_fault(connector, fault, is_cleared=False)
        if connector.transaction is not None:
            self.stop(connector, reason="Other", trigger="AbnormalCondition")
        self.refresh(connector)

    def recover(self, number: int) -> None:
        """Clear a connector's fault."""
        connector = self.connectors[number]
        fault, connector.fault = connector.fault, None
        if fault is not None:
            self.say_fault(connector, fault, is_cleared=True)
        self.refresh(connector)

    # Authorisation

    def _judge(self, token: str) -> Verdict | None:
        """Return the station's own verdict, or None when the CSMS is to be asked."""
        settings = self.settings
        if self.is_online and not self.is_replaying:
            return self.register.listed(token) if settings.asks_the_list_first else None
        known = self.register.known(token) if settings.authorizes_offline else None
        if known is None and settings.allows_unknown_offline:
            return Verdict("Accepted")
        return known

    def _judged(self, connector: Connector, token: str, verdict: Verdict | None) -> None:
        if verdict is None:
            return
        leave = connector.authorisation
        if leave is not None and connector.transaction is not None:
            if verdict.is_accepted and leave.may_stop(token, verdict.group):
                self.stop(connector, reason="Local", trigger="StopAuthorized", token=token)
        elif verdict.is_accepted and connector.is_in_order:
            self.allow(connector, Authorisation(token, group=verdict.group), "Authorized")

    def allow(self, connector: Connector, leave: Authorisation, trigger: str) -> None:
        """Let the bearer charge: now, or when a car comes within the connection time-out."""
        connector.authorisation = leave
        if connector.car is None:
            self._stop_waiting(connector)
            timeout = self.settings.connection_timeout_s
            if timeout > 0:
                connector.patience = self.timeline.after(timeout, lambda: self._gave_up(connector))
        self._changed(connector, trigger)
        self.refresh(connector)

    def _gave_up(self, connector: Connector) -> None:
        """Withdraw the leave of a driver who did not plug in (ConnectionTimeOut, EVConnectionTimeOut)."""
        if connector.car is not None:
            return
        connector.authorisation = None
        if connector.transaction is not None:
            self._close(connector, reason="Timeout", trigger="EVConnectTimeout")
        self.refresh(connector)

    def _stop_waiting(self, connector: Connector) -> None:
        if connector.patience is not None:
            connector.patience.cancel()
            connector.patience = None

    def token_refused(self, transaction: Transaction) -> None:
        """Follow a CSMS that does not want a token after its transaction has begun."""
        connector = self.connectors[transaction.connector]
        if self.settings.stops_on_invalid and connector.transaction is transaction and not self.is_replaying:
            self.stop(connector, reason="DeAuthorized", trigger="Deauthorized")

    # Transactions

    def _opens(self, connector: Connector) -> bool:
        points = self.settings.start_points
        return (
            ("PowerPathClosed" in points and connector.may_charge)
            or ("Authorized" in points and connector.authorisation is not None)
            or ("EVConnected" in points and connector.car is not None and not connector.has_finished)
        )

    def _changed(self, connector: Connector, trigger: str) -> None:
        """Open, continue or power the transaction after a car or a leave to charge has come or gone."""
        closes_now = connector.may_charge and not connector.outlet.is_energised
        transaction = connector.transaction
        if transaction is None:
            if not self._opens(connector):
                return
            if closes_now and "PowerPathClosed" in self.settings.start_points:
                self._energise(connector)
                closes_now = False
            transaction = self._open(connector, trigger)
        else:
            self._update(connector, transaction, trigger)
        if closes_now:
            self._energise(connector)
            self._update(connector, transaction, "ChargingStateChanged")
        self.refresh(connector)

    def _open(self, connector: Connector, trigger: str) -> Transaction:
        now = self.timeline.clock.now()
        connector.outlet.advance(now)
        leave = connector.authorisation
        transaction = Transaction(
            id=f"{int(now * 1000):012x}{self.rng.getrandbits(64):016x}",
            connector=connector.number,
            started_at=self.stamp(),
            begin=connector.outlet.read(),
            began_offline=not self.is_online or self.is_replaying,
            charging_state=connector.charging_state(),
        )
        self._name(transaction, leave)
        connector.transaction = transaction
        self.transactions.append(transaction)
        self.say_event("Started", connector, transaction, trigger, transaction.begin)
        self._sample_later(connector, now)
        return transaction

    def _name(self, transaction: Transaction, leave: Authorisation | None) -> None:
        if leave is not None and not transaction.token:
            transaction.token = leave.token
            transaction.token_kind = leave.kind
            transaction.remote_start_id = leave.remote_start_id

    def _update(self, connector: Connector, transaction: Transaction, trigger: str) -> None:
        self._name(transaction, connector.authorisation)
        transaction.charging_state = connector.charging_state()
        self.say_event("Updated", connector, transaction, trigger, None)

    def stop(self, connector: Connector, *, reason: str, trigger: str, token: str = "") -> None:
        """Open the contactor and end the transaction; where only the car's leaving ends it, wait for that."""
        connector.outlet.advance(self.timeline.clock.now())
        points = set(self.settings.stop_points)
        if connector.transaction is not None:
            connector.transaction.stopped_by = token
        if reason in {"Local", "Remote", "DeAuthorized"} and not points & {"Authorized", "PowerPathClosed"}:
            connector.outlet.energise(on=False)
            connector.authorisation = None
            if connector.transaction is not None:
                self._update(connector, connector.transaction, trigger)
        else:
            self._close(connector, reason=reason, trigger=trigger)
        self._share_power()
        self.refresh(connector)

    def _close(self, connector: Connector, *, reason: str, trigger: str) -> None:
        connector.outlet.energise(on=False)
        connector.cancel_timers()
        transaction = connector.transaction
        connector.transaction = None
        connector.authorisation = None
        connector.has_finished = connector.car is not None
        if transaction is None:
            return
        transaction.charging_state = connector.charging_state()
        transaction.end = connector.outlet.read()
        transaction.ended_at = self.stamp()
        transaction.reason = reason
        self.say_event("Ended", connector, transaction, trigger, transaction.end)
        if connector.next_availability is not None:
            connector.is_operative, connector.next_availability = connector.next_availability, None

    @property
    def open_transactions(self) -> int:
        return sum(connector.transaction is not None for connector in self.connectors.values())

    # Power and samples

    @property
    def contactor_lag_s(self) -> float:
        """Return how much later than a sound one the contactor closes (s)."""
        return CONTACTOR_CLOSES_S * self.contactor_wear

    def _energise(self, connector: Connector) -> None:
        """Close the contactor: at once, or when its wear lets it."""
        if self.contactor_lag_s <= 0:
            self._close_path(connector)
            return
        if connector.watcher is not None:
            connector.watcher.cancel()
        connector.watcher = self.timeline.after(self.contactor_lag_s, lambda: self._close_late(connector))

    def _close_late(self, connector: Connector) -> None:
        if connector.may_charge and connector.transaction is not None:
            self._close_path(connector)
            self._watch(connector)

    def _close_path(self, connector: Connector) -> None:
        now = self.timeline.clock.now()
        connector.outlet.advance(now)
        connector.outlet.energise(on=True)
        self._share_power()
        self._watch_later(connector)

    def _watch_later(self, connector: Connector) -> None:
        if connector.watcher is not None:
            connector.watcher.cancel()
        connector.watcher = self.timeline.after(self.watch_interval_s, lambda: self._watch(connector))

    def _share_power(self) -> None:
        """Divide the cabinet's power evenly among the connectors that are on."""
        active = [each.outlet for each in self.connectors.values() if each.outlet.is_energised]
        for outlet in active:
            outlet.advance(self.timeline.clock.now())
            outlet.limit_w = min(outlet.rating.max_power_w, self.hardware.cabinet_power_w / len(active))
            outlet.energise(on=True)

    def _watch(self, connector: Connector) -> None:
        """Look whether the car has begun or ceased to draw."""
        transaction = connector.transaction
        if transaction is None or not connector.outlet.is_energised:
            return
        connector.outlet.advance(self.timeline.clock.now())
        if connector.charging_state() != transaction.charging_state:
            self._update(connector, transaction, "ChargingStateChanged")
            self.refresh(connector)
        self._watch_later(connector)

    def _sample_later(self, connector: Connector, since: float) -> None:
        interval = self.settings.sample_interval_s * (1 if connector.outlet.power_w > 0 else self.idle_pause)
        if interval > 0:
            due = since + interval
            connector.sampler = self.timeline.at(due, lambda: self._sample(connector, due))

    def _sample(self, connector: Connector, due: float) -> None:
        transaction = connector.transaction
        if transaction is None:
            return
        connector.outlet.advance(self.timeline.clock.now())
        self.say_event("Updated", connector, transaction, "MeterValuePeriodic", connector.outlet.read())
        self._sample_later(connector, due)

    # Telling the CSMS

    def refresh(self, connector: Connector) -> None:
        """Report the connector's status if it is not what was last reported."""
        if self.is_online and not self.is_replaying and self.status_of(connector) != connector.reported:
            self.say_status(connector)

    def accepted(self, *, rebooted: bool) -> None:
        """Report every status after a boot, and only what has changed after a mere reconnection."""
        if self.is_replaying:
            return
        if rebooted:
            self.say_status(None)
        for connector in self.connectors.values():
            if rebooted or self.status_of(connector) != connector.reported:
                self.say_status(connector)
