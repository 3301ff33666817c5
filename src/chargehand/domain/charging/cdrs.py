"""Charge detail records: what transactions come to, issued once they ended and again when they were amended."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection, transaction

from chargehand.domain.charging import facts, repair
from chargehand.domain.charging.energy import Energy, most_energy
from chargehand.domain.charging.evidence import Evidence, gather_all, missing_numbers
from chargehand.domain.charging.models import Cdr, RepairCase, Transaction
from chargehand.domain.charging.periods import ChargingPeriod
from chargehand.domain.charging.reckoning import reckon
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.jsontext import json_text

_INSERT: Final = """
INSERT INTO charging_cdr (transaction_id, version, operator_id, started_at, ended_at, energy_wh, periods, flags,
    issued_at)
SELECT id, version, operator_id, started_at, ended_at, energy_wh, periods,
    ARRAY(SELECT jsonb_array_elements_text(flags)), %s
FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::numeric[], %s::jsonb[],
    %s::jsonb[]) AS due (id, version, operator_id, started_at, ended_at, energy_wh, periods, flags)
RETURNING transaction_id, id
"""
_ENERGY: Final = """
UPDATE charging_transaction t SET energy_wh = found.wh
FROM unnest(%s::bigint[], %s::numeric[]) AS found (id, wh) WHERE t.id = found.id
"""


class _Found(msgspec.Struct, frozen=True):
    """What a transaction comes to."""

    row: Transaction
    energy: Energy
    periods: list[ChargingPeriod]
    flags: list[str]


class _Due(msgspec.Struct, frozen=True):
    """A record to be written."""

    found: _Found
    version: int


def issue(transaction_id: int) -> int | None:
    """Issue the record of an ended transaction and return its id; the newest one again if nothing changed.

    A changed one becomes the next version. What cannot be settled by evidence has no energy and is put into
    the repair queue. None for a transaction that goes on or is not there.
    """
    return issue_all([transaction_id]).get(transaction_id)


@transaction.atomic
def issue_all(transaction_ids: Collection[int]) -> dict[int, int]:
    """Issue the records of ended transactions as `issue` does, and return them by transaction."""
    ended = Transaction.objects.filter(pk__in=list(transaction_ids), ended_at__isnull=False)
    rows = list(ended.exclude(state=Transaction.State.OPEN).order_by("pk").select_for_update(no_key=True))
    told = gather_all(rows)
    waiting = _waiting(rows)
    found = []
    for row in rows:
        evidence = told[row.pk]
        energy, periods = reckon(row, evidence, until=_end_of(row))
        gaps = missing_numbers(evidence.numbers)
        flags = list(dict.fromkeys([*row.flags, *energy.flags, *(["events-missing"] if gaps else [])]))
        _settle_cases(row, energy, waiting, gaps)
        _open_cases(row, energy, evidence, gaps)
        found.append(_Found(row, energy, periods, flags))
    _keep_energy(found)
    return _write(found)


def _end_of(row: Transaction) -> datetime:
    assert row.ended_at is not None
    return row.ended_at


def _waiting(rows: Sequence[Transaction]) -> set[str]:
    """Return the keys of the cases of transactions that are open."""
    cases = RepairCase.objects.filter(
        transaction_id__in=[row.pk for row in rows], state=RepairCase.State.OPEN
    )
    return set(cases.values_list("key", flat=True))


def _keep_energy(found: Sequence[_Found]) -> None:
    changed = [each for each in found if each.row.energy_wh != each.energy.wh]
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(_ENERGY, [[each.row.pk for each in changed], [each.energy.wh for each in changed]])


def _write(found: Sequence[_Found]) -> dict[int, int]:
    """Write the records that are new or changed; return the newest of each transaction."""
    newest = Cdr.objects.filter(transaction_id__in=[each.row.pk for each in found])
    last = {
        row.transaction_id: row
        for row in newest.order_by("transaction_id", "-version").distinct("transaction_id")
    }
    due = []
    for each in found:
        before = last.get(each.row.pk)
        if before is None or not _says_the_same(before, each):
            due.append(_Due(each, 1 if before is None else before.version + 1))
    made = _insert(due, clock.now()) if due else {}
    return {each.row.pk: made.get(each.row.pk) or last[each.row.pk].pk for each in found}


def _says_the_same(before: Cdr, found: _Found) -> bool:
    row = found.row
    stored: Any = msgspec.json.decode(json_text(found.periods))
    return (before.started_at, before.ended_at, before.energy_wh, before.periods, sorted(before.flags)) == (
        *(row.started_at, row.ended_at, found.energy.wh, stored),
        sorted(found.flags),
    )


def _insert(due: Sequence[_Due], now: datetime) -> dict[int, int]:
    rows = [each.found.row for each in due]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                now,
                [row.pk for row in rows],
                [each.version for each in due],
                [row.operator_id for row in rows],
                [row.started_at for row in rows],
                [row.ended_at for row in rows],
                [each.found.energy.wh for each in due],
                [json_text(each.found.periods) for each in due],
                [json_text(each.found.flags) for each in due],
            ],
        )
        made: dict[int, int] = dict(cursor.fetchall())
    journal.state(
        [
            facts.CdrIssued(
                happened_at=now,
                operator_id=each.found.row.operator_id,
                station_id=each.found.row.station_id,
                transaction_id=each.found.row.pk,
                cdr_id=made[each.found.row.pk],
                version=each.version,
            )
            for each in due
        ]
    )
    return made


def _settle_cases(row: Transaction, energy: Energy, waiting: Collection[str], gaps: Sequence[int]) -> None:
    """Take out of the repair queue what is settled."""
    for kind in ("meter-backwards", "energy-impossible", "energy-unknown"):
        if energy.wh is not None and f"{kind}|{row.pk}" in waiting:
            repair.settle(f"{kind}|{row.pk}", "The evidence settled it.")
    if not gaps and f"events-missing|{row.pk}" in waiting:
        repair.settle(f"events-missing|{row.pk}", "The missing messages came.")


def _open_cases(row: Transaction, energy: Energy, evidence: Evidence, gaps: list[int]) -> None:
    """Put into the repair queue what is not settled."""
    for kind in ("meter-backwards", "energy-impossible", "energy-unknown"):
        if energy.wh is None and kind in energy.flags:
            _open_energy_case(row, kind, energy, evidence)
    if gaps:
        repair.open_case(
            operator_id=row.operator_id,
            station_id=row.station_id,
            transaction_id=row.pk,
            kind="events-missing",
            key=f"events-missing|{row.pk}",
            sentence="Messages of this charge never came. Compare its start, end and energy.",
            evidence={"missing": gaps, "energy_wh": energy.wh},
            suggestion={"action": "dismiss"},
        )


def _open_energy_case(row: Transaction, kind: str, energy: Energy, evidence: Evidence) -> None:
    assert row.ended_at is not None
    sentences = {
        "meter-backwards": (
            f"The meter ended at {row.meter_stop_wh} Wh, below its start at {row.meter_start_wh} Wh,"
            " and too few samples tell why. Enter the energy or close the case."
        ),
        "energy-impossible": (
            f"{energy.evidence_wh} Wh are more than this plug can give in the time."
            " Compare the samples and enter the energy."
        ),
        "energy-unknown": "No meter value tells how much energy was taken. Enter it, or close the case.",
    }
    registers = evidence.registers
    repair.open_case(
        operator_id=row.operator_id,
        station_id=row.station_id,
        transaction_id=row.pk,
        kind=kind,
        key=f"{kind}|{row.pk}",
        sentence=sentences[kind],
        evidence={
            "meter_start_wh": row.meter_start_wh,
            "meter_stop_wh": row.meter_stop_wh,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "most_wh": most_energy(row.ended_at - row.started_at, evidence.most_w),
            "found_wh": energy.evidence_wh,
            "samples": len(registers),
            "first_sample_wh": registers[0].wh if registers else None,
            "last_sample_wh": registers[-1].wh if registers else None,
        },
        suggestion=_suggestion(evidence),
    )


def _suggestion(evidence: Evidence) -> dict[str, Any]:
    """Suggest the rise of the samples where there are any, else to enter the energy."""
    registers = evidence.registers
    if len(registers) >= 2 and registers[-1].wh >= registers[0].wh:
        return {"action": "use-samples", "energy_wh": str(registers[-1].wh - registers[0].wh)}
    return {"action": "set-energy"}
