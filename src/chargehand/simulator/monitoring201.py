"""What a CSMS may ask of the monitors of an OCPP 2.x station: one function a command."""

from typing import Final

from chargehand.simulator.endpoint import Handler
from chargehand.simulator.monitors import MonitoringStation
from chargehand.simulator.outbox import Payload

_MONITORED_PER_REPORT: Final = 10


def set_variable_monitoring(station: MonitoringStation, payload: Payload) -> Payload:
    """SetVariableMonitoring (2.0.1 N04, N05)."""
    return {"setMonitoringResult": [station.monitors.set(each) for each in payload["setMonitoringData"]]}


def clear_variable_monitoring(station: MonitoringStation, payload: Payload) -> Payload:
    """ClearVariableMonitoring (2.0.1 N06)."""
    return {"clearMonitoringResult": station.monitors.clear([int(each) for each in payload["id"]])}


def set_monitoring_base(station: MonitoringStation, payload: Payload) -> Payload:
    """SetMonitoringBase (2.0.1 N02): a factory default without monitors takes away what was set."""
    if str(payload["monitoringBase"]) != "All":
        station.monitors.clear_all()
    return {"status": "Accepted"}


def set_monitoring_level(station: MonitoringStation, payload: Payload) -> Payload:
    """SetMonitoringLevel (2.0.1 N03)."""
    severity = int(payload["severity"])
    if not 0 <= severity <= 9:
        return {"status": "Rejected"}
    station.monitors.limit(severity)
    return {"status": "Accepted"}


def get_monitoring_report(station: MonitoringStation, payload: Payload) -> Payload:
    """GetMonitoringReport (2.0.1 N01): NotifyMonitoringReport messages follow."""
    chosen = station.monitors.chosen(
        list(payload.get("monitoringCriteria") or []), list(payload.get("componentVariable") or [])
    )
    if not chosen:
        return {"status": "EmptyResultSet"}
    request_id = int(payload["requestId"])
    station.afterwards.append(lambda: _report(station, chosen, request_id))
    return {"status": "Accepted"}


def _report(station: MonitoringStation, monitored: list[Payload], request_id: int) -> None:
    for start in range(0, len(monitored), _MONITORED_PER_REPORT):
        station.outbox.put(
            "NotifyMonitoringReport",
            {
                "requestId": request_id,
                "generatedAt": station.stamp(),
                "seqNo": start // _MONITORED_PER_REPORT,
                "monitor": monitored[start : start + _MONITORED_PER_REPORT],
                "tbc": start + _MONITORED_PER_REPORT < len(monitored),
            },
        )


MONITORING: Final[dict[str, Handler]] = {
    "ClearVariableMonitoring": clear_variable_monitoring,
    "GetMonitoringReport": get_monitoring_report,
    "SetMonitoringBase": set_monitoring_base,
    "SetMonitoringLevel": set_monitoring_level,
    "SetVariableMonitoring": set_variable_monitoring,
}
