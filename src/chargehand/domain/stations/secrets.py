"""Passwords that a station is told are struck out of what people and logs are shown."""

import json
import re
from typing import Any, Final

#: The names under which a station keeps its password: 1.6 (security whitepaper, A01), 2.x (SecurityCtrlr).
PASSWORD_VARIABLES: Final = frozenset({"AuthorizationKey", "BasicAuthPassword"})

#: What stands in place of a password.
MASK: Final = "********"

#: The part of an upload's address that lets its holder upload, once.
_ONE_TIME: Final = re.compile(r"(/uploads/)[^/?#]+")

#: A name and password in the address of a file server: `ftp://name:password@host/`.
_SIGNED_IN: Final = re.compile(r"\b([a-z][a-z0-9+.-]*://)[^/?#@\s\"]*:[^/?#@\s\"]*@", re.IGNORECASE)

_PLAIN_FIELDS: Final = frozenset({"apnPassword", "basicAuthPassword", "password"})
#: What shows that an object describes a VPN (2.0.1 VPNType): its `key` is one to keep.
_OF_A_VPN: Final = frozenset({"server", "user", "password"})

#: What a text must hold for anything in it to be a secret.
_MARKS: Final = (*PASSWORD_VARIABLES, *_PLAIN_FIELDS, "/uploads/", "://")
_LOOSE: Final = re.compile(
    rf"((?:{'|'.join(sorted(PASSWORD_VARIABLES | _PLAIN_FIELDS))}).{{0,200}}?:\s*)\"(?:[^\"\\]|\\.)*\"?",
    re.DOTALL,
)


def masked(value: Any) -> Any:
    """Return a copy of what was read from JSON with every password in it masked, however deep it stands.

    Known are `key`/`value` pairs (1.6), variables of 2.x (`variable.name` or `name` beside a value), and fields
    that are passwords by their own name. One-time addresses of uploads are masked too, and passwords in addresses.
    """
    if isinstance(value, str):
        return _masked_address(value)
    if isinstance(value, list):
        return [masked(item) for item in value]
    if not isinstance(value, dict):
        return value
    secret = _PLAIN_FIELDS | {"key"} if value.keys() >= _OF_A_VPN else _PLAIN_FIELDS
    shown = {name: MASK if name in secret and item else masked(item) for name, item in value.items()}
    variable = value.get("variable")
    named = variable.get("name") if isinstance(variable, dict) else value.get("name", value.get("key"))
    if isinstance(named, str) and named in PASSWORD_VARIABLES:
        for field in ("value", "attributeValue"):
            if shown.get(field):
                shown[field] = MASK
    return shown


def masked_text(text: str) -> str:
    """Return a raw message as people may see it, with every secret in it masked.

    A message without any stays as it is to the letter. Where the text is no JSON, whatever stands in quotes
    after a secret's name is struck out.
    """
    if not any(mark in text for mark in _MARKS):
        return text
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return _masked_address(_LOOSE.sub(rf'\1"{MASK}"', text))
    shown = masked(told)
    return text if shown == told else json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def _masked_address(text: str) -> str:
    if "/uploads/" in text:
        text = _ONE_TIME.sub(lambda found: found[1] + MASK, text)
    return _SIGNED_IN.sub(rf"\1{MASK}@", text) if "://" in text and "@" in text else text
