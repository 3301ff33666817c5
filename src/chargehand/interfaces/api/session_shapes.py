"""Sessions (OCPP's transactions), their records and meter values on the wire."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, Field

from chargehand.interfaces.api.wire import Exact, Id, Text, Time, TimeAsked, Words, kwh

SessionState = Literal["open", "ended", "system-closed"]

#: Energy in kWh, made of a field in Wh.
Kwh = Annotated[
    Exact | None,
    Field(validation_alias="energy_wh", description="Exact, as text: `12.345`."),
    BeforeValidator(kwh),
]


class LastReading(Schema):
    """What an open session told last, each value with its own time; null: not told lately."""

    power_w: Exact | None
    power_at: Time | None
    register_wh: Exact | None
    register_at: Time | None
    soc_percent: Annotated[Exact | None, Field(validation_alias="soc")]
    soc_at: Time | None


class Session(Schema):
    """A charge. `energy_kwh` is final once ended, until then what is known so far; null: unknown."""

    id: int
    station_id: int
    station_identity: Annotated[str, Field(validation_alias="identity")]
    location_id: int | None
    location_name: Text
    evse: int | None
    connector: int | None
    station_ref: Annotated[str | None, Field(description="The station's name for it.")]
    state: Annotated[
        SessionState, Field(description="`system-closed`: ended by evidence, not by the station's word.")
    ]
    charging_state: Text
    token_uid: Text
    token_kind: Text
    token_id: int | None
    authorization: Text
    stopped_by: Text
    remote_start_id: int | None
    reservation_id: int | None
    is_offline: bool
    started_at: Time
    ended_at: Time | None
    meter_start_wh: Exact | None
    meter_stop_wh: Exact | None
    energy_wh: Exact | None
    energy_kwh: Kwh
    stop_reason: Text
    flags: list[str]
    last: LastReading | None


class SessionEvent(Schema):
    """One message of the station about the session; `happened_at` is the time believed."""

    id: int
    kind: str
    trigger: Text
    seq: int | None
    is_offline: bool
    charging_state: Text
    station_time: Time | None
    happened_at: Time
    received_at: Time


class SignedReading(Schema):
    """A signed meter value, byte for byte as the station sent it."""

    id: int
    measured_at: Time
    received_at: Time
    context: Text
    encoding: Text
    signing_method: Text
    public_key: Text
    signed_data: str


class Cdr(Schema):
    """A charge detail record; the newest `version` holds. `periods` are OCPI's charging periods."""

    id: int
    session_id: Annotated[int, Field(validation_alias="transaction_id")]
    version: int
    started_at: Time
    ended_at: Time
    energy_wh: Exact | None
    energy_kwh: Kwh
    periods: list[dict[str, Any]]
    flags: list[str]
    issued_at: Time


class SessionDetail(Session):
    """A session with all evidence for it."""

    started_station_time: Time | None
    started_received_at: Time
    ended_station_time: Time | None
    ended_received_at: Time | None
    events: list[SessionEvent]
    signed: list[SignedReading]
    cdrs: Annotated[list[Cdr], Field(description="All versions, the oldest first.")]


class MeterValue(Schema):
    """One sampled value in its base unit (Wh, W, A, V, Percent, Celsius, Hz)."""

    reading_id: int
    session_id: Annotated[int | None, Field(validation_alias="transaction_id")]
    measured_at: Time
    station_time: Time | None
    received_at: Time
    evse: int
    connector: int
    is_inferred: Annotated[bool, Field(description="The session was found by evidence, not named.")]
    measurand: str
    phase: Text
    location: Text
    context: Text
    unit: Text
    written_unit: Text
    value: Exact


class PowerSample(Schema):
    """A moment of a session: power, energy since its start, state of charge; null: not told."""

    at: Time
    power_w: Exact | None
    energy_wh: Exact | None
    soc_percent: Annotated[Exact | None, Field(validation_alias="soc")]


class SessionFilter(Schema):
    """Which sessions a list is to show; `since` and `until` bound their start."""

    station_id: Id | None = None
    location_id: Id | None = None
    token_uid: Words = ""
    token_id: Id | None = None
    state: SessionState | None = None
    text: Words = ""
    since: TimeAsked | None = None
    until: TimeAsked | None = None


class MeterValueFilter(Schema):
    """Which meter values a list is to show."""

    since: TimeAsked | None = None
    until: TimeAsked | None = None
    measurand: Annotated[Words, Field(description="OCPP's word, such as Power.Active.Import")] = ""
