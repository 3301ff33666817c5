"""What is sent and received of what drivers object to, and of credits that need a second person."""

from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from chargehand.interfaces.api.amounts import Amount
from chargehand.interfaces.api.wire import Asked, Text, Time


class Objection(Schema):
    """What a driver says is not right about a session; `contact` null: no address was given."""

    id: int
    session_id: Annotated[int, Field(validation_alias="transaction_id")]
    words: str
    contact: Text
    language: str
    state: Literal["open", "settled"]
    opened_at: Time
    settled_at: Time | None
    settled_by: Text
    answer: Text


class ObjectionFilter(Schema):
    """Which objections a list is to show."""

    state: Literal["open", "settled", "all"] = "open"


class ObjectionAnswer(Asked):
    """What the driver is to read on the receipt."""

    answer: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class CreditRequest(Schema):
    """A price that somebody wants to take back and a second person must grant."""

    id: int
    cdr_id: Annotated[int, Field(validation_alias="priced_id")]
    session_id: Annotated[int, Field(validation_alias="transaction_id")]
    amount: Amount
    note: str
    asked_by: str
    asked_at: Time
    state: Literal["open", "granted", "refused"]
    decided_by: Text
    decided_at: Time | None


class CreditRequestFilter(Schema):
    """Which requests a list is to show."""

    state: Literal["open", "granted", "refused"] = "open"
