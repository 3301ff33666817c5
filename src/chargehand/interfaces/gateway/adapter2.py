"""OCPP 2.0.1 and 2.1: what stations say, as events of the domain, and outcomes as their answers.

The two versions share these messages; fields that 2.1 adds are read where they carry something for us.
"""

from typing import Any, Final

import msgspec

from chargehand.domain.charging.record import Outcome
from chargehand.domain.stations.events import (
    AuthorizationAsked,
    Booted,
    HeartbeatSent,
    MeterValuesReported,
    Noticed,
    SeveralNoticed,
    StatusReported,
    TransactionKind,
    TransactionReported,
    VariableReported,
    VariablesReported,
)
from chargehand.domain.tokens.queries import Authorization
from chargehand.interfaces.gateway import additions, numbers
from chargehand.interfaces.gateway.readings import readings_of_2
from chargehand.interfaces.gateway.route import Context, Route, always
from chargehand.protocols.ocpp.times import read_time, write_time
from chargehand.protocols.ocpp.v201 import (
    authorization,
    availability,
    data_transfer,
    provisioning,
    transactions,
    types,
)

_KINDS: Final[dict[str, TransactionKind]] = {"Started": "started", "Updated": "updated", "Ended": "ended"}
_LONGEST_GROUP: Final = 36
#: The kind of a token where nobody has to show one (2.0.1 3.43).
NO_AUTHORIZATION: Final = "NoAuthorization"
_CONNECTOR_STATES: Final = frozenset({"Available", "Occupied", "Reserved", "Unavailable", "Faulted"})


def _token_info(found: Authorization | None) -> types.IdTokenInfo:
    """Return idTokenInfo (2.0.1 2.16); a group goes with it, so that its members may stop (C09)."""
    if found is None:
        return types.IdTokenInfo(status="Invalid")
    group = found.group_uid if 0 < len(found.group_uid) <= _LONGEST_GROUP else ""
    return types.IdTokenInfo(
        status=found.status.value,
        cache_expiry_date_time=write_time(found.expires) if found.expires else None,
        group_id_token=types.IdToken(id_token=group, type="Central") if group else None,
        language1=found.language[:8] or None,
    )


def _info_without_token(kind: str) -> types.IdTokenInfo | None:
    """Return the word on a token that has no text: a start button asks for none (C02), any other must have one."""
    if not kind:
        return None
    return types.IdTokenInfo(status="Accepted" if kind == NO_AUTHORIZATION else "Invalid")


def read_boot(request: provisioning.BootNotificationRequest) -> Booted:
    """BootNotification (B01)."""
    station = request.charging_station
    modem = station.modem
    return Booted(
        vendor=station.vendor_name,
        model=station.model,
        serial_number=station.serial_number or "",
        firmware_version=station.firmware_version or "",
        iccid=(modem.iccid if modem else None) or "",
        imsi=(modem.imsi if modem else None) or "",
        reason=request.reason,
    )


def answer_boot(_: Any, outcome: Outcome, context: Context) -> msgspec.Struct:
    """Every station that was let in is accepted (B01), unless it is held (B02)."""
    return provisioning.BootNotificationResponse(
        current_time=write_time(context.now),
        interval=context.heartbeat_interval,
        status="Pending" if outcome.is_held else "Accepted",
    )


def read_heartbeat(_: Any) -> HeartbeatSent:
    """Heartbeat (G02)."""
    return HeartbeatSent()


def answer_heartbeat(_: Any, __: Outcome, context: Context) -> msgspec.Struct:
    """Give the time (G02)."""
    return availability.HeartbeatResponse(current_time=write_time(context.now))


def read_authorize(request: authorization.AuthorizeRequest) -> AuthorizationAsked:
    """Authorize (C01)."""
    return AuthorizationAsked(request.id_token.id_token, request.id_token.type)


def answer_authorize(_: Any, outcome: Outcome, __: Context) -> msgspec.Struct:
    """Tell whether the token may charge (C01)."""
    return authorization.AuthorizeResponse(id_token_info=_token_info(outcome.authorization))


def read_status(request: availability.StatusNotificationRequest) -> StatusReported:
    """StatusNotification (G01)."""
    return StatusReported(
        numbers.require(request.evse_id, "evseId"),
        numbers.require(request.connector_id, "connectorId"),
        request.connector_status,
        time=read_time(request.timestamp).at,
    )


def read_meter_values(request: Any) -> MeterValuesReported:
    """MeterValues (J01): no transaction is named; the open one of the EVSE is meant."""
    evse = numbers.possible(request.evse_id) or 0
    return MeterValuesReported(evse, 1 if evse > 0 else 0, None, readings_of_2(request.meter_value))


