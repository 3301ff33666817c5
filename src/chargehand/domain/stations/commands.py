"""What a station may be asked, in any version of OCPP: the lower half of the narrow waist.

Numbers follow 2.x: an EVSE and a connector on it; EVSE 0 or None is the station. The gateway's adapters write
these as messages of the station's version and read the answers into an `Answer`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import msgspec


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="command"):
    """Something a station is asked to do."""


class StartCharging(Command, frozen=True, kw_only=True, tag="start"):
    """Start a transaction for a token (RemoteStartTransaction, RequestStartTransaction)."""

    token_uid: str
    remote_start_id: int
    evse: int | None = None
    token_kind: str = "Central"  # noqa: S105 -- a kind of identifier


class StopCharging(Command, frozen=True, kw_only=True, tag="stop"):
    """Stop a transaction; `ref` is the station's name for it (RemoteStop-, RequestStopTransaction)."""

    transaction_id: int
    ref: str


class UnlockConnector(Command, frozen=True, kw_only=True, tag="unlock"):
    """Release the plug."""

    evse: int
    connector: int = 1


class Reset(Command, frozen=True, kw_only=True, tag="reset"):
    """Restart: at once (Hard, Immediate) or after transactions ended (Soft, OnIdle)."""

    is_immediate: bool = False
    evse: int | None = None


class ChangeAvailability(Command, frozen=True, kw_only=True, tag="availability"):
    """Take out of service or back; EVSE None is the whole station."""

    is_operative: bool
    evse: int | None = None
    connector: int | None = None


class Trigger(Command, frozen=True, kw_only=True, tag="trigger"):
    """Ask for a message: `message` is OCPP's MessageTrigger word."""

    message: str
    evse: int | None = None
    connector: int | None = None


class VariableAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A variable to read; a key of 1.6 has component "" (or OCPP16)."""

    name: str
    component: str = ""
    component_instance: str = ""
    evse: int | None = None
    connector: int | None = None
    instance: str = ""
    attribute: str = "Actual"


class VariableWanted(VariableAsked, frozen=True, kw_only=True):
    """A variable to write."""

    value: str


class GetVariables(Command, frozen=True, kw_only=True, tag="get-variables"):
    """Read variables (GetVariables; GetConfiguration, where an empty list asks for all keys)."""

    variables: list[VariableAsked] = []


class SetVariables(Command, frozen=True, kw_only=True, tag="set-variables"):
    """Write variables (SetVariables; ChangeConfiguration, one call a key)."""

    variables: list[VariableWanted]


class GetReport(Command, frozen=True, kw_only=True, tag="get-report"):
    """Ask for the device model (GetBaseReport; all keys by GetConfiguration in 1.6)."""

    request_id: int
    base: Literal["ConfigurationInventory", "FullInventory", "SummaryInventory"] = "FullInventory"


class GetTransactionStatus(Command, frozen=True, kw_only=True, tag="transaction-status"):
    """Ask whether a transaction goes on and messages of it are queued (2.x)."""

    ref: str | None = None


class ClearCache(Command, frozen=True, kw_only=True, tag="clear-cache"):
    """Forget the authorisation cache."""


class SendData(Command, frozen=True, kw_only=True, tag="data"):
    """A vendor's own message (DataTransfer)."""

    vendor_id: str
    message_id: str = ""
    data: Any = None


class GetLog(Command, frozen=True, kw_only=True, tag="get-log"):
    """Ask for a file: the station uploads it below `location` (GetLog; GetDiagnostics of 1.6 for diagnostics)."""

    request_id: int
    kind: Literal["diagnostics", "security"]
    location: str
    since: datetime | None = None
    until: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


