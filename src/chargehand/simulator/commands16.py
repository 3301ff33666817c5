"""What a CSMS may ask of an OCPP 1.6 station: one function a command; the rest is NotImplemented."""

from chargehand.simulator.authorization import Verdict
from chargehand.simulator.configuration16 import ConfiguredStation
from chargehand.simulator.cost_display import show_cost_message
from chargehand.simulator.endpoint import Handler
from chargehand.simulator.outbox import Payload
from chargehand.simulator.upkeep import send_log, update_firmware


def remote_start(station: ConfiguredStation, payload: Payload) -> Payload:
    """RemoteStartTransaction (1.6 5.11)."""
    number = payload.get("connectorId")
    accepted = station.start_remotely(None if number is None else int(number), str(payload["idTag"]))
    return _status(accepted=accepted)


def remote_stop(station: ConfiguredStation, payload: Payload) -> Payload:
    """RemoteStopTransaction (1.6 5.12)."""
    wanted = int(payload["transactionId"])
    for connector in station.connectors.values():
        if connector.transaction is not None and connector.transaction.csms_id == wanted:
            station.stop_remotely(connector)
            return _status(accepted=True)
    return _status(accepted=False)


def unlock_connector(station: ConfiguredStation, payload: Payload) -> Payload:
    """UnlockConnector (1.6 5.18): ends the transaction first."""
    connector = station.connectors.get(int(payload["connectorId"]))
    if connector is None:
        return {"status": "NotSupported"}
    if not station.unlock(connector):
        return {"status": "UnlockFailed"}
    return {"status": "Unlocked"}


def reset(station: ConfiguredStation, payload: Payload) -> Payload:
    """Reset (1.6 5.14): transactions end with HardReset or SoftReset, then the station reboots."""
    kind = str(payload["type"])
    if kind not in {"Hard", "Soft"}:
        raise ValueError(f"{kind} is no type of reset.")
    station.afterwards.append(
        lambda: station.reset_now(f"{kind}Reset", trigger="ResetCommand", boot="RemoteReset")
    )
    return _status(accepted=True)


def change_availability(station: ConfiguredStation, payload: Payload) -> Payload:
    """ChangeAvailability (1.6 5.2): scheduled while a transaction runs."""
    operative = {"Operative": True, "Inoperative": False}[str(payload["type"])]
    number = int(payload["connectorId"])
    if number != 0 and number not in station.connectors:
        return _status(accepted=False)
    return {"status": station.change_availability(number or None, operative=operative)}


def trigger_message(station: ConfiguredStation, payload: Payload) -> Payload:
    """TriggerMessage (1.6 5.17)."""
    number = payload.get("connectorId")
    if number is not None and int(number) not in station.connectors:
        return {"status": "Rejected"}
    return {
        "status": station.trigger(str(payload["requestedMessage"]), None if number is None else int(number))
    }


def get_configuration(station: ConfiguredStation, payload: Payload) -> Payload:
    """GetConfiguration (1.6 5.8)."""
    known, unknown = [], []
    for name in payload.get("key") or station.configuration.names():
        found = station.configuration.read(str(name))
        if found is None:
            unknown.append(name)
        else:
            known.append({"key": found[0], "readonly": found[2], "value": found[1]})
    answer: Payload = {"configurationKey": known}
    return answer | {"unknownKey": unknown} if unknown else answer


def change_configuration(station: ConfiguredStation, payload: Payload) -> Payload:
    """ChangeConfiguration (1.6 5.3)."""
    return {"status": station.configuration.change(str(payload["key"]), str(payload["value"]))}


def clear_cache(station: ConfiguredStation, _: Payload) -> Payload:
    """ClearCache (1.6 5.4)."""
    station.register.clear_cache()
    return _status(accepted=True)


def data_transfer(station: ConfiguredStation, payload: Payload) -> Payload:
    """DataTransfer (1.6 5.6): this station knows the messages of prices and costs alone."""
    return show_cost_message(station, payload)


def get_local_list_version(station: ConfiguredStation, _: Payload) -> Payload:
    """GetLocalListVersion (1.6 5.10)."""
    return {"listVersion": station.register.version}


def send_local_list(station: ConfiguredStation, payload: Payload) -> Payload:
    """SendLocalList (1.6 5.15)."""
    version = int(payload["listVersion"])
    entries: dict[str, Verdict | None] = {}
    for entry in payload.get("localAuthorizationList") or []:
        info = entry.get("idTagInfo")
        found = None if info is None else Verdict(str(info["status"]), str(info.get("parentIdTag") or ""))
        entries[str(entry["idTag"])] = found
    if payload["updateType"] == "Full":
        station.register.replace(version, {token: found for token, found in entries.items() if found})
    elif version <= station.register.version:
        return {"status": "VersionMismatch"}
    else:
        station.register.amend(version, entries)
    return {"status": "Accepted"}


def get_diagnostics(station: ConfiguredStation, payload: Payload) -> Payload:
    """GetDiagnostics (1.6 5.9)."""
    return {
        "fileName": send_log(
            station,
            str(payload["location"]),
            lambda word: station.outbox.put("DiagnosticsStatusNotification", {"status": word}),
            failure="UploadFailed",
        )
    }


def get_log(station: ConfiguredStation, payload: Payload) -> Payload:
    """GetLog (1.6 security whitepaper, N01)."""
    number = int(payload["requestId"])
    name = send_log(
        station,
        str(payload["log"]["remoteLocation"]),
        lambda word: station.outbox.put("LogStatusNotification", {"status": word, "requestId": number}),
        failure="UploadFailure",
    )
    return {"status": "Accepted", "filename": name}


def update(station: ConfiguredStation, payload: Payload) -> Payload:
    """UpdateFirmware (1.6 5.19): the answer is empty."""
    update_firmware(
        station,
        str(payload["location"]),
        lambda word: station.outbox.put("FirmwareStatusNotification", {"status": word}),
        retrieve_at=str(payload["retrieveDate"]),
    )
    return {}


def update_signed(station: ConfiguredStation, payload: Payload) -> Payload:
    """SignedUpdateFirmware (1.6 security whitepaper, L01)."""
    number, firmware = int(payload["requestId"]), payload["firmware"]
    update_firmware(
        station,
        str(firmware["location"]),
        lambda word: station.outbox.put(
            "SignedFirmwareStatusNotification", {"status": word, "requestId": number}
        ),
        retrieve_at=str(firmware["retrieveDateTime"]),
        is_signed=True,
    )
    return _status(accepted=True)


def _status(*, accepted: bool) -> Payload:
    return {"status": "Accepted" if accepted else "Rejected"}


COMMANDS: dict[str, Handler] = {
    "ChangeAvailability": change_availability,
    "ChangeConfiguration": change_configuration,
    "ClearCache": clear_cache,
    "DataTransfer": data_transfer,
    "GetConfiguration": get_configuration,
    "GetDiagnostics": get_diagnostics,
    "GetLocalListVersion": get_local_list_version,
    "GetLog": get_log,
    "RemoteStartTransaction": remote_start,
    "RemoteStopTransaction": remote_stop,
    "Reset": reset,
    "SendLocalList": send_local_list,
    "SignedUpdateFirmware": update_signed,
    "TriggerMessage": trigger_message,
    "UnlockConnector": unlock_connector,
    "UpdateFirmware": update,
}
