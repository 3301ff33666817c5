"""Which variables of OCPP 2.x stations are worth a monitor, and how: one table.

Components and variables are those of OCPP 2.0.1 part 2, appendix 3; severities as in its chapter 2.88. What is no
number is watched for every change.
"""

from typing import Final, Protocol

from chargehand.domain.stations.commands import Monitor

_FIVE_MINUTES_S: Final = 300.0


def _changes(component: str, *names: str, severity: int) -> tuple[Monitor, ...]:
    return tuple(
        Monitor(component=component, name=name, type="Delta", value=1, severity=severity) for name in names
    )


def _every_five_minutes(component: str, *names: str) -> tuple[Monitor, ...]:
    return tuple(
        Monitor(component=component, name=name, type="Periodic", value=_FIVE_MINUTES_S, severity=8)
        for name in names
    )


#: Alarms before figures: a station that takes few monitors takes those that matter most.
MONITORS: Final[tuple[Monitor, ...]] = (
    *_changes("CableBreakawaySensor", "Tripped", severity=0),
    *_changes("PowerContactor", "Tripped", "Problem", severity=0),
    *_changes("RCD", "Tripped", "Operated", severity=2),
    *_changes("OverCurrentProtection", "Operated", severity=2),
    *_changes("FloodSensor", "Active", severity=1),
    *_changes("TiltSensor", "Active", severity=3),
    *_changes("ShockSensor", "Active", severity=3),
    *_changes("CaseAccessSensor", "Active", severity=3),
    *_changes("ConnectorPlugRetentionLock", "Problem", "Tries", severity=4),
    *_changes("AcDcConverter", "Problem", "Tripped", severity=4),
    *_changes("AirCoolingSystem", "Problem", severity=4),
    *_changes("LiquidCoolingSystem", "Problem", severity=4),
    *_changes("FiscalMetering", "Problem", severity=3),
    *_changes("TokenReader", "Problem", severity=4),
    *_changes("RealTimeClock", "Fallback", "Problem", severity=6),
    *_changes("DataLink", "Fallback", "Problem", severity=6),
    *_changes("ChargingStation", "Overload", severity=3),
    *_every_five_minutes("Connector", "Temperature"),
    *_every_five_minutes("GroundIsolationProtection", "Impedance"),
    *_every_five_minutes("AcDcConverter", "Temperature", "FanSpeed"),
    *_every_five_minutes("AirCoolingSystem", "FanSpeed"),
    *_every_five_minutes("LiquidCoolingSystem", "Temperature"),
    *_every_five_minutes("TemperatureSensor", "Temperature"),
    *_every_five_minutes("ExternalTemperatureSensor", "Temperature"),
    *_every_five_minutes("DataLink", "SignalStrength"),
    *_every_five_minutes("ChargingStation", "VoltageImbalance", "CurrentImbalance"),
)


class _Named(Protocol):
    """What has component, variable, place and type: a monitor, or a station's answer for one."""

    @property
    def component(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def evse(self) -> int: ...
    @property
    def connector(self) -> int: ...
    @property
    def type(self) -> str: ...


def name_of(monitor: _Named) -> str:
    """Return what a monitor is remembered by: its place (EVSE, connector) where it has one, then what it watches."""
    numbers = [str(number) for number in (monitor.evse, monitor.connector) if number]
    place = f" at {'.'.join(numbers)}" if numbers else ""
    return f"{monitor.component}.{monitor.name}{place} {monitor.type}"
