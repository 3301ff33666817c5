"""Starting and ending transactions from what stations say, in the recorder's transaction.

Every function may see the same report twice and then changes nothing.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection

from chargehand.domain.charging import facts, repair
from chargehand.domain.charging.memory import StationMemory, TransactionMemory, find
from chargehand.domain.charging.registers import last_register
from chargehand.domain.stations.events import TransactionReported
from chargehand.domain.stations.told import Told, clean
from chargehand.domain.tokens.queries import Authorization
from chargehand.kernel import clock
from chargehand.kernel.facts import Fact

#: A register that ends this much below its start counts as unchanged (quirk C5).
TOLERANCE_WH: Final = Decimal(10)

_START: Final = """
INSERT INTO charging_transaction (operator_id, station_id, evse, connector, station_ref, start_key, state,
    charging_state, token_uid, token_kind, token_id, "authorization", stopped_by, remote_start_id, reservation_id,
    is_offline, started_at, started_station_time, started_received_at, meter_start_wh, stop_reason, flags)
VALUES (%s, %s, %s, %s, %s, %s, 'open', %s, %s, %s, %s, %s, '', %s, %s, %s, %s, %s, %s, %s, '', %s)
ON CONFLICT DO NOTHING RETURNING id
"""
_END: Final = """
UPDATE charging_transaction SET state = 'ended', charging_state = '', ended_at = %s, ended_station_time = %s,
    ended_received_at = %s, meter_stop_wh = %s, stop_reason = %s, stopped_by = %s, energy_wh = %s,
    last_seq = %s, flags = %s
WHERE id = %s AND state <> 'ended'
"""
_COMPLETE: Final = """
UPDATE charging_transaction SET started_at = %s, started_station_time = %s, meter_start_wh = COALESCE(%s,
    meter_start_wh), evse = COALESCE(%s, evse), connector = COALESCE(%s, connector), energy_wh = %s, flags = %s
