"""Starting and stopping at a distance, and what becomes of a start that a station accepted (quirk A14)."""

import secrets
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chargehand.domain.charging import finishing
from chargehand.domain.charging.models import PendingStart, Transaction
from chargehand.domain.stations import requests
from chargehand.domain.stations.commands import StartCharging, StopCharging
from chargehand.domain.tokens import queries as tokens
from chargehand.domain.tokens.kinds import TokenKind
from chargehand.kernel import clock
from chargehand.kernel.errors import Refused

#: How long a transaction may take to follow an accepted start: drivers plug in late.
START_WITHIN: Final = timedelta(minutes=3)

#: OCPP 2.x IdTokenEnumType of tokens that are shown at no reader.
_KINDS: Final = {TokenKind.RFID: "ISO14443", TokenKind.CONTRACT: "eMAID"}


@transaction.atomic
def start_charging(
    *,
    operator_id: int,
    station_id: int,
    token_uid: str,
    evse: int | None = None,
    asked_by: str,
    idempotency_key: str | None = None,
) -> UUID:
    """Ask a station to start a transaction for a token of the operator; return the request's id.

    `charging.queries.pending_start` tells what became of it. Raises Refused `no-such-station`,
    `token-not-accepted`, `evse-busy`, `replug-first`, `idempotency-mismatch`.
    """
    found = tokens.authorize(operator_id, token_uid, clock.now())
    if not found.is_accepted:
        raise Refused("token-not-accepted", _("This token may not charge: %s.") % found.status.value)
    plug_state = finishing.plug_state(station_id, evse)
    if idempotency_key is None or not _is_asked(operator_id, idempotency_key):
        _refuse_busy(operator_id, station_id, evse)
        _refuse_hopeless(station_id, plug_state)
    command = StartCharging(
        token_uid=found.token_uid,
        remote_start_id=secrets.randbelow(2**31 - 1) + 1,
        evse=evse,
        token_kind=_KINDS.get(found.kind, "Central") if found.kind else "Central",
    )
    request_id = requests.queue(
        operator_id=operator_id,
        station_id=station_id,
        command=command,
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )
    now = clock.now()
    PendingStart.objects.get_or_create(
        request_id=request_id,
        defaults={
            "operator_id": operator_id,
            "station_id": station_id,
            "evse": evse,
            "remote_start_id": command.remote_start_id,
            "token_uid": command.token_uid,
            "asked_at": now,
            "deadline": now + requests.QUEUE_FOR + START_WITHIN,
            "plug_state": plug_state,
        },
    )
    return request_id


def stop_charging(
    *, operator_id: int, transaction_id: int, asked_by: str, idempotency_key: str | None = None
) -> UUID:
    """Ask the station to stop an open transaction; return the request's id.

    Raises Refused `no-such-transaction`, `transaction-ended`, `idempotency-mismatch`.
    """
    row = Transaction.objects.filter(operator_id=operator_id, pk=transaction_id).first()
    if row is None:
        raise Refused("no-such-transaction", _("There is no such charge."))
    is_repeat = idempotency_key is not None and _is_asked(operator_id, idempotency_key)
    if row.state != Transaction.State.OPEN and not is_repeat:
        raise Refused("transaction-ended", _("This charge has ended already."))
    return requests.queue(
        operator_id=operator_id,
        station_id=row.station_id,
        command=StopCharging(transaction_id=row.pk, ref=row.station_ref or str(row.pk)),
        asked_by=asked_by,
        idempotency_key=idempotency_key,
    )


def _is_asked(operator_id: int, idempotency_key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM stations_request WHERE operator_id = %s AND idempotency_key = %s",
            [operator_id, idempotency_key],
        )
        return cursor.fetchone() is not None


def _refuse_busy(operator_id: int, station_id: int, evse: int | None) -> None:
    """Refuse where somebody charges; a plug that waits for its driver's token does not (2.x F01, TC_F_01)."""
    wanted: dict[str, Any] = {"operator_id": operator_id, "station_id": station_id, "state": "open"}
    somebody = ~Q(token_uid="", token_kind="", remote_start_id=None, station_ref__isnull=False)
    if evse and Transaction.objects.filter(somebody, evse=evse, **wanted).exists():
        raise Refused("evse-busy", _("A car is charging there already."))


def _refuse_hopeless(station_id: int, plug_state: str) -> None:
    """Refuse what this model was seen to refuse: a new charge while the plug of the last one is in (quirk A15)."""
    if plug_state == finishing.FINISHING and finishing.verdict(station_id, clock.now()) == "refuses":
        raise Refused(
            "replug-first",
            _("Chargers of this model start no new charge while the plug is in. Pull it out, plug in again."),
        )
