"""A station that speaks OCPP 1.6J: what happens at it, as 1.6 messages."""

from collections.abc import Callable
from random import Random
from typing import Any

from chargehand.simulator.authorization import Verdict
from chargehand.simulator.commands16 import COMMANDS
from chargehand.simulator.configuration16 import Configuration, ConfiguredStation, write_sampled_value
from chargehand.simulator.connector import Connector, ErrorReport, Transaction
from chargehand.simulator.link import Door
from chargehand.simulator.outbox import Payload
from chargehand.simulator.outlet import Reading
from chargehand.simulator.plate import WEAK_DBM, Hardware, Site
from chargehand.simulator.samples import take_samples
from chargehand.simulator.station import EventKind
from chargehand.simulator.timeline import Timeline

_UNKNOWN_TRANSACTION = -1
_LISTED_STATES = {"Charging": "Charging", "SuspendedEV": "SuspendedEV", "SuspendedEVSE": "SuspendedEVSE"}


class Station16(ConfiguredStation):
    """OCPP 1.6 edition 2 over JSON: Start-, StopTransaction and MeterValues."""

    subprotocol = "ocpp1.6"
    format_error = "FormationViolation"
    commands = COMMANDS

    def __init__(
        self, door: Door, hardware: Hardware, site: Site, *, timeline: Timeline, rng: Random, **options: Any
    ) -> None:
        super().__init__(door, hardware, site, timeline=timeline, rng=rng, **options)
        self.configuration = Configuration(self)

    def say_boot(self, reason: str) -> None:  # noqa: ARG002 - 1.6 tells no reason
        plate = self.hardware
        self.outbox.put(
            "BootNotification",
            {
                "chargePointVendor": plate.vendor,
                "chargePointModel": plate.model,
                "chargePointSerialNumber": plate.serial,
                "firmwareVersion": plate.firmware,
                "meterType": plate.rating.kind,
            },
            self.boot_answered,
            is_urgent=True,
            opens=True,
        )

    def status_of(self, connector: Connector) -> str:
        if connector.fault is not None:
            return "Faulted"
        if connector.transaction is not None:
            return _LISTED_STATES.get(connector.charging_state(), "Preparing")
        if not connector.is_operative:
            return "Unavailable"
        if connector.has_finished:
            return "Finishing"
        waits = connector.car is not None or connector.authorisation is not None
        return "Preparing" if waits else "Available"

    def say_status(self, connector: Connector | None) -> None:
        payload = {"connectorId": 0, "errorCode": "NoError", "status": "Available", "timestamp": self.stamp()}
        if connector is not None:
            connector.reported = payload["status"] = self.status_of(connector)
            payload["connectorId"] = connector.number
            if connector.fault is not None:
                payload["errorCode"] = connector.fault.error_code
                if connector.fault.vendor_error_code:
                    payload["vendorErrorCode"] = connector.fault.vendor_error_code
                    payload["vendorId"] = self.hardware.vendor
                if connector.fault.info:
                    payload["info"] = connector.fault.info
        elif not all(each.is_operative for each in self.connectors.values()):
            payload["status"] = "Unavailable"
        self.outbox.put("StatusNotification", payload)

    def say_authorize(self, token: str, then: Callable[[Verdict | None], None]) -> None:
        def judge(answer: Payload | None) -> None:
            verdict = None if answer is None else read_verdict(answer)
            if verdict is not None and self.settings.caches_tokens:
                self.register.remember(token, verdict)
            then(verdict)

        self.outbox.put("Authorize", {"idTag": token}, judge, is_urgent=True)

    def say_event(
        self,
        kind: EventKind,
        connector: Connector,
        transaction: Transaction,
        trigger: str,  # noqa: ARG002 - 1.6 has no trigger reasons
        reading: Reading | None,
    ) -> None:
        if kind == "Started":
            self._say_start(transaction)
        elif kind == "Ended":
            self._say_stop(transaction)
        elif reading is not None:
            self._say_samples(connector, transaction, reading, "Sample.Periodic", self.settings.measurands)

    def say_fault(self, connector: Connector, fault: ErrorReport, *, is_cleared: bool) -> None:
        """Say nothing apart: in 1.6 the status carries the error code (7.6)."""

    def say_signal(self) -> None:
        """Report WeakSignal of the station (7.6), or that it is over; 1.6 has no words for decibels."""
        code = "WeakSignal" if self.rssi_dbm < WEAK_DBM else "NoError"
        payload = {"connectorId": 0, "errorCode": code, "status": "Available", "timestamp": self.stamp()}
        self.outbox.put("StatusNotification", payload | {"info": f"{self.rssi_dbm:.0f} dBm"})

    def say_aligned(self, connector: Connector, reading: Reading, context: str) -> None:
        measurands = self.settings.measurands if context == "Trigger" else self.settings.aligned_measurands
        self._say_samples(connector, connector.transaction, reading, context, measurands)

    def _say_start(self, transaction: Transaction) -> None:
        payload = {
            "connectorId": transaction.connector,
            "idTag": transaction.token,
            "meterStart": transaction.begin.energy_wh,
            "timestamp": transaction.started_at,
        }
        self.outbox.put(
            "StartTransaction", payload, lambda answer: self._started(transaction, answer), is_lasting=True
        )

    def _started(self, transaction: Transaction, answer: Payload | None) -> None:
        if answer is None:
            return
        number = answer.get("transactionId")
        transaction.csms_id = number if isinstance(number, int) else None
        self._told(transaction, answer)

    def _told(self, transaction: Transaction, answer: Payload) -> None:
        verdict = read_verdict(answer)
        if verdict is None:
            return
        if self.settings.caches_tokens:
            self.register.remember(transaction.token, verdict)
        if not verdict.is_accepted:
            self.token_refused(transaction)

    def _say_stop(self, transaction: Transaction) -> None:
        end = transaction.end
        if end is None:
            raise ValueError("A transaction that has not ended cannot be reported as stopped.")
        payload: Payload = {
            "meterStop": end.energy_wh,
            "timestamp": transaction.ended_at,
            "transactionId": _UNKNOWN_TRANSACTION,
            "reason": transaction.reason,
        }
        if transaction.stopped_by:
            payload["idTag"] = transaction.stopped_by
        data = self._data(transaction, end)
        if data:
            payload["transactionData"] = data

        def finish() -> Payload:
            return payload | {"transactionId": _number(transaction)}

        self.outbox.put("StopTransaction", finish, None, is_lasting=True)

    def _data(self, transaction: Transaction, end: Reading) -> list[Payload]:
        """Return transactionData: the first and the last reading (StopTxnSampledData)."""
        both = (
            (transaction.started_at, transaction.begin, "Transaction.Begin"),
            (transaction.ended_at, end, "Transaction.End"),
        )
        meter_values = [
            {"timestamp": at, "sampledValue": self._values(reading, self.settings.ended_measurands, context)}
            for at, reading, context in both
        ]
        return [each for each in meter_values if each["sampledValue"]]

    def _values(self, reading: Reading, measurands: tuple[str, ...], context: str) -> list[dict[str, str]]:
        samples = take_samples(reading, measurands, self.hardware.rating.kind)
        return [write_sampled_value(sample, context) for sample in samples]

    def _say_samples(
        self,
        connector: Connector,
        transaction: Transaction | None,
        reading: Reading,
        context: str,
        measurands: tuple[str, ...],
    ) -> None:
        values = self._values(reading, measurands, context)
        if not values:
            return
        payload: Payload = {
            "connectorId": connector.number,
            "meterValue": [{"timestamp": self.stamp(), "sampledValue": values}],
        }
        if transaction is None:
            self.outbox.put("MeterValues", payload)
            return

        def finish() -> Payload:
            return payload | {"transactionId": _number(transaction)}

        self.outbox.put("MeterValues", finish, is_lasting=True)


def read_verdict(answer: Payload) -> Verdict | None:
    """Return the idTagInfo of an answer, or None when it has none."""
    info = answer.get("idTagInfo")
    if not isinstance(info, dict) or "status" not in info:
        return None
    return Verdict(str(info["status"]), str(info.get("parentIdTag") or ""))


def _number(transaction: Transaction) -> int:
    """Return the number the CSMS gave; -1 when StartTransaction never got an answer (1.6 4.10)."""
    return _UNKNOWN_TRANSACTION if transaction.csms_id is None else transaction.csms_id
