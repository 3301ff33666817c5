"""What people ask of stations, as verbs; starting and stopping stand in `charging.remote`."""

import secrets
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chargehand.domain.stations import actions, requests
from chargehand.domain.stations.commands import (
    AnyCommand,
    ChangeAvailability,
    ClearCache,
    GetReport,
    GetVariables,
    RawCall,
    Reset,
    SetVariables,
    StartCharging,
    StopCharging,
    Trigger,
    UnlockConnector,
    VariableAsked,
    VariableWanted,
)
from chargehand.domain.stations.secrets import PASSWORD_VARIABLES
from chargehand.kernel.errors import Refused

Base = Literal["ConfigurationInventory", "FullInventory", "SummaryInventory"]


def send_command(
    *,
    operator_id: int,
    station_id: int,
    command: AnyCommand,
    asked_by: str,
    idempotency_key: str | None = None,
) -> UUID:
    """Queue any command but start and stop, which need `charging.remote`; return the request's id.

    Raises Refused `no-such-station`, `idempotency-mismatch`, `use-charging`.
    """
    if isinstance(command, StartCharging | StopCharging):
        raise Refused("use-charging", _("Starts and stops are asked for by token and transaction."))
    return requests.queue(
        operator_id=operator_id,
        station_id=station_id,
        command=command,
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )


def unlock(
    *,
    operator_id: int,
    station_id: int,
    evse: int,
    connector: int = 1,
    asked_by: str,
    idempotency_key: str | None = None,
) -> UUID:
    """Release a plug. Raises as `send_command`."""
    command = UnlockConnector(evse=evse, connector=connector)
    return send_command(
        operator_id=operator_id,
        station_id=station_id,
        command=command,
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )


def reset(
    *,
    operator_id: int,
    station_id: int,
    is_immediate: bool = False,
    evse: int | None = None,
    asked_by: str,
    idempotency_key: str | None = None,
) -> UUID:
    """Restart a station or an EVSE, at once or when nothing charges. Raises as `send_command`."""
    command = Reset(is_immediate=is_immediate, evse=evse)
    return send_command(
        operator_id=operator_id,
        station_id=station_id,
        command=command,
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )


@transaction.atomic
def change_availability(
    *,
    operator_id: int,
    station_id: int,
    is_operative: bool,
    evse: int | None = None,
    connector: int | None = None,
    asked_by: str,
    idempotency_key: str | None = None,
) -> UUID:
    """Take out of service or back: the intent is kept whatever the station does with it (quirk F6).

    Raises as `send_command` and Refused `no-such-connector`.
    """
    actions.set_intent(
        operator_id=operator_id,
        station_id=station_id,
        is_operative=is_operative,
        evse=evse,
        connector=connector,
    )
    return send_command(
        operator_id=operator_id,
        station_id=station_id,
        command=ChangeAvailability(is_operative=is_operative, evse=evse or None, connector=connector),
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )


def trigger(
    *,
    operator_id: int,
    station_id: int,
    message: str,
    evse: int | None = None,
    connector: int | None = None,
    asked_by: str,
    idempotency_key: str | None = None,
) -> UUID:
    """Ask for a message by OCPP's MessageTrigger word. Raises as `send_command`."""
    return send_command(
        operator_id=operator_id,
        station_id=station_id,
        command=Trigger(message=message, evse=evse, connector=connector),
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )


def get_variables(
    *,
    operator_id: int,
    station_id: int,
    variables: Sequence[VariableAsked] = (),
    asked_by: str,
    idempotency_key: str | None = None,
) -> UUID:
    """Read variables; keys of 1.6 have no component, and none asks for all keys. Raises as `send_command`."""
    return send_command(
        operator_id=operator_id,
        station_id=station_id,
        command=GetVariables(variables=list(variables)),
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )


def set_variables(
    *,
    operator_id: int,
    station_id: int,
    variables: Sequence[VariableWanted],
    asked_by: str,
    idempotency_key: str | None = None,
) -> UUID:
    """Write variables or keys; they are read back once the station accepted.

    Raises as `send_command` and Refused `nothing-to-set`, `use-rotate-password`.
    """
    if not variables:
        raise Refused("nothing-to-set", _("Name at least one variable."))
    if any(wanted.name in PASSWORD_VARIABLES for wanted in variables):
        raise Refused("use-rotate-password", _("Change the password by its own command."))
    return send_command(
        operator_id=operator_id,
        station_id=station_id,
        command=SetVariables(variables=list(variables)),
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )


def get_report(
    *,
    operator_id: int,
    station_id: int,
    base: Base = "FullInventory",
    asked_by: str,
    idempotency_key: str | None = None,
) -> UUID:
    """Ask for the whole device model, or all keys of 1.6. Raises as `send_command`."""
    command = GetReport(request_id=secrets.randbelow(2**31 - 1) + 1, base=base)
    return send_command(
        operator_id=operator_id,
        station_id=station_id,
        command=command,
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )


def clear_cache(
    *, operator_id: int, station_id: int, asked_by: str, idempotency_key: str | None = None
) -> UUID:
    """Let a station forget which tokens it knows. Raises as `send_command`."""
    return send_command(
        operator_id=operator_id,
        station_id=station_id,
        command=ClearCache(),
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )


def raw_call(
    *,
    operator_id: int,
    station_id: int,
    action: str,
    payload: dict[str, Any],
    asked_by: str,
    idempotency_key: str | None = None,
) -> UUID:
    """Send any call of the station's version; the answer stands in the request. Raises as `send_command`.

    A payload that breaks the version's schema makes the request fail, with the reason in its sentence.
    """
    return send_command(
        operator_id=operator_id,
        station_id=station_id,
        command=RawCall(action=action, payload=payload),
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )
