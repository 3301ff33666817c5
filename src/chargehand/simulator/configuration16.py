"""The configuration keys of an OCPP 1.6 station (1.6 chapter 9) and what they change."""

from collections.abc import Callable
from typing import Literal

import msgspec

from chargehand.simulator.orders import OrderedStation
from chargehand.simulator.samples import Sample

_MEASURANDS = frozenset(
    {
        "Energy.Active.Import.Register", "Power.Active.Import", "Voltage", "Current.Import", "SoC",
        "Temperature", "Current.Offered", "Power.Offered", "Power.Factor", "Frequency", "RPM",
    }
)  # fmt: skip


class Key(msgspec.Struct, frozen=True):
    """One key: the attribute of `Settings` behind it, or text that only the CSMS cares about."""

    name: str
    kind: Literal["integer", "boolean", "measurands", "text"]
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
    Key("GetConfigurationMaxKeys", "integer", value="50", readonly=True),
    Key("LocalAuthorizeOffline", "boolean", "authorizes_offline"),
    Key("LocalPreAuthorize", "boolean", "asks_the_list_first"),
    Key("MeterValuesAlignedData", "measurands", "aligned_measurands"),
    Key("MeterValuesSampledData", "measurands", "measurands"),
    Key("MeterValueSampleInterval", "integer", "sample_interval_s", most=86_400),
    Key("StopTransactionOnEVSideDisconnect", "boolean", value="true", readonly=True),
    Key("StopTransactionOnInvalidId", "boolean", "stops_on_invalid"),
    Key("StopTxnSampledData", "measurands", "ended_measurands"),
    Key(
        "SupportedFeatureProfiles", "text", value="Core,LocalAuthListManagement,RemoteTrigger", readonly=True
    ),
    Key("TransactionMessageAttempts", "integer", "message_attempts", most=1_000),
    Key("TransactionMessageRetryInterval", "integer", "message_retry_s", most=86_400),
    Key("UnlockConnectorOnEVSideDisconnect", "boolean", value="true", readonly=True),
    Key("LocalAuthListEnabled", "boolean", value="true"),
    Key("LocalAuthListMaxLength", "integer", value="1000", readonly=True),
    Key("SendLocalListMaxLength", "integer", value="200", readonly=True),
    Key("ResetRetries", "integer", value="1"),
    Key("ConnectorPhaseRotation", "text", value="0.RST,1.RST,2.RST"),
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
        return key.name, _write(value), key.readonly

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
        parsed = _READERS[key.kind](value)
        if parsed is None or (isinstance(parsed, int) and not 0 <= parsed <= key.most):
            return "Rejected"
        if key.setting:
            setattr(self._station.settings, key.setting, parsed)
            self._station.settings_changed()
        else:
            self._values[key.name] = value
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


def read_integer(text: str) -> int | None:
    """Return the whole number in `text`, or None."""
    try:
        return int(text)
    except ValueError:
        return None


def read_boolean(text: str) -> bool | None:
    """Return what `true` or `false`, in any case, means; None for anything else."""
    return {"true": True, "false": False}.get(text.strip().casefold())


def read_measurands(text: str) -> tuple[str, ...] | None:
    """Return a comma-separated list of measurands, or None when one of them cannot be measured."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    return names if set(names) <= _MEASURANDS else None


def _read_text(text: str) -> str:
    return text


def _write(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, tuple) else str(value)


_READERS: dict[str, Callable[[str], int | bool | str | tuple[str, ...] | None]] = {
    "integer": read_integer,
    "boolean": read_boolean,
    "measurands": read_measurands,
    "text": _read_text,
}
