"""Commands as calls of OCPP 1.6, and what its answers carry."""

from typing import Any, Final

from chargehand.domain.stations import commands
from chargehand.domain.stations.commands import AnyCommand
from chargehand.domain.stations.events import VariableReported
from chargehand.kernel.jsontext import json_text
from chargehand.protocols.ocpp.times import write_time

Calls = list[tuple[str, dict[str, Any]]]

#: The component under which keys of 1.6 stand among variables.
COMPONENT: Final = "OCPP16"
_LONGEST_TAG: Final = 20
_COST_VENDOR: Final = "org.openchargealliance.costmsg"


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
        case commands.GetLog():
            return [_write_log(command)]
        case commands.UpdateFirmware():
            return [_write_update(command)]
        case commands.ShowCost():
            return [_write_cost(command)]
        case commands.ShowPrice():
            price = {"idToken": command.token_uid[:_LONGEST_TAG], "priceText": command.text}
            return [_write_cost_message("SetUserPrice", price)]
        case _:
            return []


def _write_cost(command: commands.ShowCost) -> tuple[str, dict[str, Any]]:
    """Return RunningCost or FinalCost (OCPP and California pricing requirements 3.0, chapter 3)."""
    cost = {"transactionId": command.transaction_id, "cost": float(command.cost)}
    if command.is_final:
        return _write_cost_message("FinalCost", cost | {"priceText": command.text})
    unit_prices = {
        "kWhPrice": command.kwh_price,
        "hourPrice": command.hour_price,
        "flatFee": command.flat_fee,
    }
    told = _with(
        cost
        | {
            "timestamp": write_time(command.as_of),
            "state": "Charging" if command.is_charging else "Idle",
            "chargingPrice": {name: float(price) for name, price in unit_prices.items() if price is not None},
        },
        meterValue=None if command.register_wh is None else round(command.register_wh),
    )
    return _write_cost_message("RunningCost", told)


def _write_cost_message(message_id: str, told: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the DataTransfer that stations understand who have the key CustomDisplayCostAndPrice."""
    return "DataTransfer", {"vendorId": _COST_VENDOR, "messageId": message_id, "data": json_text(told)}


def _write_log(command: commands.GetLog) -> tuple[str, dict[str, Any]]:
    """Return GetDiagnostics (5.9), which all stations know, or GetLog (security whitepaper N01)."""
    since = write_time(command.since) if command.since else None
    until = write_time(command.until) if command.until else None
    again = {"retries": command.retries, "retryInterval": command.retry_interval_s}
    if command.kind == "diagnostics":
        return "GetDiagnostics", _with(
            {"location": command.location}, startTime=since, stopTime=until, **again
        )
    log = _with({"remoteLocation": command.location}, oldestTimestamp=since, latestTimestamp=until)
    payload = {"log": log, "logType": "SecurityLog", "requestId": command.request_id}
    return "GetLog", _with(payload, **again)


def _write_update(command: commands.UpdateFirmware) -> tuple[str, dict[str, Any]]:
    """Return UpdateFirmware (5.19), or SignedUpdateFirmware (security whitepaper L01)."""
    again = {"retries": command.retries, "retryInterval": command.retry_interval_s}
    retrieve = write_time(command.retrieve_at)
    if not command.signing_certificate:
        return "UpdateFirmware", _with({"location": command.location, "retrieveDate": retrieve}, **again)
    firmware = {
        "location": command.location,
        "retrieveDateTime": retrieve,
        "signingCertificate": command.signing_certificate,
        "signature": command.signature,
    }
    install = write_time(command.install_at) if command.install_at else None
    payload = {"requestId": command.request_id, "firmware": _with(firmware, installDateTime=install)}
    return "SignedUpdateFirmware", _with(payload, **again)


def read_configuration(answer: dict[str, Any]) -> list[VariableReported]:
    """Return the keys of GetConfiguration.conf; values of any type are taken as text (quirk G1)."""
    found = []
    for item in answer["configurationKey"]:
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
