"""What was said and what happened, on the wire: raw messages, timeline, quarantine, waiting stations, cases."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field, RootModel, StringConstraints

from chargehand.interfaces.api.wire import Asked, Id, Prose, Text, Time, TimeAsked, Words


class Message(Schema):
    """A raw message; `action` of an answer is that of its call with Response or Error behind it."""

    id: int
    received_at: Time
    is_from_station: bool
    version: str
    action: str
    message_id: str
    is_repeat: bool
    frame: Annotated[str, Field(description="The text as it came or went.")]


class Happening(Schema):
    """One thing that happened at a station. `ref` is the id of the session, command, notice or case."""

    kind: str
    at: Time
    evse: int | None
    title: str
    sentence: Text
    ref: str | None


class Quarantined(Schema):
    """A message that could not be stored as what it means; its raw text is safe here."""

    id: int
    station_id: int
    station_identity: Annotated[str, Field(validation_alias="identity")]
    received_at: Time
    version: str
    action: Text
    message_id: Text
    frame: str
    error: str
    resolved_at: Time | None


class Waiting(Schema):
    """A station nobody knows, refused so far, and what it said in its handshake."""

    identity: str
    first_seen_at: Time
    last_seen_at: Time
    attempts: int
    address: Text
    subprotocols: list[str]
    security_profile: int
    handshake: dict[str, Any]


class EntryPolicy(Asked):
    """Whether stations that are made from now on are held until they are set up."""

    holds_new: bool


class WaitingAsked(Asked):
    """Which waiting station is meant."""

    identity: Words


class Approval(WaitingAsked):
    """How a waiting station is let in; without a security profile it is what it tried, but 1 at least."""

    location_id: Id | None = None
    name: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = ""
    security_profile: Annotated[int | None, Field(ge=0, le=3)] = None
    password: Annotated[str | None, Field(max_length=64)] = None


class RepairCase(Schema):
    """A record that evidence alone could not settle; `suggestion.action` names what we would do."""

    id: int
    station_id: int
    session_id: Annotated[int | None, Field(validation_alias="transaction_id")]
    kind: str
    sentence: str
    evidence: dict[str, Any]
    suggestion: dict[str, Any]
    state: Literal["open", "resolved"]
    opened_at: Time
    resolved_at: Time | None
    resolved_by: Text
    resolution: Text
    note: Text


class RepairFilter(Schema):
    """Which cases a list is to show."""

    state: Literal["open", "resolved", "all"] = "open"
    station_id: Id | None = None
    session_id: Id | None = None
    kind: Words = ""


class Attach(Asked):
    """End a session by the stop of an orphan-stop case."""

    action: Literal["attach"]
    session_id: Id
    note: Prose = ""


class UseSamples(Asked):
    """Take the rise of the samples as the energy."""

    action: Literal["use-samples"]
    note: Prose = ""


class SetEnergy(Asked):
    """Enter the energy by hand; `note` says why."""

    action: Literal["set-energy"]
    energy_kwh: Annotated[
        str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9})?$"), Field(description="Such as `12.345`.")
    ]
    note: Prose


class Close(Asked):
    """Close an open session: it ended no later than `ended_at`."""

    action: Literal["close"]
    ended_at: TimeAsked
    note: Prose = ""


class Dismiss(Asked):
    """Leave the record as it is."""

    action: Literal["dismiss"]
    note: Prose = ""


AnyResolution = Attach | UseSamples | SetEnergy | Close | Dismiss


class Resolution(RootModel[Annotated[AnyResolution, Field(discriminator="action")]]):
    """What a person decides about a case."""