WHERE id = %s
"""
_LAST_GOOD: Final = """
UPDATE charging_transaction SET meter_stop_wh = %s, energy_wh = %s WHERE id = %s
"""


def start_key(told: Told, event: TransactionReported) -> str:
    """Return what two reports of one 1.6 start have in common (quirk A6, conformance X03)."""
    time = event.time.isoformat() if event.time is not None else f"id:{told.message_id}"
    token = (event.token_uid or "").strip().casefold()
    return f"{event.evse}|{token}|{time}|{event.meter_wh}"


def start(
    told: Told,
    event: TransactionReported,
    memory: StationMemory,
    authorization: Authorization | None,
    meter_wh: Decimal | None,
    stated: list[Fact],
    *,
    flags: list[str],
) -> TransactionMemory:
    """Write down a start and return the transaction; a repeated start gives the one that stands."""
    known = memory.transactions.get(event.ref) if event.ref is not None else None
    if known is not None:
        return known
    at = clock.best_time(event.time, told.received_at)
    if event.time is not None and at != event.time:
        flags = [*flags, "clock-not-credible"]
    key = None if event.ref is not None else start_key(told, event)
    status = authorization.status.value if authorization else ""
    with connection.cursor() as cursor:
        cursor.execute(
            _START,
            [
                *(told.operator_id, told.station_id, event.evse, event.connector, event.ref, key),
                *(clean(event.charging_state, 32), clean(event.token_uid or ""), clean(event.token_kind, 32)),
                *(authorization.token_id if authorization else None, status, event.remote_start_id),
                # No reservation is sent as zero or below (quirk A13).
                event.reservation_id if (event.reservation_id or 0) > 0 else None,
                *(event.is_offline, at, event.time, told.received_at, meter_wh, flags),
            ],
        )
        row = cursor.fetchone()
    if row is None:
        return _standing(told, event, key, memory)
    ref = event.ref if event.ref is not None else str(row[0])
    started = TransactionMemory(
        *(row[0], ref, "open", event.evse, event.connector, event.token_uid or "", event.charging_state),
        *(at, meter_wh, None, flags, event.remote_start_id, event.reservation_id),
    )
    close_before(told, memory, started, stated)
    memory.transactions[ref] = started
    memory.forget_old()
    stated.append(_started(told, event, started, status))
    return started


def _started(told: Told, event: TransactionReported, started: TransactionMemory, status: str) -> Fact:
    return facts.TransactionStarted(
        happened_at=started.started_at,
        operator_id=told.operator_id,
        station_id=told.station_id,
        transaction_id=started.number,
        evse=event.evse,
        token_uid=event.token_uid or "",
        remote_start_id=event.remote_start_id,
        authorization=status,
    )


def _standing(
    told: Told, event: TransactionReported, key: str | None, memory: StationMemory
) -> TransactionMemory:
    """Return the transaction that a repeated start already made."""
    ref = event.ref
    if ref is None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM charging_transaction WHERE station_id = %s AND start_key = %s",
                [told.station_id, key],
            )
            ref = str(cursor.fetchone()[0])
    if ref not in memory.transactions:
        memory.transactions[ref] = find(told.station_id, [ref])[0]
    return memory.transactions[ref]


def close_before(told: Told, memory: StationMemory, started: TransactionMemory, stated: list[Fact]) -> None:
    """Close what was open on the EVSE before: a new start is evidence that it ended (A8, conformance X05).

    A start that comes late from an offline queue does not close what began after it.
    """
    if started.evse is None:
        return
    for other in memory.transactions.values():
        if other.is_open and other.evse == started.evse and other.started_at <= started.started_at:
            close_by_evidence(
                transaction_id=other.number,
                station_id=told.station_id,
                operator_id=told.operator_id,
                at=started.started_at,
                why="new-start",
                stated=stated,
            )
            other.state = "system-closed"


def close_by_evidence(
    *, transaction_id: int, station_id: int, operator_id: int, at: datetime, why: str, stated: list[Fact]
) -> bool:
    """Close an open transaction without the station's word, with its last good meter value (quirk A8).

    It ended no later than `at`; the last sample tells when. A true stop that comes later amends it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE charging_transaction t SET state = 'system-closed', charging_state = '', stop_reason = %s,"
            " ended_at = GREATEST(t.started_at, LEAST(%s, COALESCE((SELECT max(r.measured_at)"
            "   FROM charging_reading r WHERE r.transaction_id = t.id AND r.station_id = t.station_id"
            "   AND r.measured_at >= t.started_at), %s))),"
            " ended_received_at = now(), flags = array_append(flags, 'system-closed')"
            " WHERE id = %s AND state = 'open' RETURNING ended_at, meter_start_wh",
            [why, at, at, transaction_id],
        )
        row = cursor.fetchone()
        if row is None:
            return False
        last = last_register(station_id, transaction_id)
        if last is not None:
            cursor.execute(_LAST_GOOD, [last, energy_between(row[1], last)[0], transaction_id])
    stated.append(
        facts.TransactionEnded(
            happened_at=row[0],
            operator_id=operator_id,
            station_id=station_id,
            transaction_id=transaction_id,
            reason=why,
            is_by_system=True,
        )
    )
    return True


def complete(
    told: Told,
    event: TransactionReported,
    known: TransactionMemory,
    meter_wh: Decimal | None,
    stated: list[Fact],
) -> None:
    """Fill in a start that comes after what followed it, even after the end (conformance Y04, quirk H5)."""
    if "start-missing" not in known.flags:
        return
    at = clock.best_time(event.time, told.received_at)
    known.flags = [flag for flag in known.flags if flag not in {"start-missing", "meter-incomplete"}]
    known.started_at = min(at, known.started_at)
    known.meter_start_wh = meter_wh if meter_wh is not None else known.meter_start_wh
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, meter_stop_wh FROM charging_transaction WHERE id = %s FOR NO KEY UPDATE",
            [known.number],
        )
        known.state, stop_wh = cursor.fetchone()
        energy = None
        if not known.is_open:
            energy, flags = energy_between(known.meter_start_wh, stop_wh)
            known.flags += flags
        cursor.execute(
            _COMPLETE,
            [
                *(known.started_at, event.time, meter_wh, event.evse, event.connector, energy, known.flags),
                known.number,
            ],
        )
    if not known.is_open:
        stated.append(_amended(told, known, at))


