"""Stations, EVSEs and connectors on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import BeforeValidator, Field, StringConstraints

from chargehand.interfaces.api.wire import Asked, Exact, Id, Ordinal, Prose, Text, Time, Words

Version = Literal["", "ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
State = Literal["ready", "charging", "attention", "broken", "offline", "reserved", "unknown"]
#: A number of an EVSE or connector; null where 0 stands for the station itself.
Numbered = Annotated[int | None, BeforeValidator(lambda number: number or None)]
Short = Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00]*$")]


def evses_of(connectors: Any) -> list[dict[str, Any]]:
    """Connectors grouped by EVSE, in order."""
    grouped: dict[int, list[Any]] = {}
    for each in connectors:
        grouped.setdefault(each.evse, []).append(each)
    return [{"evse": number, "connectors": plugs} for number, plugs in sorted(grouped.items())]


class Plug(Schema):
    """A connector as it is now: its state adds up connectivity, reported status, intent and the open charge."""

    evse: int
    connector: int
    standard: Text
    power_type: Text
    phases: int | None
    max_power_w: int | None
    status: Annotated[Text, Field(description="As the station reported it last, in OCPP's words.")]
    error_code: Text
    state: State
    sentence: str
    since: Time | None
    session_id: Annotated[int | None, Field(validation_alias="transaction_id")]
    power_w: Exact | None
    energy_wh: Exact | None
    soc_percent: Annotated[Exact | None, Field(validation_alias="soc")]
    read_at: Time | None


class StationInList(Schema):
    """A station with its state now and its plugs."""

    id: int
    identity: str
    name: Text
    location_id: int | None
    location_name: Text
    vendor: Text
    model: Text
    firmware_version: Text
    version: Annotated[Text, Field(description="OCPP version of the newest connection.")]
    state: State
    sentence: str
    since: Time | None
    is_connected: bool
    heard_at: Time | None
    open_sessions: Annotated[int, Field(validation_alias="open_count")]
    power_w: Exact | None
    plugs: list[Plug]


class Connection(Schema):
    """Connectivity of a station; times are null until it happened."""

    is_connected: bool
    version: Text
    security_profile: int | None
    address: Text
    gateway_id: UUID | None
    epoch: int
    connected_at: Time | None
    disconnected_at: Time | None
    last_received_at: Time | None


class Connector(Schema):
    """A connector as reported and as intended; `status` null: nothing was reported yet."""

    id: int
    evse: int
    connector: int
    standard: Annotated[Text, Field(description="OCPI ConnectorType, such as IEC_62196_T2")]
    power_type: Annotated[Text, Field(description="OCPI PowerType, such as AC_3_PHASE")]
    phases: int | None
    max_power_w: int | None
    status: Text
    error_code: Text
    vendor_error_code: Text
    info: Text
    status_at: Time | None
    status_received_at: Time | None
    intent_operative: bool


class Evse(Schema):
    """An EVSE: what serves one car at a time. Its number is unique within the station."""

    evse: int
    connectors: list[Connector]


class Station(Schema):
    """Everything known of a station. What it never said is null."""

    id: int
    identity: str
    name: Text
    location_id: int | None
    location_name: Text
    time_zone: str
    is_blocked: Annotated[
        bool, Field(validation_alias="approval"), BeforeValidator(lambda word: word == "blocked")
    ]
    is_held: Annotated[
        bool,
        Field(
            validation_alias="approval", description="It may connect and be set up, but nobody can charge."
        ),
        BeforeValidator(lambda word: word == "held"),
    ]
    security_profile: int
    has_password: bool
    is_password_changing: bool
    version_pinned: Text
    assumes_version: Text
    clock_zone: Annotated[Text, Field(description="IANA zone of times without a zone; null: UTC")]
    vendor: Text
    model: Text
    serial_number: Text
    firmware_version: Text
    iccid: Text
    imsi: Text
    meter_type: Text
    meter_serial_number: Text
    version: Text
    boot_reason: Text
    booted_at: Time | None
    hardware_changed_at: Time | None
    clock_skew_s: float | None
    reported_status: Text
    reported_error: Text
    reported_at: Time | None
    intent_operative: bool
    notes: Text
    created_at: Time
    aliases: list[str]
    connection: Connection | None
    evses: Annotated[list[Evse], Field(validation_alias="connectors"), BeforeValidator(evses_of)]


class StationMade(Station):
    """A station just made. `password` is shown this once; null where its profile needs none."""

    password: str | None


class Password(Schema):
    """A password, shown this once."""

    password: str


class StationAsked(Asked):
    """A station to be made. Without a password one is made up where the security profile needs one."""

    identity: Annotated[str, Field(max_length=255, description="What the station calls itself.")]
    location_id: Id | None = None
    name: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = ""
    security_profile: Annotated[int, Field(ge=0, le=3)] = 1
    password: Annotated[str | None, Field(max_length=64)] = None
    assumes_version: Version = ""


class StationChange(Asked):
    """What is to change about a station; what is left out stays."""

    name: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = ""
    location_id: Id | None = None
    notes: Prose = ""
    security_profile: Annotated[int, Field(ge=0, le=3)] = 1
    version_pinned: Version = ""
    assumes_version: Version = ""
    clock_zone: Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00]*$")] = ""
    is_held: Annotated[bool, Field(description="false accepts a station that is held.")] = False


class PasswordAsked(Asked):
    """A password to be set; null: one is made up."""

    password: Annotated[str | None, Field(max_length=64)] = None


class ConnectorAsked(Asked):
    """What is said about a connector, in OCPI's words."""

    standard: Short = ""
    power_type: Annotated[str, StringConstraints(max_length=16, pattern=r"^[^\x00]*$")] = ""
    phases: Annotated[int | None, Field(ge=1, le=3)] = None
    max_power_w: Ordinal | None = None


class Variable(Schema):
    """A variable as last reported; keys of OCPP 1.6 stand under component OCPP16. `value` null: not readable."""

    component: str
    component_instance: Text
    evse: Numbered
    connector: Numbered
    name: str
    instance: Text
    attribute: str
    value: str | None
    is_readonly: bool | None
    characteristics: dict[str, Any] | None
    reported_at: Time


class StationFilter(Schema):
    """Which stations a list is to show."""

    text: Annotated[Words, Field(description="Looks into identity, name, place, vendor, model, serial.")] = ""
    location_id: Id | None = None
    state: State | None = None