class UpdateFirmware(Command, frozen=True, kw_only=True, tag="update-firmware"):
    """Fetch a firmware from `location` and install it; `version` is what the station is to report then.

    With certificate (PEM) and signature (base64) it is a signed update (2.x L01, 1.6 security whitepaper L01).
    """

    request_id: int
    location: str
    version: str
    retrieve_at: datetime
    install_at: datetime | None = None
    signing_certificate: str = ""
    signature: str = ""
    retries: int | None = None
    retry_interval_s: int | None = None


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """What a station is to watch itself (SetMonitoringDataType): `value` in the variable's unit, or 1.

    EVSE and connector are those of the component, 0 where it has none. Severity 0 (danger) to 9. A Delta monitor
    of what is no number tells every change.
    """

    component: str
    name: str
    evse: int = 0
    connector: int = 0
    type: Literal["UpperThreshold", "LowerThreshold", "Delta", "Periodic"]
    value: float
    severity: int


class SetMonitors(Command, frozen=True, kw_only=True, tag="set-monitors"):
    """Watch variables and tell of them (SetVariableMonitoring; 1.6 has none)."""

    monitors: list[Monitor]


class ShowCost(Command, frozen=True, kw_only=True, tag="show-cost"):
    """Show what a charge costs so far, or at its end (CostUpdated; 1.6 by DataTransfer).

    Money in major units, taxes included; `register_wh` is the meter at `as_of`. Unit prices are those charged
    last, None where there is none; `text` is what a driver reads at the end.
    """

    transaction_id: int
    ref: str
    cost: Decimal
    is_final: bool
    as_of: datetime
    register_wh: Decimal | None = None
    is_charging: bool = True
    kwh_price: Decimal | None = None
    hour_price: Decimal | None = None
    flat_fee: Decimal | None = None
    text: str = ""


class ShowPrice(Command, frozen=True, kw_only=True, tag="show-price"):
    """Show a driver who charges what it will cost, in words (1.6 by DataTransfer)."""

    token_uid: str
    text: str


class ShowMessage(Command, frozen=True, kw_only=True, tag="show-message"):
    """Show all drivers a message on the display until it is cleared (SetDisplayMessage, 2.x O01; 1.6 has none)."""

    message_id: int
    text: str
    language: str


class ClearMessage(Command, frozen=True, kw_only=True, tag="clear-message"):
    """Take a message off the display (ClearDisplayMessage, 2.x O05)."""

    message_id: int


class SetDefaultTariff(Command, frozen=True, kw_only=True, tag="set-default-tariff"):
    """Price by a tariff unless a driver has another one (2.1 I07); `tariff` is a TariffType, EVSE 0 all."""

    tariff: dict[str, Any]
    evse: int = 0


class ClearTariffs(Command, frozen=True, kw_only=True, tag="clear-tariffs"):
    """Forget tariffs (2.1 I10): those named, all where none is, of an EVSE or the station."""

    tariff_ids: list[str] = []
    evse: int | None = None


class RawCall(Command, frozen=True, kw_only=True, tag="call"):
    """Any call of the station's version, payload as given, checked strictly before it is sent."""

    action: str
    payload: dict[str, Any]


AnyCommand: TypeAlias = (
    StartCharging
    | StopCharging
    | UnlockConnector
    | Reset
    | ChangeAvailability
    | Trigger
    | GetVariables
    | SetVariables
    | GetReport
    | GetTransactionStatus
    | ClearCache
    | SendData
    | GetLog
    | UpdateFirmware
    | SetMonitors
    | ShowCost
    | ShowPrice
    | ShowMessage
    | ClearMessage
    | SetDefaultTariff
    | ClearTariffs
    | RawCall
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a command: the station's word, whether that is a yes, and everything it sent.

    `word` is the status as the station wrote it ("Accepted", "Scheduled", "Unlocked", ...) or an error code.
    """

    is_accepted: bool
    word: str
    detail: dict[str, Any] = {}


class VariableResult(msgspec.Struct, frozen=True, kw_only=True):
    """The station's answer for one variable that was to be written."""

    name: str
    component: str
    status: str
