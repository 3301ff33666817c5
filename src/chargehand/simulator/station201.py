"""A station that speaks OCPP 2.0.1: what happens at it, as 2.0.1 messages."""

from collections.abc import Callable
from random import Random
from typing import Any

from chargehand.simulator.authorization import Verdict
from chargehand.simulator.commands201 import COMMANDS
from chargehand.simulator.connector import Connector, ErrorReport, Transaction
from chargehand.simulator.cost_display import show_cost
from chargehand.simulator.link import Door
from chargehand.simulator.monitors import MonitoringStation, Monitors
from chargehand.simulator.outbox import Payload
from chargehand.simulator.outlet import Reading
from chargehand.simulator.plate import Hardware, Site
from chargehand.simulator.samples import Sample, take_samples
from chargehand.simulator.station import EventKind
from chargehand.simulator.timeline import Timeline
from chargehand.simulator.variables201 import MEASURANDS, DeviceModel

_STOP_REASONS = {"HardReset": "ImmediateReset", "SoftReset": "ImmediateReset", "UnlockCommand": "Other"}
_ENVIRONMENT_INTERVAL_S = 300.0
_PAST_ENVIRONMENT_INTERVAL_S = 1_800.0


class Station201(MonitoringStation):
    """OCPP 2.0.1 over JSON: TransactionEvent, the device model, and NotifyEvent for what has no measurand."""

    subprotocol = "ocpp2.0.1"
    format_error = "FormatViolation"
    commands = COMMANDS

    def __init__(
        self, door: Door, hardware: Hardware, site: Site, *, timeline: Timeline, rng: Random, **options: Any
    ) -> None:
        super().__init__(door, hardware, site, timeline=timeline, rng=rng, **options)
        self.messages: dict[int, Payload] = {}
        self.model = DeviceModel(self)
        self.monitors = Monitors(self)
        self._environment_at = dict.fromkeys(self.connectors, 0.0)
        self._events = 0

    def say_boot(self, reason: str) -> None:
        plate = self.hardware
        self.outbox.put(
            "BootNotification",
            {
                "reason": reason,
                "chargingStation": {
                    "model": plate.model,
                    "vendorName": plate.vendor,
                    "serialNumber": plate.serial,
                    "firmwareVersion": plate.firmware,
                },
            },
            self.boot_answered,
            is_urgent=True,
            opens=True,
        )

    def status_of(self, connector: Connector) -> str:
        if connector.fault is not None:
            return "Faulted"
        if connector.car is not None or connector.transaction is not None:
            return "Occupied"
        return "Available" if connector.is_operative else "Unavailable"

    def say_status(self, connector: Connector | None) -> None:
        if connector is None:
            return
        connector.reported = self.status_of(connector)
        payload = {
            "timestamp": self.stamp(),
            "connectorStatus": connector.reported,
            "evseId": connector.number,
            "connectorId": 1,
        }
        self.outbox.put("StatusNotification", payload)

    def say_authorize(self, token: str, then: Callable[[Verdict | None], None]) -> None:
        def judge(answer: Payload | None) -> None:
            verdict = None if answer is None else read_verdict(answer)
            if verdict is not None and self.settings.caches_tokens:
                self.register.remember(token, verdict)
            then(verdict)

        self.outbox.put(
            "Authorize", {"idToken": {"idToken": token, "type": "ISO14443"}}, judge, is_urgent=True
        )

    def say_event(
        self,
        kind: EventKind,
        connector: Connector,
        transaction: Transaction,
        trigger: str,
        reading: Reading | None,
    ) -> None:
        payload: Payload = {
            "eventType": kind,
            "timestamp": self.stamp(),
            "triggerReason": trigger,
            "seqNo": transaction.seq_no,
            "transactionInfo": self._describe(transaction),
        }
        transaction.seq_no += 1
        if not self.is_online or self.is_replaying:
            payload["offline"] = True
        if not transaction.told_outlet:
            transaction.told_outlet = True
            payload["evse"] = {"id": connector.number, "connectorId": 1}
        asks = self._put_token(payload, transaction)
        meter_values = self._meter_values(kind, transaction, trigger, reading)
        if meter_values:
            payload["meterValue"] = meter_values
        self.outbox.put(
            "TransactionEvent",
            payload,
            lambda answer: self._event_answered(transaction, answer, asks=asks),
            is_lasting=True,
        )
        if trigger == "MeterValuePeriodic" and reading is not None:
            self._say_environment(connector, transaction, reading)

    def _describe(self, transaction: Transaction) -> Payload:
        info: Payload = {"transactionId": transaction.id, "chargingState": transaction.charging_state}
        if transaction.remote_start_id is not None:
            info["remoteStartId"] = transaction.remote_start_id
        if transaction.reason:
            info["stoppedReason"] = _STOP_REASONS.get(transaction.reason, transaction.reason)
        return info

    def _put_token(self, payload: Payload, transaction: Transaction) -> bool:
        """Add the token when it becomes known, and the one that ended it; return whether to judge it."""
        if transaction.token and not transaction.told_token:
            transaction.told_token = True
            payload["idToken"] = {"idToken": transaction.token, "type": transaction.token_kind}
            return True
        if payload["triggerReason"] == "StopAuthorized" and transaction.stopped_by:
            payload["idToken"] = {"idToken": transaction.stopped_by, "type": "ISO14443"}
        return False

    def _event_answered(self, transaction: Transaction, answer: Payload | None, *, asks: bool) -> None:
        cost = None if answer is None else answer.get("totalCost")
        if isinstance(cost, int | float):
            show_cost(self, transaction, float(cost))
        if asks:
            self._told(transaction, answer)

    def _told(self, transaction: Transaction, answer: Payload | None) -> None:
        verdict = None if answer is None else read_verdict(answer)
        if verdict is None:
            return
        if self.settings.caches_tokens:
            self.register.remember(transaction.token, verdict)
        if not verdict.is_accepted:
            self.token_refused(transaction)

    def _meter_values(
        self, kind: EventKind, transaction: Transaction, trigger: str, reading: Reading | None
    ) -> list[Payload]:
        """Return the MeterValues of an event; the last one repeats the first reading (2.0.1 J02)."""
        if reading is None:
            return []
        settings = self.settings
        taken: list[tuple[str, Reading, tuple[str, ...], str]]
        if kind == "Started":
            taken = [(transaction.started_at, reading, settings.ended_measurands, "Transaction.Begin")]
        elif kind == "Ended":
            taken = [
                (transaction.started_at, transaction.begin, settings.ended_measurands, "Transaction.Begin"),
                (transaction.ended_at, reading, settings.ended_measurands, "Transaction.End"),
            ]
        else:
            context = {"MeterValueClock": "Sample.Clock", "Trigger": "Trigger"}.get(
                trigger, "Sample.Periodic"
            )
            aligned = context == "Sample.Clock"
            measurands = settings.aligned_measurands if aligned else settings.measurands
            taken = [(self.stamp(), reading, measurands, context)]
        return self._write_values(taken)

    def _write_values(self, taken: list[tuple[str, Reading, tuple[str, ...], str]]) -> list[Payload]:
        written = [
            {"timestamp": at, "sampledValue": self._sampled_values(reading, measurands, context)}
            for at, reading, measurands, context in taken
        ]
        return [each for each in written if each["sampledValue"]]

    def _sampled_values(self, reading: Reading, measurands: tuple[str, ...], context: str) -> list[Payload]:
        known = tuple(each for each in measurands if each in MEASURANDS)
        samples = take_samples(reading, known, self.hardware.rating.kind)
        return [write_sampled_value(sample, context) for sample in samples]

    def say_aligned(self, connector: Connector, reading: Reading, context: str) -> None:
        transaction = connector.transaction
        if transaction is not None and context == "Sample.Clock":
            self.say_event("Updated", connector, transaction, "MeterValueClock", reading)
            return
        measurands = self.settings.measurands if context == "Trigger" else self.settings.aligned_measurands
        meter_values = self._write_values([(self.stamp(), reading, measurands, context)])
        if meter_values:
            self.outbox.put("MeterValues", {"evseId": connector.number, "meterValue": meter_values})

    def _say_environment(self, connector: Connector, transaction: Transaction, reading: Reading) -> None:
        """Tell temperatures and fan speed as events: 2.0.1 has no measurands for them (N07, N08)."""
        interval = _PAST_ENVIRONMENT_INTERVAL_S if self.is_replaying else _ENVIRONMENT_INTERVAL_S
        if reading.at - self._environment_at[connector.number] < interval:
            return
        self._environment_at[connector.number] = reading.at
        place = {"id": connector.number, "connectorId": 1}
        told: list[tuple[Payload, str, str]] = [
            ({"name": "Connector", "evse": place}, "Temperature", f"{reading.plug_c:.1f}"),
            ({"name": "ChargingStation"}, "Temperature", f"{reading.cabinet_c:.1f}"),
        ]
        if self.hardware.rating.kind == "DC":
            told.append(({"name": "AirCoolingSystem"}, "FanSpeed", f"{reading.fan_rpm:.0f}"))
        events = [
            self._event(component, variable, value, trigger="Periodic") | {"transactionId": transaction.id}
            for component, variable, value in told
        ]
        self._notify(events)

    def say_fault(self, connector: Connector, fault: ErrorReport, *, is_cleared: bool) -> None:
        component = {"name": "Connector", "evse": {"id": connector.number, "connectorId": 1}}
        event = self._event(component, "Problem", str(not is_cleared).lower(), trigger="Alerting")
        event["techCode"] = fault.vendor_error_code or fault.error_code
        event["techInfo"] = fault.info or fault.error_code
        if is_cleared:
            event["cleared"] = True
        self._notify([event])
        self.monitors.look()

    def say_monitored(self, event: Payload) -> None:
        self._events += 1
        self._notify([{"eventId": self._events, "timestamp": self.stamp(), **event}])

    def say_signal(self) -> None:
        """Report the reception (DataLink.SignalStrength, dBm)."""
        component = {"name": "DataLink"}
        self._notify([self._event(component, "SignalStrength", f"{self.rssi_dbm:.0f}", trigger="Periodic")])

    def _event(self, component: Payload, variable: str, value: str, *, trigger: str) -> Payload:
        self._events += 1
        return {
            "eventId": self._events,
            "timestamp": self.stamp(),
            "trigger": trigger,
            "actualValue": value,
            "eventNotificationType": "HardWiredMonitor",
            "component": component,
            "variable": {"name": variable},
        }

    def _notify(self, events: list[Payload]) -> None:
        payload = {"generatedAt": self.stamp(), "seqNo": 0, "eventData": events}
        self.outbox.put("NotifyEvent", payload, is_lasting=self.is_replaying)


def read_verdict(answer: Payload) -> Verdict | None:
    """Return the idTokenInfo of an answer, or None when it has none."""
    info = answer.get("idTokenInfo")
    if not isinstance(info, dict) or "status" not in info:
        return None
    group = info.get("groupIdToken") or {}
    return Verdict(str(info["status"]), str(group.get("idToken") or ""))


def write_sampled_value(sample: Sample, context: str) -> Payload:
    """Return a 2.0.1 SampledValueType."""
    written: Payload = {"value": float(sample.text), "context": context, "measurand": sample.measurand}
    if sample.phase is not None:
        written["phase"] = sample.phase
    if sample.location is not None:
        written["location"] = sample.location
    if sample.unit:
        written["unitOfMeasure"] = {"unit": sample.unit}
    return written
