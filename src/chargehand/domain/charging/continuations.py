"""Continuing transactions: what a later event adds to one that goes on, in the recorder's transaction."""

from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

from chargehand.domain.charging import facts
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


class _News(msgspec.Struct, frozen=True):
    """What an event tells of a transaction that was not known of it."""

    state: bool
    place: bool
    token: bool
    register: bool
    remote_start: bool
    reservation: bool

    @property
    def is_any(self) -> bool:
        return any((self.state, self.place, self.token, self.register, self.remote_start, self.reservation))


def go_on(
    told: Told,
    event: TransactionReported,
    known: TransactionMemory,
    authorization: Authorization | None,
    meter_wh: Decimal | None,
    stated: list[Fact],
) -> None:
    """Take over what an event adds: charging state, EVSE, token, first register, remote start, reservation."""
    news = _news_of(event, known, meter_wh)
    if not news.is_any:
        return
    if news.register and event.kind != "started":
        known.flags = [*known.flags, "meter-start-late"]
    _write(event, known, authorization, meter_wh)
    known.charging_state = event.charging_state or known.charging_state
    known.evse = known.evse if known.evse is not None else event.evse
    known.connector = known.connector if known.connector is not None else event.connector
    known.token_uid = known.token_uid or event.token_uid or ""
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
    if news.state:
        stated.append(facts.ChargingStateChanged(**of, charging_state=known.charging_state))
    if news.token or news.remote_start or news.place:
        stated.append(facts.TransactionIdentified(**of, remote_start_id=event.remote_start_id))


def _news_of(event: TransactionReported, known: TransactionMemory, meter_wh: Decimal | None) -> _News:
    """Return what is new; of a remote start and a reservation it may be known already (`TransactionMemory`)."""
    return _News(
        state=known.is_open and event.charging_state not in {"", known.charging_state},
        place=known.evse is None and event.evse is not None,
        # A start button names no token, only its kind (2.x C02).
        token=not known.token_uid and bool(event.token_uid or (event.token_kind and event.kind == "updated")),
        register=known.meter_start_wh is None and meter_wh is not None,
        remote_start=event.remote_start_id not in {None, known.remote_start_id},
        # No reservation is sent as zero or below (quirk A13).
        reservation=(event.reservation_id or 0) > 0 and event.reservation_id != known.reservation_id,
    )


def _write(
    event: TransactionReported,
    known: TransactionMemory,
    authorization: Authorization | None,
    meter_wh: Decimal | None,
) -> None:
    state = event.charging_state or known.charging_state
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
