"""What a 2.x station's device model can watch: sensors and alarms, beside its settings (2.0.1 appendix 3)."""

from collections.abc import Iterator
from typing import Final, Literal

from chargehand.simulator.connector import Connector
from chargehand.simulator.station import Station

DataType = Literal["string", "decimal", "integer", "dateTime", "boolean", "OptionList", "MemberList"]

#: Codes whose cause a sensor of its own shows at once: component and variable by the code.
_ALARMS: Final = {
    "CX026": ("CableBreakawaySensor", "Tripped"),
    "CX017": ("PowerContactor", "Tripped"),
    "PowerSwitchFailure": ("PowerContactor", "Tripped"),
}


def sensors_of(kind: str, connectors: int) -> Iterator[tuple[str, str, DataType, str | None, int | None]]:
    """Yield component, variable, data type, unit and EVSE of what a station of so many EVSEs watches."""
    yield "DataLink", "SignalStrength", "integer", "dBm", None
    yield "TemperatureSensor", "Temperature", "decimal", "Celsius", None
    if kind == "DC":
        yield "AirCoolingSystem", "FanSpeed", "decimal", "RPM", None
    for number in range(1, connectors + 1):
        yield "CableBreakawaySensor", "Tripped", "boolean", None, number
        yield "PowerContactor", "Tripped", "boolean", None, number


def read_sensor(station: Station, component: str, name: str, meant: list[Connector]) -> str | None:
    """Return what a sensor says now; None where there is no such sensor."""
    match component, name:
        case "DataLink", "SignalStrength":
            return f"{station.rssi_dbm:.0f}"
        case "TemperatureSensor", "Temperature":
            return f"{max(each.outlet.cabinet_c for each in meant):.1f}"
        case "AirCoolingSystem", "FanSpeed":
            return f"{max(each.outlet.read().fan_rpm for each in meant):.0f}"
        case (("CableBreakawaySensor" | "PowerContactor"), "Tripped"):
            return str(any(_trips(each) == (component, name) for each in meant)).lower()
    return None


def _trips(connector: Connector) -> tuple[str, str] | None:
    fault = connector.fault
    if fault is None:
        return None
    return _ALARMS.get(fault.vendor_error_code) or _ALARMS.get(fault.error_code)
