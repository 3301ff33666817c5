"""The device model of an OCPP 2.0.1 station (2.0.1 part 2, referenced components and variables)."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from chargehand.simulator.connector import Connector
from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.outbox import Payload
from chargehand.simulator.sensors201 import DataType, read_sensor, sensors_of
from chargehand.simulator.settings import READERS, write_value

Mutability = Literal["ReadOnly", "WriteOnly", "ReadWrite"]

MEASURANDS = frozenset(
    {
        "Energy.Active.Import.Register", "Power.Active.Import", "Voltage", "Current.Import", "SoC",
        "Current.Offered", "Power.Offered", "Power.Factor", "Frequency",
    }
)  # fmt: skip
"""What a 2.0.1 SampledValue can hold of a station's readings: no temperature, no fan speed."""
_MONITORED = frozenset({"Available", "AvailabilityState", "Temperature"})
POINTS = frozenset({"EVConnected", "Authorized", "PowerPathClosed"})


class Variable(msgspec.Struct, frozen=True):
    """One variable: the attribute of `Settings` behind it, or a value of its own."""

    component: str
    name: str
    kind: DataType
    setting: str = ""
    value: str = ""
    mutability: Mutability = "ReadWrite"
    instance: str | None = None
    unit: str | None = None
    members: frozenset[str] | None = None
    evse: int | None = None
    connector: int | None = None
    is_monitored: bool = False

    def key(self) -> tuple[str, int | None, int | None, str, str | None]:
        return self.component.casefold(), self.evse, self.connector, self.name.casefold(), self.instance

    def written_component(self) -> Payload:
        component: Payload = {"name": self.component}
        if self.evse is not None:
            component["evse"] = {"id": self.evse}
            if self.connector is not None:
                component["evse"]["connectorId"] = self.connector
        return component

    def written_variable(self) -> Payload:
        return (
            {"name": self.name} if self.instance is None else {"name": self.name, "instance": self.instance}
        )


def _fixed(component: str, name: str, kind: DataType, value: str, *, instance: str | None = None) -> Variable:
    return Variable(component, name, kind, value=value, mutability="ReadOnly", instance=instance)


