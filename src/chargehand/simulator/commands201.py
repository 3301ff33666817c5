"""What a CSMS may ask of an OCPP 2.0.1 station: one function a command; the rest is NotImplemented."""

from chargehand.simulator.authorization import Verdict
from chargehand.simulator.connector import Connector
from chargehand.simulator.cost_display import show_updated_cost
from chargehand.simulator.display201 import DISPLAY
from chargehand.simulator.endpoint import Handler
from chargehand.simulator.monitoring201 import MONITORING
from chargehand.simulator.outbox import Payload
from chargehand.simulator.upkeep import send_log, update_firmware
from chargehand.simulator.variables201 import ModelledStation, Variable

_ITEMS_PER_REPORT = 20
_SUMMARY = frozenset({"Available", "AvailabilityState", "Problem"})


def request_start(station: ModelledStation, payload: Payload) -> Payload:
    """RequestStartTransaction (2.0.1 F01, F02)."""
    token = payload["idToken"]
    number = payload.get("evseId")
    waiting = None if number is None else station.connectors.get(int(number))
    accepted = station.start_remotely(
        None if number is None else int(number),
        str(token["idToken"]),
        kind=str(token["type"]),
        start_id=int(payload["remoteStartId"]),
    )
    answer = _status(accepted=accepted)
    if accepted and waiting is not None and waiting.transaction is not None:
        answer["transactionId"] = waiting.transaction.id
    return answer


def request_stop(station: ModelledStation, payload: Payload) -> Payload:
    """RequestStopTransaction (2.0.1 F03)."""
    for connector in station.connectors.values():
        if connector.transaction is not None and connector.transaction.id == payload["transactionId"]:
            station.stop_remotely(connector)
            return _status(accepted=True)
    return _status(accepted=False)


def unlock_connector(station: ModelledStation, payload: Payload) -> Payload:
    """UnlockConnector (2.0.1 F05): never during an authorised transaction."""
    connector = station.connectors.get(int(payload["evseId"]))
    if connector is None or int(payload["connectorId"]) != 1:
        return {"status": "UnknownConnector"}
    if connector.transaction is not None and connector.authorisation is not None:
        return {"status": "OngoingAuthorizedTransaction"}
    return {"status": "Unlocked" if station.unlock(connector) else "UnlockFailed"}


def reset(station: ModelledStation, payload: Payload) -> Payload:
    """Reset (2.0.1 B11, B12): the station, or the transaction of one EVSE."""
    kind = {"Immediate": "Immediate", "OnIdle": "OnIdle"}[str(payload["type"])]
    number = payload.get("evseId")
    if number is not None:
        return _reset_evse(station, station.connectors.get(int(number)), kind)
    if kind == "OnIdle" and station.open_transactions:
        station.pending_reset = "ScheduledReset"
        return {"status": "Scheduled"}
    station.afterwards.append(
        lambda: station.reset_now("ImmediateReset", trigger="ResetCommand", boot="RemoteReset")
    )
    return _status(accepted=True)


def _reset_evse(station: ModelledStation, connector: Connector | None, kind: str) -> Payload:
    if connector is None or (kind == "OnIdle" and connector.transaction is not None):
        return _status(accepted=False)
    if connector.transaction is not None:
        station.afterwards.append(
            lambda: station.stop(connector, reason="ImmediateReset", trigger="ResetCommand")
        )
    return _status(accepted=True)


def change_availability(station: ModelledStation, payload: Payload) -> Payload:
    """ChangeAvailability (2.0.1 G03, G04): scheduled while a transaction runs."""
    operative = {"Operative": True, "Inoperative": False}[str(payload["operationalStatus"])]
    number = _evse(payload)
    if number is not None and number not in station.connectors:
        return _status(accepted=False)
    return {"status": station.change_availability(number, operative=operative)}


