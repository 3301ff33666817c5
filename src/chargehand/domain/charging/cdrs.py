"""Charge detail records: what a transaction comes to, issued once it ended and again when it was amended."""

from typing import Any, Final

import msgspec
from django.db import connection, transaction

from chargehand.domain.charging import facts, repair
from chargehand.domain.charging.energy import Energy, most_energy
from chargehand.domain.charging.evidence import Evidence, gather, missing_numbers
from chargehand.domain.charging.models import Cdr, Transaction
from chargehand.domain.charging.periods import ChargingPeriod
from chargehand.domain.charging.reckoning import reckon
from chargehand.journal import log as journal
from chargehand.kernel import clock
from chargehand.kernel.jsontext import json_text

_INSERT: Final = """
INSERT INTO charging_cdr (transaction_id, version, operator_id, started_at, ended_at, energy_wh, periods, flags,
    issued_at) VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s) RETURNING id
"""


@transaction.atomic
def issue(transaction_id: int) -> int | None:
    """Issue the record of an ended transaction and return its id; the newest one again if nothing changed.

    A changed one becomes the next version. What cannot be settled by evidence has no energy and is put into
    the repair queue. None for a transaction that goes on or is not there.
    """
    row = Transaction.objects.select_for_update().filter(pk=transaction_id).first()
    if row is None or row.state == Transaction.State.OPEN or row.ended_at is None:
        return None
    evidence = gather(row)
    energy, periods = reckon(row, evidence, until=row.ended_at)
    gaps = missing_numbers(evidence.numbers)
    flags = list(dict.fromkeys([*row.flags, *energy.flags, *(["events-missing"] if gaps else [])]))
    _open_cases(row, energy, evidence, gaps)
    if row.energy_wh != energy.wh:
        Transaction.objects.filter(pk=row.pk).update(energy_wh=energy.wh)
    return _write(row, energy, periods, flags)


def _write(row: Transaction, energy: Energy, periods: list[ChargingPeriod], flags: list[str]) -> int:
    stored = msgspec.json.decode(json_text(periods))
    last = Cdr.objects.filter(transaction_id=row.pk).order_by("-version").first()
    found: tuple[Any, ...] = (row.started_at, row.ended_at, energy.wh, stored, sorted(flags))
    if last is not None and found == (
        *(last.started_at, last.ended_at, last.energy_wh, last.periods),
        sorted(last.flags),
    ):
        return last.pk
    version = last.version + 1 if last is not None else 1
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                *(row.pk, version, row.operator_id, row.started_at, row.ended_at, energy.wh),
                *(json_text(periods), flags, now),
            ],
        )
        cdr_id = int(cursor.fetchone()[0])
    journal.state(
        [
            facts.CdrIssued(
                happened_at=now,
                operator_id=row.operator_id,
                station_id=row.station_id,
                transaction_id=row.pk,
                cdr_id=cdr_id,
                version=version,
            )
        ]
    )
    return cdr_id


def _open_cases(row: Transaction, energy: Energy, evidence: Evidence, gaps: list[int]) -> None:
    """Put into the repair queue what is not settled, and take out of it what is."""
    for kind in ("meter-backwards", "energy-impossible", "energy-unknown"):
        if energy.wh is not None:
            repair.settle(f"{kind}|{row.pk}", "The evidence settled it.")
        elif kind in energy.flags:
            _open_energy_case(row, kind, energy, evidence)
    if not gaps:
        repair.settle(f"events-missing|{row.pk}", "The missing messages came.")
    else:
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
