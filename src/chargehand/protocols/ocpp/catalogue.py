"""List every message of every OCPP version by its action, and judge the actions that stations call."""

from typing import Final

from chargehand.protocols.ocpp.faults import ErrorCode
from chargehand.protocols.ocpp.messages import Message
from chargehand.protocols.ocpp.v16.messages import MESSAGES as MESSAGES_16
from chargehand.protocols.ocpp.v21.messages import MESSAGES as MESSAGES_21
from chargehand.protocols.ocpp.v201.messages import MESSAGES as MESSAGES_201
from chargehand.protocols.ocpp.versions import Version

CATALOGUE: Final[dict[Version, dict[str, Message]]] = {
    "ocpp1.6": {message.action: message for message in MESSAGES_16},
    "ocpp2.0.1": {message.action: message for message in MESSAGES_201},
    "ocpp2.1": {message.action: message for message in MESSAGES_21},
}


def judge_action(version: Version, action: str) -> ErrorCode | None:
    """Say why a station may not call this action, or None when it may (OCPP-J 1.6 table 7, 2.x 4.3).

    An action that the version does not know is NotImplemented (also in another letter case, of another
    version, or signed as `Action-Signed`); one that only we may call, or that is a SEND, is NotSupported.
    """
    message = CATALOGUE[version].get(action)
    if message is None:
        return "NotImplemented"
    return None if message.is_from_station and not message.is_send else "NotSupported"
