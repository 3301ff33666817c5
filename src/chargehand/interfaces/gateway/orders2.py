"""Commands as calls of OCPP 2.0.1 and 2.1, and what their answers carry."""

from collections.abc import Mapping
from typing import Any, Final

from chargehand.domain.stations import commands
from chargehand.domain.stations.commands import AnyCommand, Monitor, VariableAsked
from chargehand.domain.stations.events import VariableReported
from chargehand.interfaces.gateway import numbers
from chargehand.protocols.ocpp.times import write_time
from chargehand.protocols.ocpp.v201 import provisioning

#: MessageContentType.content of 2.0.1; 2.1 takes twice as many characters.
_LONGEST_MESSAGE: Final = 512
#: Items in one call at most, so that its bytes stay few too; fewer where the station says so (TC_B_08, TC_N_09).
_MOST_ITEMS: Final = 10

Calls = list[tuple[str, dict[str, Any]]]


def _with(payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    return payload | {key: value for key, value in more.items() if value is not None}


def _parts(action: str, name: str, items: list[dict[str, Any]], limits: Mapping[str, int]) -> Calls:
    """Return calls that hold as many items each as the station takes."""
    most = min(limits.get(action, _MOST_ITEMS), _MOST_ITEMS)
    return [(action, {name: items[start : start + most]}) for start in range(0, len(items), most)]


def _evse(evse: int | None, connector: int | None) -> dict[str, Any] | None:
    return None if evse is None else _with({"id": evse}, connectorId=connector or None)


def _named(asked: VariableAsked) -> dict[str, Any]:
    component = _with(
        {"name": asked.component},
        instance=asked.component_instance or None,
        evse=_evse(asked.evse, asked.connector),
    )
    variable = _with({"name": asked.name}, instance=asked.instance or None)
    kind = None if asked.attribute == "Actual" else asked.attribute
    return _with({"component": component, "variable": variable}, attributeType=kind)


def write(command: AnyCommand, limits: Mapping[str, int]) -> Calls:
    """Return the calls of a command; `limits` are the items that the station takes in a call, by action."""
    match command:
        case commands.StartCharging():
            token = {"idToken": command.token_uid, "type": command.token_kind}
            payload = {"idToken": token, "remoteStartId": command.remote_start_id}
            return [("RequestStartTransaction", _with(payload, evseId=command.evse or None))]
        case commands.StopCharging():
            return [("RequestStopTransaction", {"transactionId": command.ref})]
        case commands.UnlockConnector():
            return [("UnlockConnector", {"evseId": command.evse, "connectorId": command.connector})]
        case commands.Reset():
            kind = "Immediate" if command.is_immediate else "OnIdle"
            return [("Reset", _with({"type": kind}, evseId=command.evse or None))]
        case commands.ChangeAvailability():
            status = "Operative" if command.is_operative else "Inoperative"
            evse = _evse(command.evse or None, command.connector)
            return [("ChangeAvailability", _with({"operationalStatus": status}, evse=evse))]
        case commands.Trigger():
            evse = _evse(command.evse or None, command.connector)
            return [("TriggerMessage", _with({"requestedMessage": command.message}, evse=evse))]
        case commands.ClearCache():
            return [("ClearCache", {})]
        case _:
            return _write_data(command, limits)


def _write_data(command: AnyCommand, limits: Mapping[str, int]) -> Calls:
    match command:
        case commands.GetVariables():
            wanted = [_named(asked) for asked in command.variables]
            return _parts("GetVariables", "getVariableData", wanted, limits)
        case commands.SetVariables():
            data = [_named(v) | {"attributeValue": v.value} for v in command.variables]
            return _parts("SetVariables", "setVariableData", data, limits)
        case commands.SetMonitors():
            monitors = [_monitor(each) for each in command.monitors]
            return _parts("SetVariableMonitoring", "setMonitoringData", monitors, limits)
        case commands.ShowMessage():
            return [("SetDisplayMessage", {"message": _message(command)})]
        case commands.ClearMessage():
            return [("ClearDisplayMessage", {"id": command.message_id})]
        case commands.GetReport():
            return [("GetBaseReport", {"requestId": command.request_id, "reportBase": command.base})]
        case commands.GetTransactionStatus():
            return [("GetTransactionStatus", _with({}, transactionId=command.ref))]
        case commands.SendData():
            payload = _with({"vendorId": command.vendor_id}, messageId=command.message_id or None)
            return [("DataTransfer", _with(payload, data=command.data))]
        case commands.GetLog():
            return [("GetLog", _log(command))]
        case commands.UpdateFirmware():
            return [("UpdateFirmware", _update(command))]
        case _:
            return _write_price(command)


def _write_price(command: AnyCommand) -> Calls:
    """Return the calls of tariff and cost; 2.0.1 knows CostUpdated alone (I02)."""
    match command:
        case commands.ShowCost():
            return [("CostUpdated", {"totalCost": float(command.cost), "transactionId": command.ref})]
        case commands.SetDefaultTariff():
            return [("SetDefaultTariff", {"evseId": command.evse, "tariff": command.tariff})]
        case commands.ClearTariffs():
            return [("ClearTariffs", _with({}, tariffIds=command.tariff_ids or None, evseId=command.evse))]
        case _:
            return []


def _log(command: commands.GetLog) -> dict[str, Any]:
    """Return GetLog (N01)."""
    log = _with(
        {"remoteLocation": command.location},
        oldestTimestamp=write_time(command.since) if command.since else None,
        latestTimestamp=write_time(command.until) if command.until else None,
    )
    kind = "SecurityLog" if command.kind == "security" else "DiagnosticsLog"
    payload = {"log": log, "logType": kind, "requestId": command.request_id}
    return _with(payload, retries=command.retries, retryInterval=command.retry_interval_s)


def _update(command: commands.UpdateFirmware) -> dict[str, Any]:
    """Return UpdateFirmware (L01 signed, L02 not)."""
    firmware = _with(
        {"location": command.location, "retrieveDateTime": write_time(command.retrieve_at)},
        installDateTime=write_time(command.install_at) if command.install_at else None,
        signingCertificate=command.signing_certificate or None,
        signature=command.signature or None,
    )
    payload = {"requestId": command.request_id, "firmware": firmware}
    return _with(payload, retries=command.retries, retryInterval=command.retry_interval_s)


def _message(command: commands.ShowMessage) -> dict[str, Any]:
    content = {"format": "UTF8", "language": command.language, "content": command.text[:_LONGEST_MESSAGE]}
    return {"id": command.message_id, "priority": "InFront", "message": content}


def _monitor(monitor: Monitor) -> dict[str, Any]:
    component: dict[str, Any] = {"name": monitor.component}
    if monitor.evse:
        component["evse"] = {"id": monitor.evse}
        if monitor.connector:
            component["evse"]["connectorId"] = monitor.connector
    return {
        "value": monitor.value,
        "type": monitor.type,
        "severity": monitor.severity,
        "component": component,
        "variable": {"name": monitor.name},
    }


def read_variables(answer: provisioning.GetVariablesResponse) -> list[VariableReported]:
    """Return the variables that the station gave a value for (B06)."""
    found = []
    for item in answer.get_variable_result:
        if item.attribute_status != "Accepted":
            continue
        component, variable, evse = item.component, item.variable, item.component.evse
        found.append(
            VariableReported(
                component=component.name,
                component_instance=component.instance or "",
                evse=(numbers.possible(evse.id) or 0) if evse else 0,
                connector=(numbers.possible(evse.connector_id) or 0) if evse else 0,
                name=variable.name,
                instance=variable.instance or "",
                attribute=item.attribute_type or "Actual",
                value=item.attribute_value or "",
            )
        )
    return found
