"""Commands and raw calls on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, RootModel, StringConstraints

from chargehand.domain.stations.command_cards import Progress
from chargehand.interfaces.api.wire import Asked, Id, Ordinal, Prose, Text, Time, Words

EvseNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
VariableName = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00]*$")]


class Start(Asked):
    """Start a session for a token of the operator."""

    command: Literal["start"]
    token_uid: Annotated[Words, Field(min_length=1)]
    evse: EvseNumber | None = None


class Stop(Asked):
    """Stop an open session of the station."""

    command: Literal["stop"]
    session_id: Id


class Unlock(Asked):
    """Release the plug."""

    command: Literal["unlock"]
    evse: EvseNumber
    connector: EvseNumber = 1


class Reset(Asked):
    """Restart: at once, or when no session is open any more."""

    command: Literal["reset"]
    is_immediate: bool = False
    evse: EvseNumber | None = None


class Availability(Asked):
    """Take out of service or back; without an EVSE the whole station."""

    command: Literal["availability"]
    is_operative: bool
    evse: EvseNumber | None = None
    connector: EvseNumber | None = None


class Trigger(Asked):
    """Ask for a message, by OCPP's MessageTrigger word."""

    command: Literal["trigger"]
    message: Word
    evse: EvseNumber | None = None
    connector: EvseNumber | None = None


class VariableAsked(Asked):
    """A variable to read; a key of OCPP 1.6 needs its name alone."""

    name: Word
    component: VariableName = ""
    component_instance: VariableName = ""
    evse: Ordinal | None = None
    connector: Ordinal | None = None
    instance: VariableName = ""
    attribute: Literal["Actual", "Target", "MinSet", "MaxSet"] = "Actual"


class VariableWanted(VariableAsked):
    """A variable to write."""

    value: Annotated[Prose, Field(max_length=2500)]


class GetVariables(Asked):
    """Read variables; an empty list asks an OCPP 1.6 station for all its keys."""

    command: Literal["get-variables"]
    variables: Annotated[list[VariableAsked], Field(max_length=1000)] = []


class SetVariables(Asked):
    """Write variables; they are read back once the station accepted."""

    command: Literal["set-variables"]
    variables: Annotated[list[VariableWanted], Field(min_length=1, max_length=1000)]


class GetReport(Asked):
    """Ask for the whole device model, or all keys of OCPP 1.6."""

    command: Literal["get-report"]
    base: Literal["ConfigurationInventory", "FullInventory", "SummaryInventory"] = "FullInventory"


class ClearCache(Asked):
    """Forget which tokens are known."""

    command: Literal["clear-cache"]


class TransactionStatus(Asked):
    """Ask whether a session goes on and messages of it are queued (OCPP 2.x)."""

    command: Literal["transaction-status"]
    session_id: Id | None = None


class SendData(Asked):
    """A vendor's own message (DataTransfer)."""

    command: Literal["data"]
    vendor_id: Annotated[Words, Field(min_length=1)]
    message_id: Words = ""
    data: Any = None


class RotatePassword(Asked):
    """Give a connected station a new password over OCPP; nobody gets to see it."""

    command: Literal["rotate-password"]


AnyAsked = (
    Start
    | Stop
    | Unlock
    | Reset
    | Availability
    | Trigger
    | GetVariables
    | SetVariables
    | GetReport
    | ClearCache
    | TransactionStatus
    | SendData
    | RotatePassword
)


class CommandAsked(RootModel[Annotated[AnyAsked, Field(discriminator="command")]]):
    """A command, by its name and what it needs."""


class Command(Schema):
    """A command and how far it came: `sent_at`, `answered_at`, `seen_at` are null until that happened.

    `state` is where it stands, `sentence` says so in words, `answer_status` is the station's own word.
    """

    id: UUID
    station_id: int
    command: str
    state: Annotated[Progress, Field(validation_alias="progress")]
    sentence: str
    is_final: Annotated[bool, Field(description="Nothing will change any more.")]
    body: dict[str, Any]
    evse: int | None
    connector: int | None
    asked_by: Text
    queued_at: Time
    expires_at: Time
    sent_at: Time | None
    answered_at: Time | None
    is_accepted: bool | None
    answer_status: Annotated[Text, Field(validation_alias="word")]
    answer: Annotated[Any, Field(validation_alias="detail", description="Everything the station sent.")]
    seen_at: Time | None
    seen_as: Text
    see_by: Time | None
    expects_proof: Annotated[
        bool, Field(description="Whether something besides the answer shows that it worked.")
    ]
    session_id: Annotated[int | None, Field(description="The session a start led to, once known.")] = None


class CallAsked(Asked):
    """Any call of the station's OCPP version, its payload as the standard writes it."""

    action: Word
    payload: dict[str, Any] = {}
