"""Continuing transactions: what a later event adds to one that goes on, in the recorder's transaction."""

from decimal import Decimal
from typing import Any, Final

from django.db import connection

from chargehand.domain.charging import facts
from chargehand.domain.charging.event_rows import is_plain_sample
from chargehand.domain.charging.memory import TransactionMemory
from chargehand.domain.stations.events import TransactionReported
from chargehand.domain.stations.told import Told, clean
from chargehand.domain.tokens.queries import Authorization
from chargehand.kernel import clock
from chargehand.kernel.facts import Fact

_CONTINUE: Final = """
UPDATE charging_transaction SET charging_state = %s, evse = COALESCE(evse, %s),
    connector = COALESCE(connector, %s), meter_start_wh = COALESCE(meter_start_wh, %s),
    token_uid = CASE WHEN token_uid = '' THEN %s ELSE token_uid END,
    token_kind = CASE WHEN token_kind = '' THEN %s ELSE token_kind END,
    token_id = COALESCE(token_id, %s),
    "authorization" = CASE WHEN "authorization" = '' THEN %s ELSE "authorization" END,
    remote_start_id = COALESCE(remote_start_id, %s), reservation_id = COALESCE(reservation_id, %s), flags = %s
WHERE id = %s
"""


def go_on(
    told: Told,
    event: TransactionReported,
    known: TransactionMemory,
    authorization: Authorization | None,
    meter_wh: Decimal | None,
    stated: list[Fact],
) -> None:
    """Take over what an event adds: charging state, EVSE, token, first register, remote start, reservation."""
    state = event.charging_state or known.charging_state
    is_changed = state != known.charging_state and known.is_open
    is_identified = _identifies(event, known)
    adds_register = known.meter_start_wh is None and meter_wh is not None
    if not (is_changed or adds_register or is_identified or _adds_reservation(event, known)):
        return
    if adds_register and event.kind != "started":
        known.flags = [*known.flags, "meter-start-late"]
    _write(event, known, authorization, meter_wh, state)
    known.charging_state = state
    known.evse = known.evse if known.evse is not None else event.evse
    known.connector = known.connector if known.connector is not None else event.connector
    known.token_uid = known.token_uid or event.token_uid or ""
    known.token_kind = event.token_kind or known.token_kind
    known.meter_start_wh = known.meter_start_wh if known.meter_start_wh is not None else meter_wh
    known.remote_start_id = event.remote_start_id or known.remote_start_id
    known.reservation_id = event.reservation_id or known.reservation_id
    at = clock.best_time(event.time, told.received_at)
    of: dict[str, Any] = {
        "happened_at": at,
        "operator_id": told.operator_id,
        "station_id": told.station_id,
        "transaction_id": known.number,
    }
    if is_changed:
        stated.append(facts.ChargingStateChanged(**of, charging_state=known.charging_state))
    if is_identified:
        stated.append(facts.TransactionIdentified(**of, remote_start_id=event.remote_start_id))


def adds_readings_only(event: TransactionReported, known: TransactionMemory) -> bool:
    """Tell whether an event adds periodic samples to a transaction and `go_on` would find nothing in it."""
    if known.meter_start_wh is None or not is_plain_sample(event, known):
        return False
    return not (_identifies(event, known) or _adds_reservation(event, known))


def _identifies(event: TransactionReported, known: TransactionMemory) -> bool:
    """Tell whether an event says whose a transaction is, or where, that did not know it; twice may be."""
    if known.evse is None and event.evse is not None:
        return True
    # A start button names no token, only its kind (2.x C02).
    is_kind_told = event.token_kind not in {"", known.token_kind} and event.kind == "updated"
    if not known.token_uid and (event.token_uid or is_kind_told):
        return True
    return event.remote_start_id is not None and event.remote_start_id != known.remote_start_id


def _adds_reservation(event: TransactionReported, known: TransactionMemory) -> bool:
    """Tell whether an event names a reservation; none is sent as zero or below (quirk A13)."""
    return (event.reservation_id or 0) > 0 and event.reservation_id != known.reservation_id


def _write(
    event: TransactionReported,
    known: TransactionMemory,
    authorization: Authorization | None,
    meter_wh: Decimal | None,
    state: str,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _CONTINUE,
            [
                *(clean(state, 32) if known.is_open else "", event.evse, event.connector, meter_wh),
                *(clean(event.token_uid or ""), clean(event.token_kind, 32)),
                authorization.token_id if authorization else None,
                authorization.status.value if authorization else "",
                event.remote_start_id,
                event.reservation_id if (event.reservation_id or 0) > 0 else None,
                *(known.flags, known.number),
            ],
        )
