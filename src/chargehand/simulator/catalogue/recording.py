"""A station without a network: it lives through simulated time and tells version-neutral telemetry."""

from collections.abc import Callable
from random import Random
from typing import Any, Protocol

from chargehand.simulator.authorization import Verdict, pays_at_terminal
from chargehand.simulator.clock import write_stamp
from chargehand.simulator.connector import Connector, ErrorReport, Transaction
from chargehand.simulator.link import Door
from chargehand.simulator.outlet import Reading
from chargehand.simulator.plate import CONTACTOR_CLOSES_S, Hardware, Site
from chargehand.simulator.samples import take_samples
from chargehand.simulator.station import EventKind
from chargehand.simulator.station16 import Station16
from chargehand.simulator.timeline import Timeline

_HOUR_S = 3_600.0


class Recorder(Protocol):
    """Who writes down what stations say."""

    def tell(self, received: float, line: dict[str, Any]) -> None:
        """Write a line down that is received at a time (s)."""


class RecordedStation(Station16):
    """Say everything to a recorder instead of a CSMS; what is said offline is told after the reconnection.

    The contactor's delay is written into the times of what is told; the physics begin at once.
    """

    def __init__(
        self,
        identity: str,
        hardware: Hardware,
        site: Site,
        recorder: Recorder,
        *,
        timeline: Timeline,
        rng: Random,
        heartbeat_s: float = 300.0,
    ) -> None:
        super().__init__(
            Door("ws://127.0.0.1", identity),
            hardware,
            site,
            timeline=timeline,
            rng=rng,
            max_step_s=60.0,
            remember=0,
        )
        self.recorder = recorder
        self.heartbeat_interval_s = heartbeat_s
        self.is_linked = False
        self._said_offline: list[dict[str, Any]] = []

    @property
    def is_connected(self) -> bool:
        return self.is_linked

    @property
    def is_online(self) -> bool:
        return self.is_linked and not self.is_silent

    def switch_on(self) -> None:
        """Begin to live: connect, boot, beat, and tell the signal every hour."""
        self.reconnect("PowerUp")
        self.timeline.after(self.heartbeat_interval_s * self.rng.random(), self._heart)
        self.timeline.after(_HOUR_S * self.rng.random(), self._modem)

    def tell(self, event: str, evse: int = 0, **fields: Any) -> None:
        """Tell a line now, or keep it until the connection is back."""
        line = {"t": self.stamp(), "station": self.door.identity, "evse": evse, "event": event, **fields}
        if self.is_online:
            self.recorder.tell(self.timeline.clock.now() + self.rng.uniform(0.05, 0.6), line)
        elif event in {"start", "stop", "meter"}:
            self._said_offline.append(line)

    def _heart(self) -> None:
        self.tell("heartbeat")
        self.timeline.after(self.heartbeat_interval_s, self._heart)

    def _modem(self) -> None:
        self.tell("signal", rssi_dbm=round(self.rssi_dbm + self.rng.gauss(0, 2.5), 1))
        self.timeline.after(_HOUR_S, self._modem)

    def reconnect(self, boot: str = "") -> None:
        """Open the connection, boot if a reason is given, and tell what was kept."""
        if self.is_linked:
            return
        self.is_linked = True
        self.tell("connect")
        if boot:
            self.tell("boot", reason=boot, firmware=self.hardware.firmware)
        kept, self._said_offline = self._said_offline, []
        for number, line in enumerate(kept):
            self.recorder.tell(self.timeline.clock.now() + 1 + 0.05 * number, line)
        self.accepted(rebooted=bool(boot))

    def lose_link(self) -> None:
        self.leave(self.rng.uniform(4.0, 40.0))

    def leave(self, lasts_s: float) -> None:
        """Be offline for a while."""
        if self.is_linked:
            self.tell("disconnect")
            self.is_linked = False
            self.timeline.after(lasts_s, self.reconnect)

    def restart(self, reason: str, *, takes_s: float, politely: bool = True) -> None:  # noqa: ARG002
        self.is_linked = False
        self.timeline.after(takes_s, lambda: self.reconnect(reason))

    def say_status(self, connector: Connector | None) -> None:
        if connector is None:
            self.tell("status", status="Available", error_code="NoError")
            return
        connector.reported = self.status_of(connector)
        fields: dict[str, Any] = {"status": connector.reported, "error_code": "NoError"}
        fault = connector.fault
        if fault is not None:
            fields["error_code"] = fault.error_code
            if fault.vendor_error_code:
                fields["vendor_error_code"] = fault.vendor_error_code
        if connector.reported != "Charging":
            self.tell("status", connector.number, **fields)
            return
        delay = CONTACTOR_CLOSES_S * (1 + self.contactor_wear) * self.rng.lognormvariate(0, 0.12)
        at = self.timeline.clock.now() + delay
        line = {"station": self.door.identity, "evse": connector.number, "event": "status", **fields}
        self.recorder.tell(at + 0.2, {"t": write_stamp(at + self.clock_error_s), **line})

    @property
    def contactor_lag_s(self) -> float:
        return 0.0

    def say_signal(self) -> None:
        """Say nothing apart: the modem tells its reception every hour."""

    def say_authorize(self, token: str, then: Callable[[Verdict | None], None]) -> None:
        kind = "adhoc" if pays_at_terminal(token) else "rfid"
        self.tell("authorize", token=token, result="Accepted", kind=kind)
        then(Verdict("Accepted"))

    def say_event(
        self,
        kind: EventKind,
        connector: Connector,
        transaction: Transaction,
        trigger: str,  # noqa: ARG002 - telemetry has no trigger reasons
        reading: Reading | None,
    ) -> None:
        number, name = connector.number, transaction.id
        if kind == "Started":
            token_kind = "adhoc" if pays_at_terminal(transaction.token) else "rfid"
            self.tell(
                "start",
                number,
                transaction=name,
                token=transaction.token,
                kind=token_kind,
                meter_wh=transaction.begin.energy_wh,
            )
        elif kind == "Ended" and transaction.end is not None:
            end = transaction.end.energy_wh
            self.tell("stop", number, transaction=name, reason=transaction.reason, meter_wh=end)
        elif reading is not None:
            self._say_reading(number, reading, transaction=name)

    def say_aligned(self, connector: Connector, reading: Reading, context: str) -> None:  # noqa: ARG002
        if connector.transaction is None:
            self._say_reading(connector.number, reading)

    def _say_reading(self, number: int, reading: Reading, **fields: Any) -> None:
        samples = []
        for sample in take_samples(reading, self.settings.measurands, self.hardware.rating.kind):
            told: dict[str, Any] = {"measurand": sample.measurand, "value": float(sample.text)}
            for name in ("unit", "phase", "location"):
                value = getattr(sample, name)
                if value:
                    told[name] = value
            samples.append(told)
        self.tell("meter", number, samples=samples, **fields)

    def say_fault(self, connector: Connector, fault: ErrorReport, *, is_cleared: bool) -> None:
        """Say nothing apart: the status carries the code."""
