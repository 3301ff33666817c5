"""Kinds of tokens and answers about them, in the words of OCPP and OCPI."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Final


@unique
class TokenKind(StrEnum):
    """What a token is."""

    RFID = "rfid"
    APP = "app"
    ADHOC = "adhoc"
    CONTRACT = "contract"


@unique
class AuthorizationStatus(StrEnum):
    """The answer about a token (OCPP 2.0.1 part 2, 3.3 AuthorizationStatusEnumType)."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    CONCURRENT_TX = "ConcurrentTx"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    NO_CREDIT = "NoCredit"
    NOT_ALLOWED_TYPE_EVSE = "NotAllowedTypeEVSE"
    NOT_AT_THIS_LOCATION = "NotAtThisLocation"
    NOT_AT_THIS_TIME = "NotAtThisTime"
    UNKNOWN = "Unknown"


OCPI_TYPES: Final[Mapping[TokenKind, str]] = {
    TokenKind.RFID: "RFID",
    TokenKind.APP: "APP_USER",
    TokenKind.ADHOC: "AD_HOC_USER",
    TokenKind.CONTRACT: "EMAID",
}
"""The TokenType OCPI gives to each kind (OCPI 2.3.0 TokenType; 2.2.1 has OTHER in place of EMAID)."""

_BY_OCPP_TYPE: Final[Mapping[str, TokenKind]] = {
    "iso14443": TokenKind.RFID,
    "iso15693": TokenKind.RFID,
    "local": TokenKind.RFID,
    "emaid": TokenKind.CONTRACT,
    "macaddress": TokenKind.CONTRACT,
    "vin": TokenKind.CONTRACT,
    "central": TokenKind.APP,
    "keycode": TokenKind.APP,
    "directpayment": TokenKind.ADHOC,
    "noauthorization": TokenKind.ADHOC,
}


def kind_of_ocpp_type(ocpp_type: str) -> TokenKind:
    """The kind an IdToken.type of OCPP 2.x stands for; RFID for types nobody knows, as 1.6 has no other."""
    return _BY_OCPP_TYPE.get(ocpp_type.casefold(), TokenKind.RFID)