def read_transaction(request: transactions.TransactionEventRequest) -> TransactionReported:
    """TransactionEvent (E01 to E16)."""
    info, evse, token = request.transaction_info, request.evse, request.id_token
    return TransactionReported(
        kind=_KINDS[request.event_type],
        ref=info.transaction_id,
        time=read_time(request.timestamp).at,
        seq=numbers.possible(request.seq_no),
        trigger=request.trigger_reason,
        evse=numbers.possible(evse.id) if evse else None,
        connector=numbers.possible(evse.connector_id) if evse else None,
        token_uid=(token.id_token or None) if token else None,
        token_kind=token.type if token else "",
        charging_state=info.charging_state or "",
        stop_reason=info.stopped_reason or "",
        remote_start_id=numbers.possible(info.remote_start_id),
        reservation_id=numbers.possible(request.reservation_id),
        is_offline=bool(request.offline),
        readings=readings_of_2(request.meter_value),
    )


def answer_transaction(event: TransactionReported, outcome: Outcome, _: Context) -> msgspec.Struct:
    """Answer with idTokenInfo where a token was sent (E01.FR.09, TC_E_16); `additions` adds the cost."""
    info = _token_info(outcome.authorization) if event.token_uid else _info_without_token(event.token_kind)
    return transactions.TransactionEventResponse(id_token_info=info)


def is_mere_update(event: TransactionReported) -> bool:
    """Tell whether an event asks about no token and ends nothing."""
    return event.kind == "updated" and not event.token_uid and not event.token_kind


def read_report(request: provisioning.NotifyReportRequest) -> VariablesReported:
    """NotifyReport (B07, B08): parts may come in any order."""
    variables: list[VariableReported] = []
    for item in request.report_data:
        evse = item.component.evse
        more = item.variable_characteristics
        variables.extend(
            VariableReported(
                component=item.component.name,
                component_instance=item.component.instance or "",
                evse=(numbers.possible(evse.id) or 0) if evse else 0,
                connector=(numbers.possible(evse.connector_id) or 0) if evse else 0,
                name=item.variable.name,
                instance=item.variable.instance or "",
                attribute=attribute.type or "Actual",
                value=attribute.value,
                is_readonly=None if attribute.mutability is None else attribute.mutability == "ReadOnly",
                characteristics=msgspec.to_builtins(more) if more is not None else None,
            )
            for attribute in item.variable_attribute
        )
    return VariablesReported(variables)


def read_event(request: Any) -> SeveralNoticed:
    """NotifyEvent (N07, G05); in 2.1 it also reports the states of connectors (G01)."""
    notices, statuses = [], []
    for item in request.event_data:
        place = item.component.evse
        evse = numbers.possible(place.id) if place else None
        connector = numbers.possible(place.connector_id) if place else None
        name, time = f"{item.component.name}.{item.variable.name}", read_time(item.timestamp).at
        detail = msgspec.to_builtins(item)
        notices.append(
            Noticed(kind="monitor", name=name, evse=evse, connector=connector, time=time, detail=detail)
        )
        if name == "Connector.AvailabilityState" and item.actual_value in _CONNECTOR_STATES and evse:
            statuses.append(StatusReported(evse, connector or 1, item.actual_value, time=time))
    return SeveralNoticed(notices, statuses)


def read_security(request: Any) -> Noticed:
    """SecurityEventNotification (A04)."""
    detail = {"techInfo": request.tech_info} if request.tech_info else {}
    return Noticed(kind="security", name=request.type, time=read_time(request.timestamp).at, detail=detail)


def read_firmware(request: Any) -> Noticed:
    """FirmwareStatusNotification (L01)."""
    return Noticed(kind="firmware", name=request.status, detail={"requestId": request.request_id})


def read_log_status(request: Any) -> Noticed:
    """LogStatusNotification (N01)."""
    return Noticed(kind="log", name=request.status, detail={"requestId": request.request_id})


def read_data(request: Any) -> Noticed:
    """DataTransfer (P02): kept whoever the vendor is."""
    detail = {"vendorId": request.vendor_id, "messageId": request.message_id, "data": request.data}
    return Noticed(kind="data", name=request.vendor_id, detail=detail)


def answer_data(_: Any, __: Outcome, ___: Context) -> msgspec.Struct:
    """No vendor's messages are understood yet (P02)."""
    return data_transfer.DataTransferResponse(status="UnknownVendorId")


ROUTES: Final[dict[str, Route]] = {
    "Authorize": Route(read_authorize, answer_authorize, more=additions.price_of_card),
    "BootNotification": Route(read_boot, answer_boot),
    "DataTransfer": Route(read_data, answer_data),
    "FirmwareStatusNotification": Route(read_firmware),
    "Heartbeat": Route(read_heartbeat, answer_heartbeat),
    "LogStatusNotification": Route(read_log_status),
    "MeterValues": Route(read_meter_values, has_time=True, is_empty=always),
    "NotifyEvent": Route(read_event, has_time=True),
    "NotifyReport": Route(read_report),
    "SecurityEventNotification": Route(read_security, has_time=True),
    "StatusNotification": Route(read_status, has_time=True),
    "TransactionEvent": Route(
        read_transaction,
        answer_transaction,
        has_time=True,
        more=additions.cost_of_end,
        is_empty=is_mere_update,
    ),
}
