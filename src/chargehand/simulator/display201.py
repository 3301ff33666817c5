"""The display of an OCPP 2.x station: messages that a CSMS sets on it, one function a command."""

from typing import Final

from chargehand.simulator.endpoint import Handler
from chargehand.simulator.outbox import Payload
from chargehand.simulator.variables201 import ModelledStation


def set_display_message(station: ModelledStation, payload: Payload) -> Payload:
    """SetDisplayMessage (2.0.1 O01, O06): a message of the same number is replaced."""
    message = payload["message"]
    if message["message"]["format"] not in {"UTF8", "ASCII"}:
        return {"status": "NotSupportedMessageFormat"}
    known = {each.transaction.id for each in station.connectors.values() if each.transaction is not None}
    if message.get("transactionId") not in {None, *known}:
        return {"status": "UnknownTransaction"}
    station.messages[int(message["id"])] = message
    return {"status": "Accepted"}


def clear_display_message(station: ModelledStation, payload: Payload) -> Payload:
    """ClearDisplayMessage (2.0.1 O05)."""
    found = station.messages.pop(int(payload["id"]), None)
    return {"status": "Unknown" if found is None else "Accepted"}


def get_display_messages(station: ModelledStation, payload: Payload) -> Payload:
    """GetDisplayMessages (2.0.1 O03, O04): a NotifyDisplayMessages follows."""
    wanted = set(payload.get("id") or station.messages)
    chosen = [
        message
        for number, message in station.messages.items()
        if number in wanted
        and payload.get("priority") in {None, message["priority"]}
        and payload.get("state") in {None, message.get("state")}
    ]
    if not chosen:
        return {"status": "Unknown"}
    report = {"requestId": int(payload["requestId"]), "messageInfo": chosen}
    station.afterwards.append(lambda: station.outbox.put("NotifyDisplayMessages", report))
    return {"status": "Accepted"}


DISPLAY: Final[dict[str, Handler]] = {
    "ClearDisplayMessage": clear_display_message,
    "GetDisplayMessages": get_display_messages,
    "SetDisplayMessage": set_display_message,
}