def end(
    told: Told,
    event: TransactionReported,
    known: TransactionMemory,
    meter_wh: Decimal | None,
    stated: list[Fact],
    *,
    flags: list[str],
) -> None:
    """Write down an end; a second one changes nothing (quirk A7), one after a system close amends it."""
    _refresh(known)
    if known.state == "ended":
        return
    at = clock.best_time(event.time, told.received_at)
    marks = [*known.flags, *flags]
    if event.time is not None and at != event.time:
        marks.append("end-clock-not-credible")
    if at < known.started_at - timedelta(seconds=1):
        marks.append("ends-before-start")
    if event.token_uid and known.token_uid and not _is_same(event.token_uid, known.token_uid):
        marks.append("stopped-by-other-token")
    energy, meter_flags = energy_between(known.meter_start_wh, meter_wh)
    is_amended = known.state == "system-closed"
    marks = list(dict.fromkeys([*marks, *meter_flags, *(["amended"] if is_amended else [])]))
    with connection.cursor() as cursor:
        cursor.execute(
            _END,
            [
                *(max(at, known.started_at), event.time, told.received_at, meter_wh),
                clean(event.stop_reason or "Local", 64),
                *(clean(event.token_uid or ""), energy, event.seq, marks, known.number),
            ],
        )
    known.state, known.charging_state, known.flags = "ended", "", marks
    _state_end(told, event, known, at, stated, is_amended=is_amended)
    if "meter-backwards" in meter_flags:
        _open_backwards(told, known, meter_wh)


def _refresh(known: TransactionMemory) -> None:
    """Take over what others did to a transaction since it was remembered: sweeps and people close, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, flags FROM charging_transaction WHERE id = %s FOR NO KEY UPDATE", [known.number]
        )
        known.state, flags = cursor.fetchone()
    known.flags = list(dict.fromkeys([*known.flags, *flags]))


def _is_same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _state_end(
    told: Told,
    event: TransactionReported,
    known: TransactionMemory,
    at: datetime,
    stated: list[Fact],
    *,
    is_amended: bool,
) -> None:
    if is_amended:
        stated.append(_amended(told, known, at))
    else:
        stated.append(
            facts.TransactionEnded(
                happened_at=at,
                operator_id=told.operator_id,
                station_id=told.station_id,
                transaction_id=known.number,
                reason=event.stop_reason or "Local",
                is_by_system=False,
            )
        )


def _amended(told: Told, known: TransactionMemory, at: datetime) -> Fact:
    return facts.TransactionAmended(
        happened_at=at,
        operator_id=told.operator_id,
        station_id=told.station_id,
        transaction_id=known.number,
    )


def energy_between(start_wh: Decimal | None, stop_wh: Decimal | None) -> tuple[Decimal | None, list[str]]:
    """Return the energy between two register values and what to remark on it.

    A hair below the start is zero (quirk C5); more is no energy at all but a case for people; None where a
    value is missing.
    """
    if start_wh is None or stop_wh is None:
        return None, ["meter-incomplete"]
    energy = stop_wh - start_wh
    if energy >= 0:
        return energy, []
    if energy >= -TOLERANCE_WH:
        return Decimal(0), ["meter-clamped"]
    return None, ["meter-backwards"]


def _open_backwards(told: Told, known: TransactionMemory, meter_wh: Decimal | None) -> None:
    repair.open_case(
        operator_id=told.operator_id,
        station_id=told.station_id,
        transaction_id=known.number,
        kind="meter-backwards",
        key=f"meter-backwards|{known.number}",
        sentence=(
            f"The meter ended at {meter_wh} Wh, below its start at {known.meter_start_wh} Wh."
            " Compare the samples, then accept their sum or enter the energy."
        ),
        evidence={"meter_start_wh": known.meter_start_wh, "meter_stop_wh": meter_wh},
        suggestion={"action": "use-samples"},
    )
