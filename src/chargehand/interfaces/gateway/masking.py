"""Passwords on their way to a station are struck out of what is kept of a message."""

from typing import Any, Final

import msgspec

from chargehand.domain.stations.command_cards import MASK, PASSWORD_VARIABLES

#: Actions that may carry a password.
ACTIONS: Final = frozenset({"ChangeConfiguration", "SetNetworkProfile", "SetVariables"})

_PLAIN_FIELDS: Final = frozenset({"apnPassword", "basicAuthPassword", "password"})


def mask(action: str, frame: bytes) -> str:
    """Return a frame of ours as it may be kept: the same text, with every password masked."""
    text = frame.decode()
    if action not in ACTIONS:
        return text
    message = msgspec.json.decode(frame)
    _mask(message)
    return msgspec.json.encode(message).decode()


def _mask(value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _mask(item)
    elif isinstance(value, dict):
        if value.get("key") in PASSWORD_VARIABLES and "value" in value:
            value["value"] = MASK
        variable = value.get("variable")
        if isinstance(variable, dict) and variable.get("name") in PASSWORD_VARIABLES:
            value["attributeValue"] = MASK
        for name in _PLAIN_FIELDS & value.keys():
            value[name] = MASK
        for item in value.values():
            _mask(item)
