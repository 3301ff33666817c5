"""OCPP 1.6: what stations say, as events of the domain, and outcomes as its answers."""

from typing import Any, Final

import msgspec

from chargehand.domain.charging.record import Outcome
from chargehand.domain.stations.events import (
    AuthorizationAsked,
    Booted,
    HeartbeatSent,
    MeterValuesReported,
    Noticed,
    StatusReported,
    TransactionReported,
)
from chargehand.domain.tokens.queries import Authorization
from chargehand.interfaces.gateway import numbers
from chargehand.interfaces.gateway.readings import readings_of_16
from chargehand.interfaces.gateway.route import Context, Route, always
from chargehand.protocols.ocpp.times import read_time, write_time
from chargehand.protocols.ocpp.v16 import (
    authorization,
    availability,
    configuration,
    data_transfer,
    firmware,
    security,
    transactions,
)
from chargehand.protocols.ocpp.v16.types import AuthorizationStatus, IdTagInfo

#: The ten statuses of 2.0.1 in the five of 1.6 (OCPP 1.6 7.2).
_STATUS: Final[dict[str, AuthorizationStatus]] = {
    "Accepted": "Accepted",
    "Blocked": "Blocked",
    "Expired": "Expired",
    "ConcurrentTx": "ConcurrentTx",
    "NoCredit": "Blocked",
    "NotAllowedTypeEVSE": "Blocked",
    "NotAtThisLocation": "Blocked",
    "NotAtThisTime": "Blocked",
    "Invalid": "Invalid",
    "Unknown": "Invalid",
}


def _evse(connector_id: int) -> tuple[int, int]:
    """Return EVSE and connector of a 1.6 connector: 0 is the whole charge point (OCPP 1.6 7.8)."""
    return (connector_id, 1) if 0 < connector_id <= numbers.MOST else (0, 0)


def _tag_info(found: Authorization | None) -> IdTagInfo:
    if found is None:
        return IdTagInfo(status="Invalid")
    return IdTagInfo(
        status=_STATUS[found.status.value],
        expiry_date=write_time(found.expires) if found.expires else None,
        parent_id_tag=found.group_uid if 0 < len(found.group_uid) <= 20 else None,
    )


def read_boot(request: configuration.BootNotificationRequest) -> Booted:
    """BootNotification (4.2)."""
    return Booted(
        vendor=request.charge_point_vendor,
        model=request.charge_point_model,
        serial_number=request.charge_point_serial_number or request.charge_box_serial_number or "",
        firmware_version=request.firmware_version or "",
        iccid=request.iccid or "",
        imsi=request.imsi or "",
        meter_type=request.meter_type or "",
        meter_serial_number=request.meter_serial_number or "",
    )


def answer_boot(_: Any, outcome: Outcome, context: Context) -> msgspec.Struct:
    """Every station that was let in is accepted, unless it is held (4.2)."""
    return configuration.BootNotificationResponse(
        status="Pending" if outcome.is_held else "Accepted",
        current_time=write_time(context.now),
        interval=context.heartbeat_interval,
    )


def read_heartbeat(_: availability.HeartbeatRequest) -> HeartbeatSent:
    """Heartbeat (4.6)."""
    return HeartbeatSent()


def answer_heartbeat(_: Any, __: Outcome, context: Context) -> msgspec.Struct:
    """Give the time (4.6)."""
    return availability.HeartbeatResponse(current_time=write_time(context.now))


def read_authorize(request: authorization.AuthorizeRequest) -> AuthorizationAsked:
    """Authorize (4.1)."""
    return AuthorizationAsked(request.id_tag)


def answer_authorize(_: Any, outcome: Outcome, __: Context) -> msgspec.Struct:
    """Tell whether the token may charge (4.1)."""
    return authorization.AuthorizeResponse(id_tag_info=_tag_info(outcome.authorization))


def read_status(request: availability.StatusNotificationRequest) -> StatusReported:
    """StatusNotification (4.9)."""
    evse, connector = _evse(numbers.require(request.connector_id, "connectorId"))
    return StatusReported(
        evse,
        connector,
        request.status,
        "" if request.error_code == "NoError" else request.error_code,
        request.vendor_error_code or "",
        request.info or "",
        request.vendor_id or "",
        read_time(request.timestamp).at,
    )


