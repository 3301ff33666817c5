"""What a station says, in any version of OCPP: the upper half of the narrow waist.

The gateway's adapters translate messages to these; nothing above the gateway knows OCPP. Times are the
station's own, aware, None where the message had none or one that cannot be read. EVSE 0 is the station
itself; a connector n of OCPP 1.6 stands as EVSE n, connector 1.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import msgspec

#: (measurand, phase, location, context, unit as written): OCPP names, defaults filled in, "" for no phase.
SeriesKey: TypeAlias = tuple[str, str, str, str, str]


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something a station said."""


class Booted(Event, frozen=True, gc=False, kw_only=True):
    """The station started (BootNotification)."""

    vendor: str
    model: str
    serial_number: str = ""
    firmware_version: str = ""
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""
    reason: str = ""


class HeartbeatSent(Event, frozen=True, gc=False):
    """The station is alive and asks for the time."""


class AuthorizationAsked(Event, frozen=True, gc=False):
    """May this token charge? (Authorize)."""

    token_uid: str
    token_kind: str = ""


class StatusReported(Event, frozen=True, gc=False):
    """A connector's or the station's status (StatusNotification)."""

    evse: int
    connector: int
    status: str
    error_code: str = ""
    vendor_error_code: str = ""
    info: str = ""
    vendor_id: str = ""
    time: datetime | None = None


class SignedValue(msgspec.Struct, frozen=True, gc=False):
    """A signed meter value, byte for byte."""

    data: str
    context: str = ""
    encoding: str = ""
    signing_method: str = ""
    public_key: str = ""


class Samples(msgspec.Struct, frozen=True, gc=False, eq=False):
    """Samples in short: pairs of a key and the text of a plain number, which is ASCII.

    `keys` is one object for all readings that measure the same, so that these can be told by it.
    """

    keys: tuple[SeriesKey, ...]
    texts: tuple[bytes, ...]

    def __iter__(self) -> Iterator[tuple[SeriesKey, str]]:
        """Yield the pairs."""
        return zip(self.keys, map(bytes.decode, self.texts), strict=True)

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.keys)

    def __eq__(self, other: object) -> bool:
        """Tell whether others are the same pairs."""
        return list(self) == (list(other) if isinstance(other, Samples) else other)

    def __hash__(self) -> int:
        """Return a hash of the pairs."""
        return hash((self.keys, self.texts))


class Reading(msgspec.Struct, frozen=True):
    """One MeterValue: a moment and its samples; `values` pairs a key with the text of a number.

    Texts are as the station wrote them, or already scaled by a multiplier; what holds no number is left to
    the recorder, which skips and counts it.
    """

    time: datetime | None
    values: list[tuple[SeriesKey, str]] | Samples
    signed: list[SignedValue] = []


class MeterValuesReported(Event, frozen=True):
    """Samples outside of transaction messages (MeterValues); `ref`: the station's name of the transaction."""

    evse: int
    connector: int
    ref: str | None
    readings: list[Reading]


TransactionKind: TypeAlias = Literal["started", "updated", "ended"]


class TransactionReported(Event, frozen=True, kw_only=True):
    """A transaction started, went on or ended (StartTransaction, StopTransaction, TransactionEvent).

    `ref` is the station's name for it: None for a 1.6 start (the CSMS gives the number), the number as text
    for a 1.6 stop, the station's own id in 2.x. `meter_wh` is meterStart or meterStop of 1.6, Wh.
    """

    kind: TransactionKind
    ref: str | None
    time: datetime | None
    seq: int | None = None
    trigger: str = ""
    evse: int | None = None
    connector: int | None = None
    token_uid: str | None = None
    token_kind: str = ""
    charging_state: str = ""
    stop_reason: str = ""
    meter_wh: Decimal | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    is_offline: bool = False
    readings: list[Reading] = []


class VariableReported(msgspec.Struct, frozen=True, kw_only=True):
    """One variable of the device model as reported."""

    component: str
    name: str
    value: str | None
    component_instance: str = ""
    evse: int = 0
    connector: int = 0
    instance: str = ""
    attribute: str = "Actual"
    is_readonly: bool | None = None
    characteristics: dict[str, Any] | None = None


class VariablesReported(Event, frozen=True):
    """Variables the station reported (NotifyReport; answers to GetVariables, GetConfiguration)."""

    variables: list[VariableReported]


class Noticed(Event, frozen=True, kw_only=True):
    """Anything else worth keeping: NotifyEvent, security events, firmware and log status, vendor data.

    `kind` is a word of ours (`security`, `monitor`, `firmware`, `log`, `diagnostics`, `data`, ...), `name`
    the station's word, `detail` the rest as received.
    """

    kind: str
    name: str = ""
    evse: int | None = None
    connector: int | None = None
    time: datetime | None = None
    detail: dict[str, Any] = {}


class SeveralNoticed(Event, frozen=True):
    """Several notices in one message (NotifyEvent); `statuses` are what they say of connectors (2.1 G01)."""

    notices: list[Noticed]
    statuses: list[StatusReported] = []


class Unread(Event, frozen=True, gc=False):
    """A message about a charge that broke its schema: refused, and evidence all the same; `problem` says why."""

    problem: str


class Unhandled(Event, frozen=True, gc=False):
    """A message that is stored and answered with an error: nothing follows from it yet."""
