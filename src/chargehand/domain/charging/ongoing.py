"""What charges come to so far: the record that each would have if it ended now."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

import msgspec
from django.db.models import Q

from chargehand.domain.charging.evidence import Evidence, gather, gather_so_far, missing_numbers
from chargehand.domain.charging.models import Transaction
from chargehand.domain.charging.periods import ChargingPeriod
from chargehand.domain.charging.reckoning import reckon
from chargehand.kernel import clock


class RecordSoFar(msgspec.Struct, frozen=True, kw_only=True):
    """A charge up to `until`, as its record would have it: energy in Wh, None where it is not known.

    `as_of` is the time of the newest reading or change of state in it, its start where there is none;
    `register_wh` that of the meter then. `is_ended` says that the charge ended before `until`.
    """

    transaction_id: int
    operator_id: int
    station_id: int
    station_ref: str | None
    token_uid: str
    charging_state: str
    authorization: str
    stop_reason: str
    started_at: datetime
    until: datetime
    as_of: datetime
    energy_wh: Decimal | None
    register_wh: Decimal | None
    periods: tuple[ChargingPeriod, ...]
    flags: tuple[str, ...]
    is_ended: bool


class OpenCharge(msgspec.Struct, frozen=True):
    """A charge that goes on, and whose it is."""

    transaction_id: int
    operator_id: int
    station_id: int


class ChargeTimes(msgspec.Struct, frozen=True):
    """Where a charge is, and from when to when; `ended_at` None: it goes on."""

    station_id: int
    started_at: datetime
    ended_at: datetime | None


def times_of(operator_id: int, transaction_id: int) -> ChargeTimes | None:
    """Return from when to when a charge was, without looking at its readings."""
    rows = Transaction.objects.filter(operator_id=operator_id, pk=transaction_id)
    found = rows.values_list("station_id", "started_at", "ended_at").first()
    return None if found is None else ChargeTimes(*found)


def begun_or_ended_since(transaction_ids: Collection[int], since: datetime) -> set[int]:
    """Return those of some charges that began, or ended, at a time or later."""
    rows = Transaction.objects.filter(Q(started_at__gte=since) | Q(ended_at__gte=since))
    return set(rows.filter(pk__in=list(transaction_ids)).values_list("pk", flat=True))


def records_so_far(
    transaction_ids: Collection[int], at: datetime | None = None, *, operator_id: int | None = None
) -> list[RecordSoFar]:
    """Return what charges come to at a time, or now, of one operator or all; some queries for all of them.

    A charge that ended before comes to what its next record will say. Now, readings of a station whose clock is
    ahead of ours count, too.
    """
    now = at or clock.now()
    rows = Transaction.objects.filter(pk__in=transaction_ids)
    if operator_id is not None:
        rows = rows.filter(operator_id=operator_id)
    found = list(rows.order_by("pk"))
    going_on = [row for row in found if not _has_ended(row, now)]
    told = gather_so_far(going_on, now)
    records = []
    for row in found:
        evidence = told[row.pk] if row.pk in told else gather(row)
        ahead = [each.at for each in evidence.registers] if at is None else []
        records.append(_record(row, evidence, max(now, row.started_at, *ahead)))
    return records


def open_charges() -> list[OpenCharge]:
    """Return the charges that go on, of all operators."""
    rows = Transaction.objects.filter(state=Transaction.State.OPEN).order_by("pk")
    return [OpenCharge(*row) for row in rows.values_list("pk", "operator_id", "station_id")]


def _has_ended(row: Transaction, at: datetime) -> bool:
    """Tell whether a charge was over at a time, by its own time or by ours."""
    if row.state == Transaction.State.OPEN or row.ended_at is None:
        return False
    return row.ended_at <= at or (row.ended_received_at is not None and row.ended_received_at <= at)


def _record(row: Transaction, evidence: Evidence, at: datetime) -> RecordSoFar:
    is_ended = _has_ended(row, at)
    until = row.ended_at if is_ended and row.ended_at is not None else at
    energy, periods = reckon(row, evidence, until=until)
    gaps = ["events-missing"] if is_ended and missing_numbers(evidence.numbers) else []
    registers = [each for each in evidence.registers if each.at <= until]
    changes = [each.at for each in evidence.states if each.at <= until]
    news = [until] if is_ended else [*(each.at for each in registers), *changes]
    is_stopped = is_ended and row.meter_stop_wh is not None
    last = registers[-1].wh if registers else row.meter_start_wh
    return RecordSoFar(
        transaction_id=row.pk,
        operator_id=row.operator_id,
        station_id=row.station_id,
        station_ref=row.station_ref,
        token_uid=row.token_uid,
        charging_state=evidence.states[-1].state if evidence.states else row.charging_state,
        authorization=row.authorization,
        stop_reason=row.stop_reason,
        started_at=row.started_at,
        until=until,
        as_of=max(news, default=row.started_at),
        energy_wh=energy.wh,
        register_wh=row.meter_stop_wh if is_stopped else last,
        periods=tuple(periods),
        flags=tuple(dict.fromkeys([*row.flags, *energy.flags, *gaps])),
        is_ended=is_ended,
    )
