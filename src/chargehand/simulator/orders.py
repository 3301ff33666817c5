"""What a station does when the CSMS orders it, whatever the version of the words."""

import asyncio
from collections.abc import Callable, Coroutine
from math import floor
from typing import Any, ClassVar

import msgspec

from chargehand.simulator.authorization import Authorisation
from chargehand.simulator.connector import Connector
from chargehand.simulator.link import Door, Link
from chargehand.simulator.plate import Hardware, Site
from chargehand.simulator.station import Station
from chargehand.simulator.timeline import Timer


class OrderedStation(Station):
    """A station that can be started, stopped, reset, unlocked, blocked and asked from afar.

    Everything that changes the station happens after the answer has been sent.
    """

    unlock_reason: ClassVar[str] = "UnlockCommand"
    pending_reset: str = ""
    _aligned: Timer | None = None

    def __init__(self, door: Door, hardware: Hardware, site: Site, **options: Any) -> None:
        super().__init__(door, hardware, site, **options)
        self.after_boot: list[Callable[[], None]] = []
        self.errands: set[asyncio.Task[None]] = set()

    def start_remotely(
        self, number: int | None, token: str, *, kind: str = "Central", start_id: int | None = None
    ) -> bool:
        """Take an order to start; return False when no connector can follow it."""
        connector = self._choose(number)
        if connector is None:
            return False
        leave = Authorisation(token, kind=kind, remote_start_id=start_id)
        if self.settings.authorizes_remote_starts:
            self.afterwards.append(lambda: self.present_token(connector.number, token))
        else:
            self.afterwards.append(lambda: self.allow(connector, leave, "RemoteStart"))
        return True

    def _choose(self, number: int | None) -> Connector | None:
        """Return the connector meant: the one named, or one with a car waiting, or any free one."""
        named = self.connectors.values() if number is None else [self.connectors.get(number)]
        able = [
            each for each in named if each is not None and each.is_in_order and each.authorisation is None
        ]
        waiting = [each for each in able if each.car is not None]
        return next(iter(waiting or able), None)

    def stop_remotely(self, connector: Connector) -> None:
        """End the connector's transaction (reason Remote)."""
        self.afterwards.append(lambda: self.stop(connector, reason="Remote", trigger="RemoteStop"))

    def unlock(self, connector: Connector) -> bool:
        """Open the plug's lock; an open transaction ends. Return whether the lock opened."""
        if connector.fault is not None and connector.fault.error_code == "ConnectorLockFailure":
            return False
        if connector.transaction is not None:
            self.afterwards.append(
                lambda: self.stop(connector, reason=self.unlock_reason, trigger="UnlockCommand")
            )
        return True

    def reset_now(self, reason: str, *, trigger: str, boot: str) -> None:
        """End all transactions, then restart as soon as what is queued has been told."""
        for connector in self.connectors.values():
            if connector.transaction is not None:
                self.stop(connector, reason=reason, trigger=trigger)
            connector.authorisation = None
        self.timeline.after(0, lambda: self._restart_when_told(boot, patience=20))

    def _close(self, connector: Connector, *, reason: str, trigger: str) -> None:
        super()._close(connector, reason=reason, trigger=trigger)
        if self.pending_reset and not self.open_transactions:
            boot, self.pending_reset = self.pending_reset, ""
            self.timeline.after(0, lambda: self._restart_when_told(boot, patience=20))

    def _restart_when_told(self, boot: str, *, patience: int) -> None:
        """Wait, half a second at a time, until the queue is empty; give up waiting when patience ends."""
        if len(self.outbox) and patience and self.is_online:
            pause = self.timeline.clock.simulated(0.5)
            self.timeline.after(pause, lambda: self._restart_when_told(boot, patience=patience - 1))
        else:
            self.restart(boot, takes_s=self.restart_takes_s)

    def crash(self) -> None:
        """Restart without a word, as a watchdog has it: transactions end with Reboot after the restart."""
        self.restart("Watchdog", takes_s=self.restart_takes_s, politely=False)
        for connector in self.connectors.values():
            if connector.transaction is not None:
                self.stop(connector, reason="Reboot", trigger="AbnormalCondition")
            connector.authorisation = None

    def install(self, firmware: str) -> None:
        """Restart with another firmware; transactions end."""
        self.hardware = msgspec.structs.replace(self.hardware, firmware=firmware)
        self.reset_now("Reboot", trigger="ResetCommand", boot="FirmwareUpdate")

    def accepted(self, *, rebooted: bool) -> None:
        super().accepted(rebooted=rebooted)
        if rebooted:
            acts, self.after_boot = self.after_boot, []
            for act in acts:
                act()

    def run_errand(self, errand: Coroutine[Any, Any, None]) -> None:
        """Do something beside the connection, such as an upload."""
        task = asyncio.ensure_future(errand)
        self.errands.add(task)
        task.add_done_callback(self.errands.discard)

    def shut(self) -> Link | None:
        for errand in self.errands:
            errand.cancel()
        return super().shut()

    def change_availability(self, number: int | None, *, operative: bool) -> str:
        """Block or free one connector or all; return Accepted, or Scheduled while a transaction runs."""
        meant = list(self.connectors.values()) if number is None else [self.connectors[number]]
        busy = [each for each in meant if each.transaction is not None and not operative]
        for connector in meant:
            if connector in busy:
                connector.next_availability = operative
            else:
                connector.next_availability = None
                connector.is_operative = operative
        self.afterwards.append(lambda: self._report(meant))
        return "Scheduled" if busy else "Accepted"

    def _report(self, connectors: list[Connector]) -> None:
        for connector in connectors:
            self.refresh(connector)

    def trigger(self, message: str, number: int | None) -> str:
        """Send a message that the CSMS asks for; return Accepted or NotImplemented."""
        acts: dict[str, Callable[[], None]] = {
            "BootNotification": lambda: self.say_boot("Triggered"),
            "Heartbeat": lambda: self.outbox.put("Heartbeat", {}, is_urgent=True, opens=True),
            "StatusNotification": lambda: self._tell_status(number),
            "MeterValues": lambda: self._tell_meters(number, "Trigger"),
        }
        act = acts.get(message)
        if act is None:
            return "NotImplemented"
        self.afterwards.append(act)
        return "Accepted"

    def _meant(self, number: int | None) -> list[Connector]:
        return list(self.connectors.values()) if number is None else [self.connectors[number]]

    def _tell_status(self, number: int | None) -> None:
        if number is None:
            self.say_status(None)
        for connector in self._meant(number):
            self.say_status(connector)

    def _tell_meters(self, number: int | None, context: str) -> None:
        for connector in self._meant(number):
            connector.outlet.advance(self.timeline.clock.now())
            self.say_aligned(connector, connector.outlet.read(), context)

    def trigger_transaction_event(self, number: int | None) -> None:
        """Send an Updated event with a full reading for every open transaction meant (2.0.1 F06)."""
        for connector in self._meant(number):
            if connector.transaction is not None:
                connector.outlet.advance(self.timeline.clock.now())
                reading = connector.outlet.read()
                self.say_event("Updated", connector, connector.transaction, "Trigger", reading)

    def settings_changed(self) -> None:
        """Follow new settings: retries at once, clock-aligned samples from the next full interval on."""
        self.outbox.retry.attempts = self.settings.message_attempts
        self.outbox.retry.interval_s = float(self.settings.message_retry_s)
        if self._aligned is not None:
            self._aligned.cancel()
            self._aligned = None
        self._align_later()

    def _align_later(self) -> None:
        """Wait for the next full interval since midnight (ClockAlignedDataInterval, AlignedDataInterval)."""
        interval = self.settings.aligned_interval_s
        if interval > 0:
            due = (floor(self.timeline.clock.now() / interval) + 1) * interval
            self._aligned = self.timeline.at(due, self._align)

    def _align(self) -> None:
        self._tell_meters(None, "Sample.Clock")
        self._align_later()
