"""Passwords on their way to a station are struck out of what is kept of a message."""

from typing import Final

import msgspec

from chargehand.domain.stations.secrets import masked

#: Actions that may carry a password.
ACTIONS: Final = frozenset(
    {
        *("ChangeConfiguration", "SetVariables", "SetNetworkProfile", "GetDiagnostics", "GetLog"),
        *("UpdateFirmware", "SignedUpdateFirmware", "PublishFirmware"),
    }
)


def mask(action: str, frame: bytes) -> bytes:
    """Return a frame of ours as it may be kept: the same text, with every password masked."""
    if action not in ACTIONS:
        return frame
    return msgspec.json.encode(masked(msgspec.json.decode(frame)))
