"""Passwords that a station is told are struck out of what people and logs are shown."""

import re
from typing import Any, Final

#: The names under which a station keeps its password: 1.6 (security whitepaper, A01), 2.x (SecurityCtrlr).
PASSWORD_VARIABLES: Final = frozenset({"AuthorizationKey", "BasicAuthPassword"})

#: What stands in place of a password.
MASK: Final = "********"

#: The part of an upload's address that lets its holder upload, once.
_ONE_TIME: Final = re.compile(r"(/uploads/)[^/?#]+")

_PLAIN_FIELDS: Final = frozenset({"apnPassword", "basicAuthPassword", "password"})


def masked(value: Any) -> Any:
    """Return a copy of what was read from JSON with every password in it masked, however deep it stands.

    Known are `key`/`value` pairs (1.6), variables of 2.x (`variable.name` or `name` beside a value), and fields
    that are passwords by their own name. One-time addresses of uploads are masked too.
    """
    if isinstance(value, str):
        return _ONE_TIME.sub(lambda found: found[1] + MASK, value) if "/uploads/" in value else value
    if isinstance(value, list):
        return [masked(item) for item in value]
    if not isinstance(value, dict):
        return value
    shown = {name: MASK if name in _PLAIN_FIELDS and item else masked(item) for name, item in value.items()}
    variable = value.get("variable")
    named = variable.get("name") if isinstance(variable, dict) else value.get("name", value.get("key"))
    if isinstance(named, str) and named in PASSWORD_VARIABLES:
        for field in ("value", "attributeValue"):
            if shown.get(field):
                shown[field] = MASK
    return shown