def read_meter_values(request: transactions.MeterValuesRequest) -> MeterValuesReported:
    """MeterValues (4.7)."""
    evse, connector = _evse(request.connector_id)
    ref = None if request.transaction_id is None else str(request.transaction_id)
    return MeterValuesReported(evse, connector, ref, readings_of_16(request.meter_value))


def read_start(request: transactions.StartTransactionRequest) -> TransactionReported:
    """StartTransaction (4.8)."""
    evse, connector = _evse(request.connector_id)
    return TransactionReported(
        kind="started",
        ref=None,
        time=read_time(request.timestamp).at,
        evse=evse,
        connector=connector,
        token_uid=request.id_tag,
        meter_wh=numbers.register(request.meter_start),
        reservation_id=numbers.possible(request.reservation_id),
    )


def answer_start(_: Any, outcome: Outcome, __: Context) -> msgspec.Struct:
    """Give the transaction its number, whatever the token's standing (4.8, errata 3.17)."""
    return transactions.StartTransactionResponse(
        id_tag_info=_tag_info(outcome.authorization), transaction_id=outcome.transaction_id or 0
    )


def read_stop(request: transactions.StopTransactionRequest) -> TransactionReported:
    """StopTransaction (4.10): a meterStop below zero is unknown (quirk C4), no reason means Local (7.36)."""
    return TransactionReported(
        kind="ended",
        ref=str(request.transaction_id),
        time=read_time(request.timestamp).at,
        token_uid=request.id_tag or None,
        stop_reason=request.reason or "Local",
        meter_wh=numbers.register(request.meter_stop),
        readings=readings_of_16(request.transaction_data),
    )


def answer_stop(request: Any, outcome: Outcome, _: Context) -> msgspec.Struct:
    """Confirm; a token is judged only where one was sent (4.10)."""
    info = _tag_info(outcome.authorization) if request.token_uid else None
    return transactions.StopTransactionResponse(id_tag_info=info)


def read_data(request: data_transfer.DataTransferRequest) -> Noticed:
    """DataTransfer (4.3): kept whoever the vendor is."""
    detail = {"vendorId": request.vendor_id, "messageId": request.message_id, "data": request.data}
    return Noticed(kind="data", name=request.vendor_id, detail=detail)


def answer_data(_: Any, __: Outcome, ___: Context) -> msgspec.Struct:
    """No vendor's messages are understood yet (4.3)."""
    return data_transfer.DataTransferResponse(status="UnknownVendorId")


def read_firmware(request: firmware.FirmwareStatusNotificationRequest) -> Noticed:
    """FirmwareStatusNotification (4.5)."""
    return Noticed(kind="firmware", name=request.status)


def read_diagnostics(request: firmware.DiagnosticsStatusNotificationRequest) -> Noticed:
    """DiagnosticsStatusNotification (4.4)."""
    return Noticed(kind="diagnostics", name=request.status)


def read_security(request: security.SecurityEventNotificationRequest) -> Noticed:
    """SecurityEventNotification (security whitepaper A04)."""
    detail = {"techInfo": request.tech_info} if request.tech_info else {}
    return Noticed(kind="security", name=request.type, time=read_time(request.timestamp).at, detail=detail)


def read_log_status(request: security.LogStatusNotificationRequest) -> Noticed:
    """LogStatusNotification (security whitepaper N01)."""
    return Noticed(kind="log", name=request.status, detail={"requestId": request.request_id})


def read_signed_firmware(request: security.SignedFirmwareStatusNotificationRequest) -> Noticed:
    """SignedFirmwareStatusNotification (security whitepaper L01)."""
    return Noticed(kind="firmware", name=request.status, detail={"requestId": request.request_id})


ROUTES: Final[dict[str, Route]] = {
    "Authorize": Route(read_authorize, answer_authorize),
    "BootNotification": Route(read_boot, answer_boot),
    "DataTransfer": Route(read_data, answer_data),
    "DiagnosticsStatusNotification": Route(read_diagnostics),
    "FirmwareStatusNotification": Route(read_firmware),
    "Heartbeat": Route(read_heartbeat, answer_heartbeat),
    "LogStatusNotification": Route(read_log_status),
    "MeterValues": Route(read_meter_values, has_time=True, is_empty=always),
    "SecurityEventNotification": Route(read_security, has_time=True),
    "SignedFirmwareStatusNotification": Route(read_signed_firmware),
    "StartTransaction": Route(read_start, answer_start, has_time=True),
    "StatusNotification": Route(read_status, has_time=True),
    "StopTransaction": Route(read_stop, answer_stop, has_time=True),
}
