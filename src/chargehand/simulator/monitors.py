"""Variable monitors of an OCPP 2.x station: kept, told of, cleared (2.0.1 N01 to N08)."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

import msgspec

from chargehand.simulator.connector import Connector
from chargehand.simulator.outbox import Payload
from chargehand.simulator.timeline import Timer
from chargehand.simulator.variables201 import ModelledStation, Variable

#: How often a station looks at what thresholds and deltas are about (s).
LOOK_EVERY_S: Final = 10.0
NUMBERS: Final = frozenset({"decimal", "integer"})
_THRESHOLDS: Final = frozenset({"UpperThreshold", "LowerThreshold"})
_PERIODS: Final = frozenset({"Periodic", "PeriodicClockAligned"})
_TYPES: Final = _THRESHOLDS | _PERIODS | {"Delta"}
_CRITERIA: Final = {
    "ThresholdMonitoring": _THRESHOLDS,
    "DeltaMonitoring": frozenset({"Delta"}),
    "PeriodicMonitoring": _PERIODS,
}
_LEAST_SEVERE: Final = 9


class Monitor(msgspec.Struct):
    """One monitor; `told` is the value that was told last, `is_beyond` whether its threshold is passed."""

    id: int
    variable: Variable
    type: str
    value: float
    severity: int
    in_transactions: bool
    told: str = ""
    is_beyond: bool = False
    timer: Timer | None = None

    def written(self) -> Payload:
        """Return a VariableMonitoringType."""
        return {
            "id": self.id,
            "transaction": self.in_transactions,
            "value": self.value,
            "type": self.type,
            "severity": self.severity,
        }


class MonitoringStation(ModelledStation):
    """A station that keeps monitors on the variables of its device model."""

    monitors: Monitors

    @abstractmethod
    def say_monitored(self, event: Payload) -> None:
        """Queue a NotifyEvent; `event` lacks what every event has: number, time."""


class Monitors:
    """The monitors that a CSMS set on a station; they outlast its restarts (N04.FR.13)."""

    def __init__(self, station: MonitoringStation) -> None:
        self._station = station
        self._kept: dict[int, Monitor] = {}
        self._last_id = 0
        self._level = _LEAST_SEVERE
        self._look: Timer | None = None

    def __len__(self) -> int:
        return len(self._kept)

    def set(self, asked: Payload) -> Payload:
        """Set or replace one monitor; return its SetMonitoringResultType (N04, N05)."""
        found = self._station.model.find(asked["component"], asked["variable"])
        result: Payload = {
            "type": asked["type"],
            "severity": int(asked["severity"]),
            "component": asked["component"],
            "variable": asked["variable"],
        }
        status = found if isinstance(found, str) else self._judge(asked, found)
        result["status"] = status or "Accepted"
        if not status and isinstance(found, Variable):
            result["id"] = self._keep(asked, found)
        return result

    def _judge(self, asked: Payload, variable: Variable) -> str:
        """Return why a monitor cannot be set, or "" when it can."""
        kind, value = str(asked["type"]), float(asked["value"])
        if not variable.is_monitored:
            return "Rejected"
        if kind not in _TYPES or (kind in _THRESHOLDS and variable.kind not in NUMBERS):
            return "UnsupportedMonitorType"
        if (kind == "Delta" and value < 0) or (kind in _PERIODS and value <= 0):
            return "Rejected"
        number = asked.get("id")
        if number is not None:
            before = self._kept.get(int(number))
            return "" if before is not None and before.variable.key() == variable.key() else "Rejected"
        same = (variable.key(), kind, int(asked["severity"]))
        if any((each.variable.key(), each.type, each.severity) == same for each in self._kept.values()):
            return "Duplicate"
        return ""

    def _keep(self, asked: Payload, variable: Variable) -> int:
        number = asked.get("id")
        if number is None:
            self._last_id += 1
            number = self._last_id
        else:
            self._forget(int(number))
        monitor = Monitor(
            id=int(number),
            variable=variable,
            type=str(asked["type"]),
            value=float(asked["value"]),
            severity=int(asked["severity"]),
            in_transactions=bool(asked.get("transaction", False)),
            told=self._station.model.read(variable),
        )
        self._kept[monitor.id] = monitor
        if monitor.type in _PERIODS:
            self._tell_later(monitor)
        self._look_later()
        return monitor.id

    def _forget(self, number: int) -> bool:
        monitor = self._kept.pop(number, None)
        if monitor is not None and monitor.timer is not None:
            monitor.timer.cancel()
        return monitor is not None

    def clear(self, numbers: list[int]) -> list[Payload]:
        """Let go of monitors (N06)."""
        return [
            {"id": number, "status": "Accepted" if self._forget(number) else "NotFound"} for number in numbers
        ]

    def clear_all(self) -> None:
        """Go back to what the station was delivered with, which is none (N02)."""
        for number in list(self._kept):
            self._forget(number)

    def limit(self, severity: int) -> None:
        """Tell only of what is as severe as this or more (N03)."""
        self._level = severity

    def chosen(self, criteria: list[str], components: list[Payload]) -> list[Payload]:
        """Return MonitoringDataType of the monitors that fit; empty lists choose all (N01)."""
        wanted = frozenset().union(*(_CRITERIA[each] for each in criteria)) if criteria else _TYPES
        found: dict[tuple[object, ...], Payload] = {}
        for each in self._kept.values():
            if each.type in wanted and (not components or _is_asked(each.variable, components)):
                data = found.setdefault(
                    each.variable.key(),
                    {
                        "component": each.variable.written_component(),
                        "variable": each.variable.written_variable(),
                        "variableMonitoring": [],
                    },
                )
                data["variableMonitoring"].append(each.written())
        return list(found.values())

    # Watching

    def _look_later(self) -> None:
        if self._look is None and any(each.type not in _PERIODS for each in self._kept.values()):
            self._look = self._station.timeline.after(LOOK_EVERY_S, self._look_round)

    def _look_round(self) -> None:
        self._look = None
        self.look()
        self._look_later()

    def look(self) -> None:
        """Tell of thresholds passed and of values that moved far enough since they were told last."""
        if not self._station.is_online or self._station.is_replaying:
            return
        for each in self._kept.values():
            if each.type in _PERIODS or not self._watches(each):
                continue
            value = self._read(each)
            if each.type == "Delta":
                if _moved(each, value):
                    self._tell(each, value, "Delta")
            elif (is_beyond := _passes(each, float(value))) != each.is_beyond:
                each.is_beyond = is_beyond
                self._tell(each, value, "Alerting", is_cleared=not is_beyond)

    def _tell_later(self, monitor: Monitor) -> None:
        timeline = self._station.timeline
        wait = monitor.value
        if monitor.type == "PeriodicClockAligned":
            wait -= timeline.clock.now() % monitor.value
        monitor.timer = timeline.after(wait, lambda: self._tell_periodically(monitor))

    def _tell_periodically(self, monitor: Monitor) -> None:
        station = self._station
        if station.is_online and not station.is_replaying and self._watches(monitor):
            self._tell(monitor, self._read(monitor), "Periodic")
        self._tell_later(monitor)

    def _read(self, monitor: Monitor) -> str:
        """Return what a variable is now."""
        for connector in self._meant(monitor):
            connector.outlet.advance(self._station.timeline.clock.now())
        return self._station.model.read(monitor.variable)

    def _watches(self, monitor: Monitor) -> bool:
        is_idle = all(each.transaction is None for each in self._meant(monitor))
        return monitor.severity <= self._level and not (monitor.in_transactions and is_idle)

    def _meant(self, monitor: Monitor) -> list[Connector]:
        connectors = self._station.connectors
        evse = monitor.variable.evse
        return list(connectors.values()) if evse is None else [connectors[evse]]

    def _tell(self, monitor: Monitor, value: str, trigger: str, *, is_cleared: bool = False) -> None:
        monitor.told = value
        event: Payload = {
            "trigger": trigger,
            "actualValue": value,
            "eventNotificationType": "CustomMonitor",
            "variableMonitoringId": monitor.id,
            "component": monitor.variable.written_component(),
            "variable": monitor.variable.written_variable(),
        }
        running = [each.transaction for each in self._meant(monitor) if each.transaction is not None]
        if monitor.variable.evse is not None and running:
            event["transactionId"] = running[0].id
        if is_cleared:
            event["cleared"] = True
        self._station.say_monitored(event)


def _moved(monitor: Monitor, value: str) -> bool:
    if monitor.variable.kind not in NUMBERS:
        return value != monitor.told
    return abs(float(value) - float(monitor.told)) >= monitor.value > 0


def _passes(monitor: Monitor, value: float) -> bool:
    return value > monitor.value if monitor.type == "UpperThreshold" else value < monitor.value


def _is_asked(variable: Variable, components: list[Payload]) -> bool:
    """Tell whether ComponentVariableType items name a variable; what they leave out, they do not limit."""
    for asked in components:
        component, wanted = asked["component"], asked.get("variable")
        evse = (component.get("evse") or {}).get("id")
        if (
            str(component["name"]).casefold() == variable.component.casefold()
            and evse in {None, variable.evse}
            and (wanted is None or str(wanted["name"]).casefold() == variable.name.casefold())
        ):
            return True
    return False
