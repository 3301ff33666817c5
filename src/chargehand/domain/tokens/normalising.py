"""How the spelling of a token is undone: by vendor where firmware adds to it, then for every lookup."""

from __future__ import annotations

import re
from typing import Final

import msgspec


class VendorRule(msgspec.Struct, frozen=True, kw_only=True):
    """What the firmware of a vendor does to tokens.

    `vendor` and `model` are patterns for what the station says at boot, matched whole and without case;
    `sent` matches a token as it comes and has the group `uid` for the token as it was shown.
    """

    vendor: str
    model: str
    firmware: str
    sent: str
    why: str
    link: str


VENDOR_RULES: Final[tuple[VendorRule, ...]] = (
    VendorRule(
        vendor=r"keba.*",
        model=r".*",
        firmware="all seen",
        sent=r"(?P<uid>[^_]+)_.+",
        why="The master of a KEBA network appends an underscore and the serial number of a box to the token.",
        link="https://github.com/dallmann-consulting/OCPP.Core",
    ),
    VendorRule(
        vendor=r".*",
        model=r".*",
        firmware="all seen",
        sent=r"[^;]*;(?P<uid>[^;]+)",
        why="A payment terminal puts a number of its own and a semicolon before the token.",
        link="https://github.com/sap-labs-france/ev-server",
    ),
)

_COMPILED: Final = tuple(
    (re.compile(rule.vendor, re.IGNORECASE), re.compile(rule.model, re.IGNORECASE), re.compile(rule.sent))
    for rule in VENDOR_RULES
)


def clean_uid(raw: str, vendor: str = "", model: str = "") -> str:
    """The token as the driver showed it, given as a station of this vendor and model sent it."""
    for vendors, models, sent in _COMPILED:
        if vendors.fullmatch(vendor) and models.fullmatch(model):
            found = sent.fullmatch(raw.strip())
            if found:
                return found["uid"]
    return raw


def uid_key(uid: str) -> str:
    """What a token is found by: without blanks and unprintable characters, without case.

    OCPP compares tokens without case (OCPP 1.6 7.28 IdToken, 2.0.1 IdTokenType); readers add blanks.
    """
    return "".join(letter for letter in uid if letter.isprintable() and not letter.isspace()).casefold()