_STATION_VARIABLES = (
    Variable("OCPPCommCtrlr", "HeartbeatInterval", "integer", unit="s"),
    Variable("OCPPCommCtrlr", "OfflineThreshold", "integer", value="60", unit="s"),
    Variable("OCPPCommCtrlr", "RetryBackOffRepeatTimes", "integer", value="5"),
    Variable("OCPPCommCtrlr", "RetryBackOffRandomRange", "integer", value="10", unit="s"),
    Variable("OCPPCommCtrlr", "RetryBackOffWaitMinimum", "integer", value="2", unit="s"),
    Variable("OCPPCommCtrlr", "WebSocketPingInterval", "integer", value="0", unit="s"),
    Variable("OCPPCommCtrlr", "MessageAttempts", "integer", "message_attempts", instance="TransactionEvent"),
    Variable(
        "OCPPCommCtrlr",
        "MessageAttemptInterval",
        "integer",
        "message_retry_s",
        instance="TransactionEvent",
        unit="s",
    ),
    _fixed("OCPPCommCtrlr", "MessageTimeout", "integer", "30", instance="Default"),
    _fixed("OCPPCommCtrlr", "NetworkConfigurationPriority", "string", "1"),
    _fixed("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", "integer", "3"),
    _fixed("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", "boolean", "true"),
    _fixed("OCPPCommCtrlr", "FileTransferProtocols", "string", "HTTPS"),
    Variable("AuthCtrlr", "AuthorizeRemoteStart", "boolean", "authorizes_remote_starts"),
    Variable("AuthCtrlr", "LocalAuthorizeOffline", "boolean", "authorizes_offline"),
    Variable("AuthCtrlr", "LocalPreAuthorize", "boolean", "asks_the_list_first"),
    Variable("AuthCtrlr", "OfflineTxForUnknownIdEnabled", "boolean", "allows_unknown_offline"),
    Variable("AuthCacheCtrlr", "Enabled", "boolean", "caches_tokens"),
    _fixed("LocalAuthListCtrlr", "Available", "boolean", "true"),
    _fixed("LocalAuthListCtrlr", "Entries", "integer", ""),
    _fixed("LocalAuthListCtrlr", "ItemsPerMessage", "integer", "200"),
    _fixed("LocalAuthListCtrlr", "BytesPerMessage", "integer", "65536"),
    _fixed("DisplayMessageCtrlr", "Available", "boolean", "true"),
    _fixed("DisplayMessageCtrlr", "DisplayMessages", "integer", ""),
    _fixed("DisplayMessageCtrlr", "SupportedFormats", "MemberList", "ASCII,UTF8"),
    _fixed("DisplayMessageCtrlr", "SupportedPriorities", "MemberList", "AlwaysFront,InFront,NormalCycle"),
    _fixed("TariffCostCtrlr", "Available", "boolean", "true", instance="Cost"),
    Variable("TariffCostCtrlr", "Enabled", "boolean", value="true", instance="Cost"),
    _fixed("TariffCostCtrlr", "Available", "boolean", "true", instance="Tariff"),
    Variable("TariffCostCtrlr", "Enabled", "boolean", value="true", instance="Tariff"),
    Variable("TxCtrlr", "EVConnectionTimeOut", "integer", "connection_timeout_s", unit="s"),
    Variable("TxCtrlr", "StopTxOnInvalidId", "boolean", "stops_on_invalid"),
    _fixed("TxCtrlr", "StopTxOnEVSideDisconnect", "boolean", "true"),
    Variable("TxCtrlr", "TxStartPoint", "MemberList", "start_points", members=POINTS),
    Variable("TxCtrlr", "TxStopPoint", "MemberList", "stop_points", members=POINTS),
    Variable("SampledDataCtrlr", "TxUpdatedInterval", "integer", "sample_interval_s", unit="s"),
    Variable("SampledDataCtrlr", "TxUpdatedMeasurands", "MemberList", "measurands", members=MEASURANDS),
    Variable("SampledDataCtrlr", "TxEndedMeasurands", "MemberList", "ended_measurands", members=MEASURANDS),
    _fixed("SampledDataCtrlr", "TxStartedMeasurands", "MemberList", "Energy.Active.Import.Register"),
    _fixed("SampledDataCtrlr", "TxEndedInterval", "integer", "0"),
    Variable("AlignedDataCtrlr", "Interval", "integer", "aligned_interval_s", unit="s"),
    Variable("AlignedDataCtrlr", "Measurands", "MemberList", "aligned_measurands", members=MEASURANDS),
    _fixed("AlignedDataCtrlr", "TxEndedInterval", "integer", "0"),
    _fixed("DeviceDataCtrlr", "ItemsPerMessage", "integer", "40", instance="GetReport"),
    _fixed("DeviceDataCtrlr", "ItemsPerMessage", "integer", "40", instance="GetVariables"),
    _fixed("DeviceDataCtrlr", "ItemsPerMessage", "integer", "40", instance="SetVariables"),
    _fixed("DeviceDataCtrlr", "BytesPerMessage", "integer", "65536", instance="GetVariables"),
    _fixed("SecurityCtrlr", "SecurityProfile", "integer", "1"),
    Variable("SecurityCtrlr", "OrganizationName", "string", value="Chargehand"),
    Variable("SecurityCtrlr", "BasicAuthPassword", "string", mutability="WriteOnly"),
    _fixed("ClockCtrlr", "DateTime", "dateTime", ""),
    Variable("ClockCtrlr", "TimeSource", "MemberList", value="Heartbeat"),
)


