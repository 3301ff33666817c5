"""The configuration keys of an OCPP 1.6 station (1.6 chapter 9) and what they change."""

from typing import Literal

import msgspec

from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.samples import Sample
from chargehand.simulator.settings import READERS, read_integer, write_value

_MEASURANDS = frozenset(
    {
        "Energy.Active.Import.Register", "Power.Active.Import", "Voltage", "Current.Import", "SoC",
        "Temperature", "Current.Offered", "Power.Offered", "Power.Factor", "Frequency", "RPM",
    }
)  # fmt: skip


class Key(msgspec.Struct, frozen=True):
    """One key: the attribute of `Settings` behind it, or text that only the CSMS cares about."""

    name: str
    kind: Literal["integer", "boolean", "MemberList", "string"]
    setting: str = ""
    value: str = ""
    readonly: bool = False
    most: int = 2**31 - 1


_KEYS = (
    Key("AllowOfflineTxForUnknownId", "boolean", "allows_unknown_offline"),
    Key("AuthorizationCacheEnabled", "boolean", "caches_tokens"),
    Key("AuthorizeRemoteTxRequests", "boolean", "authorizes_remote_starts"),
    Key("ClockAlignedDataInterval", "integer", "aligned_interval_s", most=86_400),
    Key("ConnectionTimeOut", "integer", "connection_timeout_s", most=86_400),
    Key("CustomDisplayCostAndPrice", "boolean", value="true", readonly=True),
    Key("GetConfigurationMaxKeys", "integer", value="50", readonly=True),
    Key("LocalAuthorizeOffline", "boolean", "authorizes_offline"),
    Key("LocalPreAuthorize", "boolean", "asks_the_list_first"),
    Key("MeterValuesAlignedData", "MemberList", "aligned_measurands"),
    Key("MeterValuesSampledData", "MemberList", "measurands"),
    Key("MeterValueSampleInterval", "integer", "sample_interval_s", most=86_400),
    Key("StopTransactionOnEVSideDisconnect", "boolean", value="true", readonly=True),
    Key("StopTransactionOnInvalidId", "boolean", "stops_on_invalid"),
    Key("StopTxnSampledData", "MemberList", "ended_measurands"),
    Key(
        "SupportedFeatureProfiles",
        "string",
        value="Core,LocalAuthListManagement,RemoteTrigger",
        readonly=True,
    ),
    Key("TransactionMessageAttempts", "integer", "message_attempts", most=1_000),
    Key("TransactionMessageRetryInterval", "integer", "message_retry_s", most=86_400),
    Key("UnlockConnectorOnEVSideDisconnect", "boolean", value="true", readonly=True),
    Key("LocalAuthListEnabled", "boolean", value="true"),
    Key("LocalAuthListMaxLength", "integer", value="1000", readonly=True),
    Key("SendLocalListMaxLength", "integer", value="200", readonly=True),
    Key("ResetRetries", "integer", value="1"),
    Key("ConnectorPhaseRotation", "string", value="0.RST,1.RST,2.RST"),
    Key("AuthorizationKey", "string"),
    Key("WebSocketPingInterval", "integer", value="0"),
)


class Configuration:
    """Read and change a station's keys; names are compared without regard to case."""

    def __init__(self, station: OrderedStation) -> None:
        self._station = station
        self._keys = {key.name.casefold(): key for key in _KEYS}
        self._values: dict[str, str] = {key.name: key.value for key in _KEYS if not key.setting}

    def names(self) -> list[str]:
        """Return the names of all keys, heartbeat and connectors included."""
        return ["HeartbeatInterval", "NumberOfConnectors", *(key.name for key in _KEYS)]

    def read(self, name: str) -> tuple[str, str, bool] | None:
        """Return (name as the station writes it, value, readonly), or None for an unknown key."""
        folded = name.casefold()
        if folded == "heartbeatinterval":
            return "HeartbeatInterval", str(int(self._station.heartbeat_interval_s)), False
        if folded == "numberofconnectors":
            return "NumberOfConnectors", str(len(self._station.connectors)), True
        key = self._keys.get(folded)
        if key is None:
            return None
        value = getattr(self._station.settings, key.setting) if key.setting else self._values[key.name]
        return key.name, write_value(value), key.readonly

    def change(self, name: str, value: str) -> str:
        """Set a key; return Accepted, Rejected or NotSupported (1.6 5.3)."""
        known = self.read(name)
        if known is None:
            return "NotSupported"
        if known[2]:
            return "Rejected"
        if known[0] == "HeartbeatInterval":
            return self._change_heartbeat(value)
        key = self._keys[name.casefold()]
        return self._change_key(value) if key.name == "AuthorizationKey" else self._change(key, value)

    def _change(self, key: Key, value: str) -> str:
        parsed = READERS[key.kind](value)
        if parsed is None or (isinstance(parsed, int) and not 0 <= parsed <= key.most):
            return "Rejected"
        if isinstance(parsed, tuple) and not set(parsed) <= _MEASURANDS:
            return "Rejected"
        if key.setting:
            setattr(self._station.settings, key.setting, parsed)
            self._station.settings_changed()
        else:
            self._values[key.name] = value
        return "Accepted"

    def _change_key(self, value: str) -> str:
        """Take a new password, 16 to 20 bytes in hexadecimal (1.6 security whitepaper, A00)."""
        try:
            password = bytes.fromhex(value)
        except ValueError:
            return "Rejected"
        if not 16 <= len(password) <= 20:
            return "Rejected"
        self._station.change_password(password)
        return "Accepted"

    def _change_heartbeat(self, value: str) -> str:
        interval = read_integer(value)
        if interval is None or not 0 < interval <= 86_400:
            return "Rejected"
        self._station.change_heartbeat(interval)
        return "Accepted"


class ConfiguredStation(OrderedStation):
    """A station whose settings are seen through 1.6 keys."""

    configuration: Configuration


def write_sampled_value(sample: Sample, context: str) -> dict[str, str]:
    """Return a 1.6 SampledValue (7.43); defaults of the standard are left out."""
    written = {"value": sample.text, "context": context, "measurand": sample.measurand}
    if sample.phase is not None:
        written["phase"] = sample.phase
    if sample.location is not None:
        written["location"] = sample.location
    if sample.unit:
        written["unit"] = sample.unit
    return written
