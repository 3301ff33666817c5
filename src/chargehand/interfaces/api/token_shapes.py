"""Tokens on the wire."""

from typing import Annotated

from ninja import Schema
from pydantic import Field, StringConstraints

from chargehand.domain.tokens.kinds import TokenKind
from chargehand.interfaces.api.wire import Asked, Prose, Text, Time, TimeAsked, Words

HolderName = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Language = Annotated[str, StringConstraints(max_length=16, pattern=r"^[^\x00]*$")]


class Token(Schema):
    """An identifier a driver shows at a station. `group_uid` is OCPP's parentIdTag or groupIdToken."""

    id: int
    uid: str
    kind: TokenKind
    is_blocked: bool
    holder_name: Text
    group_uid: Text
    valid_until: Annotated[Time | None, Field(description="null: for ever")]
    language: Text
    note: Text
    created_at: Time
    changed_at: Time


class TokenChange(Asked):
    """What is to change about a token; what is left out stays."""

    holder_name: HolderName = ""
    group_uid: Words = ""
    valid_until: TimeAsked | None = None
    language: Language = ""
    note: Prose = ""


class TokenAsked(TokenChange):
    """A token to be issued."""

    uid: Words
    kind: TokenKind = TokenKind.RFID


class TokenFilter(Schema):
    """Which tokens a list is to show."""

    search: Annotated[Words, Field(description="Looks into uid, holder and note.")] = ""
    kind: TokenKind | None = None
    is_blocked: bool | None = None