class DeviceModel:
    """Read and change a station's variables; names are compared without regard to case."""

    def __init__(self, station: "ModelledStation") -> None:
        self._station = station
        self._variables = {each.key(): each for each in self._all()}
        self._values: dict[tuple[object, ...], str] = {}

    def __iter__(self) -> Iterator[Variable]:
        return iter(self._variables.values())

    def _all(self) -> Iterator[Variable]:
        plate = self._station.hardware
        yield from _STATION_VARIABLES
        yield _fixed("ChargingStation", "VendorName", "string", plate.vendor)
        yield _fixed("ChargingStation", "Model", "string", plate.model)
        yield _fixed("ChargingStation", "SerialNumber", "string", plate.serial)
        yield _fixed("ChargingStation", "Available", "boolean", "true")
        yield _fixed("ChargingStation", "SupplyPhases", "integer", "3")
        yield _fixed("ChargingStation", "AvailabilityState", "OptionList", "")
        kind = "cType2" if plate.rating.kind == "AC" else "cCCS2"
        for number in self._station.connectors:
            parts: tuple[tuple[str, int | None, str, DataType, str, str | None], ...] = (
                ("EVSE", None, "Available", "boolean", "true", None),
                ("EVSE", None, "AvailabilityState", "OptionList", "", None),
                ("EVSE", None, "SupplyPhases", "integer", str(plate.rating.phases), None),
                ("EVSE", None, "Power", "decimal", str(plate.rating.max_power_w), "W"),
                ("Connector", 1, "Available", "boolean", "true", None),
                ("Connector", 1, "AvailabilityState", "OptionList", "", None),
                ("Connector", 1, "ConnectorType", "OptionList", kind, None),
                ("Connector", 1, "SupplyPhases", "integer", str(plate.rating.phases), None),
                ("Connector", 1, "Temperature", "decimal", "", "Celsius"),
            )
            for component, connector, name, data_type, value, unit in parts:
                yield Variable(
                    component,
                    name,
                    data_type,
                    value=value,
                    mutability="ReadOnly",
                    unit=unit,
                    evse=number,
                    connector=connector,
                    is_monitored=name in _MONITORED,
                )
        yield from self._sensors()

    def _sensors(self) -> Iterator[Variable]:
        kind = self._station.hardware.rating.kind
        for component, name, data_type, unit, evse in sensors_of(kind, len(self._station.connectors)):
            yield Variable(
                component, name, data_type, mutability="ReadOnly", unit=unit, evse=evse, is_monitored=True
            )

    def find(self, component: Payload, variable: Payload) -> Variable | str:
        """Return the variable asked for, or UnknownComponent or UnknownVariable (2.0.1 B05, B06)."""
        evse = component.get("evse") or {}
        place = (str(component["name"]).casefold(), evse.get("id"), evse.get("connectorId"))
        found = self._variables.get((*place, str(variable["name"]).casefold(), variable.get("instance")))
        if found is not None:
            return found
        return "UnknownVariable" if any(key[:3] == place for key in self._variables) else "UnknownComponent"

    def read(self, variable: Variable) -> str:
        """Return the variable's value as OCPP writes it."""
        if variable.setting:
            value = getattr(self._station.settings, variable.setting)
            if isinstance(value, tuple):
                value = tuple(each for each in value if variable.members is None or each in variable.members)
            return write_value(value)
        live = self._read_live(variable)
        return self._values.get(variable.key(), variable.value) if live is None else live

    def _read_live(self, variable: Variable) -> str | None:
        station = self._station
        match variable.component, variable.name:
            case "OCPPCommCtrlr", "HeartbeatInterval":
                return str(int(station.heartbeat_interval_s))
            case "LocalAuthListCtrlr", "Entries":
                return str(len(station.register))
            case "DisplayMessageCtrlr", "DisplayMessages":
                return str(len(station.messages))
            case "ClockCtrlr", "DateTime":
                return station.stamp()
            case _, "AvailabilityState":
                states = [station.status_of(each) for each in self._meant(variable)]
                return states[0] if len(set(states)) == 1 else "Available"
            case "Connector", "Temperature":
                return f"{self._meant(variable)[0].outlet.plug_c:.1f}"
        return read_sensor(station, variable.component, variable.name, self._meant(variable))

    def _meant(self, variable: Variable) -> list[Connector]:
        connectors = self._station.connectors
        return list(connectors.values()) if variable.evse is None else [connectors[variable.evse]]

    def change(self, variable: Variable, value: str) -> str:
        """Set a variable; return Accepted or Rejected (2.0.1 B05)."""
        if variable.mutability == "ReadOnly":
            return "Rejected"
        parsed = READERS[variable.kind](value)
        if parsed is None or (isinstance(parsed, int) and not 0 <= parsed <= 86_400):
            return "Rejected"
        if variable.members is not None and isinstance(parsed, tuple) and not set(parsed) <= variable.members:
            return "Rejected"
        if variable.setting:
            setattr(self._station.settings, variable.setting, parsed)
            self._station.settings_changed()
        elif variable.name == "HeartbeatInterval" and isinstance(parsed, int):
            if parsed == 0:
                return "Rejected"
            self._station.change_heartbeat(parsed)
        elif variable.name == "BasicAuthPassword":
            if not 16 <= len(value) <= 40:
                return "Rejected"
            self._station.change_password(value)
        else:
            self._values[variable.key()] = value
        return "Accepted"


class ModelledStation(OrderedStation):
    """A station whose settings are seen through the 2.0.1 device model."""

    model: DeviceModel
    messages: dict[int, Payload]
    """What the CSMS had shown on the display, by number."""