def trigger_message(station: ModelledStation, payload: Payload) -> Payload:
    """TriggerMessage (2.0.1 F06); a boot that was accepted is not repeated (F06.FR.17)."""
    message = str(payload["requestedMessage"])
    number = _evse(payload)
    if number is not None and number not in station.connectors:
        return _status(accepted=False)
    if message == "BootNotification" and station.is_accepted:
        return _status(accepted=False)
    if message == "TransactionEvent":
        station.afterwards.append(lambda: station.trigger_transaction_event(number))
        return _status(accepted=True)
    return {"status": station.trigger(message, number)}


def get_variables(station: ModelledStation, payload: Payload) -> Payload:
    """GetVariables (2.0.1 B06)."""
    results = []
    for asked in payload["getVariableData"]:
        found = station.model.find(asked["component"], asked["variable"])
        result = {"component": asked["component"], "variable": asked["variable"]}
        if "attributeType" in asked:
            result["attributeType"] = asked["attributeType"]
        if not isinstance(found, Variable):
            result["attributeStatus"] = found
        elif asked.get("attributeType", "Actual") != "Actual":
            result["attributeStatus"] = "NotSupportedAttributeType"
        elif found.mutability == "WriteOnly":
            result["attributeStatus"] = "Rejected"
        else:
            result |= {"attributeStatus": "Accepted", "attributeValue": station.model.read(found)}
        results.append(result)
    return {"getVariableResult": results}


def set_variables(station: ModelledStation, payload: Payload) -> Payload:
    """SetVariables (2.0.1 B05)."""
    results = []
    for asked in payload["setVariableData"]:
        found = station.model.find(asked["component"], asked["variable"])
        result = {"component": asked["component"], "variable": asked["variable"]}
        if "attributeType" in asked:
            result["attributeType"] = asked["attributeType"]
        if not isinstance(found, Variable):
            result["attributeStatus"] = found
        elif asked.get("attributeType", "Actual") != "Actual":
            result["attributeStatus"] = "NotSupportedAttributeType"
        else:
            result["attributeStatus"] = station.model.change(found, str(asked["attributeValue"]))
        results.append(result)
    return {"setVariableResult": results}


def get_base_report(station: ModelledStation, payload: Payload) -> Payload:
    """GetBaseReport (2.0.1 B07): NotifyReport messages follow."""
    base = str(payload["reportBase"])
    chosen = {
        "FullInventory": list(station.model),
        "ConfigurationInventory": [each for each in station.model if each.mutability != "ReadOnly"],
        "SummaryInventory": [each for each in station.model if each.name in _SUMMARY],
    }[base]
    request_id = int(payload["requestId"])
    station.afterwards.append(lambda: _report(station, chosen, request_id))
    return _status(accepted=True)


def _report(station: ModelledStation, variables: list[Variable], request_id: int) -> None:
    for start in range(0, len(variables), _ITEMS_PER_REPORT):
        part = variables[start : start + _ITEMS_PER_REPORT]
        payload: Payload = {
            "requestId": request_id,
            "generatedAt": station.stamp(),
            "seqNo": start // _ITEMS_PER_REPORT,
            "reportData": [_report_data(station, each) for each in part],
            "tbc": start + _ITEMS_PER_REPORT < len(variables),
        }
        station.outbox.put("NotifyReport", payload)


def _report_data(station: ModelledStation, variable: Variable) -> Payload:
    attribute: Payload = {"type": "Actual", "mutability": variable.mutability, "persistent": True}
    if variable.mutability != "WriteOnly":
        attribute["value"] = station.model.read(variable)
    characteristics: Payload = {"dataType": variable.kind, "supportsMonitoring": variable.is_monitored}
    if variable.unit is not None:
        characteristics["unit"] = variable.unit
    if variable.members is not None:
        characteristics["valuesList"] = ",".join(sorted(variable.members))
    return {
        "component": variable.written_component(),
        "variable": variable.written_variable(),
        "variableAttribute": [attribute],
        "variableCharacteristics": characteristics,
    }


