"""Commands as calls of OCPP 1.6, and what its answers carry."""

from typing import Any, Final

from chargehand.domain.stations import commands
from chargehand.domain.stations.commands import AnyCommand
from chargehand.domain.stations.events import VariableReported

Calls = list[tuple[str, dict[str, Any]]]

#: The component under which keys of 1.6 stand among variables.
COMPONENT: Final = "OCPP16"
_LONGEST_TAG: Final = 20


def _with(payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    return payload | {key: value for key, value in more.items() if value is not None}


def write(command: AnyCommand) -> Calls:
    """Return the calls of a command; none where 1.6 has no message for it."""
    match command:
        case commands.StartCharging():
            tag = command.token_uid[:_LONGEST_TAG]
            return [("RemoteStartTransaction", _with({"idTag": tag}, connectorId=command.evse or None))]
        case commands.StopCharging():
            return [("RemoteStopTransaction", {"transactionId": command.transaction_id})]
        case commands.UnlockConnector():
            return [("UnlockConnector", {"connectorId": command.evse})]
        case commands.Reset():
            return [("Reset", {"type": "Hard" if command.is_immediate else "Soft"})]
        case commands.ChangeAvailability():
            kind = "Operative" if command.is_operative else "Inoperative"
            return [("ChangeAvailability", {"connectorId": command.evse or 0, "type": kind})]
        case commands.Trigger():
            payload = {"requestedMessage": command.message}
            return [("TriggerMessage", _with(payload, connectorId=command.evse or None))]
        case commands.ClearCache():
            return [("ClearCache", {})]
        case _:
            return _write_data(command)


def _write_data(command: AnyCommand) -> Calls:
    match command:
        case commands.GetVariables():
            keys = [asked.name for asked in command.variables]
            return [("GetConfiguration", {"key": keys} if keys else {})]
        case commands.GetReport():
            return [("GetConfiguration", {})]
        case commands.SetVariables():
            return [
                ("ChangeConfiguration", {"key": wanted.name, "value": wanted.value})
                for wanted in command.variables
            ]
        case commands.SendData():
            payload = _with({"vendorId": command.vendor_id}, messageId=command.message_id or None)
            return [("DataTransfer", _with(payload, data=command.data))]
        case _:
            return []


def read_configuration(answer: dict[str, Any]) -> list[VariableReported]:
    """Return the keys of GetConfiguration.conf; values of any type are taken as text (quirk G1)."""
    found = []
    for item in answer.get("configurationKey") or []:
        if not isinstance(item, dict) or not isinstance(item.get("key"), str):
            continue
        value = item.get("value")
        text = None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        found.append(
            VariableReported(
                component=COMPONENT,
                name=item["key"],
                value=text,
                is_readonly=str(item.get("readonly", "false")).lower() in {"true", "1"},
            )
        )
    return found
