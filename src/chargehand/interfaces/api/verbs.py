"""What is done for each command, and who may: one table."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

from chargehand.domain.accounts.permissions import Permission
from chargehand.domain.accounts.principals import Principal
from chargehand.domain.charging import queries as charging
from chargehand.domain.charging import remote
from chargehand.domain.stations import commanding, commands, passwords
from chargehand.interfaces.api import command_shapes as shapes
from chargehand.interfaces.api import problems


class Verb(msgspec.Struct, frozen=True):
    """What is done for a command, and who may."""

    permission: Permission
    do: Callable[[Principal, int, Any], UUID]


def asked_of(principal: Principal, station_id: int) -> dict[str, Any]:
    """Return the arguments that every verb about a station takes."""
    return {
        "operator_id": principal.operator_id,
        "station_id": station_id,
        "asked_by": principal.actor.name,
    }


def _send(principal: Principal, station_id: int, command: commands.AnyCommand) -> UUID:
    return commanding.send_command(**asked_of(principal, station_id), command=command)


def _start(principal: Principal, station_id: int, body: shapes.Start) -> UUID:
    return remote.start_charging(**asked_of(principal, station_id), token_uid=body.token_uid, evse=body.evse)


def _stop(principal: Principal, station_id: int, body: shapes.Stop) -> UUID:
    _session_at(principal, station_id, body.session_id)
    return remote.stop_charging(
        operator_id=principal.operator_id, transaction_id=body.session_id, asked_by=principal.actor.name
    )


def _unlock(principal: Principal, station_id: int, body: shapes.Unlock) -> UUID:
    return commanding.unlock(**asked_of(principal, station_id), evse=body.evse, connector=body.connector)


def _reset(principal: Principal, station_id: int, body: shapes.Reset) -> UUID:
    return commanding.reset(**asked_of(principal, station_id), is_immediate=body.is_immediate, evse=body.evse)


def _availability(principal: Principal, station_id: int, body: shapes.Availability) -> UUID:
    return commanding.change_availability(
        **asked_of(principal, station_id),
        is_operative=body.is_operative,
        evse=body.evse,
        connector=body.connector,
    )


def _trigger(principal: Principal, station_id: int, body: shapes.Trigger) -> UUID:
    return commanding.trigger(
        **asked_of(principal, station_id), message=body.message, evse=body.evse, connector=body.connector
    )


def _get_variables(principal: Principal, station_id: int, body: shapes.GetVariables) -> UUID:
    asked = [commands.VariableAsked(**each.model_dump()) for each in body.variables]
    return commanding.get_variables(**asked_of(principal, station_id), variables=asked)


def _set_variables(principal: Principal, station_id: int, body: shapes.SetVariables) -> UUID:
    wanted = [commands.VariableWanted(**each.model_dump()) for each in body.variables]
    return commanding.set_variables(**asked_of(principal, station_id), variables=wanted)


def _get_report(principal: Principal, station_id: int, body: shapes.GetReport) -> UUID:
    return commanding.get_report(**asked_of(principal, station_id), base=body.base)


def _clear_cache(principal: Principal, station_id: int, _body: shapes.ClearCache) -> UUID:
    return commanding.clear_cache(**asked_of(principal, station_id))


def _transaction_status(principal: Principal, station_id: int, body: shapes.TransactionStatus) -> UUID:
    ref = None
    if body.session_id is not None:
        ref = _session_at(principal, station_id, body.session_id).station_ref
    return _send(principal, station_id, commands.GetTransactionStatus(ref=ref))


def _send_data(principal: Principal, station_id: int, body: shapes.SendData) -> UUID:
    data = commands.SendData(vendor_id=body.vendor_id, message_id=body.message_id, data=body.data)
    return _send(principal, station_id, data)


def _rotate_password(principal: Principal, station_id: int, _body: shapes.RotatePassword) -> UUID:
    return passwords.rotate_password(**asked_of(principal, station_id))


def _session_at(principal: Principal, station_id: int, session_id: int) -> charging.TransactionView:
    found = charging.transaction(principal.operator_id, session_id)
    if found is None or found.transaction.station_id != station_id:
        raise problems.missing(_("There is no such session at this station."))
    return found.transaction


_COMMAND: Final = Permission.STATIONS_COMMAND
_CONFIGURE: Final = Permission.STATIONS_CONFIGURE

VERBS: Final[Mapping[str, Verb]] = {
    "start": Verb(_COMMAND, _start),
    "stop": Verb(_COMMAND, _stop),
    "unlock": Verb(_COMMAND, _unlock),
    "reset": Verb(_COMMAND, _reset),
    "availability": Verb(_COMMAND, _availability),
    "trigger": Verb(_COMMAND, _trigger),
    "clear-cache": Verb(_COMMAND, _clear_cache),
    "transaction-status": Verb(_COMMAND, _transaction_status),
    "get-variables": Verb(_CONFIGURE, _get_variables),
    "set-variables": Verb(_CONFIGURE, _set_variables),
    "get-report": Verb(_CONFIGURE, _get_report),
    "data": Verb(_CONFIGURE, _send_data),
    "rotate-password": Verb(_CONFIGURE, _rotate_password),
}