def get_transaction_status(station: ModelledStation, payload: Payload) -> Payload:
    """GetTransactionStatus (2.0.1 E14)."""
    wanted = payload.get("transactionId")
    if wanted is None:
        return {"messagesInQueue": station.outbox.lasting > 0}
    open_ids = [each.transaction.id for each in station.connectors.values() if each.transaction is not None]
    waiting = any(
        isinstance(call.payload, dict)
        and call.payload.get("transactionInfo", {}).get("transactionId") == wanted
        for call in station.outbox.waiting()
    )
    return {"ongoingIndicator": wanted in open_ids, "messagesInQueue": waiting}


def clear_cache(station: ModelledStation, _: Payload) -> Payload:
    """ClearCache (2.0.1 C11)."""
    station.register.clear_cache()
    return _status(accepted=True)


def cost_updated(station: ModelledStation, payload: Payload) -> Payload:
    """CostUpdated (2.0.1 I02)."""
    show_updated_cost(station, payload)
    return {}


def data_transfer(_: ModelledStation, __: Payload) -> Payload:
    """DataTransfer (2.0.1 P01): this station knows no vendor's extensions."""
    return {"status": "UnknownVendorId"}


def get_local_list_version(station: ModelledStation, _: Payload) -> Payload:
    """GetLocalListVersion (2.0.1 D02)."""
    return {"versionNumber": station.register.version}


def send_local_list(station: ModelledStation, payload: Payload) -> Payload:
    """SendLocalList (2.0.1 D01)."""
    version = int(payload["versionNumber"])
    entries: dict[str, Verdict | None] = {}
    for entry in payload.get("localAuthorizationList") or []:
        info = entry.get("idTokenInfo")
        group = ((info or {}).get("groupIdToken") or {}).get("idToken") or ""
        found = None if info is None else Verdict(str(info["status"]), str(group))
        entries[str(entry["idToken"]["idToken"])] = found
    if payload["updateType"] == "Full":
        station.register.replace(version, {token: found for token, found in entries.items() if found})
    elif version <= station.register.version:
        return {"status": "VersionMismatch"}
    else:
        station.register.amend(version, entries)
    return _status(accepted=True)


def get_log(station: ModelledStation, payload: Payload) -> Payload:
    """GetLog (2.0.1 N01)."""
    number = int(payload["requestId"])
    name = send_log(
        station,
        str(payload["log"]["remoteLocation"]),
        lambda word: station.outbox.put("LogStatusNotification", {"status": word, "requestId": number}),
        failure="UploadFailure",
    )
    return _status(accepted=True) | {"filename": name}


def update(station: ModelledStation, payload: Payload) -> Payload:
    """UpdateFirmware (2.0.1 L01, L02)."""
    number, firmware = int(payload["requestId"]), payload["firmware"]
    update_firmware(
        station,
        str(firmware["location"]),
        lambda word: station.outbox.put("FirmwareStatusNotification", {"status": word, "requestId": number}),
        retrieve_at=str(firmware["retrieveDateTime"]),
        is_signed="signature" in firmware,
    )
    return _status(accepted=True)


def _evse(payload: Payload) -> int | None:
    evse = payload.get("evse")
    return None if evse is None else int(evse["id"])


def _status(*, accepted: bool) -> Payload:
    return {"status": "Accepted" if accepted else "Rejected"}


COMMANDS: dict[str, Handler] = {
    "ChangeAvailability": change_availability,
    "ClearCache": clear_cache,
    "CostUpdated": cost_updated,
    "DataTransfer": data_transfer,
    "GetBaseReport": get_base_report,
    "GetLocalListVersion": get_local_list_version,
    "GetLog": get_log,
    "GetTransactionStatus": get_transaction_status,
    "GetVariables": get_variables,
    "RequestStartTransaction": request_start,
    "RequestStopTransaction": request_stop,
    "Reset": reset,
    "SendLocalList": send_local_list,
    "SetVariables": set_variables,
    "TriggerMessage": trigger_message,
    "UnlockConnector": unlock_connector,
    "UpdateFirmware": update,
    **MONITORING,
    **DISPLAY,
}
